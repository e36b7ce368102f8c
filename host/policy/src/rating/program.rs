//! Rows for programs on nodes. An argument list is named only as a whole, so
//! that no option makes a harmless program a harmful one.

use jarvis_domain::Risk::{Change, Destructive, Read};
use jarvis_domain::Role::{Admin, Viewer};
use jarvis_domain::{Risk, Role, ShellCall};

use super::{Effect, Rated};

/// Programs that a grant may name without their folder: Debian and Proxmox
/// install each of them under one name only.
pub const PROGRAMS: &[&str] = &[
    "apt",
    "apt-get",
    "cat",
    "date",
    "df",
    "env",
    "free",
    "ha-manager",
    "halt",
    "hostname",
    "journalctl",
    "ls",
    "lsblk",
    "nproc",
    "nvidia-smi",
    "nvme",
    "poweroff",
    "pvecm",
    "pveupgrade",
    "pveversion",
    "reboot",
    "sensors",
    "shutdown",
    "smartctl",
    "systemctl",
    "test",
    "uname",
    "uptime",
    "w",
    "zpool",
];

/// Folders that make no difference to what a program is.
const FOLDERS: &[&str] = &["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"];

/// One row. `argv` is words parted by spaces: `a|b` is one of several,
/// `{kind}` an argument of that [`KINDS`], `{kind}+` one or more of them and
/// `{flags}` any number of [`FLAGS`].
struct Row {
    argv: &'static str,
    risk: Risk,
    role: Role,
    does: &'static str,
    doing: &'static str,
    cost: Option<&'static str>,
    /// The words name all that the arguments say, so that they go untold.
    whole: bool,
}

/// Options of apt-get that only keep it from asking or talking.
const FLAGS: &[&str] = &[
    "-y",
    "--yes",
    "--assume-yes",
    "-q",
    "-qq",
    "--quiet",
    "-V",
    "--with-new-pkgs",
    "-oDpkg::Options::=--force-confold",
    "-oDpkg::Options::=--force-confdef",
];

/// Whether an argument is of a kind.
type IsKind = fn(&str) -> bool;

/// Kinds of arguments.
const KINDS: &[(&str, IsKind)] = &[
    ("{sensor}", is_sensor_file),
    ("{facts}", is_facts_file),
    ("{device}", is_device),
    ("{unit}", is_name),
    ("{package}", is_name),
];

const fn read(argv: &'static str) -> Row {
    Row {
        argv,
        risk: Read,
        role: Viewer,
        does: "run {argv} on node {node}",
        doing: "running {argv} on node {node}",
        cost: None,
        whole: false,
    }
}

const fn write(
    argv: &'static str,
    risk: Risk,
    does: &'static str,
    doing: &'static str,
    cost: Option<&'static str>,
) -> Row {
    Row { argv, risk, role: Admin, does, doing, cost, whole: false }
}

impl Row {
    /// See [`Row::whole`].
    const fn told_whole(self) -> Self {
        Self { whole: true, ..self }
    }
}

const AWAY: Option<&str> = Some(super::NODE_AWAY);
const OFF: Option<&str> = Some(super::NODE_OFF);
const RESTARTS: Option<&str> = Some("services of the node may restart");

/// What calls do and cost, in the words of every row.
#[cfg(test)]
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    ROWS.iter().flat_map(|row| [Some(row.does), row.cost].into_iter().flatten())
}

