//! A run in words, from its record.

use jarvis_domain::invocation::{Answer, Chosen};
use jarvis_domain::model::TurnFigures;
use jarvis_domain::run::{ModelCall, ModelRun, RecordedCall, RunEnd, RunRecord};
use jarvis_domain::{Language, Risk, say, text};

/// The most writes of a run that are told of.
const MOST_TOLD: usize = 5;

/// What was said, what it was taken for and why, and what it did; in English.
#[must_use]
pub fn tell_run(record: &RunRecord) -> String {
    tell_run_in(record, Language::English)
}

/// As [`tell_run`], in `language`.
pub(crate) fn tell_run_in(record: &RunRecord, language: Language) -> String {
    let said = match &record.invocation.words {
        Some(words) => {
            let words = text::shown(words, 200);
            say!(language, en: "You said {words:?}. ", de: "Gesagt wurde {words:?}. ")
        }
        None => String::new(),
    };
    match &record.turn {
        Some(turn) => format!("{said}{}", asked_a_model(turn, record, language)),
        None => {
            let what = what(record, language);
            say!(language, en: "{said}I took that for {what}", de: "{said}Verstanden wurde {what}")
        }
    }
}

/// The same of a run that the same words led to, behind what was told of the one
/// before.
pub(crate) fn tell_next(record: &RunRecord, language: Language) -> String {
    let what = what(record, language);
    say!(language, en: "After that came {what}", de: "Danach kam {what}")
}

fn what(record: &RunRecord, language: Language) -> String {
    let invocation = &record.invocation;
    let with: Vec<String> =
        invocation.arguments.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let with = match with.join(", ") {
        none if none.is_empty() => none,
        with => say!(language, en: " with {with}", de: " mit {with}"),
    };
    let why = invocation.chosen.as_ref().map_or_else(String::new, |chosen| why(chosen, language));
    let mut told = format!("{}{with}{why}.", invocation.command);
    let writes: Vec<&str> = writes(record).map(|call| call.call.as_str()).collect();
    if writes.is_empty() {
        told.push_str(&say!(language, en: " It changed nothing.", de: " Geändert hat das nichts."));
    } else {
        let said = writes.get(..MOST_TOLD).unwrap_or(&writes).join(", ");
        told.push_str(&say!(
            language,
            en: " It asked the cluster to {said}.",
            de: " Der Cluster bekam den Auftrag: {said}.",
        ));
    }
    match &record.end {
        Some(RunEnd::Answered(Answer::Reply(reply))) => {
            let speech = &reply.speech;
            told.push_str(
                &say!(language, en: " It ended so: {speech}", de: " Das Ergebnis: {speech}"),
            );
        }
        Some(RunEnd::Answered(Answer::Question(_))) => told.push_str(&say!(
            language,
            en: " It waits for your yes.",
            de: " Es wartet noch auf ein Ja.",
        )),
        Some(RunEnd::Answered(_)) => told.push_str(&say!(
            language,
            en: " Something was left to say.",
            de: " Es fehlte noch eine Angabe.",
        )),
        Some(RunEnd::Failed(fault)) => {
            let why = fault.clone().in_language(language).sentence;
            told.push_str(&say!(language, en: " It failed: {why}.", de: " Es ging schief: {why}."));
        }
        None => {
            told.push_str(&say!(language, en: " It still runs.", de: " Es läuft noch."));
        }
    }
    told
}

/// The calls of `record` that may have changed something.
pub(crate) fn writes(record: &RunRecord) -> impl Iterator<Item = &RecordedCall> {
    let may_change =
        |call: &&RecordedCall| !call.dry && call.risk.is_some_and(|risk| risk > Risk::Read);
    record.calls.iter().filter(may_change)
}

