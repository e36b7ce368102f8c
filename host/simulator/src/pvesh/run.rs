//! One `pvesh` call from its words to its output: the method is found, the
//! options are read, the parameters checked, and the method run, here or on
//! the node that it is meant for.

use serde_json::Value;

use super::argv::{Request, USAGE};
use super::check::{self, Args, Wrong};
use super::format::{Format, print};
use super::getopt::{self, Takes};
use super::{listing, proxy};
use crate::access::Caller;
use crate::api::{self, Kind, Method, Verb};
use crate::engine::{Began, Simulator};
use crate::sink::{Interrupts, Sink};
use crate::worker::{End, work};

/// An end with an error: the exit code, and all of standard error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Die {
    pub(crate) code: i32,
    pub(crate) text: String,
    /// What is wrong with which parameter, where that is the reason.
    pub(crate) wrong: Wrong,
}

/// A call whose words have been understood.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: &'static Method,
    pub(crate) args: Args,
    pub(crate) format: Format,
    pub(crate) quiet: bool,
    /// What a parameter error is followed by.
    pub(crate) usage: String,
    /// `--noproxy` came after the path, where only the far side notices.
    pub(crate) stray_noproxy: bool,
}

/// Options of the output, known to every method.
const FORMAT_OPTIONS: [(&str, Takes); 6] = [
    ("output-format", Takes::Value),
    ("quiet", Takes::Perhaps),
    ("noheader", Takes::Perhaps),
    ("noborder", Takes::Perhaps),
    ("human-readable", Takes::Perhaps),
    ("noproxy", Takes::Perhaps),
];

impl Die {
    /// Perl's usual exit, 255.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::with(255, text)
    }

    pub(crate) fn with(code: i32, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        Self { code, text, wrong: Wrong::new() }
    }

    /// `400 Parameter verification failed.` for one parameter; the usage line
    /// follows.
    pub(crate) fn parameter(code: i32, name: &str, text: &str) -> Self {
        let wrong = Wrong::from([(name.to_owned(), text.to_owned())]);
        Self { code, ..Self::parameters(wrong, "{usage}\n") }
    }

    /// The same for several at once.
    pub(crate) fn parameters(wrong: Wrong, usage: &str) -> Self {
        let lines: String = wrong.iter().map(|(name, text)| format!("{name}: {text}\n")).collect();
        let text = format!("400 Parameter verification failed.\n{lines}{usage}");
        Self { wrong, ..Self::new(text) }
    }
}

/// Runs a call. `lose_upid` makes a worker's UPID stay unsaid.
pub(crate) async fn run(
    simulator: &Simulator,
    request: &Request,
    sink: &Sink,
    interrupts: Interrupts,
    lose_upid: bool,
) -> Result<(), Die> {
    let Some(call) = understand(simulator, request, sink)? else { return Ok(()) };
    let mute = request.nooutput || call.quiet;
    let result = match proxy::target(simulator, &call, request.noproxy)? {
        None => execute(simulator, &call, sink, interrupts).await?,
        Some(node) => proxy::run(simulator, &node, &call, sink, interrupts).await?,
    };
    if let Some(value) = result
        && !mute
        && !(lose_upid && is_upid(&value))
    {
        // A reader that is gone has no use for the result.
        let _ = sink.out(print(&value, call.format));
    }
    Ok(())
}

/// Runs a call, and ends in the middle of it: a read prints half of its
/// output, an action leaves its worker behind.
pub(crate) async fn die_half_way(simulator: &Simulator, request: &Request, sink: &Sink) -> i32 {
    let reads = request.command.as_deref() == Some("get");
    let (inner, output) = Sink::new();
    if !reads {
        drop(output);
        let _ = run(simulator, request, &inner, Interrupts::never(), false).await;
        return 137;
    }
    let ran = run(simulator, request, &inner, Interrupts::never(), false).await;
    drop(inner);
    let (stdout, _) = proxy::drain(output);
    let half: String = stdout.chars().take(stdout.chars().count() / 2).collect();
    let _ = sink.out(half);
    let _ = sink.err("Out of memory!\n");
    ran.map_or_else(|die| die.code, |()| 1)
}

fn is_upid(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains("UPID:"))
}

/// From words to a call; none when there was nothing but text to print.
fn understand(simulator: &Simulator, request: &Request, sink: &Sink) -> Result<Option<Call>, Die> {
    let Some(command) = request.command.as_deref() else {
        return Err(Die::new(format!("ERROR: no command specified\n{USAGE}")));
    };
    if simulator.look(|cluster, _| cluster.local().is_none_or(|node| !node.is_up())) {
        let line = "ipcc_send_rec[1] failed: Connection refused\n".repeat(3);
        let last = "Unable to load access control list: Connection refused";
        return Err(Die::with(111, format!("{line}{last}")));
    }
    let path = request.rest.first().map(String::as_str);
    let text = match (command, path) {
        ("help", _) => Some(USAGE.to_owned()),
        ("ls" | "usage", None) => {
            let line = format!("pvesh {command} <api_path> [OPTIONS]");
            return Err(Die::new(format!("400 not enough arguments\n{line}")));
        }
        ("ls", Some(path)) => simulator.look(|cluster, _| listing::children(cluster, path)),
        ("usage", Some(path)) => listing::usage(path),
        _ => match Verb::named(command) {
            Some(verb) => return parse(verb, path, &request.rest).map(Some),
            None => {
                return Err(Die::new(format!("ERROR: unknown command 'pvesh {command}'\n{USAGE}")));
            }
        },
    };
    let path = path.unwrap_or_default();
    let text = text.ok_or_else(|| Die::with(1, no_handler(command, path)))?;
    if !request.nooutput {
        let _ = sink.out(text);
    }
    Ok(None)
}

