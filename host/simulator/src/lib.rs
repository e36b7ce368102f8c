//! A Proxmox cluster in memory behind the same front doors: a pvesh program and a node's shell.
