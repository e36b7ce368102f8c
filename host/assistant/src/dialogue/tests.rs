use std::time::Duration;

use jarvis_domain::invocation::{Choice, Chosen};
use jarvis_domain::run::Runs;
use jarvis_domain::{Clock, Door, Outcome, Role};

use crate::Said;
use crate::testing::Stage;

/// The writes that were started, shortened to their ends.
fn started(stage: &Stage) -> Vec<String> {
    let ends = stage.fakes.cluster.started().into_iter();
    ends.map(|call| call.rsplit('/').take(3).collect::<Vec<_>>().join(" ")).collect()
}

#[tokio::test]
async fn a_question_about_something_else_inherits_the_rest() {
    let mut stage = Stage::without_model().await;
    assert!(stage.reply("is the web server running").await.speech.contains("webserver-01"));
    assert!(stage.reply("and the database?").await.speech.contains("database"));
    assert!(stage.reply("what about the media server").await.speech.contains("mediaserver"));
    // What names nothing is not understood, and changes nothing.
    assert_eq!(stage.say("and the moon?").await.unwrap_err().code, "sentences-unknown");
    assert_eq!(started(&stage), [""; 0]);
    // It leans on the last command for some minutes only.
    stage.fakes.clock.advance(Duration::from_secs(301));
    assert_eq!(stage.say("and the database?").await.unwrap_err().code, "sentences-unknown");
}

#[tokio::test]
async fn a_change_is_inherited_undone_and_done_again() {
    let mut stage = Stage::without_model().await;
    assert_eq!(stage.dropped("undo that").await, "There is nothing that I could undo.");
    stage.reply("start the web server").await;
    stage.reply("do the same for the database").await;
    assert_eq!(started(&stage), ["start status 102", "start status 105"]);
    // What undoes it interrupts something, and is asked about as always.
    let question = stage.question("undo that").await;
    assert!(question.text.contains("105"), "{question:?}");
    assert_eq!(stage.dropped("no").await, "Then I leave it as it is.");
    assert_eq!(started(&stage).len(), 2);
    stage.reply("is the web server running").await;
    assert!(stage.dropped("undo it").await.starts_with("I cannot undo that"));
}

#[tokio::test]
async fn who_means_something_else_does_not_mean_what_was_asked_about() {
    let mut stage = Stage::without_model().await;
    stage.fakes.cluster.change(|guests| {
        guests
            .iter_mut()
            .for_each(|guest| guest.state = jarvis_domain::inventory::GuestState::Running);
    });
    let first = stage.question("shut down the web server").await;
    let second = stage.question("no, the database").await;
    assert!(second.text.contains("105"), "{second:?}");
    assert_eq!(stage.reply("yes").await.outcome, Outcome::Done);
    assert_eq!(started(&stage), ["shutdown status 105"]);
    // The first question is over.
    let id = first.id;
    let watcher = std::sync::Arc::new(jarvis_domain::invocation::Unwatched);
    let late = stage.assistant.host.confirm(id, &stage.caller, "yes", watcher).await;
    assert_eq!(late.unwrap_err().code, "confirmation-used");
}

#[tokio::test]
async fn the_other_one_is_what_was_not_picked() {
    let mut stage = Stage::without_model().await;
    stage.fakes.cluster.change(|guests| guests[2].name = "webserver-02".to_owned());
    let Said::Choice(choice) = stage.say("start the web server").await.unwrap() else { panic!() };
    assert_eq!(choice.options.len(), 2);
    stage.reply("the first one").await;
    stage.reply("no, the other one").await;
    assert_eq!(started(&stage), ["start status 102", "start status 105"]);
}

#[tokio::test]
async fn a_time_is_kept_while_it_is_asked_which_one_is_meant() {
    let mut stage = Stage::without_model().await;
    stage.fakes.cluster.change(|guests| guests[2].name = "webserver-02".to_owned());
    let due = stage.fakes.clock.now().plus(Duration::from_secs(600));
    let words = "in ten minutes start the web server";
    let Said::Choice(choice) = stage.say(words).await.unwrap() else { panic!() };
    assert_eq!(choice.options.len(), 2);
    stage.fakes.clock.advance(Duration::from_secs(60));
    let reply = stage.reply("the first one").await;
    assert_eq!(reply.outcome, Outcome::Scheduled);
    assert!(reply.speech.starts_with("In 9 minutes"), "{reply:?}");
    assert_eq!(stage.reply("no, the other one").await.outcome, Outcome::Scheduled);
    let timers = stage.assistant.host.timers().unwrap().all();
    assert_eq!(timers.iter().map(|one| one.due).collect::<Vec<_>>(), [due, due]);
    let called: Vec<String> = timers.iter().map(|one| one.called()).collect();
    assert!(called.iter().any(|one| one.contains("webserver-01")), "{called:?}");
    assert_eq!(started(&stage), [""; 0]);
}

