//! Checks parameters against a method's schema, with the texts of
//! PVE::JSONSchema.

use std::collections::BTreeMap;

use jarvis_domain::{NodeName, Vmid};

use crate::api::{Kind, Method, Param};

/// A method's parameters, those of its path among them, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Args(pub(crate) BTreeMap<String, String>);

/// What is wrong, by parameter.
pub(crate) type Wrong = BTreeMap<String, String>;

/// The formats of the output option.
pub(crate) const FORMATS: &[&str] = &["text", "json", "json-pretty", "yaml"];

impl Args {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A boolean; one that is not given is false.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(boolean).unwrap_or(false)
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    pub(crate) fn vmid(&self, name: &str) -> Option<Vmid> {
        self.get(name)?.parse().ok()
    }

    /// The numbers in a list parted by commas, semicolons, blanks or NULs.
    pub(crate) fn vmids(&self, name: &str) -> Option<Vec<Vmid>> {
        let list = self.get(name)?;
        let parts = list.split([',', ';', ' ', '\0']).filter(|part| !part.is_empty());
        Some(parts.filter_map(|part| part.parse().ok()).collect())
    }
}

/// Reads a boolean as RESTHandler does; an option without a value is true.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "" | "1" | "on" | "yes" | "true" => Some(true),
        "0" | "off" | "no" | "false" => Some(false),
        _ => None,
    }
}

/// Everything that is wrong with `given` for `method`.
pub(crate) fn check(method: &Method, given: &Args) -> Wrong {
    let mut wrong = Wrong::new();
    for param in method.all() {
        match given.get(param.name) {
            None if param.required => {
                let text = "property is missing and it is not optional";
                wrong.insert(param.name.to_owned(), text.to_owned());
            }
            None => {}
            Some(value) => {
                if let Some(text) = complaint(&param, value) {
                    wrong.insert(param.name.to_owned(), text);
                }
            }
        }
    }
    wrong
}

/// The text of a value outside of an enumeration.
pub(crate) fn outside(value: &str, choices: &[&str]) -> String {
    format!("value '{value}' does not have a value in the enumeration '{}'", choices.join(", "))
}

fn complaint(param: &Param, value: &str) -> Option<String> {
    match param.kind {
        Kind::Text(most) if value.chars().count() > most => {
            Some(format!("value may only be {most} characters long"))
        }
        Kind::Text(_) | Kind::Boolean => None,
        Kind::Integer(least, most) => integer(value, least, most),
        Kind::Choice(choices) => (!choices.contains(&value)).then(|| outside(value, choices)),
        Kind::Node => value
            .parse::<NodeName>()
            .is_err()
            .then(|| "invalid format - value does not look like a valid node name".to_owned()),
        Kind::Vmid => integer(value, 100, 999_999_999).or_else(|| {
            value
                .parse::<Vmid>()
                .is_err()
                .then(|| "invalid format - value does not look like a valid VM ID".to_owned())
        }),
        Kind::ConfigId => (!is_config_id(value))
            .then(|| format!("invalid format - invalid configuration ID '{value}'")),
        Kind::DnsName(most) => complaint(&Param { kind: Kind::Text(most), ..*param }, value)
            .or_else(|| {
                let text = "invalid format - value does not look like a valid DNS name";
                (!value.split('.').all(is_label)).then(|| text.to_owned())
            }),
        Kind::Tags => value
            .split([',', ';', ' ', '\0'])
            .any(|tag| !tag.is_empty() && !is_tag(tag))
            .then(|| "invalid format - invalid characters in tag".to_owned()),
        Kind::Vmids => {
            let bad = value
                .split([',', ';', ' ', '\0'])
                .find(|part| !part.is_empty() && part.parse::<Vmid>().is_err())?;
            Some(format!("invalid format - value '{bad}' does not look like a valid VM ID"))
        }
    }
}

fn integer(value: &str, least: i64, most: i64) -> Option<String> {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse::<i64>() {
        Ok(number) if whole && number < least => {
            Some(format!("value must have a minimum value of {least}"))
        }
        Ok(number) if whole && number > most => {
            Some(format!("value must have a maximum value of {most}"))
        }
        Ok(_) if whole => None,
        _ => Some(format!("type check ('integer') failed - got '{value}'")),
    }
}

/// `pve-configid`: a letter, then at least one letter, digit, `-` or `_`.
fn is_config_id(value: &str) -> bool {
    value.len() >= 2
        && value.len() <= 40
        && value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// A label of a host name: letters, digits and, inside, hyphens.
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// `pve-tag`.
fn is_tag(tag: &str) -> bool {
    tag.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-+.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_refused_in_proxmox_words() {
        let check = |kind, value, expected: Option<&str>| {
            let param = Param { name: "x", kind, required: false };
            assert_eq!(complaint(&param, value).as_deref(), expected, "{value:?}");
        };
        let number = Kind::Integer(0, 10);
        check(number, "5", None);
        check(number, "abc", Some("type check ('integer') failed - got 'abc'"));
        check(number, "", Some("type check ('integer') failed - got ''"));
        check(number, "-5", Some("value must have a minimum value of 0"));
        check(number, "11", Some("value must have a maximum value of 10"));
        check(Kind::Choice(&["a", "b"]), "c", Some(&outside("c", &["a", "b"])));
        check(Kind::Vmid, "99", Some("value must have a minimum value of 100"));
        check(Kind::Vmid, "0100", Some("invalid format - value does not look like a valid VM ID"));
        check(Kind::ConfigId, "before-upgrade", None);
        check(Kind::ConfigId, "1st", Some("invalid format - invalid configuration ID '1st'"));
        for name in ["web", "web-1", "web.example.com", "1"] {
            check(Kind::DnsName(20), name, None);
        }
        for name in ["", "-web", "web-", "web_1", "a..b", "ä"] {
            let text = "invalid format - value does not look like a valid DNS name";
            check(Kind::DnsName(20), name, Some(text));
        }
        check(Kind::DnsName(3), "abcd", Some("value may only be 3 characters long"));
        check(Kind::Tags, "media;prod,a.b+c d_1", None);
        for tags in ["-a", "a;b!", "ä"] {
            check(Kind::Tags, tags, Some("invalid format - invalid characters in tag"));
        }
        check(Kind::Text(3), "abcd", Some("value may only be 3 characters long"));
        check(
            Kind::Node,
            "-x",
            Some("invalid format - value does not look like a valid node name"),
        );
    }

    #[test]
    fn booleans_are_read_as_proxmox_reads_them() {
        for (text, value) in
            [("", Some(true)), ("Yes", Some(true)), ("0", Some(false)), ("maybe", None)]
        {
            assert_eq!(boolean(text), value, "{text:?}");
        }
    }
}
