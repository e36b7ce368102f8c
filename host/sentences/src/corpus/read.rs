//! From text to a [`Corpus`].

use std::collections::BTreeMap;

use jarvis_document::{Notes, Position, Problem, Problems};
use jarvis_domain::inventory::{Guest, GuestKind, GuestState, Node, NodeState, Snapshot};
use jarvis_domain::{ClusterId, Language, Timestamp};

use super::{Corpus, Line, Outcome, Speech};

pub(super) fn read(text: &str) -> Result<Corpus, Problems> {
    let notes = Notes::default();
    let mut language = Language::English;
    let mut reader = Reader { nodes: Vec::new(), guests: Vec::new(), lines: Vec::new() };
    let mut part = None;
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        let read = match line {
            "" => Ok(()),
            _ if line.starts_with('#') => Ok(()),
            _ if part.is_none() && line.starts_with("language:") => {
                let tag = line.trim_start_matches("language:");
                Language::known(tag).map(|of| language = of).ok_or("that language is not known")
            }
            _ if line.starts_with('[') => {
                self::part(line).map(|of| part = Some(of)).ok_or("there is no such part")
            }
            _ => match part {
                None => Err("a line stands in a part, like [plain]"),
                Some(Part::Cluster) => reader.thing(line).ok_or("a line is `node NAME ID` or `guest NUMBER NAME [TAGS]`"),
                Some(Part::Said(speech)) => reader.said(number, speech, line).ok_or("a line is `words | command name=value`, `words | ? command name=value,value` or `words | nothing`"),
            },
        };
        if let Err(message) = read {
            notes.push(Problem::at(Position { line: number, column: 1 }, message.to_owned()));
        }
    }
    let cluster = "corpus".parse::<ClusterId>().ok();
    let corpus = cluster.map(|cluster| Corpus {
        language,
        snapshot: Snapshot {
            cluster,
            as_of: Timestamp(0),
            quorate: Some(true),
            nodes: reader.nodes,
            guests: reader.guests,
            storages: Vec::new(),
        },
        lines: reader.lines,
    });
    notes.finish(corpus)
}

#[derive(Clone, Copy)]
enum Part {
    Cluster,
    Said(Speech),
}

fn part(line: &str) -> Option<Part> {
    let name = line.strip_prefix('[')?.strip_suffix(']')?;
    if name == "cluster" {
        return Some(Part::Cluster);
    }
    Speech::ALL.into_iter().find(|speech| speech.to_string() == name).map(Part::Said)
}

struct Reader {
    nodes: Vec<Node>,
    guests: Vec<Guest>,
    lines: Vec<Line>,
}

impl Reader {
    fn thing(&mut self, line: &str) -> Option<()> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["node", name, id] => {
                let node = Node::new(name.parse().ok()?, NodeState::Online);
                self.nodes.push(Node { id: Some(id.parse().ok()?), ..node });
            }
            ["guest", vmid, name, tags @ ..] if tags.len() <= 1 => {
                let node = self.nodes.first()?.name.clone();
                let vmid = vmid.parse::<u32>().ok()?.try_into().ok()?;
                let tags = tags.iter().flat_map(|tags| tags.split(',')).map(str::to_owned);
                self.guests.push(Guest {
                    name: (*name).to_owned(),
                    tags: tags.collect(),
                    ..Guest::new(vmid, GuestKind::Vm, node, GuestState::Running)
                });
            }
            _ => return None,
        }
        Some(())
    }

    fn said(&mut self, number: usize, speech: Speech, line: &str) -> Option<()> {
        let (words, wanted) = line.split_once('|')?;
        let wanted = outcome(wanted.trim())?;
        self.lines.push(Line { number, speech, words: words.trim().to_owned(), wanted });
        Some(())
    }
}

fn outcome(text: &str) -> Option<Outcome> {
    if text == "nothing" {
        return Some(Outcome::Nothing);
    }
    let asked = text.strip_prefix("? ");
    let (command, arguments) =
        asked.unwrap_or(text).split_once(' ').unwrap_or((asked.unwrap_or(text), ""));
    let command = command.parse().ok()?;
    let mut values = BTreeMap::new();
    let mut rest = arguments.trim();
    // A value goes on up to the next name, since it may be several words.
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let end = after.find('=').map_or(after.len(), |next| {
            after.get(..next).and_then(|value| value.rfind(' ')).unwrap_or(after.len())
        });
        let (value, after) = after.split_at(end);
        values.insert(name.trim().to_owned(), value.trim().to_owned());
        rest = after.trim_start();
    }
    Some(match asked {
        Some(_) => Outcome::Asked(command, values),
        None => Outcome::Command(command, values),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corpus_is_read_with_its_cluster() {
        let text = "# x\n[cluster]\nnode pve 1\nguest 101 web a,b\n[sloppy]\nsnap it | v.snapshot guest=101 name=before update\nstop web | ? v.stop guest=101,102\nhm | nothing\n";
        let corpus = read(text).unwrap();
        assert_eq!(corpus.snapshot.guests[0].tags, ["a", "b"]);
        let shown: Vec<String> = corpus.lines.iter().map(|line| line.wanted.to_string()).collect();
        assert_eq!(
            shown,
            ["v.snapshot guest=101 name=before update", "? v.stop guest=101,102", "nothing"]
        );
        assert!(corpus.lines.iter().all(|line| line.speech == Speech::Sloppy));
    }

    #[test]
    fn mistakes_of_a_corpus_name_their_line() {
        let problems = read("a | nothing\n[loud]\n[cluster]\nguest x\n[plain]\nno bar\na | b=c\n");
        let shown = problems.unwrap_err().to_string();
        let lines: Vec<&str> = shown.lines().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(lines, ["line 1", "line 2", "line 4", "line 6", "line 7"], "{shown}");
    }
}
