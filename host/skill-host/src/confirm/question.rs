//! The question, made from the plan and never from a skill's words.

use jarvis_domain::Plan;
use jarvis_domain::caller::Door;
use jarvis_domain::inventory::Snapshot;
use jarvis_policy::describe_all;

/// The most steps that are said in the question itself.
const MOST_SAID: usize = 5;

/// What would be done, one line a write.
pub(crate) fn steps(plan: &Plan, names: Option<&Snapshot>) -> Vec<String> {
    describe_all(&plan.writes, names)
}

/// `Shall I shut down VM 101 mediaserver on home?`, or `In 10 minutes, at 20:14:
/// shall I …` where `when` says so.
pub(crate) fn prompt(
    steps: &[String],
    when: Option<String>,
    door: Door,
    repeat: &[String],
) -> String {
    let shall = when.map_or_else(|| "Shall".to_owned(), |when| format!("{when}: shall"));
    let mut text = match steps {
        [one] => format!("{shall} I {one}?"),
        [first, second] => format!("{shall} I {first}, and {second}?"),
        many => {
            let said = many.get(..MOST_SAID).unwrap_or(many).join("; ");
            let more = match many.len().saturating_sub(MOST_SAID) {
                0 => String::new(),
                more => format!("; and {more} more"),
            };
            format!("{shall} I do these {} things: {said}{more}?", many.len())
        }
    };
    if door == Door::Voice
        && let Some(word) = repeat.first()
    {
        text.push_str(&format!(" Say yes, {word}, if so."));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_about_later_says_when() {
        let when = Some("In 10 minutes, at 20:14".to_owned());
        let text = prompt(&["stop 0".to_owned()], when, Door::Cli, &[]);
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
            assert_eq!(prompt(&steps(n), None, door, &["101".to_owned()]), expected);
        }
    }
}
