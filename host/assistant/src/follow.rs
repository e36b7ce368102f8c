//! Words that lean on what was said before: "and the database?", "do the same
//! on node two", "no, the other one", "undo that", "again", "why did you do
//! that".

mod german;

use jarvis_domain::Language;

use crate::plain::phrase;

/// What such words want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Follow {
    /// The last command undone.
    Undo,
    /// The last command once more.
    Again,
    /// Why the last command ran.
    Why,
    /// The last command, about the other one of two.
    Other,
    /// The last command, about something else.
    About(Form, String),
    /// Not the last command's thing, but another.
    Instead(String),
}

/// How it is said that something else is meant too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As a question: "what about the database?"
    Asks,
    /// As a bare addition, which may be one or a command: "and the database".
    Adds,
    /// As a command: "do the same on the database".
    Orders,
}

const UNDO: &[&str] = &[
    "undo",
    "undo that",
    "undo it",
    "undo this",
    "revert that",
    "take that back",
    "reverse that",
    "put it back",
    "undo the last one",
    "undo the last command",
    "change it back",
    "change that back",
];
const AGAIN: &[&str] = &[
    "again",
    "once more",
    "one more time",
    "do it again",
    "do that again",
    "same again",
    "the same again",
    "repeat that command",
    "try again",
    "try that again",
];
const WHY: &[&str] = &[
    "why",
    "why did you do that",
    "why did you do this",
    "why that",
    "why did you say that",
    "what did you do",
    "what did you just do",
    "what was that",
    "how did you get that idea",
    "explain that",
    "explain yourself",
    "where did you get that from",
];
const OTHER: &[&str] = &[
    "the other one",
    "the other",
    "not that one",
    "the other one please",
    "i meant the other one",
    "i mean the other one",
    "not that one the other one",
    "wrong one",
    "no the other one",
    "no not that one",
];
const ASKS: &[&str] = &["and what about", "and how about", "what about", "how about"];
const ADDS: &[&str] = &["and also", "and now", "and then", "now", "also", "and", "then"];
const ORDERS: &[&str] = &[
    "and the same for",
    "and the same on",
    "and do the same for",
    "and do the same on",
    "do the same for",
    "do the same on",
    "do the same with",
    "do the same to",
    "the same for",
    "the same on",
    "same for",
    "same on",
    "do that for",
    "do that on",
];
const INSTEAD: &[&str] = &[
    "no i meant",
    "no i mean",
    "i meant",
    "i mean",
    "no i said",
    "i said",
    "no not that one",
    "no rather",
    "rather",
    "no the",
    "no",
    "sorry",
    "wait",
    "actually",
];

/// What leans on something, in one language.
pub(super) struct Leans {
    pub(super) undo: &'static [&'static str],
    pub(super) again: &'static [&'static str],
    pub(super) why: &'static [&'static str],
    pub(super) other: &'static [&'static str],
    /// What stands before something else that the last command may be about, by how it
    /// is said. What begins with another stands before it.
    pub(super) asks: &'static [&'static str],
    pub(super) adds: &'static [&'static str],
    pub(super) orders: &'static [&'static str],
    /// What stands before what was meant in place of the last.
    pub(super) instead: &'static [&'static str],
    /// "No" and the article that belongs to the name behind it.
    pub(super) no_the: (&'static str, &'static str),
    /// "Too", at the end.
    pub(super) ends: &'static [&'static str],
    /// What may stand before another name.
    pub(super) before: &'static [&'static str],
    /// Articles, the one that is put before a name first.
    pub(super) articles: &'static [&'static str],
    pub(super) node: &'static str,
}

static ENGLISH: Leans = Leans {
    undo: UNDO,
    again: AGAIN,
    why: WHY,
    other: OTHER,
    asks: ASKS,
    adds: ADDS,
    orders: ORDERS,
    instead: INSTEAD,
    no_the: ("no the ", "the "),
    ends: &[" too", " as well", " please", " then", " instead"],
    before: &["on ", "for ", "of ", "in "],
    articles: &["the "],
    node: "node",
};

fn of(language: Language) -> &'static Leans {
    match language {
        Language::English => &ENGLISH,
        Language::German => &german::LEANS,
    }
}

/// What `words` want, where they lean on something.
pub(crate) fn follow(words: &str, language: Language) -> Option<Follow> {
    let of = of(language);
    let all = phrase(words);
    let is_in = |list: &[&str]| list.contains(&all.as_str());
    if is_in(of.undo) {
        return Some(Follow::Undo);
    }
    if is_in(of.again) {
        return Some(Follow::Again);
    }
    if is_in(of.why) {
        return Some(Follow::Why);
    }
    if is_in(of.other) {
        return Some(Follow::Other);
    }
    let behind = |list: &[&str]| {
        let mut rests = list.iter().filter_map(|lead| all.strip_prefix(lead)?.strip_prefix(' '));
        rests.next().filter(|rest| !rest.is_empty()).map(str::to_owned)
    };
    let other = |rest: &str| of.other.contains(&rest);
    let about = [(Form::Orders, of.orders), (Form::Asks, of.asks), (Form::Adds, of.adds)];
    let mut about = about.iter().filter_map(|(form, list)| Some((*form, behind(list)?)));
    match (behind(of.instead), about.next()) {
        (Some(rest), _) if other(&rest) => Some(Follow::Other),
        // The article belongs to the name.
        (Some(rest), _) if all.starts_with(of.no_the.0) => {
            Some(Follow::Instead(format!("{}{rest}", of.no_the.1)))
        }
        (Some(rest), _) => Some(Follow::Instead(without_too(&rest, of))),
        (None, Some((form, rest))) => Some(Follow::About(form, without_too(&rest, of))),
        (None, None) => None,
    }
}

