//! Reads the recordings, and takes out of them what differs each time.

use serde_json::Value;

/// One call and what came of it.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) argv: Vec<String>,
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// A start of guest 107 that a signal met.
#[derive(Debug)]
pub(super) struct Interrupted {
    pub(super) argv: Vec<String>,
    pub(super) signal: String,
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) log: String,
    pub(super) status: String,
}

fn newlines(text: &str) -> String {
    text.replace('⏎', "\n")
}

/// The cases of `pvesh-transcript.txt`.
pub(super) fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ pvesh") {
            cases.push(Case {
                argv: command.split_whitespace().map(str::to_owned).collect(),
                code: 0,
                stdout: String::new(),
                stderr: String::new(),
            });
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(code) = line.strip_prefix("  rc=") {
            case.code = code.trim().parse().unwrap();
        } else if let Some(stdout) = line.strip_prefix("  stdout: ") {
            case.stdout = newlines(stdout);
        } else if let Some(stderr) = line.strip_prefix("  stderr: ") {
            case.stderr = newlines(stderr);
        }
    }
    cases
}

/// The cases of `pvesh-signals.txt`.
pub(super) fn signals(text: &str) -> Vec<Interrupted> {
    let mut cases = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(rest) = line.strip_prefix("signal ") else { continue };
        let (signal, rest) = rest.split_once(' ').unwrap();
        let (_, rest) = rest.split_once("rc=").unwrap();
        let (code, rest) = rest.split_once(" stdout=").unwrap();
        let (stdout, stderr) = rest.split_once(" stderr=").unwrap();
        let log = lines.next().unwrap().trim_start().strip_prefix("log: ").unwrap();
        let start = ["create", "/nodes/pve1/qemu/107/status/start", "--output-format", "json"];
        cases.push(Interrupted {
            argv: start.iter().map(|word| (*word).to_owned()).collect(),
            signal: signal.to_owned(),
            code: code.parse().unwrap(),
            stdout: newlines(stdout),
            stderr: newlines(stderr),
            log: newlines(log),
            status: lines.next().unwrap().to_owned(),
        });
    }
    cases
}

/// The ids of tasks in a text.
pub(super) fn upids(text: &str) -> Vec<String> {
    let starts = text.match_indices("UPID:").filter_map(|(at, _)| {
        let rest = &text[at..];
        let end = rest.match_indices(':').nth(7)?.0;
        Some(rest[..=end].to_owned())
    });
    starts.collect()
}

/// A text without process numbers and times: those in ids of tasks, and the
/// ones that stand beside them in JSON.
pub(super) fn normal(text: &str) -> String {
    let plain = upids(text).into_iter().fold(text.to_owned(), |text, upid| {
        let parts: Vec<&str> = upid.split(':').collect();
        let rest = parts[5..].join(":");
        text.replace(&upid, &format!("UPID:{}:PID:PSTART:START:{rest}", parts[1]))
    });
    match serde_json::from_str::<Value>(&plain) {
        Ok(mut value) if value.is_object() || value.is_array() => {
            timeless(&mut value);
            value.to_string()
        }
        _ => plain,
    }
}

fn timeless(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(timeless),
        Value::Object(map) => {
            for key in ["pid", "pstart", "starttime", "endtime"] {
                if let Some(number) = map.get_mut(key).filter(|number| number.is_u64()) {
                    *number = Value::from(0);
                }
            }
            map.values_mut().for_each(timeless);
        }
        _ => {}
    }
}
