//! Asking the nodes.

use jarvis_skill::{Clock, Error, Inventory, Item, Readings, Request, Sensors, say};

/// What came of asking one node.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The node.
    pub(crate) node: String,
    /// Its sensors, or why there are none to be had: the end of a sentence
    /// that begins with the node's name, "is offline".
    pub(crate) readings: Result<Readings, String>,
}

/// Asks the node of this name.
pub(crate) fn one(host: &(impl Inventory + Sensors), name: &str) -> Result<Answer, Error> {
    Ok(ask(host, &host.find_one("node", name)?))
}

/// Asks every node, as long as there is time.
pub(crate) fn all(
    host: &(impl Inventory + Sensors + Clock),
    request: &Request,
) -> Result<Vec<Answer>, Error> {
    let nodes = host.find_all("node", None)?.items;
    if nodes.is_empty() {
        return Err(Error::NotFound(say!(
            en: "There is no node that I may see.",
            de: "Es ist kein Knoten zu sehen.",
        )));
    }
    let answer = |node: &Item| {
        if request.time_left(host).is_zero() {
            let why = say!(
                en: "was not asked, because there was no time left",
                de: "wurde nicht gefragt, weil keine Zeit mehr war",
            );
            return Answer { node: node.id.clone(), readings: Err(why) };
        }
        ask(host, node)
    };
    Ok(nodes.iter().map(answer).collect())
}

fn ask(host: &impl Sensors, node: &Item) -> Answer {
    let readings = if node.state == "offline" {
        // It would only be waited for in vain.
        Err(say!(en: "is offline", de: "ist offline"))
    } else {
        match host.temperatures(&node.id) {
            Ok(readings) if readings.readings.is_empty() => Err(say!(
                en: "has no temperature sensors that can be read",
                de: "hat keine lesbaren Temperatursensoren",
            )),
            Ok(readings) => Ok(readings),
            Err(Error::Timeout) => Err(say!(
                en: "did not answer in time",
                de: "hat nicht rechtzeitig geantwortet",
            )),
            Err(error) => {
                let error = error.sentence();
                let why = bare(&error);
                Err(say!(
                    en: "could not be read ({why})",
                    de: "konnte nicht gelesen werden ({why})",
                ))
            }
        }
    };
    Answer { node: node.id.clone(), readings }
}

/// A sentence as it stands in brackets.
fn bare(sentence: &str) -> &str {
    sentence.strip_suffix('.').unwrap_or(sentence)
}
