//! A run in words, from its record.

use jarvis_domain::invocation::{Answer, Chosen};
use jarvis_domain::model::TurnFigures;
use jarvis_domain::run::{ModelCall, ModelRun, RunEnd, RunRecord};
use jarvis_domain::{Risk, text};

/// The most writes of a run that are told of.
const MOST_TOLD: usize = 5;

/// What was said, what it was taken for and why, and what it did.
#[must_use]
pub fn tell_run(record: &RunRecord) -> String {
    let said = match &record.invocation.words {
        Some(words) => format!("You said {:?}. ", text::shown(words, 200)),
        None => String::new(),
    };
    match &record.turn {
        Some(turn) => format!("{said}{}", asked_a_model(turn, record)),
        None => format!("{said}I took that for {}", what(record)),
    }
}

/// The same of a run that the same words led to, behind what was told of the one
/// before.
pub(crate) fn tell_next(record: &RunRecord) -> String {
    format!("After that came {}", what(record))
}

fn what(record: &RunRecord) -> String {
    let invocation = &record.invocation;
    let with: Vec<String> =
        invocation.arguments.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let with = if with.is_empty() { String::new() } else { format!(" with {}", with.join(", ")) };
    let mut told = format!("{}{with}", invocation.command);
    told.push_str(&invocation.chosen.as_ref().map_or_else(String::new, why));
    told.push('.');
    let writes: Vec<&str> = record
        .calls
        .iter()
        .filter(|call| !call.dry && call.risk.is_some_and(|risk| risk > Risk::Read))
        .map(|call| call.call.as_str())
        .collect();
    if writes.is_empty() {
        told.push_str(" It changed nothing.");
    } else {
        let said = writes.get(..MOST_TOLD).unwrap_or(&writes).join(", ");
        told.push_str(&format!(" It asked the cluster to {said}."));
    }
    match &record.end {
        Some(RunEnd::Answered(Answer::Reply(reply))) => {
            told.push_str(&format!(" It ended so: {}", reply.speech));
        }
        Some(RunEnd::Answered(Answer::Question(_))) => told.push_str(" It waits for your yes."),
        Some(RunEnd::Answered(_)) => told.push_str(" Something was left to say."),
        Some(RunEnd::Failed(fault)) => told.push_str(&format!(" It failed: {}.", fault.sentence)),
        None => told.push_str(" It still runs."),
    }
    told
}

/// What a language model did with words that were taken for nothing.
fn asked_a_model(turn: &ModelRun, record: &RunRecord) -> String {
    let rounds = turn.rounds.len();
    let mut told = format!(
        "No sentence fitted that, so I asked the language model {}. It took {} ms and {rounds} {}",
        turn.model,
        record.took_us / 1000,
        if rounds == 1 { "round" } else { "rounds" },
    );
    if let Some(first) = turn.rounds.first().and_then(|round| round.first_us) {
        told.push_str(&format!(", {} ms to its first word", first / 1000));
    }
    if let Some(Chosen::Model { figures, .. }) = &record.invocation.chosen {
        told.push_str(&format!("; {}", took(figures)));
    }
    told.push('.');
    let calls: Vec<String> =
        turn.rounds.iter().flat_map(|round| &round.calls).map(called).collect();
    match calls.as_slice() {
        [] => told.push_str(" It called no tool."),
        calls => {
            let said = calls.get(..MOST_TOLD).unwrap_or(calls).join(", ");
            let more = calls.len().saturating_sub(MOST_TOLD);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            told.push_str(&format!(" It called {said}{more}."));
        }
    }
    match &record.end {
        Some(RunEnd::Failed(fault)) => told.push_str(&format!(" It failed: {}.", fault.sentence)),
        Some(RunEnd::Answered(_)) => told.push_str(&format!(
            " It said {} characters, and you were told {}.",
            turn.said, turn.told
        )),
        None => told.push_str(" It still runs."),
    }
    told
}

fn called(call: &ModelCall) -> String {
    match call.run {
        Some(run) => format!("{} (run {run})", call.tool),
        None => format!("{} (which did not run)", call.tool),
    }
}

fn took(figures: &TurnFigures) -> String {
    format!(
        "{} tokens read in {} ms, {} made in {} ms",
        figures.read, figures.read_ms, figures.made, figures.made_ms
    )
}

/// Why words were taken for a command.
fn why(chosen: &Chosen) -> String {
    match chosen {
        Chosen::Sentence { template, runner_up, took_us } => {
            let next = runner_up
                .as_ref()
                .map_or_else(String::new, |other| format!("; next best would have been {other}"));
            format!(", by the sentence {template:?} (in {took_us} µs{next})")
        }
        Chosen::Model { model, round, figures } => format!(
            ", since no sentence fitted and the language model {model} called it in round {round} \
             ({})",
            took(figures)
        ),
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
        assert_eq!(why(&sentence), expected);
        let figures =
            TurnFigures { read: 26, read_ms: 300, made: 9, made_ms: 40, ..TurnFigures::default() };
        let model = Chosen::Model { model: "qwen3:4b".to_owned(), round: 2, figures };
        assert!(
            why(&model).contains("qwen3:4b called it in round 2 (26 tokens read in 300 ms, 9 made")
        );
    }
}
