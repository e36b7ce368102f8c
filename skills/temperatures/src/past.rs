//! How hot a node was: what the host has kept of its last 24 hours.

use jarvis_skill::{Clock, Error, Inventory, Reply, Sample, Sensors, say, words};
use serde_json::json;

const DAY_MS: u64 = 24 * 3_600_000;
const HOUR_MS: u64 = 3_600_000;

/// The answer about the node of this name, which may be off by now.
pub(crate) fn answer(
    host: &(impl Inventory + Sensors + Clock),
    name: &str,
) -> Result<Reply, Error> {
    let node = host.find_one("node", name)?.id;
    let now = host.now_ms();
    let samples = host.history(&node, now.saturating_sub(DAY_MS))?;
    let by_heat = |a: &&Sample, b: &&Sample| a.celsius.total_cmp(&b.celsius);
    let (Some(first), Some(most), Some(least)) =
        (samples.first(), samples.iter().max_by(by_heat), samples.iter().min_by(by_heat))
    else {
        return Err(Error::Unavailable(say!(
            en: "No temperatures of {node} are kept yet. I keep them while jarvis serves.",
            de: "Von {node} sind noch keine Temperaturen aufgezeichnet. Das geschieht, solange Jarvis läuft.",
        )));
    };
    let span = words::duration_behind(seconds(now, first.at).max(60));
    let (most_told, when) = (words::degrees(most.celsius), ago(now, most.at));
    let least_told = least.celsius + 0.0;
    let speech = say!(
        en: "In the last {span} {node} was at most {most_told}, {when}, and at least {least_told:.0}.",
        de: "In den letzten {span} hatte {node} höchstens {most_told}, {when}, und mindestens {least_told:.0}.",
    );
    let told: Vec<_> =
        samples.iter().map(|s| json!({ "at": s.at, "celsius": s.celsius })).collect();
    let data = json!({
        "node": node,
        "highest": { "at": most.at, "celsius": most.celsius },
        "lowest": { "at": least.at, "celsius": least.celsius },
        "samples": told,
    });
    Ok(Reply::done(speech).with_detail(hours(now, &samples)).with_data(data))
}

fn seconds(now: u64, at: u64) -> u64 {
    now.saturating_sub(at) / 1000
}

fn ago(now: u64, at: u64) -> String {
    match seconds(now, at) {
        0..120 => say!(en: "just now", de: "gerade eben"),
        seconds => {
            let span = words::duration_behind(seconds);
            say!(en: "{span} ago", de: "vor {span}")
        }
    }
}

/// A line for each hour, the newest first.
fn hours(now: u64, samples: &[Sample]) -> String {
    let of_hour = |hour: u64| {
        let within = |s: &&Sample| now.saturating_sub(s.at) / HOUR_MS == hour;
        let all = || samples.iter().filter(within).map(|s| s.celsius);
        let (most, least) = (all().reduce(f64::max)?, all().reduce(f64::min)?);
        let when = match hour {
            0 => say!(en: "the last hour", de: "letzte Stunde"),
            1 => say!(en: "1 hour before", de: "1 Stunde davor"),
            hours => say!(en: "{hours} hours before", de: "{hours} Stunden davor"),
        };
        Some([when, words::celsius(most), words::celsius(least)])
    };
    let rows: Vec<_> = (0..=24).filter_map(of_hour).collect();
    let head = say!(en: "When|Highest|Lowest", de: "Wann|Höchste|Niedrigste");
    words::table_of(&head, &rows)
}