/// The last sentence with `named` in place of `slot`, the ways in which that
/// may be said, the likeliest first.
pub(crate) fn instead(last: &str, slot: &str, named: &str, language: Language) -> Vec<String> {
    let of = of(language);
    let (last, slot) = (phrase(last), phrase(slot));
    let Some(at) = found(&last, &slot) else { return Vec::new() };
    let (before, after) = (last.get(..at), last.get(at + slot.len()..));
    let (Some(before), Some(after)) = (before, after) else { return Vec::new() };
    let article = |text: &str| of.articles.iter().find(|article| text.starts_with(**article));
    let without = |text: &'_ str| {
        let length = article(text).map_or(0, |article| article.len());
        text.get(length..).unwrap_or(text).to_owned()
    };
    let bare = without(named);
    // "on node two", "for the database".
    let bare =
        of.before.iter().find_map(|lead| bare.strip_prefix(lead)).unwrap_or(&bare).to_owned();
    let bare = without(&bare);
    let before = before.trim_end();
    let ended = |article: &&str| before.strip_suffix(article.trim_end())?.strip_suffix(' ');
    let before = of.articles.iter().find_map(ended).unwrap_or(before);
    let shorter = before.strip_suffix(of.node).filter(|rest| rest.ends_with(' '));
    let shorter = shorter.map_or(before, str::trim_end);
    let (article, node) = (of.articles.first().copied().unwrap_or_default(), of.node);
    let mut ways: Vec<String> = Vec::new();
    for (before, named) in [
        (before, bare.to_owned()),
        (before, format!("{article}{bare}")),
        (shorter, bare.to_owned()),
        (before, format!("{node} {bare}")),
    ] {
        let way = format!("{before} {named}{after}").trim().to_owned();
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

/// Where `slot` stands in `last`, as whole words; of several the last.
fn found(last: &str, slot: &str) -> Option<usize> {
    if slot.is_empty() {
        return None;
    }
    let spaced = format!(" {last} ");
    spaced.rfind(&format!(" {slot} "))
}

/// "the database too".
fn without_too(rest: &str, of: &Leans) -> String {
    of.ends.iter().find_map(|end| rest.strip_suffix(end)).unwrap_or(rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leans_on_something_is_known() {
        let about = |form, text: &str| Some(Follow::About(form, text.to_owned()));
        let instead = |text: &str| Some(Follow::Instead(text.to_owned()));
        for (words, expected) in [
            ("Undo that.", Some(Follow::Undo)),
            ("again!", Some(Follow::Again)),
            ("Why did you do that?", Some(Follow::Why)),
            ("no, the other one", Some(Follow::Other)),
            ("Not that one, the other one.", Some(Follow::Other)),
            ("and the database?", about(Form::Adds, "the database")),
            ("And then restart the database", about(Form::Adds, "restart the database")),
            ("What about node two?", about(Form::Asks, "node two")),
            ("and what about the database", about(Form::Asks, "the database")),
            ("do the same on node two", about(Form::Orders, "node two")),
            ("and do the same on node two", about(Form::Orders, "node two")),
            ("and the same for node two", about(Form::Orders, "node two")),
            ("and the web server too", about(Form::Adds, "the web server")),
            ("no, I meant the database", instead("the database")),
            ("no, the database", instead("the database")),
            ("I mean node two, please", instead("node two")),
            ("start the database", None),
            ("no", None),
            ("and", None),
            ("nothing", None),
        ] {
            assert_eq!(follow(words, Language::English), expected, "{words}");
        }
    }

    #[test]
    fn another_name_takes_the_place_of_the_last() {
        for (last, slot, named, expected) in [
            ("Is the web server running?", "web server", "the database", "is database running"),
            ("How hot is node three?", "node three", "node two", "how hot is node two"),
            ("How hot is node three?", "three", "two", "how hot is node two"),
            ("stop 101", "101", "102", "stop 102"),
            ("stop web on web", "web", "db", "stop web on db"),
        ] {
            let ways = instead(last, slot, named, Language::English);
            assert_eq!(ways.first().map(String::as_str), Some(expected), "{last}");
        }
        let ways =
            instead("is the web server running", "web server", "the database", Language::English);
        assert!(ways.contains(&"is the database running".to_owned()), "{ways:?}");
        let ways = instead("how hot is node three", "three", "node two", Language::English);
        assert!(ways.contains(&"how hot is node two".to_owned()), "{ways:?}");
        assert_eq!(instead("stop the web server", "database", "web", Language::English), [""; 0]);
    }
}
