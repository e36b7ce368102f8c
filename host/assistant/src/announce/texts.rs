//! What happened, as it is said.

use jarvis_domain::announce::Matter;
use jarvis_domain::invocation::Answer;
use jarvis_domain::run::{RunEnd, Runs};
use jarvis_domain::{ClusterId, Event, Language, Outcome, RunId, Topic, say, text};

/// The longest name or command that is said, characters.
const LONGEST: usize = 120;

/// What an event of this topic is about; none for those that nobody is told of.
pub(super) fn matter(topic: Topic) -> Option<Matter> {
    match topic {
        Topic::NodeState => Some(Matter::Node),
        Topic::QuorumState => Some(Matter::Quorum),
        Topic::OperationEnded => Some(Matter::Operation),
        Topic::TemperatureCrossed => Some(Matter::Heat),
        Topic::GuestState | Topic::UpdatesFound | Topic::SkillLoaded => None,
    }
}

/// What is said of `event`; none where there is nothing to say.
pub(super) async fn of(
    event: &Event,
    main: &ClusterId,
    runs: &dyn Runs,
    language: Language,
) -> Option<(Matter, String)> {
    let word = |key: &str| event.data.get(key).and_then(|value| value.as_str());
    let node = text::line(word("node").unwrap_or_default(), LONGEST);
    let said = match event.topic {
        Topic::NodeState => match (word("before"), word("after")) {
            (Some("online"), Some("offline" | "unknown")) => {
                say!(
                    language,
                    en: "The node {node} does not answer any more.",
                    de: "Der Knoten {node} antwortet nicht mehr.",
                )
            }
            (Some("offline" | "unknown"), Some("online")) => {
                say!(
                    language,
                    en: "The node {node} is back.",
                    de: "Der Knoten {node} ist wieder da.",
                )
            }
            _ => return None,
        },
        Topic::QuorumState => {
            let flag = |key: &str| event.data.get(key).and_then(serde_json::Value::as_bool);
            match (flag("before"), flag("after")) {
                (_, Some(false)) => say!(
                    language,
                    en: "The cluster has lost its quorum.",
                    de: "Der Cluster hat sein Quorum verloren.",
                ),
                (Some(false), Some(true)) => say!(
                    language,
                    en: "The cluster has its quorum again.",
                    de: "Der Cluster hat wieder ein Quorum.",
                ),
                _ => return None,
            }
        }
        Topic::TemperatureCrossed => match (word("before"), word("after")) {
            (_, Some("critical")) => {
                let celsius = event.data.get("celsius").and_then(serde_json::Value::as_f64);
                let degrees = celsius.map_or_else(
                    String::new,
                    |c| say!(language, en: ": {c:.0} degrees", de: ": {c:.0} Grad"),
                );
                say!(
                    language,
                    en: "The node {node} is too hot{degrees}.",
                    de: "Der Knoten {node} ist zu heiß{degrees}.",
                )
            }
            (Some("critical"), Some(_)) => say!(
                language,
                en: "The node {node} is no longer too hot.",
                de: "Der Knoten {node} ist nicht mehr zu heiß.",
            ),
            _ => return None,
        },
        Topic::OperationEnded => ended(event, runs, language).await?,
        Topic::GuestState | Topic::UpdatesFound | Topic::SkillLoaded => return None,
    };
    let cluster = event.subject.split('/').next().unwrap_or_default();
    let said = match cluster.is_empty() || cluster == main.as_str() {
        true => said,
        false => format!("In {}: {said}", text::line(cluster, LONGEST)),
    };
    Some((matter(event.topic)?, said))
}

/// Of an operation that somebody has started here, and has not waited for.
async fn ended(event: &Event, runs: &dyn Runs, language: Language) -> Option<String> {
    let word = |key: &str| event.data.get(key).and_then(|value| value.as_str());
    let run: RunId = word("run")?.parse().ok()?;
    let record = match runs.get(run).await {
        Ok(record) => record?,
        Err(error) => {
            tracing::warn!(%run, %error, "the run of an operation cannot be read");
            return None;
        }
    };
    match &record.end {
        Some(RunEnd::Answered(Answer::Reply(reply))) if reply.outcome == Outcome::Started => {}
        _ => return None,
    }
    let invocation = &record.invocation;
    let what = match &invocation.words {
        Some(words) => text::line(words, LONGEST),
        None => invocation.command.to_string(),
    };
    let what = what.trim_end_matches(['.', '!', '?']);
    Some(match word("ended")? {
        "ok" => say!(language, en: "It is done: {what}.", de: "Das ist erledigt: {what}."),
        "warnings" => say!(
            language,
            en: "It is done, with warnings: {what}.",
            de: "Das ist erledigt, mit Warnungen: {what}.",
        ),
        "failed" => say!(language, en: "It failed: {what}.", de: "Das ging schief: {what}."),
        _ => say!(
            language,
            en: "I cannot tell whether it is done: {what}.",
            de: "Ob das erledigt ist, ist unklar: {what}.",
        ),
    })
}
