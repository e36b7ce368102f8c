//! The client against an Ollama that is true to its protocol, and against ones
//! that are not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says why by panicking"
)]

#[path = "../../../tests/support/ollama.rs"]
mod support;

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jarvis_domain::model::{
    Abilities, Chat, ChatMessage, Fetched, LanguageModel, ModelTurn, Piece, Saying, Standing, Stop,
    Tool, ToolCall,
};
use jarvis_domain::{Fault, ManualClock, Timestamp};
use jarvis_ollama::{KeepAlive, Ollama, OllamaSettings, Patience};
use serde_json::{Value, json};
use support::{FakeOllama, Script, content};

const MODEL: &str = "qwen3:4b";

fn settings(url: &str) -> OllamaSettings {
    OllamaSettings {
        address: url.parse().unwrap(),
        model: MODEL.to_owned(),
        think: Some(false),
        keep_alive: KeepAlive::ForEver,
        context: 8192,
        most_made: Some(512),
        patience: Patience::default(),
    }
}

/// A clock that nobody moves: a machine that is busy is not an Ollama that is silent.
fn standing() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp(0)))
}

fn client(ollama: &FakeOllama) -> Ollama {
    Ollama::new(settings(&ollama.url()), standing())
}

fn server() -> FakeOllama {
    FakeOllama::start(&[(MODEL, &["completion", "tools"])])
}

fn chat(words: &str) -> Chat {
    Chat { messages: vec![ChatMessage::Person(words.to_owned())], tools: Vec::new() }
}

fn text(words: &str) -> Piece {
    Piece::Text(words.to_owned())
}

fn call(name: &str, arguments: Value) -> ToolCall {
    ToolCall { name: name.to_owned(), arguments }
}

/// All that is said, and how it ended.
async fn all(saying: &mut dyn Saying) -> (Vec<Piece>, Option<Box<Fault>>) {
    let mut pieces = Vec::new();
    loop {
        match saying.next().await {
            Ok(Some(piece)) => pieces.push(piece),
            Ok(None) => return (pieces, None),
            Err(fault) => return (pieces, Some(fault)),
        }
    }
}

async fn played(script: Script) -> (Vec<Piece>, Option<Box<Fault>>) {
    let ollama = server();
    ollama.next(script);
    let mut saying = client(&ollama).chat(&chat("hello")).await.unwrap();
    all(saying.as_mut()).await
}

#[tokio::test]
async fn thoughts_words_and_calls_come_in_order() {
    let script = Script::new()
        .thought("the person wants")
        .words(&["Let me ", "look."])
        .calls(&[("heat", json!({"node": "pve3"})), ("list", json!({}))])
        .calls(&[("heat", json!({"node": "pve1"}))])
        .done("stop");
    let ollama = server();
    ollama.next(script);
    let mut saying = client(&ollama).chat(&chat("how hot is it")).await.unwrap();
    let (pieces, fault) = all(saying.as_mut()).await;
    assert_eq!(fault, None);
    let two = vec![call("heat", json!({"node": "pve3"})), call("list", json!({}))];
    let expected = [
        Piece::Thought("the person wants".to_owned()),
        text("Let me "),
        text("look."),
        Piece::Calls(two),
        Piece::Calls(vec![call("heat", json!({"node": "pve1"}))]),
    ];
    assert_eq!(pieces, expected);
    let figures = saying.figures();
    assert_eq!((figures.stop, figures.read, figures.made), (Stop::Said, 26, 290));
    assert_eq!((figures.load_ms, figures.read_ms, figures.made_ms), (2000, 300, 4000));
}

#[tokio::test]
async fn what_is_sent_is_what_the_api_asks_for() {
    let ollama = server();
    ollama.next(Script::new().words(&["Done."]).done("length"));
    let turn = ModelTurn {
        text: "I look.".to_owned(),
        thinking: "hm".to_owned(),
        calls: vec![call("heat", json!({"node": "pve3"}))],
    };
    let parameters = json!({"type": "object", "properties": {}}).as_object().unwrap().clone();
    let tool = Tool { name: "heat".to_owned(), description: "How hot".to_owned(), parameters };
    let chat = Chat {
        messages: vec![
            ChatMessage::System("You are jarvis.".to_owned()),
            ChatMessage::Person("how hot is it".to_owned()),
            ChatMessage::Model(turn),
            ChatMessage::Result { tool: "heat".to_owned(), text: "54".to_owned() },
        ],
        tools: vec![tool],
    };
    let mut saying = client(&ollama).chat(&chat).await.unwrap();
    assert_eq!(all(saying.as_mut()).await.1, None);
    assert_eq!(saying.figures().stop, Stop::Length);
    let expected = json!({
        "model": MODEL, "stream": true, "think": false, "keep_alive": -1,
        "options": {"num_ctx": 8192, "num_predict": 512},
        "messages": [
            {"role": "system", "content": "You are jarvis."},
            {"role": "user", "content": "how hot is it"},
            {"role": "assistant", "content": "I look.", "thinking": "hm",
             "tool_calls": [{"function": {"name": "heat", "arguments": {"node": "pve3"}}}]},
            {"role": "tool", "tool_name": "heat", "content": "54"},
        ],
        "tools": [{"type": "function", "function": {"name": "heat", "description": "How hot",
                   "parameters": {"type": "object", "properties": {}}}}],
    });
    assert_eq!(ollama.asked(), [expected]);
}

