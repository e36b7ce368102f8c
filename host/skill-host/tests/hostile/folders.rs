//! Lays every guest out as a skill's folder.

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::table::{Made, ROWS, Row};

/// The repository.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn sources() -> PathBuf {
    repository().join("tests/hostile")
}

/// Builds the guests in Rust; where their components are.
pub(crate) fn build() -> PathBuf {
    // <target>/<profile>/deps/<this program>
    let program = std::env::current_exe().unwrap();
    let target = program.ancestors().nth(3).unwrap().to_owned();
    let script = repository().join("script/build-hostile");
    let built = Command::new(script).env("CARGO_TARGET_DIR", &target).status().unwrap();
    assert!(built.success(), "script/build-hostile failed");
    target.join("hostile")
}

/// Guests without a row.
pub(crate) fn without_row() -> Vec<String> {
    let mut missing = Vec::new();
    for (folder, ending, made) in [("examples", "rs", Made::Rust), ("wat", "wat", Made::Wat)] {
        for entry in std::fs::read_dir(sources().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let guest = path.file_stem().unwrap().to_string_lossy().into_owned();
            let known = ROWS.iter().any(|row| row.made == made && row.guest == guest);
            if path.extension().is_some_and(|is| is == ending) && !known {
                missing.push(guest);
            }
        }
    }
    missing
}

/// Lays `row` out below `root`.
pub(crate) fn lay_out(row: &Row, components: &Path, root: &Path) {
    let folder = root.join(row.guest);
    if row.guest == "linked-folder" {
        return symlink(root.join("well-behaved"), folder).unwrap();
    }
    std::fs::create_dir(&folder).unwrap();
    let component = folder.join("guest.wasm");
    write(&folder.join("skill.yaml"), manifest(row));
    match row.made {
        Made::Rust => {
            std::fs::copy(components.join(format!("{}.wasm", row.guest)), component).map(drop)
        }
        Made::Wat => std::fs::write(component, assemble(row.guest)),
        Made::Folder => {
            std::fs::write(&component, assemble("well-behaved")).unwrap();
            spoil(row, &folder, &component);
            Ok(())
        }
    }
    .unwrap();
}

fn write(path: &Path, text: impl AsRef<[u8]>) {
    std::fs::write(path, text).unwrap();
}

fn manifest(row: &Row) -> String {
    let Row { guest, risk, requests, limits, time, cpu, .. } = row;
    let more = if limits.is_empty() { String::new() } else { format!(", {limits}") };
    format!(
        "id: {guest}\nversion: 0.1.0\ncontract: \"0.1\"\nsummary: Misbehaves.\ncommands:\n  run:\n    \
         summary: Misbehaves.\n    risk: {risk}\nrequests: {requests}\n\
         limits: {{time: {time}ms, cpu: {cpu}ms{more}}}\n"
    )
}

/// Breaks the folder of a sound skill as the row says.
fn spoil(row: &Row, folder: &Path, component: &Path) {
    let yaml = folder.join("skill.yaml");
    let sound = std::fs::read(component).unwrap();
    let text = manifest(row);
    let sentences = folder.join("sentences/en.yaml");
    let begin = |lines: &str| format!("{}{lines}", &text[..text.find("requests:").unwrap()]);
    let replace = || std::fs::remove_file(component).unwrap();
    match row.guest {
        "not-a-component" => write(component, "#!/bin/sh\nreboot\n"),
        "truncated" => write(component, &sound[..sound.len() / 2]),
        "zero-byte" => write(component, ""),
        "bits-flipped" => {
            let mut bytes = sound;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            write(component, bytes);
        }
        "large-file" => {
            let file = std::fs::File::options().write(true).open(component).unwrap();
            file.set_len(256 << 20).unwrap();
        }
        "symlink" => {
            replace();
            symlink("/etc/passwd", component).unwrap();
        }
        "fifo" => {
            replace();
            let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
            rustix::fs::mknodat(rustix::fs::CWD, component, rustix::fs::FileType::Fifo, mode, 0)
                .unwrap();
        }
        "two-components" => write(&folder.join("other.wasm"), sound),
        "replaced-mid-read" | "written-mid-read" => {}
        "no-manifest" => std::fs::remove_file(yaml).unwrap(),
        "empty-manifest" => write(&yaml, ""),
        "duplicate-names" => {
            write(&yaml, begin("  run:\n    summary: Again.\n    risk: read\n"));
        }
        "many-commands" => {
            let command = |n| format!("  run-{n}:\n    summary: Again.\n    risk: read\n");
            write(&yaml, begin(&(0..10_000).map(command).collect::<String>()));
        }
        "other-id" => write(&yaml, text.replace("id: other-id", "id: well-behaved")),
        "never-grantable" => {
            let requests = "requests: [{capability: cluster-write, reason: To try it., \
                verbs: [create], paths: ['/nodes/*/execute']}]\n";
            write(&yaml, begin(requests));
        }
        "yaml-bomb" => {
            let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
            for (this, before) in ('b'..='z').zip('a'..='y') {
                let nine = vec![format!("*{before}"); 9].join(", ");
                bomb.push_str(&format!("{this}: &{this} [{nine}]\n"));
            }
            write(&yaml, bomb + &text);
        }
        "large-manifest" => write(&yaml, text + &"# more\n".repeat(300_000)),
        "not-text" => write(&yaml, b"id: \xff\xfe\n"),
        "large-examples" => {
            std::fs::create_dir(folder.join("sentences")).unwrap();
            let mut file = std::fs::File::create(&sentences).unwrap();
            for n in 0..100_000 {
                writeln!(file, "# one more sentence {n}").unwrap();
            }
        }
        "bad-sentences" => {
            std::fs::create_dir(folder.join("sentences")).unwrap();
            write(
                &sentences,
                "language: en\nsentences:\n  - command: run\n    templates: [\"do {nothing\", \"{unknown}\", \"(a|\"]\n",
            );
        }
        other => panic!("{other} has a row, and nobody makes it"),
    }
}

/// A guest in WebAssembly's own text: its file fills the holes of the frame.
pub(crate) fn assemble(guest: &str) -> Vec<u8> {
    let folder = sources().join("wat");
    let read = |path: PathBuf| {
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let mut frame = read(folder.join("frame.txt"));
    let mut parts: Vec<(String, String)> = Vec::new();
    for line in read(folder.join(format!("{guest}.wat"))).lines() {
        match line.strip_prefix(";;{").and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => parts.push((name.to_owned(), String::new())),
            None if line.starts_with(";;") => {}
            None => {
                let (_, text) = parts.last_mut().unwrap_or_else(|| panic!("{guest}: {line}"));
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    parts.push(("contract".to_owned(), "0.1.0".to_owned()));
    for (name, text) in parts {
        if name == "frame" {
            frame = text;
            continue;
        }
        frame = frame.replacen(&format!(";;{{{name}}}"), text.trim_end(), 1);
    }
    wat::parse_str(&frame).unwrap_or_else(|error| panic!("{guest}: {error}"))
}
