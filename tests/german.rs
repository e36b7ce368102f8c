//! The main job in German, from a sentence to the spoken reply, by the built program on
//! the demo cluster.

#[cfg(test)]
mod support;

use jarvis_domain::Language;
use jarvis_voice::speakable_in;
use serde_json::{Value, json};
use support::http::Visitor;
use support::{Demo, Ran};

/// `ask` in German.
fn ask(demo: &Demo, words: &str) -> Ran {
    demo.run(&["ask", "--demo", "--lang", "de", words])
}

#[test]
fn every_skill_answers_in_german() {
    let demo = Demo::serving(&[]);
    for (words, expected) in [
        ("Jarvis, wie warm ist Knoten drei?", &["pve3 hat ", "Grad"][..]),
        ("wie warm sind alle Knoten", &["Grad", " und "]),
        ("welcher Knoten ist am heißesten", &["am wärmsten"]),
        ("läuft der Mediaserver", &["mediaserver läuft."]),
        ("was läuft gerade", &["Gäste", "laufen"]),
        ("wie geht es dem Cluster", &["Quorum"]),
        ("welche Knoten gibt es", &["Es gibt ", "Knoten"]),
        ("wie voll sind die Speicher", &["Der Speicher ist zu ", "Prozent voll"]),
        ("wie geht es Knoten drei", &["pve3 läuft seit "]),
        ("gibt es Updates", &["Updates"]),
        ("starte den Webserver", &["webserver-01 ist gestartet."]),
        ("starte den Webserver", &["webserver-01 läuft schon."]),
    ] {
        let ran = ask(&demo, words).ended(0);
        for part in expected {
            assert!(ran.stdout.contains(part), "{words:?}: {part:?} is not in {ran:?}");
        }
    }
}

#[test]
fn an_answer_is_spoken_as_germans_say_it() {
    let demo = Demo::alone();
    let said = demo.run(&["ask", "--demo", "--json", "--lang", "de", "wie voll sind die Speicher"]);
    let said = said.ended(0).json();
    let speech = said["answer"]["speech"].as_str().unwrap();
    let spoken = speakable_in(Language::German, speech);
    assert!(spoken.contains("Terabyte") || spoken.contains("Gigabyte"), "{spoken}");
    assert!(!spoken.contains("TB") && !spoken.contains("byte free"), "{spoken}");
}

#[test]
fn what_interrupts_is_asked_about_and_confirmed_in_german() {
    let demo = Demo::serving(&[]);
    let asked = ask(&demo, "fahr den Mediaserver herunter").ended(4);
    let question = "Soll ich VM 101 mediaserver auf home herunterfahren?";
    assert!(asked.stdout.contains(question), "{asked:?}");
    let chat = |input: &str| demo.run_with(&["chat", "--demo", "--lang", "de"], input).ended(0);
    chat("fahr den Mediaserver herunter\nnein\n").says("Dann bleibt alles, wie es ist.");
    assert_eq!(demo.state_of(101), "running");
    chat("starte den Medienserver neu\nabbrechen\n")
        .says("Ist mit \"Medienserver\" VM 101 mediaserver gemeint?")
        .says("Abgebrochen.");
    chat("fahr VM hunderteins herunter\nja\n").says("mediaserver ist heruntergefahren.");
    assert_eq!(demo.state_of(101), "stopped");
    chat("ja\n").says("es ist keine Frage offen");
}

#[test]
fn words_lean_on_what_was_said_before() {
    let demo = Demo::serving(&[]);
    let chat = |input: &str| demo.run_with(&["chat", "--demo", "--lang", "de"], input).ended(0);
    chat("wie warm ist Knoten drei\nund Knoten zwei?\n").says("pve3 hat").says("pve2 hat");
    chat("starte den Webserver\nmach das rückgängig\nnein\n")
        .says("webserver-01 ist gestartet.")
        .says("Soll ich VM 102 webserver-01");
    chat("wie warm ist Knoten drei\nwarum\n").says("Verstanden wurde temperatures.node");
    chat("was kannst du\n").says("Zum Beispiel geht:");
}

#[test]
fn timers_and_commands_for_later_are_set_in_german() {
    let demo = Demo::serving(&[]);
    ask(&demo, "stell einen Pizza-Timer auf fünf Minuten")
        .ended(0)
        .says("Der Timer pizza endet in 5 Minuten, um ");
    ask(&demo, "wie lange läuft der Pizza-Timer noch").ended(0).says("Der Timer pizza endet in");
    let later = ask(&demo, "in zehn Minuten fahr den Mediaserver herunter").ended(4);
    assert!(later.stdout.contains("In 10 Minuten, um "), "{later:?}");
    assert!(later.stdout.contains(": Soll ich VM 101 mediaserver"), "{later:?}");
    ask(&demo, "fahr den Mediaserver in zehn Minuten herunter").ended(4);
    ask(&demo, "lösche den Pizza-Timer").ended(0).says("Der Timer pizza ist gelöscht.");
    ask(&demo, "welche Timer gibt es").ended(0).says("Es gibt keine Timer.");
}

#[test]
fn what_goes_wrong_is_told_in_german() {
    let demo = Demo::serving(&[]);
    ask(&demo, "sing mir ein Lied").ended(3).says("war nicht zu verstehen");
    ask(&demo, "fahr den Webbserver herunter").ended(4).says("gemeint?");
    ask(&demo, "stell einen Timer").ended(3).says("die Dauer war nicht zu verstehen");
}

#[test]
fn a_request_names_its_language_or_takes_the_hosts() {
    let demo = Demo::serving(&["--lang", "de"]);
    demo.ask("wie warm ist Knoten drei").ended(0).says("pve3 hat");
    demo.run(&["ask", "--demo", "--lang", "en", "how hot is node three"])
        .ended(0)
        .says("pve3 is at");
    let visitor = Visitor::signed_in(&demo);
    let spoken = |body: Value| visitor.post("/api/ask", &body).is(200).body;
    let german = spoken(json!({ "words": "wie warm ist Knoten drei" }));
    assert!(german.to_string().contains("pve3 hat"), "{german}");
    let english = spoken(json!({ "words": "how hot is node three", "locale": "en" }));
    assert!(english.to_string().contains("pve3 is at"), "{english}");
}

#[test]
fn what_can_be_said_is_told_in_german() {
    let demo = Demo::alone();
    let said = demo.run(&["intents", "sentences", "--demo", "--lang", "de"]).ended(0);
    assert!(said.stdout.contains("wie warm ist"), "{said:?}");
    let corpus = format!("{}/../../tests/understanding/corpus/de.txt", env!("CARGO_MANIFEST_DIR"));
    demo.run(&["intents", "corpus", &corpus, "--demo"]).ended(0).says("plain");
}
