//! Temperatures in words, as a table and as numbers.

use jarvis_skill::{Error, Reading, Reply, say, words};
use serde_json::{Value, json};

use crate::package;
use crate::survey::Answer;

/// Above this many nodes the range is told instead of each of them.
const TOLD_ONE_BY_ONE: usize = 6;

/// How near to its critical temperature a sensor is worth a warning, degrees.
const NEAR: f64 = 10.0;

/// A node that answered, and its telling sensor.
struct Hot<'a> {
    node: &'a str,
    sensor: &'a Reading,
}

/// The answer about one node.
pub(crate) fn one(answer: &Answer) -> Result<Reply, Error> {
    let node = &answer.node;
    let readings = match &answer.readings {
        Ok(readings) => &readings.readings,
        Err(why) => return Err(Error::Unavailable(format!("{node} {why}."))),
    };
    let sensor = package::processor(readings).or_else(|| package::any(readings));
    let Some(sensor) = sensor else {
        return Err(Error::Unavailable(say!(
            en: "{node} has no temperature sensors.",
            de: "{node} hat keine Temperatursensoren.",
        )));
    };
    let heat = words::degrees(sensor.celsius);
    let mut speech = say!(en: "{node} is at {heat}", de: "{node} hat {heat}");
    if let Some(disk) = package::disk(readings).filter(|disk| *disk != sensor) {
        let heat = words::degrees(disk.celsius);
        speech.push_str(&say!(
            en: ", its warmest disk at {heat}",
            de: ", die wärmste Platte {heat}",
        ));
    }
    speech.push('.');
    speech.push_str(&warning(readings));
    let detail = sensors(node, readings);
    Ok(finish(speech, detail, std::slice::from_ref(answer)))
}

/// The answer about all nodes.
pub(crate) fn all(answers: &[Answer]) -> Result<Reply, Error> {
    let nodes = telling(answers)?;
    let mut speech = if nodes.len() <= TOLD_ONE_BY_ONE {
        let mut told = nodes.iter();
        let first = told.next().map(|hot| {
            let (node, heat) = (hot.node, words::degrees(hot.sensor.celsius));
            say!(en: "{node} is at {heat}", de: "{node} hat {heat}")
        });
        let rest = told.map(|hot| {
            let (node, heat) = (hot.node, hot.sensor.celsius);
            say!(en: "{node} at {heat:.0}", de: "{node} {heat:.0}")
        });
        words::list(&first.into_iter().chain(rest).collect::<Vec<_>>())
    } else {
        let (coolest, hottest) = (extreme(&nodes, f64::min), extreme(&nodes, f64::max));
        let (count, top) = (words::Noun::NODE.counted(nodes.len()), words::degrees(hottest));
        let names = at(&nodes, hottest);
        let ist = if names.len() == 1 { "ist" } else { "sind" };
        let names = words::list(&names);
        say!(
            en: "{count} are between {coolest:.0} and {top}; the hottest is {names}",
            de: "{count} liegen zwischen {coolest:.0} und {top}; am wärmsten {ist} {names}",
        )
    };
    speech.push('.');
    speech.push_str(&silent(answers));
    Ok(finish(speech, overview(answers), answers))
}

/// The answer about the hottest node.
pub(crate) fn hottest(answers: &[Answer]) -> Result<Reply, Error> {
    let nodes = telling(answers)?;
    let top = extreme(&nodes, f64::max);
    let names = at(&nodes, top);
    let (verb, ist) = if names.len() == 1 { ("is", "ist") } else { ("are", "sind") };
    let (at, names, silent) = (words::degrees(top), words::list(&names), silent(answers));
    let speech = say!(
        en: "{names} {verb} the hottest, at {at}.{silent}",
        de: "{names} {ist} am wärmsten, mit {at}.{silent}",
    );
    Ok(finish(speech, overview(answers), answers))
}

/// The nodes that answered; an error when none did.
fn telling(answers: &[Answer]) -> Result<Vec<Hot<'_>>, Error> {
    let nodes: Vec<Hot<'_>> = answers.iter().filter_map(hot).collect();
    if nodes.is_empty() {
        let silent = silent(answers);
        let why = say!(
            en: "No temperature could be read.{silent}",
            de: "Es ließ sich keine Temperatur lesen.{silent}",
        );
        return Err(Error::Unavailable(why));
    }
    Ok(nodes)
}

fn hot(answer: &Answer) -> Option<Hot<'_>> {
    let readings = &answer.readings.as_ref().ok()?.readings;
    let sensor = package::processor(readings).or_else(|| package::any(readings))?;
    Some(Hot { node: &answer.node, sensor })
}

