//! What no grant may hold, whoever writes it (house rule 2): looked up when a
//! grant is read and again when a call is decided.

use jarvis_domain::{ApiCall, ApiPath, Field};

use crate::PathPattern;
use crate::shape;

/// A path that is never granted.
struct Path {
    shape: &'static str,
    why: &'static str,
}

/// A family of fields that is never granted, or only with harmless values.
struct Family {
    /// `args`, or `mp*` for `mp0`, `mp1` …
    name: &'static str,
    allowed: Allowed,
    why: &'static str,
}

/// Which values of a family are harmless.
#[derive(Clone, Copy)]
enum Allowed {
    /// None.
    Never,
    /// A value whose parts all pass this test.
    When(fn(&str) -> bool),
}

const PATHS: &[Path] = &[
    Path { shape: "/access/**", why: "it decides who may do what on the cluster" },
    Path { shape: "/nodes/{any}/execute/**", why: "it runs any other calls, past their grants" },
    Path {
        shape: "/nodes/{any}/qemu|lxc/{id}/monitor/**",
        why: "it is the hypervisor's own console",
    },
    Path {
        shape: "/nodes/{any}/qemu|lxc/{id}/agent/exec*/**",
        why: "it runs any program in the guest",
    },
    Path {
        shape: "/nodes/{any}/qemu|lxc/{id}/agent/file-*/**",
        why: "it reads and writes any file of the guest",
    },
    Path {
        shape: "/nodes/{any}/qemu|lxc/{id}/agent/set-user-password/**",
        why: "it takes over an account of the guest",
    },
    Path { shape: "/nodes/{any}/termproxy/**", why: "it opens a shell on the node" },
    Path { shape: "/nodes/{any}/vnc*/**", why: "it opens a console of the node" },
    Path { shape: "/nodes/{any}/spice*/**", why: "it opens a console of the node" },
    Path {
        shape: "/nodes/{any}/qemu|lxc/{id}/termproxy/**",
        why: "it opens a console of the guest",
    },
    Path { shape: "/nodes/{any}/qemu|lxc/{id}/vnc*/**", why: "it opens a console of the guest" },
    Path { shape: "/nodes/{any}/qemu|lxc/{id}/spice*/**", why: "it opens a console of the guest" },
    Path {
        shape: "/nodes/{any}/qemu|lxc/{id}/mtunnel*/**",
        why: "it is the tunnel that migrations between clusters use",
    },
    Path {
        shape: "/nodes/localhost/**",
        why: "localhost is a second spelling of a node; name the node",
    },
];

const HOST_DEVICE: &str = "it hands a device of the node to a guest";
const OTHER_SPELLING: &str = "pvesh would take it for another name, which is never granted";
/// Parameters of Proxmox that are the beginning of a name of a family.
const WHOLE_NAMES: &[&str] = &["arch"];
const HOST_PATH: &str = "it may name a path or device of the node";

const FAMILIES: &[Family] = &[
    Family { name: "args", allowed: Allowed::Never, why: "it passes any option to the hypervisor" },
    Family {
        name: "hookscript",
        allowed: Allowed::Never,
        why: "it names a program that the node runs",
    },
    Family {
        name: "script",
        allowed: Allowed::Never,
        why: "it names a program that the node runs",
    },
    Family { name: "tmpdir", allowed: Allowed::Never, why: "it names a folder of the node" },
    Family { name: "dumpdir", allowed: Allowed::Never, why: "it names a folder of the node" },
    Family { name: "dev*", allowed: Allowed::Never, why: HOST_DEVICE },
    Family { name: "hostpci*", allowed: Allowed::Never, why: HOST_DEVICE },
    Family { name: "parallel*", allowed: Allowed::Never, why: HOST_DEVICE },
    Family { name: "usb*", allowed: Allowed::When(is_spice), why: HOST_DEVICE },
    Family { name: "serial*", allowed: Allowed::When(|value| value == "socket"), why: HOST_DEVICE },
    Family { name: "mp*", allowed: Allowed::When(is_volume), why: HOST_PATH },
    Family { name: "rootfs", allowed: Allowed::When(is_volume), why: HOST_PATH },
    Family { name: "scsi*", allowed: Allowed::When(is_volume), why: HOST_PATH },
    Family { name: "virtio*", allowed: Allowed::When(is_volume), why: HOST_PATH },
    Family { name: "sata*", allowed: Allowed::When(is_volume), why: HOST_PATH },
    Family { name: "ide*", allowed: Allowed::When(is_volume), why: HOST_PATH },
    Family { name: "efidisk*", allowed: Allowed::When(is_volume), why: HOST_PATH },
    Family { name: "tpmstate*", allowed: Allowed::When(is_volume), why: HOST_PATH },
    Family { name: "unused*", allowed: Allowed::When(is_volume), why: HOST_PATH },
    Family { name: "archive", allowed: Allowed::When(is_volume), why: HOST_PATH },
    Family { name: "ostemplate", allowed: Allowed::When(is_volume), why: HOST_PATH },
];