#[tokio::test]
async fn which_machine_is_meant_is_asked_where_none_was_named() {
    for (locale, words, question, answer, done) in [
        ("en", "start the machine", "Which machine?", "the web server", "Started webserver-01."),
        ("en", "start the server", "Which machine?", "102", "Started webserver-01."),
        (
            "de",
            "starte die Maschine",
            "Welche Maschine?",
            "den Webserver",
            "webserver-01 ist gestartet.",
        ),
        (
            "de",
            "starte den Server",
            "Welche Maschine?",
            "webserver-01",
            "webserver-01 ist gestartet.",
        ),
    ] {
        let mut stage = Stage::without_model().await;
        let asked = stage.say_in(locale, words).await.unwrap();
        let Said::Missing(missing) = asked else { panic!("{words}: {asked:?}") };
        assert_eq!(missing.text, question);
        assert_eq!(started(&stage), [""; 0]);
        let Said::Reply(reply) = stage.say_in(locale, answer).await.unwrap() else { panic!() };
        assert_eq!(reply.speech, done);
        // What undoes it is about the same machine.
        if locale == "en" {
            assert!(stage.question("undo that").await.text.contains("webserver-01"));
        }
    }
}

/// How many timers wait.
fn waiting(stage: &Stage) -> usize {
    stage.assistant.host.timers().unwrap().all().len()
}

/// The choice that `words` are answered with.
async fn choice(stage: &mut Stage, locale: &str, words: &str) -> Choice {
    match stage.say_in(locale, words).await.unwrap() {
        Said::Choice(choice) => choice,
        other => panic!("{words}: {other:?}"),
    }
}

#[tokio::test]
async fn which_of_several_timers_is_meant_is_asked_and_picked_by_number_or_name() {
    for (answer, gone) in [
        ("2", "The tea timer"),
        ("the first one", "The timer of 5 minutes"),
        ("number three", "The pizza timer"),
        ("the tea one", "The tea timer"),
        ("The tea timer.", "The tea timer"),
        ("the five minute one", "The timer of 5 minutes"),
    ] {
        let mut stage = Stage::without_model().await;
        for words in [
            "set a timer for five minutes",
            "set a tea timer for ten minutes",
            "set a pizza timer for twenty minutes",
        ] {
            stage.reply(words).await;
        }
        let asked = choice(&mut stage, "en", "cancel the timer").await;
        assert_eq!(
            asked.text,
            "Which one: 1, the timer of 5 minutes; 2, the tea timer; 3, the pizza timer?"
        );
        assert_eq!(stage.reply(answer).await.speech, format!("{gone} is cancelled."));
        assert_eq!(waiting(&stage), 2, "{answer}");
    }
}

#[tokio::test]
async fn a_question_about_timers_is_left_by_a_no_and_by_anything_else() {
    let mut stage = Stage::without_model().await;
    // These two are called the same.
    stage.reply("set a timer for five minutes").await;
    stage.fakes.clock.advance(Duration::from_secs(60));
    stage.reply("set a timer for five minutes").await;
    let asked = choice(&mut stage, "en", "how long on the timer").await;
    assert!(asked.text.contains("1, the timer of 5 minutes, at 08:05; 2, "), "{asked:?}");
    assert!(stage.reply("the second").await.speech.contains("ends in 5 minutes, at 08:06"));
    choice(&mut stage, "en", "cancel the timer").await;
    assert_eq!(stage.dropped("never mind").await, "Dropped.");
    choice(&mut stage, "en", "cancel the timer").await;
    assert!(stage.reply("is the web server running").await.speech.contains("webserver-01"));
    assert_eq!(waiting(&stage), 2);
    // What is kept for later is not what was offered: its words are those of a command.
    stage.reply("in ten minutes, start the web server").await;
    choice(&mut stage, "en", "cancel the timer").await;
    stage.reply("start the web server").await;
    assert_eq!(waiting(&stage), 3);
    choice(&mut stage, "en", "cancel the timer").await;
    assert_eq!(stage.reply("cancel all timers").await.speech, "3 timers are cancelled.");
}