/// The lowest or highest temperature, in the whole degrees that are told.
fn extreme(nodes: &[Hot<'_>], of: fn(f64, f64) -> f64) -> f64 {
    nodes.iter().map(|hot| hot.sensor.celsius.round()).reduce(of).unwrap_or_default()
}

/// The names of the nodes at this temperature.
fn at<'a>(nodes: &[Hot<'a>], celsius: f64) -> Vec<&'a str> {
    // Both sides are rounded, and so equal when they are told as equal.
    let is = |hot: &&Hot<'_>| (hot.sensor.celsius.round() - celsius).abs() < 0.5;
    nodes.iter().filter(is).map(|hot| hot.node).collect()
}

/// The nodes that did not answer, as a sentence with a space before it.
fn silent(answers: &[Answer]) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for answer in answers {
        let Err(why) = &answer.readings else { continue };
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, nodes)) => nodes.push(&answer.node),
            None => reasons.push((why, vec![&answer.node])),
        }
    }
    let told = reasons.iter().map(|(why, nodes)| match nodes.len() {
        1 => format!("{} {why}", words::list(nodes)),
        _ => format!("{} {}", words::list_of_at_most(nodes, 4), words::of_several(why)),
    });
    match words::list(&told.collect::<Vec<_>>()) {
        told if told.is_empty() => told,
        told => format!(" {told}."),
    }
}

/// A sentence about the sensor that is nearest to its critical temperature,
/// with a space before it, where one is near.
fn warning(readings: &[Reading]) -> String {
    let margin = |r: &Reading| r.critical.map(|critical| critical - r.celsius);
    let near = readings.iter().filter(|r| margin(r).is_some_and(|margin| margin < NEAR));
    let worst = near.min_by(|a, b| margin(a).unwrap_or(NEAR).total_cmp(&margin(b).unwrap_or(NEAR)));
    match worst.and_then(|r| r.critical.map(|critical| (r, critical))) {
        None => String::new(),
        Some((reading, critical)) => {
            let (label, limit) = (words::line(&reading.label, 40), words::degrees(critical));
            say!(
                en: " {label} is close to its limit of {limit}.",
                de: " {label} ist nah an der Grenze von {limit}.",
            )
        }
    }
}

fn finish(speech: String, detail: String, answers: &[Answer]) -> Reply {
    Reply::done(speech).with_detail(detail).with_data(data(answers))
}

/// Every sensor of one node.
fn sensors(node: &str, readings: &[Reading]) -> String {
    let row = |r: &Reading| {
        let critical = r.critical.map(|c| format!("{c:.0} °C")).unwrap_or_default();
        let sensor = words::cell(&format!("{}: {}", r.chip, r.label));
        [words::cell(node), sensor, shown(r), critical]
    };
    let rows: Vec<_> = readings.iter().map(row).collect();
    let head =
        say!(en: "Node|Sensor|Temperature|Critical", de: "Knoten|Sensor|Temperatur|Kritisch");
    words::table_of(&head, &rows)
}

/// One line for each node; all its sensors are in the data.
fn overview(answers: &[Answer]) -> String {
    let row = |answer: &Answer| {
        let node = words::cell(&answer.node);
        match &answer.readings {
            Err(why) => [node, words::cell(why), String::new()],
            Ok(readings) => {
                let readings = &readings.readings;
                let told = package::processor(readings).or_else(|| package::any(readings));
                let disk = package::disk(readings);
                [node, told.map(shown).unwrap_or_default(), disk.map(shown).unwrap_or_default()]
            }
        }
    };
    let rows: Vec<_> = answers.iter().map(row).collect();
    let head = say!(en: "Node|Processor|Warmest disk", de: "Knoten|Prozessor|Wärmste Platte");
    words::table_of(&head, &rows)
}

fn shown(reading: &Reading) -> String {
    words::celsius(reading.celsius)
}

fn data(answers: &[Answer]) -> Value {
    let node = |answer: &Answer| match &answer.readings {
        Err(why) => json!({ "node": answer.node, "error": format!("{} {why}", answer.node) }),
        Ok(readings) => {
            let celsius = |r: &Reading| r.celsius;
            let all = readings.readings.iter().map(|r| {
                json!({ "chip": r.chip, "label": r.label, "celsius": r.celsius, "critical": r.critical })
            });
            json!({
                "node": answer.node,
                "processor_celsius": package::processor(&readings.readings).map(celsius),
                "disk_celsius": package::disk(&readings.readings).map(celsius),
                "as_of": readings.as_of,
                "source": readings.source,
                "readings": all.collect::<Vec<_>>(),
            })
        }
    };
    json!({ "nodes": answers.iter().map(node).collect::<Vec<_>>() })
}