fn no_handler(command: &str, path: &str) -> String {
    format!("No '{command}' handler defined for '{path}'")
}

fn parse(verb: Verb, path: Option<&str>, words: &[String]) -> Result<Call, Die> {
    let command = verb.word();
    let plain = format!("pvesh {command} <api_path> [OPTIONS] [FORMAT_OPTIONS]\n");
    let Some(path) = path else {
        return Err(Die::new(format!("400 not enough arguments\n{plain}")));
    };
    let (method, from_path) =
        api::find(verb, path).ok_or_else(|| Die::with(1, no_handler(command, path)))?;
    let usage = usage_line(method, command);
    let known: Vec<(&str, Takes)> = method
        .params
        .iter()
        .map(|param| (param.name, param.kind.takes()))
        .chain(FORMAT_OPTIONS)
        .collect();
    let found = getopt::read(words, &known);
    if !found.complaints.is_empty() {
        let complaints = found.complaints;
        return Err(Die::new(format!("{complaints}400 unable to parse option\n{usage}")));
    }
    let booleans = |name: &str| {
        FORMAT_OPTIONS.iter().any(|(known, takes)| *known == name && *takes == Takes::Perhaps)
            || method.params.iter().any(|p| p.name == name && p.kind == Kind::Boolean)
    };
    for (name, value) in &found.options {
        if booleans(name) && check::boolean(value).is_none() {
            return Err(Die::new(format!("400 unable to parse boolean option\n{usage}")));
        }
    }
    if found.positional.len() > 1 {
        return Err(Die::new(format!("400 too many arguments\n{usage}")));
    }
    let mut args = Args(found.options.into_iter().collect());
    let format = args.0.remove("output-format").unwrap_or_else(|| "text".to_owned());
    let quiet = args.0.remove("quiet").is_some_and(|quiet| check::boolean(&quiet) == Some(true));
    let stray_noproxy = args.0.remove("noproxy").is_some();
    for (name, _) in FORMAT_OPTIONS {
        args.0.remove(name);
    }
    args.0.extend(from_path);
    let mut wrong = check::check(method, &args);
    let format = Format::named(&format).unwrap_or_else(|| {
        wrong.insert("output-format".to_owned(), check::outside(&format, check::FORMATS));
        Format::Text
    });
    if !wrong.is_empty() {
        return Err(Die::parameters(wrong, &usage));
    }
    Ok(Call { method, args, format, quiet, usage, stray_noproxy })
}

/// `pvesh create <api_path> --command <string> [OPTIONS] [FORMAT_OPTIONS]`.
fn usage_line(method: &Method, command: &str) -> String {
    let required = method.params.iter().filter(|param| param.required);
    let options: String =
        required.map(|param| format!("--{} <{}> ", param.name, param.kind.word())).collect();
    format!("pvesh {command} <api_path> {options}[OPTIONS] [FORMAT_OPTIONS]\n")
}

/// Runs a method on this node; its result, if it has one.
pub(crate) async fn execute(
    simulator: &Simulator,
    call: &Call,
    sink: &Sink,
    interrupts: Interrupts,
) -> Result<Option<Value>, Die> {
    if call.stray_noproxy {
        let text = "property is not defined in schema and the schema does not allow additional \
                    properties";
        let wrong = Wrong::from([("noproxy".to_owned(), text.to_owned())]);
        return Err(Die::parameters(wrong, &call.usage));
    }
    let began = simulator
        .invoke(call.method, &call.args, Caller::root(), 0)
        .map_err(|die| Die { text: die.text.replace("{usage}\n", &call.usage), ..die })?;
    let (upid, job) = match began {
        Began::Null => return Ok(None),
        Began::Value(value) | Began::Page(value, _) => return Ok(Some(value)),
        Began::Worker(upid, job) => (upid, job),
    };
    // A task of its own: it outlives this call when the caller goes away.
    let worker = tokio::spawn({
        let (simulator, upid, sink) = (simulator.clone(), upid.clone(), sink.clone());
        async move { work(&simulator, &upid, job, &sink, interrupts).await }
    });
    let complaint = match worker.await {
        Ok(End::Ok(0) | End::Orphaned) | Err(_) => String::new(),
        Ok(End::Ok(warnings)) => format!("Task finished with {warnings} warning(s)!\n"),
        Ok(End::Failed(text)) => format!("{text}\n"),
    };
    if !complaint.is_empty() {
        let _ = sink.err(complaint);
    }
    Ok(Some(Value::from(upid.as_str())))
}