#[tokio::test]
async fn which_of_several_timers_is_meant_is_asked_in_german() {
    for (answer, gone) in [
        ("zwei", "Der Timer tee ist gelöscht."),
        ("der erste", "Der Timer von 5 Minuten ist gelöscht."),
        ("den Teetimer", "Der Timer tee ist gelöscht."),
    ] {
        let mut stage = Stage::without_model().await;
        for words in ["stell einen Timer auf fünf Minuten", "stell einen Teetimer auf zehn Minuten"]
        {
            stage.say_in("de", words).await.unwrap();
        }
        let asked = choice(&mut stage, "de", "lösche den Timer").await;
        let text = "Was davon ist gemeint: 1, der Timer von 5 Minuten; 2, der Timer tee?";
        assert_eq!(asked.text, text);
        let Said::Reply(reply) = stage.say_in("de", answer).await.unwrap() else { panic!() };
        assert_eq!(reply.speech, gone);
        assert_eq!(waiting(&stage), 1, "{answer}");
    }
}

#[tokio::test]
async fn who_means_something_else_means_it_at_the_same_time() {
    let mut stage = Stage::without_model().await;
    stage.fakes.cluster.change(|guests| {
        guests
            .iter_mut()
            .for_each(|guest| guest.state = jarvis_domain::inventory::GuestState::Running);
    });
    stage.question("in ten minutes shut down the web server").await;
    let question = stage.question("no, the database").await;
    assert!(question.text.contains("In 10 minutes"), "{question:?}");
    assert!(question.text.contains("105"), "{question:?}");
    assert_eq!(stage.reply("yes").await.outcome, Outcome::Scheduled);
    assert_eq!(started(&stage), [""; 0]);
}

#[tokio::test]
async fn what_was_done_is_explained() {
    let mut stage = Stage::without_model().await;
    assert!(stage.dropped("why did you do that").await.starts_with("I did nothing lately"));
    stage.reply("start the web server").await;
    let why = stage.dropped("Why did you do that?").await;
    for part in [
        "\"start the web server\"",
        "vm-lifecycle.start",
        "by the sentence",
        "guest 102",
        "status/start",
        "Started webserver-01",
    ] {
        assert!(why.contains(part), "{part} is not in {why}");
    }
}

#[tokio::test]
async fn two_commands_of_one_sentence_run_in_order() {
    let mut stage = Stage::without_model().await;
    let reply = stage.reply("start the web server and then start the database").await;
    assert_eq!(reply.speech, "Started webserver-01. Started database.");
    assert_eq!(started(&stage), ["start status 102", "start status 105"]);
    // One that leans on the verb before.
    let mut stage = Stage::without_model().await;
    stage.reply("start the web server and the database").await;
    assert_eq!(started(&stage).len(), 2);
}

#[tokio::test]
async fn of_several_commands_none_runs_where_one_cannot() {
    let mut stage = Stage::without_model().await;
    // Not understood as a whole.
    let fault = stage.say("start the web server and then fly to the moon").await.unwrap_err();
    assert!(fault.code.starts_with("sentences-"), "{fault}");
    assert_eq!(started(&stage), [""; 0]);
    // Understood, and not allowed.
    stage.caller.role = Some(Role::Viewer);
    let words = "is the web server running and then start the database";
    assert_eq!(stage.say(words).await.unwrap_err().code, "skill-role");
    assert_eq!(started(&stage), [""; 0]);
}

#[tokio::test]
async fn several_commands_wait_for_each_yes_and_end_with_a_no() {
    let mut stage = Stage::without_model().await;
    let words = "start the web server, then shut down the media server and start the database";
    let question = stage.question(words).await;
    assert!(question.text.starts_with("Started webserver-01. Shall I shut down"), "{question:?}");
    assert_eq!(started(&stage), ["start status 102"]);
    let reply = stage.reply("yes").await;
    assert!(reply.speech.ends_with("Started database."), "{reply:?}");
    assert_eq!(started(&stage).len(), 3);

    let mut stage = Stage::without_model().await;
    stage.question(words).await;
    assert!(stage.dropped("no").await.ends_with("and the rest of it too."));
    assert_eq!(started(&stage), ["start status 102"]);
}

