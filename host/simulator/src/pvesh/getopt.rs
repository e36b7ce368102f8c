//! Perl's Getopt::Long in its default configuration, as far as `pvesh` uses
//! it: `--k v`, `--k=v`, `-k v`, names in any case, unique prefixes. What a
//! value must look like is checked elsewhere.

/// How an option takes its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// `=s`: the next word, whatever it looks like.
    Value,
    /// `:s`: the next word unless it looks like an option.
    Perhaps,
    /// `=s@`: as `=s`, each occurrence adds to a list.
    Each,
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Options by full name, in order.
    pub(crate) options: Vec<(String, String)>,
    /// What is no option.
    pub(crate) positional: Vec<String>,
    /// Complaints, a line each; with any, the whole is refused.
    pub(crate) complaints: String,
}

/// Reads `words` with the options `known`.
pub(crate) fn read(words: &[String], known: &[(&str, Takes)]) -> Found {
    let mut found = Found::default();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        if word == "--" {
            found.positional.extend(words.cloned());
            break;
        }
        let Some(option) = option(word) else {
            found.positional.push(word.clone());
            continue;
        };
        let (name, inline) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (option, None),
        };
        let (name, takes) = match look_up(name, known) {
            Ok(known) => known,
            Err(complaint) => {
                found.complaints.push_str(&complaint);
                continue;
            }
        };
        let value = match (inline, takes) {
            (Some(value), _) => Some(value),
            (None, Takes::Perhaps) => {
                let next = words.next_if(|next| self::option(next).is_none() && *next != "--");
                Some(next.cloned().unwrap_or_default())
            }
            (None, Takes::Value | Takes::Each) => words.next().cloned(),
        };
        match value {
            Some(value) => found.add(name, value, takes),
            None => found.complaints.push_str(&format!("Option {name} requires an argument\n")),
        }
    }
    found
}

impl Found {
    fn add(&mut self, name: &str, value: String, takes: Takes) {
        match self.options.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) if takes == Takes::Each => {
                old.push(',');
                old.push_str(&value);
            }
            Some((_, old)) => *old = value,
            None => self.options.push((name.to_owned(), value)),
        }
    }
}

/// The option in a word, without its dashes; a lone `-` is none.
fn option(word: &str) -> Option<&str> {
    let option = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    (!option.is_empty()).then_some(option)
}

fn look_up<'a>(name: &str, known: &[(&'a str, Takes)]) -> Result<(&'a str, Takes), String> {
    let low = name.to_ascii_lowercase();
    if let Some(exact) = known.iter().find(|(known, _)| known.to_ascii_lowercase() == low) {
        return Ok(*exact);
    }
    let mut fitting: Vec<_> = known
        .iter()
        .filter(|(known, _)| known.to_ascii_lowercase().starts_with(&low))
        .copied()
        .collect();
    match fitting.as_mut_slice() {
        [] => Err(format!("Unknown option: {name}\n")),
        [one] => Ok(*one),
        several => {
            several.sort_by_key(|(known, _)| known.to_ascii_lowercase());
            let names: Vec<_> = several.iter().map(|(known, _)| *known).collect();
            Err(format!("Option {name} is ambiguous ({})\n", names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[(&str, Takes)] = &[
        ("forceStop", Takes::Perhaps),
        ("force-cpu", Takes::Value),
        ("timeout", Takes::Value),
        ("vms", Takes::Each),
    ];

    fn check(words: &[&str], options: &[(&str, &str)], positional: &[&str], complaints: &str) {
        let owned: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        let found = read(&owned, KNOWN);
        let got: Vec<_> = found.options.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(got, options, "{words:?}");
        assert_eq!(found.positional, positional, "{words:?}");
        assert_eq!(found.complaints, complaints, "{words:?}");
    }

    #[test]
    fn options_are_read_as_perl_reads_them() {
        check(&["/p", "--timeout", "5"], &[("timeout", "5")], &["/p"], "");
        check(&["--timeout=5", "/p"], &[("timeout", "5")], &["/p"], "");
        check(&["-timeout", "-5"], &[("timeout", "-5")], &[], "");
        check(&["--TIME", "5"], &[("timeout", "5")], &[], "");
        check(&["--timeout", "--forceStop"], &[("timeout", "--forceStop")], &[], "");
        check(&["--forceStop", "--timeout=1"], &[("forceStop", ""), ("timeout", "1")], &[], "");
        check(&["--forceS", "0"], &[("forceStop", "0")], &[], "");
        check(&["--vms", "1", "--vms=2"], &[("vms", "1,2")], &[], "");
        check(&["--timeout=1", "--timeout=2"], &[("timeout", "2")], &[], "");
        check(&["--", "--timeout", "-"], &[], &["--timeout", "-"], "");
    }

    #[test]
    fn what_it_cannot_read_is_complained_about() {
        check(&["--foo", "1"], &[], &["1"], "Unknown option: foo\n");
        check(&["--for"], &[], &[], "Option for is ambiguous (force-cpu, forceStop)\n");
        check(&["--timeout"], &[], &[], "Option timeout requires an argument\n");
    }
}
