//! Grants as YAML, in the form they are read in.

use std::fmt::{Display, Formatter, Result};

use jarvis_domain::text;

use super::{Grant, GrantSet};
use crate::pattern::ArgvPattern;

impl Grant {
    /// Its YAML as an item of a list, each line led by `indent` spaces.
    #[must_use]
    pub fn to_yaml(&self, indent: usize) -> String {
        let margin = " ".repeat(indent);
        let mut text = String::new();
        for (index, (key, value)) in self.entries().into_iter().enumerate() {
            let lead = if index == 0 { "- " } else { "  " };
            text.push_str(&format!("{margin}{lead}{key}: {value}\n"));
        }
        text
    }

    /// Its keys with their values as flow YAML.
    fn entries(&self) -> Vec<(&'static str, String)> {
        let mut entries = vec![("capability", self.capability.name().to_owned())];
        let mut list = |key, words: Vec<String>| {
            if !words.is_empty() {
                entries.push((key, format!("[{}]", words.join(", "))));
            }
        };
        list("verbs", self.verbs.iter().map(ToString::to_string).collect());
        list("paths", self.paths.iter().map(|path| scalar(&path.to_string())).collect());
        list("fields", self.fields.iter().map(|field| scalar(field)).collect());
        list("nodes", self.nodes.iter().map(|node| scalar(node.as_str())).collect());
        let words = |argv: &ArgvPattern| argv.words().map(scalar).collect::<Vec<_>>().join(", ");
        list("argv", self.argv.iter().map(|argv| format!("[{}]", words(argv))).collect());
        if let Some(reason) = &self.reason {
            entries.push(("reason", scalar(reason)));
        }
        entries
    }
}

impl GrantSet {
    /// Its YAML as a list, each line led by `indent` spaces.
    #[must_use]
    pub fn to_yaml(&self, indent: usize) -> String {
        if self.is_empty() {
            return format!("{}[]\n", " ".repeat(indent));
        }
        self.iter().map(|grant| grant.to_yaml(indent)).collect()
    }
}

impl Display for Grant {
    /// One line of flow YAML.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("{")?;
        for (index, (key, value)) in self.entries().into_iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{key}: {value}")?;
        }
        f.write_str("}")
    }
}

/// `text` as a YAML scalar that reads back as the same text, in quotes unless
/// it plainly needs none.
pub(crate) fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "/-_.*".contains(c));
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    if plain && !word {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if text::is_hidden(c) => quoted.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
