//! A run in words, from its record.

use jarvis_domain::invocation::{Answer, Chosen};
use jarvis_domain::model::TurnFigures;
use jarvis_domain::run::{RunEnd, RunRecord};
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
    let invocation = &record.invocation;
    let mut told = match &invocation.words {
        Some(words) => {
            let words = text::shown(words, 200);
            say!(language, en: "You said {words:?}. ", de: "Gesagt wurde {words:?}. ")
        }
        None => String::new(),
    };
    let with: Vec<String> =
        invocation.arguments.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let with = match with.join(", ") {
        none if none.is_empty() => none,
        with => say!(language, en: " with {with}", de: " mit {with}"),
    };
    let command = &invocation.command;
    told.push_str(&say!(
        language,
        en: "I took that for {command}{with}",
        de: "Verstanden wurde {command}{with}",
    ));
    let why = invocation.chosen.as_ref().map_or_else(String::new, |chosen| why(chosen, language));
    told.push_str(&why);
    told.push('.');
    let writes: Vec<&str> = record
        .calls
        .iter()
        .filter(|call| !call.dry && call.risk.is_some_and(|risk| risk > Risk::Read))
        .map(|call| call.call.as_str())
        .collect();
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
            let why = &fault.sentence;
            told.push_str(&say!(language, en: " It failed: {why}.", de: " Es ging schief: {why}."));
        }
        None => {
            told.push_str(&say!(language, en: " It still runs.", de: " Es läuft noch."));
        }
    }
    told
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
            let TurnFigures { read, read_ms, made, made_ms, .. } = figures;
            say!(
                language,
                en: ", since no sentence fitted and the language model {model} called it in round {round} ({read} tokens read in {read_ms} ms, {made} made in {made_ms} ms)",
                de: ", weil kein Satz passte und das Sprachmodell {model} es in Runde {round} aufrief ({read} Tokens gelesen in {read_ms} ms, {made} erzeugt in {made_ms} ms)",
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
