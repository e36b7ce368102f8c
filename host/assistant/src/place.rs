//! Which cluster words are about, where there are several: "start the web
//! server in the lab", "in the lab, how hot is node two?". What is not named
//! so is meant on the main one.

use jarvis_domain::{ClusterId, Language};

use crate::plain::word;

/// The words before a cluster's name, and the articles between.
type Around = (&'static [&'static str], &'static [&'static str]);

/// The words that stand before a cluster's name.
const BEFORE: &[&str] = &["in", "on", "at"];
const BEFORE_GERMAN: &[&str] = &["in", "im", "auf", "am", "vom"];
/// The articles between those and it.
const ARTICLES: &[&str] = &["the"];
const ARTICLES_GERMAN: &[&str] = &["der", "dem", "den", "das"];

/// A cluster that words name, and the words without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) cluster: ClusterId,
    pub(crate) words: String,
}

/// The cluster that is named at the end or the beginning of `words`; of several
/// names that fit the longest counts.
pub(crate) fn named<'a>(
    words: &str,
    clusters: impl Iterator<Item = (&'a ClusterId, &'a [String])>,
    language: Language,
) -> Option<Named> {
    let around = match language {
        Language::English => (BEFORE, ARTICLES),
        Language::German => (BEFORE_GERMAN, ARTICLES_GERMAN),
    };
    let spoken: Vec<&str> = words.split_whitespace().collect();
    let mut best: Option<(usize, Named)> = None;
    for (cluster, names) in clusters {
        let names = names.iter().map(String::as_str);
        for name in names.chain([cluster.as_str()]) {
            let name: Vec<String> = name.split_whitespace().map(word).collect();
            let rest = at_the_end(&spoken, &name, around)
                .or_else(|| at_the_beginning(&spoken, &name, around))
                .or_else(|| within(&spoken, &name, around, language));
            let Some(rest) = rest.filter(|rest| !rest.is_empty()) else { continue };
            if best.as_ref().is_none_or(|(length, _)| *length < name.len()) {
                best =
                    Some((name.len(), Named { cluster: cluster.clone(), words: rest.join(" ") }));
            }
        }
    }
    best.map(|(_, named)| named)
}

/// What stands before "in the NAME cluster".
fn at_the_end<'w>(
    spoken: &[&'w str],
    name: &[String],
    (leads, articles): Around,
) -> Option<Vec<&'w str>> {
    let rest = match spoken.split_last() {
        Some((last, rest)) if word(last) == "cluster" => rest,
        _ => spoken,
    };
    let rest = without_name(rest, name, <[&str]>::split_last)?;
    let rest = match rest.split_last() {
        Some((last, rest)) if articles.contains(&word(last).as_str()) => rest,
        _ => rest,
    };
    let (last, rest) = rest.split_last()?;
    leads.contains(&word(last).as_str()).then(|| rest.to_vec())
}

/// What stands around "im NAME": in German the rest of the verb comes last.
fn within<'w>(
    spoken: &[&'w str],
    name: &[String],
    around: Around,
    language: Language,
) -> Option<Vec<&'w str>> {
    if language != Language::German {
        return None;
    }
    (1..spoken.len()).find_map(|at| {
        let (before, rest) = spoken.split_at(at);
        Some([before, &at_the_beginning(rest, name, around)?].concat())
    })
}

/// What stands behind "in the NAME cluster,".
fn at_the_beginning<'w>(
    spoken: &[&'w str],
    name: &[String],
    (leads, articles): Around,
) -> Option<Vec<&'w str>> {
    let (first, rest) = spoken.split_first()?;
    if !leads.contains(&word(first).as_str()) {
        return None;
    }
    let rest = match rest.split_first() {
        Some((first, rest)) if articles.contains(&word(first).as_str()) => rest,
        _ => rest,
    };
    let rest = without_name(rest, name, <[&str]>::split_first)?;
    let rest = match rest.split_first() {
        Some((first, rest)) if word(first) == "cluster" => rest,
        _ => rest,
    };
    Some(rest.to_vec())
}

/// `spoken` without the words of `name` at the end that `split` takes from.
fn without_name<'s, 'w>(
    spoken: &'s [&'w str],
    name: &[String],
    split: impl Fn(&'s [&'w str]) -> Option<(&'s &'w str, &'s [&'w str])>,
) -> Option<&'s [&'w str]> {
    let mut rest = spoken;
    let mut taken = Vec::new();
    for _ in name {
        let (next, left) = split(rest)?;
        taken.push(word(next));
        rest = left;
    }
    let fits = taken.iter().eq(name) || taken.iter().rev().eq(name);
    fits.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_named_at_the_end_or_the_beginning() {
        let (home, lab): (ClusterId, ClusterId) =
            ("home".parse().unwrap(), "lab-1".parse().unwrap());
        let names = ["lab".to_owned(), "test lab".to_owned()];
        let clusters = || [(&home, [].as_slice()), (&lab, names.as_slice())].into_iter();
        for (words, expected) in [
            ("start the web server in the lab", Some(("lab-1", "start the web server"))),
            ("Start web in Lab.", Some(("lab-1", "Start web"))),
            ("how hot is node two in the lab cluster?", Some(("lab-1", "how hot is node two"))),
            ("in the lab, how hot is node two?", Some(("lab-1", "how hot is node two?"))),
            ("stop web in the test lab", Some(("lab-1", "stop web"))),
            ("list guests on lab-1", Some(("lab-1", "list guests"))),
            ("stop web at home", Some(("home", "stop web"))),
            ("stop lab", None),
            ("in the lab", None),
            ("is there a lab", None),
            ("stop the web server in the label", None),
            ("", None),
        ] {
            let found = named(words, clusters(), Language::English);
            let found = found.as_ref().map(|named| (named.cluster.as_str(), named.words.as_str()));
            assert_eq!(found, expected, "{words}");
        }
        for (words, rest) in [
            ("starte den Webserver im Lab", "starte den Webserver"),
            ("schalte den Webserver im Lab ein", "schalte den Webserver ein"),
            ("den Webserver auf dem Test Lab starten", "den Webserver starten"),
        ] {
            let found = named(words, clusters(), Language::German).unwrap();
            assert_eq!((found.cluster.as_str(), found.words.as_str()), ("lab-1", rest));
        }
    }
}
