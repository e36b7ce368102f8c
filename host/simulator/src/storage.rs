//! Storages: each node's own, and the one that all share.

/// One storage, as `/etc/pve/storage.cfg` has it.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    pub(crate) name: &'static str,
    /// `dir`, `lvmthin`, `nfs`.
    pub(crate) kind: &'static str,
    pub(crate) content: &'static str,
    pub(crate) shared: bool,
    /// Bytes.
    pub(crate) total: u64,
    /// Per mille that is used.
    pub(crate) used: u64,
}

impl Storage {
    /// Used bytes on `node`: each node's own differ, a shared one's not.
    pub(crate) fn used_on(&self, node: u32) -> u64 {
        let shift = if self.shared { 0 } else { u64::from(node) * 37 % 150 };
        self.total / 1000 * (self.used + shift).min(990)
    }
}

/// What a home lab has.
pub(crate) fn usual() -> Vec<Storage> {
    const GIB: u64 = 1 << 30;
    vec![
        Storage {
            name: "local",
            kind: "dir",
            content: "iso,import,vztmpl,backup",
            shared: false,
            total: 94 * GIB,
            used: 210,
        },
        Storage {
            name: "local-lvm",
            kind: "lvmthin",
            content: "rootdir,images",
            shared: false,
            total: 790 * GIB,
            used: 480,
        },
        Storage {
            name: "nas-backup",
            kind: "nfs",
            content: "backup,iso",
            shared: true,
            total: 7300 * GIB,
            used: 640,
        },
    ]
}
