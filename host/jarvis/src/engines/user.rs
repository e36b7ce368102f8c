//! Who an engine runs as, where the host is root.

use rustix::process::geteuid;

/// The user that the package makes for it.
const OWN: &str = "jarvis-engine";
/// Where there is none: nobody, as every Linux has it.
const NOBODY: (u32, u32) = (65_534, 65_534);

/// A user and a group that are not root's; none where this process is not
/// root's either, and its children have what it has.
pub(super) fn of_engines() -> Option<(u32, u32)> {
    geteuid().is_root().then(|| {
        let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        find(&known).unwrap_or(NOBODY)
    })
}

/// In the lines of passwd(5).
fn find(known: &str) -> Option<(u32, u32)> {
    let line = known.lines().find(|line| line.split(':').next() == Some(OWN))?;
    let mut fields = line.split(':').skip(2);
    let mut number = || fields.next()?.parse().ok().filter(|number| *number > 0);
    Some((number()?, number()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_never_root() {
        let line =
            |rest: &str| format!("root:x:0:0::/root:/bin/sh\n{OWN}:x:{rest}::/:/bin/false\n");
        assert_eq!(find(&line("997:995")), Some((997, 995)));
        for rest in ["0:995", "997:0", "997", "x:y", ""] {
            assert_eq!(find(&line(rest)), None, "{rest}");
        }
        assert_eq!(find(""), None);
        let user = of_engines();
        assert_eq!(user.is_some(), geteuid().is_root());
        assert!(user.is_none_or(|(uid, gid)| uid > 0 && gid > 0));
    }
}
