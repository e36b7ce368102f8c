//! The Proxmox cluster: pvesh, operations, inventory, sensors. Nothing else starts pvesh.
