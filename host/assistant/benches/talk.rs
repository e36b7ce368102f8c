//! What jarvis adds to a language model's own time, by a real connection to an
//! Ollama that is played: from words that fit no sentence until the model is
//! asked and its first token handed over, and from the token that ends a
//! sentence until that sentence is handed over to be spoken.
//!
//! The played Ollama marks a moment before it writes what the mark stands before: the
//! way over the connection counts. The first two marks stand before the first token,
//! which is when it has read the request; the third stands behind "nodes." and before
//! " That": a sentence is known to be whole by what follows it, so that " That" ends
//! it, and its mark is the earliest moment at which anybody could have known.
//!
//! Each try is a turn of its own with 10,000 guests in the cluster, so that the
//! state that a model is told is a real one.
//!
//! `script/bench talk --seconds 5 --json`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot run says why by panicking"
)]
#![allow(dead_code, reason = "what tests and benches share has more than is needed here")]

#[path = "../../../tests/support/ollama.rs"]
mod ollama;
#[path = "../../../tests/bench/options.rs"]
mod options;
#[path = "../../../tests/bench/row.rs"]
mod row;

use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use jarvis_assistant::{Assistant, Conversation, Heard, Talker};
use jarvis_domain::inventory::{Guest, GuestKind, GuestState};
use jarvis_domain::invocation::{Notice, Watcher};
use jarvis_domain::{Caller, Door, Principal, Role, SystemClock};
use jarvis_ollama::{KeepAlive, Ollama, OllamaSettings, Patience};
use jarvis_skill_host::SkillEngine;
use jarvis_skill_host::testing::{Fakes, all_skills};
use ollama::{FakeOllama, Script, content};
use options::Options;
use row::Row;

const MODEL: &str = "bench:1b";
const GUESTS: u32 = 10_000;
/// What jarvis may add to the first token, and a sentence may wait, ms.
const FIRST: f64 = 10.0;
const HAND_OVER: f64 = 5.0;

/// Notes when each sentence is handed over.
#[derive(Debug, Default)]
struct Noting(Mutex<Vec<Instant>>);

impl Watcher for Noting {
    fn notice(&self, notice: Notice) {
        if matches!(notice, Notice::Said { .. }) {
            self.0.lock().unwrap().push(Instant::now());
        }
    }
}

/// Milliseconds of one turn.
struct Turn {
    first: f64,
    hand_over: f64,
}

fn main() -> ExitCode {
    let options = Options::or_seconds(10.0);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure(options))
}

async fn measure(options: Options) -> ExitCode {
    let server = FakeOllama::start(&[(MODEL, &["completion", "tools"])]);
    let assistant = assistant(&server).await;
    let began = Instant::now();
    let (mut first, mut hand_over) = (Vec::new(), Vec::new());
    turn(&assistant, &server).await;
    while first.len() < 20 || began.elapsed().as_secs_f64() < options.seconds {
        let Turn { first: one, hand_over: other } = turn(&assistant, &server).await;
        first.push(one);
        hand_over.push(other);
    }
    let tries = first.len();
    let row = |name: &str, of: &mut Vec<f64>, share: f64, most: Option<f64>| Row {
        most,
        ..Row::new(name, part(of, share), "ms")
    };
    let rows = [
        row("first_token_p50", &mut first, 0.5, None),
        row("first_token_p99", &mut first, 0.99, Some(FIRST)),
        row("sentence_hand_over_p50", &mut hand_over, 0.5, None),
        row("sentence_hand_over_p99", &mut hand_over, 0.99, Some(HAND_OVER)),
    ];
    let heading = format!("{tries} turns, {GUESTS} guests; the model's own time is none");
    row::print(&rows, options, &heading, [("bench", "talk".into()), ("turns", tries.into())])
}

/// One turn of three sentences, each token in a packet of its own.
async fn turn(assistant: &Assistant, server: &FakeOllama) -> Turn {
    let (asked_to, asked) = channel();
    let (first_to, first) = channel();
    let (last_to, last) = channel();
    server.next(
        Script::new()
            .mark(asked_to)
            .mark(first_to)
            .line(&content("Yes. It"))
            .line(&content(" spreads data over"))
            .line(&content(" several nodes."))
            .mark(last_to)
            .line(&content(" That"))
            .line(&content(" is all."))
            .done("stop"),
    );
    let heard = Heard {
        words: "what do you think of Ceph".to_owned(),
        locale: "en".to_owned(),
        confirmed: false,
        cluster: None,
        place: None,
    };
    let caller = Caller {
        principal: Principal("uid:1000".to_owned()),
        door: Door::Cli,
        role: Some(Role::Viewer),
    };
    let noting = Arc::new(Noting::default());
    let watcher = Arc::<Noting>::clone(&noting);
    let began = Instant::now();
    assistant.hear(&heard, &mut Conversation::default(), &caller, watcher).await.unwrap();
    let said = noting.0.lock().unwrap().clone();
    let at = |marks: Receiver<Instant>| marks.recv().unwrap();
    let (asked, first, last) = (at(asked), at(first), at(last));
    let ms = |from: Instant, to: Instant| (to - from).as_secs_f64() * 1e3;
    Turn { first: ms(began, asked) + ms(first, said[0]), hand_over: ms(last, said[1]) }
}

async fn assistant(server: &FakeOllama) -> Assistant {
    let engine = SkillEngine::new().unwrap();
    let catalog = all_skills(&engine).await;
    let fakes = Fakes::new();
    fakes.cluster.change(|guests| {
        let node = guests[0].node.clone();
        guests.extend((1000..1000 + GUESTS).map(|number| Guest {
            name: format!("worker-{number}"),
            ..Guest::new(
                number.to_string().parse().unwrap(),
                GuestKind::Vm,
                node.clone(),
                GuestState::Running,
            )
        }));
    });
    let host = fakes.host(engine, catalog);
    let settings = OllamaSettings {
        address: server.url().parse().unwrap(),
        model: MODEL.to_owned(),
        think: None,
        keep_alive: KeepAlive::ForEver,
        context: 8192,
        most_made: None,
        patience: Patience::default(),
    };
    let clock = Arc::new(SystemClock);
    let model = Arc::new(Ollama::new(settings, Arc::<SystemClock>::clone(&clock)));
    Assistant::new(Arc::new(host), clock).with_talker(Talker::new(model, 20))
}

fn part(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * share) as usize;
    values[at.min(values.len() - 1)]
}