#[tokio::test]
async fn all_that_one_sentence_did_is_explained_and_undone_the_last_of_it_first() {
    let mut stage = Stage::without_model().await;
    stage.reply("start the web server and then start the database").await;
    let why = stage.dropped("why did you do that").await;
    let first = why.find("I took that for vm-lifecycle.start with guest 102").unwrap();
    let second = why.find("After that came vm-lifecycle.start with guest 105").unwrap();
    assert!(first < second, "{why}");
    let question = stage.question("undo that").await;
    assert!(question.text.contains("105"), "{question:?}");
    let question = match stage.say("yes").await.unwrap() {
        Said::Question(question) => question,
        other => panic!("{other:?}"),
    };
    assert!(question.text.contains("102"), "{question:?}");
    assert_eq!(stage.reply("yes").await.outcome, Outcome::Done);
    let ends =
        ["start status 102", "start status 105", "shutdown status 105", "shutdown status 102"];
    assert_eq!(started(&stage), ends);
}

#[tokio::test]
async fn what_cannot_be_undone_is_said_and_the_rest_is_undone() {
    let mut stage = Stage::without_model().await;
    stage.reply("start the database and then take a snapshot of the web server").await;
    let question = stage.question("undo that").await;
    let expected = "Not all of it can be undone: nothing undoes vm-lifecycle.snapshot.";
    assert!(question.text.starts_with(expected) && question.text.contains("105"), "{question:?}");
    // What only looked has nothing to be undone.
    let mut stage = Stage::without_model().await;
    stage.reply("is the web server running and is the database running").await;
    let said = stage.dropped("undo that").await;
    assert_eq!(said, "I cannot undo that: vm-lifecycle.status changed nothing.");
}

#[tokio::test]
async fn a_no_to_the_rest_leaves_what_was_done_to_be_undone() {
    let mut stage = Stage::without_model().await;
    stage.question("start the web server and then shut down the media server").await;
    stage.dropped("no").await;
    assert!(stage.dropped("why").await.contains("guest 102"));
    assert!(stage.question("undo that").await.text.contains("102"));
}

#[tokio::test]
async fn all_of_one_sentence_is_done_again() {
    let mut stage = Stage::without_model().await;
    stage.reply("take a snapshot of the web server and the database").await;
    stage.reply("again").await;
    assert_eq!(started(&stage).len(), 4, "{:?}", started(&stage));
}

#[tokio::test]
async fn a_question_behind_a_change_is_answered_with_a_question() {
    let mut stage = Stage::without_model().await;
    stage.reply("start the web server").await;
    for asked in [
        "what about the database?",
        "and the database?",
        "how about the database",
        "also the database",
    ] {
        let said = stage.say(asked).await.unwrap();
        let Said::Missing(missing) = said else { panic!("{asked}: {said:?}") };
        assert!(
            missing.text.starts_with("Shall I also start") && missing.text.contains("105"),
            "{missing:?}"
        );
        assert_eq!(started(&stage), ["start status 102"], "{asked}");
        assert_eq!(stage.dropped("no").await, "Then I leave it as it is.");
    }
    // The change itself is still what can be undone.
    assert!(stage.question("undo that").await.text.contains("102"));
    stage.dropped("no").await;
    stage.reply("start the web server").await;
    stage.say("what about the database?").await.unwrap();
    stage.reply("yes").await;
    assert_eq!(started(&stage).last().unwrap(), "start status 105");
    let said = stage.dropped("what about the database").await;
    assert_eq!(said, "database is already running.");
}

#[tokio::test]
async fn a_question_about_what_interrupts_takes_the_usual_yes_even_where_one_was_given() {
    let mut stage = Stage::without_model().await;
    stage.fakes.cluster.change(|guests| {
        guests
            .iter_mut()
            .for_each(|guest| guest.state = jarvis_domain::inventory::GuestState::Running);
    });
    stage.question("shut down the web server").await;
    stage.reply("yes").await;
    let heard = crate::Heard {
        words: "what about the media server".to_owned(),
        locale: "en".to_owned(),
        confirmed: true,
        cluster: None,
        place: None,
    };
    let watcher = std::sync::Arc::clone(&stage.seen);
    let said = stage.assistant.hear(&heard, &mut stage.conversation, &stage.caller, watcher).await;
    assert!(
        matches!(&said, Ok(Said::Question(question)) if question.text.contains("101")),
        "{said:?}"
    );
    assert_eq!(started(&stage), ["shutdown status 102"]);
}