/// Why a grant may not hold `pattern`. A pattern that writes may not even
/// touch such a path; one that reads may, where its wild card covers more:
/// the path itself is refused when it is asked for.
pub(crate) fn pattern(pattern: &PathPattern, writes: bool) -> Option<(&'static str, &'static str)> {
    PATHS
        .iter()
        .find(|path| {
            let touches = shape::overlaps(path.shape, pattern.segments(), pattern.is_open());
            // Localhost is only a spelling: `*` means the nodes' real names.
            let spelled = path.shape != "/nodes/localhost/**"
                || pattern.segments().nth(1) == Some(Some("localhost"));
            touches && spelled && (writes || lies_within(pattern, path.shape))
        })
        .map(|path| (path.shape, path.why))
}

/// Why `path` may not be called.
pub(crate) fn path(path: &ApiPath) -> Option<&'static str> {
    PATHS.iter().find(|never| shape::matches(never.shape, path).is_some()).map(|never| never.why)
}

/// Why a grant may not hold the field `name`, whatever its value.
pub(crate) fn field_name(name: &str) -> Option<&'static str> {
    if let Some(why) = other_spelling(name) {
        return Some(why);
    }
    let family = family(name)?;
    matches!(family.allowed, Allowed::Never).then_some(family.why)
}

/// Why a name is refused that `pvesh` would take for one of a family: it
/// ignores case, and takes the beginning of a name for the whole.
fn other_spelling(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    if lower != name && family(&lower).is_some() {
        return Some(OTHER_SPELLING);
    }
    let begins = |family: &Family| {
        let whole = family.name.trim_end_matches('*');
        whole.len() > lower.len() && whole.starts_with(&lower)
    };
    let real = WHOLE_NAMES.contains(&name);
    (!real && FAMILIES.iter().any(begins)).then_some(OTHER_SPELLING)
}

/// The first field of `call` that may not be passed, and why.
pub(crate) fn field(call: &ApiCall) -> Option<(&Field, &'static str)> {
    call.fields.iter().find_map(|field| {
        if let Some(why) = other_spelling(&field.name) {
            return Some((field, why));
        }
        let family = family(&field.name)?;
        match family.allowed {
            Allowed::When(harmless) if harmless(&field.value) => None,
            Allowed::When(_) | Allowed::Never => Some((field, family.why)),
        }
    })
}

fn family(name: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| match family.name.strip_suffix('*') {
        Some(prefix) => name
            .strip_prefix(prefix)
            .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())),
        None => family.name == name,
    })
}

/// Whether everything the pattern covers has the shape: its literals decide.
fn lies_within(pattern: &PathPattern, shape: &'static str) -> bool {
    let mut segments = pattern.segments();
    for wanted in shape.split('/').skip(1) {
        match segments.next() {
            _ if wanted == "**" => return true,
            Some(None) if !wanted.starts_with('{') => return false,
            Some(_) => {}
            None => return false,
        }
    }
    true
}

/// `spice`, `host=spice`, `spice,usb3=1`: the viewer's devices, not the node's.
fn is_spice(value: &str) -> bool {
    let mut parts = value.split(',');
    matches!(parts.next(), Some("spice" | "host=spice"))
        && parts.all(|part| matches!(part, "usb3=1" | "usb3=0"))
}

/// Whether every file that a drive or mount point names is a volume of a
/// storage (`local-lvm:8`, `nas:101/disk.raw`), `none` or `cdrom`, which is the drive of the node, not among them.
/// Absolute paths, which only root may pass, name the node's own files.
fn is_volume(value: &str) -> bool {
    value.split(',').all(|part| match part.split_once('=') {
        Some(("volume" | "file" | "import-from", file)) => is_volume_id(file),
        Some(_) => true,
        None => is_volume_id(part),
    })
}

