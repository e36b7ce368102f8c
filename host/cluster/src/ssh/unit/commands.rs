//! What a node is asked about a unit (systemd-run(1), systemctl(1),
//! journalctl(1)).

/// Starts `argv` as the unit `name`. The unit stays when it has ended, so
/// that its status can be asked for.
pub(super) fn start(name: &str, argv: &[String]) -> Vec<String> {
    let program = argv.first().map(String::as_str).unwrap_or_default();
    let mut command = words(&[
        "systemd-run",
        "--quiet",
        &format!("--unit={name}"),
        &format!("--description=jarvis: {program}"),
        "--property=RemainAfterExit=yes",
        "--setenv=LC_ALL=C.UTF-8",
        "--setenv=HOME=/root",
        "--",
    ]);
    // Variables are put in whatever the words are quoted by, save after a
    // second `$` (systemd.service(5), "Command lines").
    command.extend(argv.iter().map(|word| word.replace('$', "$$")));
    command
}

/// Its properties, a line each. Not an error where there is no such unit.
pub(super) fn look(name: &str) -> Vec<String> {
    let properties = "--property=LoadState,ExecMainCode,ExecMainStatus";
    words(&["systemctl", "show", properties, &service(name)])
}

/// What it has printed after `cursor`, then a line with the new cursor.
/// systemd's own words about it are left out.
pub(super) fn log(name: &str, cursor: Option<&str>) -> Vec<String> {
    let mut command =
        words(&["journalctl", "--quiet", "--no-pager", "--output=cat", "--show-cursor"]);
    command.extend(cursor.map(|cursor| format!("--after-cursor={cursor}")));
    command.push(format!("_SYSTEMD_UNIT={}", service(name)));
    command
}

/// Waits until the journal has all that was printed.
pub(super) fn sync() -> Vec<String> {
    words(&["journalctl", "--sync"])
}

/// The two commands that unload it, whether or not it has failed.
pub(super) fn forget(name: &str) -> [Vec<String>; 2] {
    ["stop", "reset-failed"].map(|verb| words(&["systemctl", verb, &service(name)]))
}

fn service(name: &str) -> String {
    format!("{name}.service")
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