#[tokio::test]
async fn what_says_what_to_do_is_a_command_however_it_begins() {
    let mut stage = Stage::without_model().await;
    stage.reply("and start the web server").await;
    stage.reply("and start the database").await;
    assert_eq!(started(&stage), ["start status 102", "start status 105"]);
    let question = stage.question("and restart the database").await;
    assert!(question.text.contains("105"), "{question:?}");
}

#[tokio::test]
async fn in_german_too_a_question_behind_a_change_is_answered_with_a_question() {
    let mut stage = Stage::without_model().await;
    let said = stage.say_in("de", "starte den Webserver").await;
    assert!(matches!(said, Ok(Said::Reply(_))), "{said:?}");
    for asked in ["was ist mit der Datenbank?", "und die Datenbank?", "auch die Datenbank"] {
        let said = stage.say_in("de", asked).await.unwrap();
        let Said::Missing(missing) = said else { panic!("{asked}: {said:?}") };
        assert!(
            missing.text.starts_with("Soll ich auch Container 105")
                && missing.text.ends_with("starten?"),
            "{missing:?}"
        );
        assert_eq!(started(&stage), ["start status 102"], "{asked}");
        let said = stage.say_in("de", "nein").await;
        assert_eq!(said, Ok(Said::Dropped("Dann bleibt alles, wie es ist.".to_owned())));
    }
    stage.say_in("de", "was ist mit der Datenbank").await.unwrap();
    stage.say_in("de", "ja").await.unwrap();
    assert_eq!(started(&stage), ["start status 102", "start status 105"]);
    let said = stage.say_in("de", "was ist mit der Datenbank").await;
    assert_eq!(said, Ok(Said::Dropped("database läuft schon.".to_owned())));
}

#[tokio::test]
async fn all_that_one_german_sentence_did_is_explained_and_undone() {
    let mut stage = Stage::without_model().await;
    stage.say_in("de", "starte den Webserver und dann die Datenbank").await.unwrap();
    assert_eq!(started(&stage), ["start status 102", "start status 105"]);
    let Ok(Said::Dropped(why)) = stage.say_in("de", "warum?").await else { panic!() };
    for part in ["Verstanden wurde vm-lifecycle.start mit guest 102", "Danach kam vm-lifecycle"] {
        assert!(why.contains(part), "{part} is not in {why}");
    }
    let said = stage.say_in("de", "mach das rückgängig").await.unwrap();
    assert!(matches!(&said, Said::Question(question) if question.text.contains("105")), "{said:?}");
    // What only looked has nothing to be undone.
    let mut stage = Stage::without_model().await;
    stage.say_in("de", "läuft der Webserver").await.unwrap();
    let said = stage.say_in("de", "mach das rückgängig").await;
    let expected =
        "Das lässt sich nicht rückgängig machen: vm-lifecycle.status hat nichts geändert.";
    assert_eq!(said, Ok(Said::Dropped(expected.to_owned())));
}

#[tokio::test]
async fn a_voice_confirms_with_a_pin_that_is_shown_and_kept_nowhere() {
    let mut stage = Stage::new(vec![]).await;
    stage.caller.door = Door::Voice;
    stage.question("shut down the media server").await;
    // A wrong one is asked about again, and so is not taken for another wish.
    let wrong = stage.say("four two seven two").await.unwrap_err();
    assert_eq!((wrong.code.as_str(), wrong.exit), ("policy-repeat-to-confirm", 4));
    // Nor is one of which a part was lost, or that stands beside something else.
    for words in ["four two seven", "yes, stop the web server, 4271"] {
        let wrong = stage.say(words).await.unwrap_err();
        assert_eq!(wrong.code, "policy-repeat-to-confirm", "{words}");
    }
    assert_eq!(started(&stage), [""; 0]);
    let reply = stage.reply("four two seven one").await;
    assert_eq!(started(&stage), ["shutdown status 101"]);
    // It comes too late.
    let late = stage.say("4271").await.unwrap_err();
    assert_eq!(late.code, "assistant-nothing-open");
    let run = stage.fakes.store.get(reply.run).await.unwrap();
    let kept = format!("{:?} {run:?} {late:?} {wrong:?}", stage.conversation);
    for said in ["4271", "four two", "4272"] {
        assert!(!kept.contains(said), "{said}: {kept}");
    }
    assert!(kept.contains("\u{2022}") || kept.contains("••••"), "{kept}");
    // Typed digits are no yes.
    let mut typed = Stage::without_model().await;
    typed.question("shut down the media server").await;
    assert!(typed.say("4271").await.is_err());
    assert_eq!(started(&typed), [""; 0]);
}

