//! Runs words that look like the granted ones.

use hostile::host::node_shell;
use hostile::{Answer, Error, refused};

hostile::guest!(run);

fn run() -> Answer {
    let long = "x".repeat(512 << 10);
    let many = vec!["a"; 1000];
    for argv in [
        &["systemctl", "status", "--host=elsewhere"][..],
        &["systemctl", "status", "a", "b"],
        &["systemctl", "status", "a\nreboot"],
        &["systemctl", "status", "a\0"],
        &["systemctl", "status", "-H"],
        &["systemctl", "status", &long],
        &["systemctl", "restart", "a"],
        &["systemctl"],
        &["-c", "reboot"],
        &["sh", "-c", "reboot"],
        &["/bin/systemctl", "status", "a"],
        &["systemctl status a"],
        &[""],
        &[],
        &many,
    ] {
        let words: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        let shown = words.join(" ").chars().take(40).collect::<String>();
        refused(&shown, node_shell::run("home", &words, 1000))?;
    }
    for node in ["-oProxyCommand=reboot", "home;reboot", "home\n", "127.0.0.1", ""] {
        let words = ["systemctl", "status", "a"].map(str::to_owned);
        refused(node, node_shell::run(node, &words, 1000))?;
    }
    Err(Error::Denied("All words were refused.".to_owned()))
}
