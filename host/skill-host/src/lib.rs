//! Loads skills and runs them: engine, catalog, and the one invoke with its confirmation. Knows no Proxmox.