#[tokio::test]
async fn a_line_may_be_split_at_every_byte() {
    let line = format!("{}\n", content("Größe: 3 Küchen 🍳"));
    let last = r#"{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}"#;
    for at in 0..=line.len() {
        let (left, right) = line.as_bytes().split_at(at);
        let script = [left, right]
            .into_iter()
            .filter(|half| !half.is_empty())
            .fold(Script::new(), Script::bytes);
        // The last line has no end of its own.
        let (pieces, fault) = played(script.bytes(last.as_bytes())).await;
        assert_eq!((pieces, fault), (vec![text("Größe: 3 Küchen 🍳")], None), "split at {at}");
    }
    let every = line.as_bytes().iter().fold(Script::new(), |script, byte| script.bytes(&[*byte]));
    assert_eq!(played(every.done("stop")).await.0, [text("Größe: 3 Küchen 🍳")]);
}

#[tokio::test]
async fn what_breaks_off_is_no_end() {
    let begun = || Script::new().words(&["I have "]);
    for (script, code) in [
        (begun().line(&json!({"error": "unexpected EOF"})), "ollama-refused"),
        (begun().cut(), "ollama-broken-off"),
        // An answer whose last line is missing, though HTTP says that this is all.
        (begun(), "ollama-broken-off"),
        (begun().bytes(b"<html>\n"), "ollama-protocol"),
        (begun().bytes(&vec![b'x'; 1_100_000]), "ollama-protocol"),
        (begun().line(&json!({"message": {"content": 7}})), "ollama-protocol"),
    ] {
        let (pieces, fault) = played(script).await;
        assert_eq!(pieces, [text("I have ")]);
        assert_eq!(fault.unwrap().code, code);
    }
    let circle = (0..9).fold(Script::new(), |script, _| script.words(&[&"x".repeat(1_000_000)]));
    assert_eq!(played(circle.done("stop")).await.1.unwrap().code, "ollama-protocol");
}

#[tokio::test]
async fn a_refusal_has_ollamas_own_words() {
    for (script, code, says) in [
        (Script::refusing(404, "model 'qwen3:4b' not found"), "ollama-model-missing", "qwen3:4b"),
        (
            Script::refusing(400, "registry.ollama.ai/library/x does not support tools"),
            "ollama-no-tools",
            "calls no tools",
        ),
        (Script::refusing(500, "llama runner \u{1b}[2J died"), "ollama-refused", "runner [2J died"),
    ] {
        let ollama = server();
        ollama.next(script);
        let fault = client(&ollama).chat(&chat("hello")).await.unwrap_err();
        assert_eq!(fault.code, code);
        assert!(fault.sentence.contains(says), "{fault}");
    }
    // It has its port and does not listen, so that nobody else does.
    let deaf = tokio::net::TcpSocket::new_v4().unwrap();
    deaf.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = Ollama::new(settings(&deaf.local_addr().unwrap().to_string()), standing());
    assert_eq!(nobody.chat(&chat("hello")).await.unwrap_err().code, "ollama-unreachable");
}

#[tokio::test]
async fn a_slow_first_word_is_waited_for_and_a_hanging_model_is_not() {
    let ollama = server();
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    let client = Ollama::new(settings(&ollama.url()), Arc::<ManualClock>::clone(&clock));
    let (hold, go) = channel();
    let (_hang, never) = channel();
    ollama.next(Script::new().wait(go).words(&["At last"]).wait(never));
    let mut saying = client.chat(&chat("hello")).await.unwrap();
    {
        let mut first = saying.next();
        // It is loaded from a slow disk.
        let still = futures_pending(&mut first).await;
        assert!(still);
        clock.advance(Duration::from_secs(119));
        assert!(futures_pending(&mut first).await);
        drop(hold);
        assert_eq!(first.await.unwrap(), Some(text("At last")));
    }
    let mut second = saying.next();
    assert!(futures_pending(&mut second).await);
    clock.advance(Duration::from_secs(30));
    assert_eq!(second.await.unwrap_err().code, "ollama-silent");
}

