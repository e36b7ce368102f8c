//! How what must not end with jarvis is kept apart from it. An operation that
//! `pvesh` carries out dies with its process: TERM aborts its worker, HUP and
//! KILL leave its task without a status.

use std::path::{Path, PathBuf};

use super::process::PATH;
use crate::ClusterError;
use crate::launcher::Line;

/// Where Debian has the two programs.
const SYSTEMD_RUN: &str = "/usr/bin/systemd-run";
const SETSID: &str = "/usr/bin/setsid";
/// Is there where systemd is what was booted (`sd_booted(3)`).
const BOOTED: &str = "/run/systemd/system";

/// What is put between jarvis and a program that outlives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Apart {
    /// A scope of its own (`systemd-run(1)`), so that stopping the service of
    /// jarvis, which ends all that it started, does not end this. The program
    /// runs in the process that was started, with its output and its status.
    Scope(PathBuf),
    /// A session of its own (`setsid(1)`), so that neither a terminal that
    /// closes nor a signal to the group of jarvis reaches it.
    Session(PathBuf),
    /// Nothing but a process group of its own.
    Group,
}

impl Apart {
    /// The strongest that this machine has.
    pub(crate) fn of_this_machine() -> Self {
        let root = rustix::process::geteuid().is_root();
        Self::choose(root && Path::new(BOOTED).is_dir(), |path| path.is_file())
    }

    /// Only root may make a scope beside the system's services.
    fn choose(may_scope: bool, is_there: impl Fn(&Path) -> bool) -> Self {
        if may_scope && is_there(Path::new(SYSTEMD_RUN)) {
            Self::Scope(SYSTEMD_RUN.into())
        } else if is_there(Path::new(SETSID)) {
            Self::Session(SETSID.into())
        } else {
            Self::Group
        }
    }

    /// The line that starts `line` apart; `name` is what systemd calls it.
    pub(super) fn wrap(&self, line: &Line, name: &str) -> Result<Line, ClusterError> {
        let (program, options) = match self {
            Self::Group => return Ok(line.clone()),
            Self::Session(setsid) => (setsid, Vec::new()),
            Self::Scope(systemd_run) => {
                let unit = format!("--unit={name}");
                let described = format!("--description=jarvis: {}", line.program.display());
                let fixed = ["--scope", "--quiet", "--collect"].map(str::to_owned);
                let ends = "--".to_owned();
                (systemd_run, fixed.into_iter().chain([unit, described, ends]).collect())
            }
        };
        // Else what is missing would be told in the words of what starts it.
        if !is_program(&line.program) {
            return Err(ClusterError::PveshMissing { program: line.program.clone() });
        }
        let own = line.program.to_string_lossy().into_owned();
        let args = options.into_iter().chain([own]).chain(line.args.iter().cloned()).collect();
        Ok(Line { program: program.clone(), args })
    }

    /// Whether the process is to lead a group from the start. `setsid` makes a
    /// session only where it does not; else it starts the program in another
    /// process, which nobody could follow.
    pub(super) fn leads(&self) -> bool {
        !matches!(self, Self::Session(_))
    }
}

fn is_program(program: &Path) -> bool {
    if program.is_absolute() {
        return program.is_file();
    }
    PATH.split(':').any(|folder| Path::new(folder).join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(program: &str, args: &[&str]) -> Line {
        Line { program: program.into(), args: args.iter().map(|arg| (*arg).to_owned()).collect() }
    }

    #[test]
    fn the_strongest_that_is_there_is_taken() {
        let scope = Apart::Scope(SYSTEMD_RUN.into());
        let session = Apart::Session(SETSID.into());
        for (may_scope, there, expected) in [
            (true, [SYSTEMD_RUN, SETSID].as_slice(), scope),
            (true, &[SETSID], session.clone()),
            (false, &[SYSTEMD_RUN, SETSID], session),
            (true, &[], Apart::Group),
        ] {
            let found =
                Apart::choose(may_scope, |path| there.iter().any(|one| Path::new(one) == path));
            assert_eq!(found, expected, "{may_scope} {there:?}");
        }
    }

    #[test]
    fn what_is_started_is_handed_on_word_for_word() {
        let set = line("cat", &["--", "$HOME", "a b", "%n"]);
        let scoped = Apart::Scope(SYSTEMD_RUN.into()).wrap(&set, "jarvis-7").unwrap();
        let options =
            ["--scope", "--quiet", "--collect", "--unit=jarvis-7", "--description=jarvis: cat"];
        let rest = ["--", "cat", "--", "$HOME", "a b", "%n"];
        assert_eq!(scoped, line(SYSTEMD_RUN, &[options.as_slice(), &rest].concat()));
        let session = Apart::Session(SETSID.into()).wrap(&set, "jarvis-7").unwrap();
        assert_eq!(session, line(SETSID, &["cat", "--", "$HOME", "a b", "%n"]));
        assert_eq!(Apart::Group.wrap(&set, "jarvis-7").unwrap(), set);
    }

    #[test]
    fn a_missing_program_is_told_as_ever() {
        for program in ["/nowhere/pvesh", "no-such-program"] {
            let refused = Apart::Session(SETSID.into()).wrap(&line(program, &[]), "jarvis-7");
            assert!(matches!(refused, Err(ClusterError::PveshMissing { .. })), "{refused:?}");
        }
    }
}
