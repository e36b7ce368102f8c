//! The smallest skill, copied out of the repository and built as its README
//! says, by running the README's own commands.

#[cfg(test)]
mod support;

use std::path::Path;
use std::process::Command;

use support::{Demo, Ran, jarvis};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn your_own_skill_in_five_minutes() {
    let demo = Demo::alone();
    let repository = Path::new(REPOSITORY).canonicalize().unwrap();
    let readme =
        std::fs::read_to_string(repository.join("examples/hello-skill/README.md")).unwrap();
    let blocks: Vec<&str> =
        readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [build, try_it] = blocks.as_slice() else {
        panic!("the README has other commands: {blocks:?}")
    };
    // The second block goes on in the folder that the first one has entered.
    let script = format!("set -eu\n{build}\n{try_it}");
    let tools = jarvis().parent().unwrap();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(demo.root())
        .env("JARVIS", &repository)
        .env("PATH", path)
        .env("XDG_RUNTIME_DIR", demo.root())
        // Where the README expects it, whatever the caller builds into.
        .env("CARGO_TARGET_DIR", demo.root().join("hello-skill/target"))
        .output()
        .unwrap();
    let ran = Ran::from(output).ended(0);
    assert!(ran.stdout.contains("sound: hello"), "{ran:?}");
    let last = ran.stdout.trim().lines().last().unwrap_or_default();
    assert!(last.contains("Ann"), "{ran:?}");
}