const ROWS: &[Row] = &[
    // Temperatures and disks.
    read("sensors"),
    read("sensors -j|-u|-A"),
    read("sensors -A -j|-u"),
    read("cat {sensor}+"),
    read("cat {facts}+"),
    read("ls /sys/class/hwmon|/sys/class/thermal"),
    read("smartctl -n standby -A|-H|-a|-jA|-ja {device}"),
    read("smartctl -n standby -j -A|-H|-a {device}"),
    read("nvme smart-log -o json {device}"),
    read("nvme smart-log {device}"),
    read("nvidia-smi"),
    read(
        "nvidia-smi --query-gpu=temperature.gpu --format=csv,noheader|--format=csv,noheader,nounits",
    ),
    // Updates.
    read("apt list --upgradable"),
    read("apt-get -s|--simulate|--dry-run upgrade|dist-upgrade|full-upgrade"),
    read("apt-get upgrade|dist-upgrade|full-upgrade -s|--simulate|--dry-run"),
    read("test -e|-f /var/run/reboot-required|/run/reboot-required"),
    // The node.
    read("uptime|hostname|date|df|free|lsblk|nproc|w|pveversion|uname"),
    read("uptime -p|-s"),
    read("hostname -f"),
    read("df -h|-B1"),
    read("free -b|-h|-m"),
    read("lsblk -J"),
    read("pveversion -v"),
    read("uname -r|-a"),
    read("pvecm status|nodes"),
    read("ha-manager status"),
    read("zpool status|list"),
    read("zpool status -x"),
    read("systemctl is-active|is-failed|is-enabled {unit}+"),
    read("systemctl status --no-pager {unit}"),
    read("systemctl status {unit}"),
    read("systemctl list-units --failed"),
    read("systemctl is-system-running"),
    // What adds.
    write(
        "apt-get {flags} update {flags}",
        Change,
        "refresh the package lists of node {node}",
        "refreshing the package lists of node {node}",
        None,
    ),
    write(
        "apt {flags} update {flags}",
        Change,
        "refresh the package lists of node {node}",
        "refreshing the package lists of node {node}",
        None,
    ),
    write(
        "systemctl start|reload {unit}",
        Change,
        "start or reload services on node {node}",
        "starting or reloading services on node {node}",
        None,
    ),
    // What interrupts or installs.
    write(
        "apt-get {flags} dist-upgrade|full-upgrade|upgrade {flags}",
        Destructive,
        "install all updates on node {node}",
        "installing all updates on node {node}",
        RESTARTS,
    ),
    // Without a terminal, debconf would fail on the first question. The words
    // name all that is passed: nothing here but keeps apt-get from asking.
    write(
        "env DEBIAN_FRONTEND=noninteractive apt-get {flags} dist-upgrade|full-upgrade {flags}",
        Destructive,
        "install all updates on node {node} without further questions",
        "installing all updates on node {node}",
        RESTARTS,
    )
    .told_whole(),
    write(
        "apt {flags} full-upgrade|upgrade {flags}",
        Destructive,
        "install all updates on node {node}",
        "installing all updates on node {node}",
        RESTARTS,
    ),
    write(
        "pveupgrade",
        Destructive,
        "install all updates on node {node}",
        "installing all updates on node {node}",
        RESTARTS,
    ),
    write(
        "apt-get|apt {flags} install {flags} {package}+",
        Destructive,
        "install packages on node {node}",
        "installing packages on node {node}",
        RESTARTS,
    ),
    write(
        "apt-get|apt {flags} remove|purge {flags} {package}+",
        Destructive,
        "remove packages from node {node}",
        "removing packages from node {node}",
        RESTARTS,
    ),
    write(
        "apt-get|apt {flags} autoremove {flags}",
        Destructive,
        "remove packages that nothing needs from node {node}",
        "removing packages that nothing needs from node {node}",
        None,
    ),
    write("reboot", Destructive, "reboot node {node}", "rebooting node {node}", AWAY),
    write("systemctl reboot", Destructive, "reboot node {node}", "rebooting node {node}", AWAY),
    write("shutdown -r now|+0", Destructive, "reboot node {node}", "rebooting node {node}", AWAY),
    write("poweroff|halt", Destructive, "shut down node {node}", "shutting down node {node}", OFF),
    write(
        "systemctl poweroff|halt",
        Destructive,
        "shut down node {node}",
        "shutting down node {node}",
        OFF,
    ),
    write("shutdown now", Destructive, "shut down node {node}", "shutting down node {node}", OFF),
    write(
        "shutdown -h|-P|-H now|+0",
        Destructive,
        "shut down node {node}",
        "shutting down node {node}",
        OFF,
    ),
    write(
        "systemctl restart|stop {unit}",
        Destructive,
        "stop or restart services on node {node}",
        "stopping or restarting services on node {node}",
        None,
    ),
];

/// The rating of `call`.
pub(super) fn rate(call: &ShellCall) -> Rated {
    if crate::pattern::check_argv(&call.argv).is_err() {
        return Rated::UNNAMED;
    }
    match ROWS.iter().find(|row| matches(row.argv, &call.argv)) {
        Some(row) => {
            let Row { does, doing, cost, whole, .. } = *row;
            let effect = Effect { does, doing, cost, known: true, whole };
            Rated { risk: row.risk, role: row.role, effect, task: true }
        }
        None => Rated::UNNAMED,
    }
}

fn matches(shape: &str, argv: &[String]) -> bool {
    let mut given = argv.iter().map(String::as_str).peekable();
    for (index, wanted) in shape.split(' ').enumerate() {
        if wanted == "{flags}" {
            while given.next_if(|word| FLAGS.contains(word)).is_some() {}
            continue;
        }
        let (one, many) = match wanted.strip_suffix('+') {
            Some(kind) if kind.starts_with('{') => (kind, true),
            _ => (wanted, false),
        };
        let fits = |word: &str| match KINDS.iter().find(|(name, _)| *name == one) {
            Some((_, is_kind)) => is_kind(word),
            None => one.split('|').any(|known| known == if index == 0 { bare(word) } else { word }),
        };
        if given.next_if(|word| fits(word)).is_none() {
            return false;
        }
        while many && given.next_if(|word| fits(word)).is_some() {}
    }
    given.next().is_none()
}

/// The name of a program without one of the usual folders.
fn bare(program: &str) -> &str {
    let in_folder =
        |folder: &&str| program.strip_prefix(*folder).filter(|name| !name.contains('/'));
    FOLDERS.iter().find_map(in_folder).unwrap_or(program)
}

/// The files of the kernel that tell temperatures.
fn is_sensor_file(path: &str) -> bool {
    let numbered = |word: &str, prefix: &str| {
        word.strip_prefix(prefix)
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let segments: Vec<&str> = path.split('/').collect();
    match segments.as_slice() {
        ["", "sys", "class", "hwmon", chip, file] => {
            let reading = file.split_once('_').is_some_and(|(sensor, what)| {
                numbered(sensor, "temp") && matches!(what, "input" | "label" | "crit" | "max")
            });
            numbered(chip, "hwmon") && (*file == "name" || reading)
        }
        ["", "sys", "class", "thermal", zone, "type" | "temp"] => numbered(zone, "thermal_zone"),
        _ => false,
    }
}

/// Files that tell about the node and hold no secret.
fn is_facts_file(path: &str) -> bool {
    matches!(
        path,
        "/proc/loadavg"
            | "/proc/uptime"
            | "/proc/meminfo"
            | "/proc/cpuinfo"
            | "/proc/version"
            | "/etc/os-release"
            | "/etc/debian_version"
            | "/var/run/reboot-required"
            | "/run/reboot-required"
            | "/var/run/reboot-required.pkgs"
    )
}

/// A whole disk: `/dev/sda`, `/dev/nvme0n1`.
fn is_device(path: &str) -> bool {
    let Some(name) = path.strip_prefix("/dev/") else { return false };
    let word = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    word && (name.starts_with("sd") || name.starts_with("nvme"))
}

/// The name of a unit or a package; no option, path or expression.
fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.@:".contains(c))
}