/// What a language model did with words that were taken for nothing.
fn asked_a_model(turn: &ModelRun, record: &RunRecord, language: Language) -> String {
    let (model, rounds, ms) = (&turn.model, turn.rounds.len(), record.took_us / 1000);
    let rounds = match rounds {
        1 => say!(language, en: "{rounds} round", de: "{rounds} Runde"),
        _ => say!(language, en: "{rounds} rounds", de: "{rounds} Runden"),
    };
    let mut told = say!(
        language,
        en: "No sentence fitted that, so I asked the language model {model}. It took {ms} ms and {rounds}",
        de: "Dazu passte kein Satz, also wurde das Sprachmodell {model} gefragt. Es brauchte {ms} ms und {rounds}",
    );
    if let Some(first) = turn.rounds.first().and_then(|round| round.first_us) {
        let ms = first / 1000;
        told.push_str(&say!(
            language,
            en: ", {ms} ms to its first word",
            de: ", bis zum ersten Wort {ms} ms",
        ));
    }
    if let Some(Chosen::Model { figures, .. }) = &record.invocation.chosen {
        told.push_str(&format!("; {}", took(figures, language)));
    }
    told.push('.');
    let calls: Vec<String> = turn
        .rounds
        .iter()
        .flat_map(|round| &round.calls)
        .map(|call| called(call, language))
        .collect();
    match calls.as_slice() {
        [] => told.push_str(&say!(
            language,
            en: " It called no tool.",
            de: " Ein Werkzeug rief es nicht auf.",
        )),
        calls => {
            let said = calls.get(..MOST_TOLD).unwrap_or(calls).join(", ");
            let more = match calls.len().saturating_sub(MOST_TOLD) {
                0 => String::new(),
                more => say!(language, en: " and {more} more", de: " und {more} weitere"),
            };
            told.push_str(&say!(
                language,
                en: " It called {said}{more}.",
                de: " Aufgerufen hat es {said}{more}.",
            ));
        }
    }
    match &record.end {
        Some(RunEnd::Failed(fault)) => {
            let why = fault.clone().in_language(language).sentence;
            told.push_str(&say!(language, en: " It failed: {why}.", de: " Es ging schief: {why}."));
        }
        Some(RunEnd::Answered(_)) => {
            let ModelRun { said, told: heard, .. } = turn;
            told.push_str(&say!(
                language,
                en: " It said {said} characters, and you were told {heard}.",
                de: " Gesagt hat es {said} Zeichen, weitergegeben wurden {heard}.",
            ));
        }
        None => told.push_str(&say!(language, en: " It still runs.", de: " Es läuft noch.")),
    }
    told
}

fn called(call: &ModelCall, language: Language) -> String {
    let tool = &call.tool;
    match call.run {
        Some(run) => say!(language, en: "{tool} (run {run})", de: "{tool} (Lauf {run})"),
        None => {
            say!(language, en: "{tool} (which did not run)", de: "{tool} (was nicht lief)")
        }
    }
}

fn took(figures: &TurnFigures, language: Language) -> String {
    let TurnFigures { read, read_ms, made, made_ms, .. } = figures;
    say!(
        language,
        en: "{read} tokens read in {read_ms} ms, {made} made in {made_ms} ms",
        de: "{read} Tokens gelesen in {read_ms} ms, {made} erzeugt in {made_ms} ms",
    )
}

/// Why words were taken for a command.
fn why(chosen: &Chosen, language: Language) -> String {
    match chosen {
        Chosen::Sentence { template, runner_up, took_us } => {
            let next = runner_up.as_ref().map_or_else(String::new, |other| {
                say!(
                    language,
                    en: "; next best would have been {other}",
                    de: "; das Nächstbeste wäre {other} gewesen",
                )
            });
            say!(
                language,
                en: ", by the sentence {template:?} (in {took_us} µs{next})",
                de: ", nach dem Satz {template:?} (in {took_us} µs{next})",
            )
        }
        Chosen::Model { model, round, figures } => {
            let took = took(figures, language);
            say!(
                language,
                en: ", since no sentence fitted and the language model {model} called it in round {round} ({took})",
                de: ", weil kein Satz passte und das Sprachmodell {model} es in Runde {round} aufrief ({took})",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_chose_a_command_is_told() {
        let sentence = Chosen::Sentence {
            template: "start [the] {guest}".to_owned(),
            runner_up: Some("vm-lifecycle.resume".parse().unwrap()),
            took_us: 12,
        };
        let expected = ", by the sentence \"start [the] {guest}\" (in 12 µs; next best would have been vm-lifecycle.resume)";
        assert_eq!(why(&sentence, Language::English), expected);
        let figures =
            TurnFigures { read: 26, read_ms: 300, made: 9, made_ms: 40, ..TurnFigures::default() };
        let model = Chosen::Model { model: "qwen3:4b".to_owned(), round: 2, figures };
        assert!(
            why(&model, Language::English)
                .contains("qwen3:4b called it in round 2 (26 tokens read in 300 ms, 9 made")
        );
    }
}
