use serde_json::{Map, json};

use super::*;

const ROOM: Room = Room { all: 1000, answer: 100 };

fn person(words: usize) -> ChatMessage {
    ChatMessage::Person("word ".repeat(words).trim().to_owned())
}

fn answered(history: &mut History, words: usize) {
    history.add_answer(&"word ".repeat(words), "Yes.", 100);
}

#[test]
fn no_text_is_more_than_is_estimated() {
    // What Mistral's tokenizers of 2023 and 2024 make of it, the more of both.
    for (text, real) in [
        ("You are Jarvis, the assistant of a Proxmox VE cluster.", 17),
        ("Der Webserver läuft seit neunzehn Tagen, und die Größe der Datenbank.", 24),
        ("仮想マシンを開始してください。", 18),
        ("Сколько виртуальных машин сейчас работает?", 17),
        ("🙂🚀🔥", 12),
        ("000A1B2C:0F3E2D1C:65F0A1B2", 27),
        ("qzxvkjwqpl", 8),
        ("{\"guest\":{\"type\":\"integer\"}}", 10),
        ("", 0),
    ] {
        assert!(tokens(text) >= real, "{text}: {} of {real}", tokens(text));
        assert!(tokens(text) <= 4 * real + 4, "{text}: {} is no estimate", tokens(text));
    }
}

#[test]
fn the_oldest_exchanges_make_room_and_none_is_parted() {
    let called = ModelTurn {
        calls: vec![ToolCall { name: "heat".to_owned(), arguments: json!({}) }],
        ..ModelTurn::default()
    };
    let with_call = vec![
        person(50),
        ChatMessage::Model(called),
        ChatMessage::Result { tool: "heat".to_owned(), text: "54".to_owned() },
        ChatMessage::Model(ModelTurn { text: "54".to_owned(), ..ModelTurn::default() }),
    ];
    let now = [person(10)];
    let mut seen = std::collections::BTreeSet::new();
    for all in 0..1500 {
        let mut history = History::default();
        answered(&mut history, 60);
        history.add(with_call.clone(), 100);
        answered(&mut history, 40);
        let budget = Budget::new(Room { all, answer: 100 }, "Be brief.", &[]);
        let Ok(kept) = budget.fitting(&history, &now) else { continue };
        // What is kept is an end of it that begins with what a person said, and fits.
        assert!(history.messages().ends_with(kept));
        assert!(kept.first().is_none_or(|first| matches!(first, ChatMessage::Person(_))));
        let takes: usize = kept.iter().chain(&now).map(message).sum();
        assert!(budget.stable + takes + 100 <= all, "{all}");
        seen.insert(kept.len());
    }
    assert_eq!(Vec::from_iter(seen), [0, 2, 6, 8]);
}

#[test]
fn what_fits_to_the_token_is_told_and_one_more_is_an_error() {
    let tool = Tool {
        name: "heat".to_owned(),
        description: "How hot a node is.".to_owned(),
        parameters: Map::new(),
    };
    let history = History::default();
    let fits = |all: usize, tools: &[Tool], now: &[ChatMessage]| {
        Budget::new(Room { all, ..ROOM }, "Be brief.", tools).fitting(&history, now).is_ok()
    };
    for (tools, now) in
        [(vec![], person(1)), (vec![tool.clone()], person(1)), (vec![tool; 9], person(300))]
    {
        let budget = Budget::new(ROOM, "Be brief.", &tools);
        let needs = budget.stable + message(&now) + ROOM.answer;
        assert!(fits(needs, &tools, std::slice::from_ref(&now)));
        assert!(!fits(needs - 1, &tools, std::slice::from_ref(&now)));
        assert!(!fits(0, &tools, &[now]));
    }
}

#[test]
fn an_answer_of_a_command_is_cut_to_the_room_that_is_left() {
    let budget = Budget::new(ROOM, "Be brief.", &[]);
    let now = [person(100)];
    let long = "The node is hot. ".repeat(1000);
    let cut = budget.cut(&long, &now);
    assert!(cut.len() > LEAST && cut.len() < long.len(), "{}", cut.len());
    let result = ChatMessage::Result { tool: String::new(), text: cut };
    assert!(budget.fitting(&History::default(), &[now[0].clone(), result]).is_ok());
    assert_eq!(budget.cut("54", &now), "54");
    // Without any room a little is left, so that it is seen what does not fit.
    let none = Budget::new(Room { all: 0, answer: 0 }, "", &[]);
    assert!(none.cut(&long, &now).len() <= LEAST);
}
