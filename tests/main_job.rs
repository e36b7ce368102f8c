//! The main job, from end to end, as the README's first lines say it.

#[cfg(test)]
mod support;

use support::{Demo, until};

#[test]
fn how_hot_is_node_three() {
    Demo::alone().ask("how hot is node three?").ended(0).says("pve3").says("degrees");
}

#[test]
fn how_hot_node_three_was_is_known_while_a_host_serves() {
    let question = "how hot was node three today?";
    Demo::alone().ask(question).ended(1).says("No temperatures of pve3 are kept yet");
    let demo = Demo::serving(&[]);
    until("the first round is made", || demo.ask(question).code == 0);
    demo.ask(question).ended(0).says("pve3 was at most");
}

#[test]
fn start_the_web_server_is_done_only_when_it_runs() {
    let demo = Demo::serving(&[]);
    assert_eq!(demo.state_of(102), "stopped");
    demo.ask("start the web server").ended(0).says("webserver-01");
    assert_eq!(demo.state_of(102), "running");
}

#[test]
fn stopping_asks_first_and_ask_never_prompts() {
    let demo = Demo::serving(&[]);
    let asked = demo.run(&["ask", "--demo", "--json", "stop vm one oh one"]).ended(4).json();
    assert_eq!(asked["waits_for"], "confirmation");
    assert!(asked["question"]["text"].as_str().unwrap().contains("mediaserver"), "{asked}");
    assert_eq!(demo.state_of(101), "running");
    demo.ask_yes("stop vm one oh one").ended(0).says("mediaserver");
    assert_eq!(demo.state_of(101), "stopped");
}

#[test]
fn words_come_from_standard_input_too() {
    let demo = Demo::alone();
    let answer =
        demo.run_with(&["ask", "--demo", "--json", "-"], "list all machines\n").ended(0).json();
    let guests = answer["answer"]["data"]["guests"].as_array().unwrap();
    assert!(guests.len() >= 15, "{answer}");
}

#[test]
fn what_is_not_understood_shows_what_can_be_said() {
    let demo = Demo::serving(&[]);
    demo.ask("sing me a song about quorum").ended(3).says("sentences-unknown");
    demo.ask("start the web sever").ended(4).says("webserver-01");
    demo.ask("").ended(3).says("assistant-silence");
    demo.run_with(&["ask", "--demo", "-"], "\n").ended(3).says("assistant-silence");
}

#[test]
fn chat_remembers_its_question() {
    let demo = Demo::serving(&[]);
    demo.run_with(&["chat", "--demo"], "stop the media server\nno\n").ended(0);
    assert_eq!(demo.state_of(101), "running");
    demo.run_with(&["chat", "--demo"], "stop the media server\nyes\n").ended(0);
    assert_eq!(demo.state_of(101), "stopped");
    demo.run_with(&["chat", "--demo"], "yes\n").ended(0).says("assistant-nothing-open");
}