#[tokio::test]
async fn what_is_offered_is_offered_with_its_time_and_at_no_time_that_is_over() {
    let mut stage = Stage::without_model().await;
    stage.reply("start the web server in five minutes").await;
    let Said::Missing(offer) = stage.say("and the database?").await.unwrap() else { panic!() };
    assert!(offer.text.contains("105") && offer.text.contains("in 5 minutes"), "{offer:?}");
    assert_eq!(stage.reply("yes").await.outcome, Outcome::Scheduled);
    // "Again" is at the same time, while there is one.
    assert_eq!(stage.reply("do that again").await.outcome, Outcome::Scheduled);
    stage.fakes.clock.advance(Duration::from_secs(299));
    stage.say("do that again").await.unwrap();
    stage.fakes.clock.advance(Duration::from_secs(2));
    assert!(stage.dropped("do that again").await.starts_with("Its time is over."));
    let Said::Missing(offer) = stage.say("and the web server?").await.unwrap() else { panic!() };
    assert!(!offer.text.contains("minute"), "{offer:?}");
}

#[tokio::test]
async fn what_nobody_answers_is_dropped_after_two_minutes() {
    for (seconds, is_open) in [(119, true), (121, false)] {
        let mut stage = Stage::without_model().await;
        stage.fakes.cluster.change(|guests| guests[2].name = "webserver-02".to_owned());
        let Said::Choice(_) = stage.say("start the web server").await.unwrap() else { panic!() };
        stage.fakes.clock.advance(Duration::from_secs(seconds));
        assert_eq!(stage.say("the first one").await.is_ok(), is_open, "{seconds}");
        assert_eq!(started(&stage).is_empty(), !is_open);
    }
}

#[tokio::test]
async fn stop_and_never_mind_leave_things_as_they_are() {
    for words in ["stop", "never mind", "cancel", "don't"] {
        let mut stage = Stage::without_model().await;
        stage.question("shut down the media server").await;
        assert_eq!(stage.dropped(words).await, "Then I leave it as it is.", "{words}");
        assert_eq!(started(&stage), [""; 0]);
    }
    let mut stage = Stage::without_model().await;
    assert!(stage.dropped("never mind").await.starts_with("Nothing is going on"));
}

#[tokio::test]
async fn what_words_would_mean_next_best_is_in_the_runs_record() {
    let mut stage = Stage::without_model().await;
    // "Start pve2" may mean a machine, and may mean a node.
    stage.fakes.cluster.change(|guests| guests[1].name = "pve2".to_owned());
    let _ = stage.say("start pve2").await;
    let record = stage.fakes.store.recent(1).await.unwrap().remove(0);
    let Some(Chosen::Sentence { runner_up: Some(other), .. }) = record.invocation.chosen else {
        panic!("{:?}", record.invocation);
    };
    let mut both = [record.invocation.command.to_string(), other.to_string()];
    both.sort();
    assert_eq!(both, ["server-control.wake", "vm-lifecycle.start"]);
}

#[tokio::test]
async fn a_container_is_called_so_in_the_language_of_the_words() {
    for (locale, words, expected) in [
        ("en", "shut down staging", "container 105 web-staging-2"),
        ("de", "fahr staging herunter", "Container 105 web-staging-2"),
    ] {
        let mut stage = Stage::without_model().await;
        stage.fakes.cluster.change(|guests| guests[2].name = "web-staging-2".to_owned());
        let said = stage.say_in(locale, words).await.unwrap();
        let Said::Choice(choice) = said else { panic!("{said:?}") };
        assert_eq!(choice.options[0].label, expected);
        assert!(choice.text.contains(expected), "{choice:?}");
    }
}