fn is_volume_id(file: &str) -> bool {
    let storage = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    match file.split_once(':') {
        Some((name, volume)) => {
            storage(name)
                && !volume.starts_with('/')
                && volume.split('/').all(|segment| !matches!(segment, "." | ".."))
        }
        None => file == "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pvesh` takes `--Args=` and `--hookscri=` for what was never granted.
    #[test]
    fn another_spelling_of_a_field_is_the_same_field() {
        for name in ["Args", "ARGS", "arg", "hookscri", "HOOKSCRIPT", "MP0", "hostp", "tmpd", "roo"]
        {
            assert!(field_name(name).is_some(), "{name}");
        }
        for name in
            ["timeout", "forceStop", "snapname", "arch", "name", "tags", "description", "memory"]
        {
            assert_eq!(field_name(name), None, "{name}");
        }
    }

    #[test]
    fn the_paths_of_the_house_rules_are_never_called() {
        for never in [
            "/nodes/pve1/execute",
            "/nodes/pve1/qemu/101/monitor",
            "/nodes/pve1/qemu/101/agent/exec",
            "/nodes/pve1/qemu/101/agent/exec-status",
            "/nodes/pve1/qemu/101/agent/file-read",
            "/nodes/pve1/qemu/101/agent/file-write",
            "/nodes/pve1/qemu/101/agent/set-user-password",
            "/nodes/pve1/termproxy",
            "/nodes/pve1/vncshell",
            "/nodes/pve1/vncwebsocket",
            "/nodes/pve1/spiceshell",
            "/nodes/pve1/lxc/101/termproxy",
            "/nodes/pve1/lxc/101/vncproxy",
            "/nodes/pve1/lxc/101/spiceproxy",
            "/nodes/localhost/status",
            "/access",
            "/access/users/root@pam",
        ] {
            assert!(path(&never.parse().unwrap()).is_some(), "{never}");
        }
        for fine in [
            "/nodes/monitor/status",
            "/nodes/pve1/qemu/101/snapshot/monitor",
            "/nodes/pve1/qemu/101/agent/ping",
            "/pools/access",
        ] {
            assert_eq!(path(&fine.parse().unwrap()), None, "{fine}");
        }
    }

    #[test]
    fn a_writing_pattern_may_not_even_touch_one() {
        for (text, writes, refused) in [
            ("/nodes/*/qemu/*/*", true, true),
            ("/nodes/*/qemu/*/agent/*", true, true),
            ("/nodes/*/*", true, true),
            ("/nodes/*/qemu/*/status/*", true, false),
            ("/nodes/*/wakeonlan", true, false),
            ("/nodes/*/*", false, false),
            ("/nodes/**", false, false),
            ("/nodes/*/vncwebsocket", false, true),
            ("/access/**", false, true),
            ("/access/permissions", false, true),
            ("/nodes/localhost/**", false, true),
            ("/nodes/*/qemu/*/agent/exec-status", false, true),
            ("/nodes/*/qemu/*/agent/*", false, false),
        ] {
            let found = pattern(&text.parse().unwrap(), writes);
            assert_eq!(found.is_some(), refused, "{text}");
        }
    }

    #[test]
    fn fields_that_name_the_host_are_refused_by_name_or_by_value() {
        for name in
            ["args", "hookscript", "script", "tmpdir", "dumpdir", "dev0", "hostpci0", "parallel2"]
        {
            assert!(field_name(name).is_some(), "{name}");
        }
        for name in ["mp0", "usb1", "serial0", "timeout", "mpx", "device", "scripts"] {
            assert_eq!(field_name(name), None, "{name}");
        }
        for (name, value, refused) in [
            ("mp0", "local-lvm:8,mp=/data", false),
            ("mp0", "nas:101/vm-101-disk-1.raw,mp=/data,backup=1", false),
            ("mp0", "/etc,mp=/etc", true),
            ("mp0", "mp=/data,/dev/sdb1", true),
            ("mp0", "volume=/srv,mp=/srv", true),
            ("mp0", "local:/etc/shadow,mp=/x", true),
            ("mp0", "local:../../etc,mp=/x", true),
            ("mp0", "", true),
            ("usb0", "spice", false),
            ("usb0", "host=spice,usb3=1", false),
            ("usb0", "host=1234:5678", true),
            ("usb0", "spice,host=1234:5678", true),
            ("usb0", "mapping=stick", true),
            ("serial0", "socket", false),
            ("serial0", "/dev/ttyS0", true),
            ("scsi0", "local-lvm:32,iothread=1", false),
            ("scsi0", "/dev/sda", true),
            ("scsi0", "local-lvm:0,import-from=/root/x.img", true),
            ("ide2", "none,media=cdrom", false),
            ("ide2", "cdrom", true),
            ("timeout", "/etc", false),
        ] {
            let fields = [Field { name: name.to_owned(), value: value.to_owned() }];
            let call = ApiCall {
                verb: jarvis_domain::Verb::Set,
                path: "/nodes/pve1/lxc/101/config".parse().unwrap(),
                fields: jarvis_domain::Fields::new(fields).unwrap(),
            };
            assert_eq!(field(&call).is_some(), refused, "{name}={value}");
        }
    }
}
