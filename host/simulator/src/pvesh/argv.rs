//! The words of a `pvesh` command line, up to the path. Options come after,
//! because what they may be depends on the path's method.

/// The sub-commands, in the order of the usage text.
const COMMANDS: [&str; 7] = ["create", "delete", "get", "ls", "set", "usage", "help"];

/// A command line, split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// `--noproxy` came before the sub-command.
    pub(crate) noproxy: bool,
    /// `--nooutput` came before the sub-command.
    pub(crate) nooutput: bool,
    /// The sub-command, in full where its prefix is unique.
    pub(crate) command: Option<String>,
    /// Everything after it.
    pub(crate) rest: Vec<String>,
}

/// Splits `argv`, `pvesh`'s own name left out.
pub(crate) fn split(argv: &[String]) -> Request {
    let mut words = argv.iter().peekable();
    let (mut noproxy, mut nooutput) = (false, false);
    while let Some(word) = words.peek() {
        match word.as_str() {
            "--noproxy" | "-noproxy" => noproxy = true,
            "--nooutput" | "-nooutput" => nooutput = true,
            _ => break,
        }
        words.next();
    }
    let command = words.next().map(|word| expand(word));
    Request { noproxy, nooutput, command, rest: words.cloned().collect() }
}

/// `ge` is `get`; what fits none, or several, stays as it is.
fn expand(word: &str) -> String {
    let mut fitting = COMMANDS.iter().filter(|command| command.starts_with(word));
    match (fitting.next(), fitting.next()) {
        (Some(command), None) => (*command).to_owned(),
        _ => word.to_owned(),
    }
}

/// The usage text of the whole program.
pub(crate) const USAGE: &str = "\
USAGE: pvesh <COMMAND> [ARGS] [OPTIONS]

       pvesh create <api_path> [OPTIONS] [FORMAT_OPTIONS]
       pvesh delete <api_path> [OPTIONS] [FORMAT_OPTIONS]
       pvesh get <api_path> [OPTIONS] [FORMAT_OPTIONS]
       pvesh ls <api_path> [OPTIONS] [FORMAT_OPTIONS]
       pvesh set <api_path> [OPTIONS] [FORMAT_OPTIONS]
       pvesh usage <api_path> [OPTIONS]

       pvesh help [<extra-args>] [OPTIONS]
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sub_command_is_found_behind_the_global_flags() {
        let check = |argv: &[&str], noproxy, nooutput, command: Option<&str>, rest: &[&str]| {
            let argv: Vec<String> = argv.iter().map(|w| (*w).to_owned()).collect();
            let split = split(&argv);
            assert_eq!((split.noproxy, split.nooutput), (noproxy, nooutput), "{argv:?}");
            assert_eq!(split.command.as_deref(), command, "{argv:?}");
            assert_eq!(split.rest, rest, "{argv:?}");
        };
        check(&[], false, false, None, &[]);
        check(&["get", "/x"], false, false, Some("get"), &["/x"]);
        check(&["--noproxy", "g", "/x"], true, false, Some("get"), &["/x"]);
        check(&["--nooutput", "--noproxy", "cr"], true, true, Some("create"), &[]);
        check(&["foo"], false, false, Some("foo"), &[]);
        check(&["get", "--noproxy"], false, false, Some("get"), &["--noproxy"]);
    }
}