/// Whether `work` still waits, after what can be done without time was done.
async fn futures_pending<F: Future + Unpin>(work: &mut F) -> bool {
    tokio::select! {
        biased;
        _ = work => false,
        () = async { for _ in 0..64 { tokio::task::yield_now().await; } } => true,
    }
}

#[tokio::test]
async fn a_chat_that_is_dropped_is_broken_off_there() {
    let ollama = server();
    let (told, gone) = channel();
    ollama.next(Script::new().words(&["Once upon a time"]).until_gone(told));
    let mut saying = client(&ollama).chat(&chat("tell me a story")).await.unwrap();
    assert_eq!(saying.next().await.unwrap(), Some(text("Once upon a time")));
    drop(saying);
    let seen = tokio::task::spawn_blocking(move || gone.recv_timeout(Duration::from_secs(120)));
    seen.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_model_tells_what_it_is_able_to_do() {
    let ollama =
        FakeOllama::start(&[(MODEL, &["completion", "tools", "thinking"]), ("phi3:latest", &[])]);
    let able = Abilities { tools: true, thinking: true };
    assert_eq!(client(&ollama).standing().await.unwrap(), Standing::Ready(able));
    let other = |model: &str| {
        let settings = OllamaSettings { model: model.to_owned(), ..settings(&ollama.url()) };
        Ollama::new(settings, standing())
    };
    let none = Abilities::default();
    assert_eq!(other("phi3:latest").standing().await.unwrap(), Standing::Ready(none));
    assert_eq!(other("llama3:latest").standing().await.unwrap(), Standing::Missing);
    assert_eq!(client(&ollama).models().await.unwrap(), [MODEL, "phi3:latest"]);
}

#[tokio::test]
async fn a_missing_model_is_fetched_and_tells_how_far_it_is() {
    let ollama = FakeOllama::start(&[]);
    let client = client(&ollama);
    ollama.pulled(
        Script::new()
            .line(&json!({"status": "pulling manifest"}))
            .line(&json!({"status": "pulling 6a0746a1ec1a", "digest": "sha256:6a", "total": 4661}))
            .line(&json!({"status": "pulling 6a0746a1ec1a", "total": 4661, "completed": 241}))
            .line(&json!({"status": "verifying sha256 digest"}))
            .line(&json!({"status": "success"})),
    );
    let told = Mutex::new(Vec::new());
    let tell = |fetched: Fetched| told.lock().unwrap().push((fetched.doing, fetched.bytes));
    client.fetch(&tell).await.unwrap();
    let told = told.into_inner().unwrap();
    let bytes: Vec<Option<(u64, u64)>> = told.iter().map(|(_, bytes)| *bytes).collect();
    assert_eq!(bytes, [None, Some((0, 4661)), Some((241, 4661)), None]);
    assert!(matches!(client.standing().await.unwrap(), Standing::Ready(_)));

    for (script, code) in [
        (Script::new().line(&json!({"error": "no space left on device"})), "ollama-refused"),
        (Script::new().line(&json!({"status": "pulling manifest"})), "ollama-broken-off"),
        (Script::refusing(500, "pull model manifest: file does not exist"), "ollama-refused"),
    ] {
        ollama.pulled(script);
        assert_eq!(client.fetch(&|_| {}).await.unwrap_err().code, code);
    }
}

#[tokio::test]
async fn whether_it_thinks_and_how_long_it_stays_are_sent_as_they_are_set() {
    for (think, keep_alive, thinks, stays) in [
        (Some(true), KeepAlive::For(Duration::from_secs(300)), Some(json!(true)), 300),
        // It is left to the model: some refuse to be told.
        (None, KeepAlive::For(Duration::ZERO), None, 0),
        (Some(false), KeepAlive::ForEver, Some(json!(false)), -1),
    ] {
        let ollama = server();
        ollama.next(Script::new().words(&["Done."]).done("stop"));
        let settings = OllamaSettings { think, keep_alive, ..settings(&ollama.url()) };
        let client = Ollama::new(settings, standing());
        let mut saying = client.chat(&chat("how hot is it")).await.unwrap();
        assert_eq!(all(saying.as_mut()).await.1, None);
        let asked = ollama.asked().remove(0);
        assert_eq!(asked.get("think"), thinks.as_ref());
        assert_eq!(asked["keep_alive"], json!(stays));
    }
}
