//! The question, made from the plan and never from a skill's words.

use jarvis_domain::caller::Door;
use jarvis_domain::inventory::Snapshot;
use jarvis_domain::{Language, Plan, say};
use jarvis_policy::describe_all_in;

/// The most steps that are said in the question itself.
const MOST_SAID: usize = 5;

/// What would be done, one line a write.
pub(crate) fn steps(plan: &Plan, names: Option<&Snapshot>, language: Language) -> Vec<String> {
    describe_all_in(language, &plan.writes, names)
}

/// `Shall I shut down VM 101 mediaserver on home?`, or `In 10 minutes, at 20:14:
/// shall I …` where `when` says so.
pub(crate) fn prompt(
    steps: &[String],
    when: Option<String>,
    door: Door,
    repeat: &[String],
    language: Language,
) -> String {
    let shall = match (when, language) {
        (None, Language::English) => "Shall".to_owned(),
        (Some(when), Language::English) => format!("{when}: shall"),
        (None, Language::German) => "Soll".to_owned(),
        (Some(when), Language::German) => format!("{when}: Soll"),
    };
    let mut text = match steps {
        [one] => say!(language, en: "{shall} I {one}?", de: "{shall} ich {one}?"),
        [first, second] => say!(
            language,
            en: "{shall} I {first}, and {second}?",
            de: "{shall} ich {first}, und {second}?",
        ),
        many => {
            let said = many.get(..MOST_SAID).unwrap_or(many).join("; ");
            let more = match many.len().saturating_sub(MOST_SAID) {
                0 => String::new(),
                more => say!(language, en: "; and {more} more", de: "; und {more} weitere"),
            };
            let count = many.len();
            say!(
                language,
                en: "{shall} I do these {count} things: {said}{more}?",
                de: "{shall} ich diese {count} Dinge tun: {said}{more}?",
            )
        }
    };
    if door == Door::Voice
        && let Some(word) = repeat.first()
    {
        text.push_str(&say!(
            language,
            en: " Say yes, {word}, if so.",
            de: " Wenn ja, genügt: Ja, {word}.",
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_about_later_says_when() {
        let when = Some("In 10 minutes, at 20:14".to_owned());
        let text = prompt(&["stop 0".to_owned()], when, Door::Cli, &[], Language::English);
        assert_eq!(text, "In 10 minutes, at 20:14: shall I stop 0?");
    }

    #[test]
    fn a_question_names_every_step_or_counts_them() {
        let steps = |n: usize| (0..n).map(|n| format!("stop {n}")).collect::<Vec<_>>();
        for (n, door, expected) in [
            (1, Door::Cli, "Shall I stop 0?"),
            (2, Door::Api, "Shall I stop 0, and stop 1?"),
            (3, Door::Cli, "Shall I do these 3 things: stop 0; stop 1; stop 2?"),
            (
                7,
                Door::Cli,
                "Shall I do these 7 things: stop 0; stop 1; stop 2; stop 3; stop 4; and 2 more?",
            ),
            (1, Door::Voice, "Shall I stop 0? Say yes, 101, if so."),
        ] {
            let repeat = ["101".to_owned()];
            assert_eq!(prompt(&steps(n), None, door, &repeat, Language::English), expected);
        }
        let step = ["VM 101 mediaserver auf home herunterfahren".to_owned()];
        let when = Some("In 10 Minuten, um 20:14".to_owned());
        assert_eq!(
            prompt(&step, when, Door::Voice, &["101".to_owned()], Language::German),
            "In 10 Minuten, um 20:14: Soll ich VM 101 mediaserver auf home herunterfahren? Wenn ja, genügt: Ja, 101."
        );
    }
}
