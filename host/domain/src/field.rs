//! Named values, as Proxmox takes them and as the contract passes them.

use serde::{Deserialize, Serialize};

use crate::text;

/// One parameter of a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Field {
    /// Proxmox's name of the parameter, in full.
    pub name: String,
    /// Its value as text.
    pub value: String,
}

/// The parameters of a call, sorted by name; no name stands twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<Field>", into = "Vec<Field>")]
pub struct Fields(Vec<Field>);

/// Why a list of fields was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadField {
    /// Names are Proxmox's: letters, digits, `-` and `_`, led by a letter.
    #[error("{0:?} is not a parameter name")]
    Name(String),
    /// The same name twice.
    #[error("the parameter {0} is given twice")]
    Twice(String),
    /// NUL and other control characters cannot be passed; newline and tab can.
    #[error("the value of {0} has a control character")]
    Control(String),
    /// More than [`Fields::MOST`].
    #[error("{0} parameters are more than the {most} that a call takes", most = Fields::MOST)]
    Many(usize),
    /// Longer than [`Fields::MAX_VALUE`].
    #[error("the value of {0} is longer than {max} bytes", max = Fields::MAX_VALUE)]
    Long(String),
}

impl Fields {
    /// The longest value in bytes. Proxmox's longest text field, a guest's
    /// description, takes 8 KiB.
    pub const MAX_VALUE: usize = 8 * 1024;

    /// The most parameters of a call; a guest with every disk and network
    /// card that Proxmox knows can have more, but nobody sets them at once.
    pub const MOST: usize = 64;

    /// No parameters.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Checks and sorts `fields`.
    pub fn new(fields: impl IntoIterator<Item = Field>) -> Result<Self, BadField> {
        let mut fields: Vec<Field> = fields.into_iter().collect();
        if fields.len() > Self::MOST {
            return Err(BadField::Many(fields.len()));
        }
        fields.sort();
        for (index, field) in fields.iter().enumerate() {
            check(field)?;
            if fields.get(index + 1).is_some_and(|next| next.name == field.name) {
                return Err(BadField::Twice(field.name.clone()));
            }
        }
        Ok(Self(fields))
    }

    /// The fields by name.
    pub fn iter(&self) -> std::slice::Iter<'_, Field> {
        self.0.iter()
    }

    /// The value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<Vec<Field>> for Fields {
    type Error = BadField;

    fn try_from(fields: Vec<Field>) -> Result<Self, BadField> {
        Self::new(fields)
    }
}

impl From<Fields> for Vec<Field> {
    fn from(fields: Fields) -> Self {
        fields.0
    }
}

impl<'a> IntoIterator for &'a Fields {
    type Item = &'a Field;
    type IntoIter = std::slice::Iter<'a, Field>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn check(field: &Field) -> Result<(), BadField> {
    let Field { name, value } = field;
    let led_by_letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !led_by_letter || !plain || name.len() > 64 {
        return Err(BadField::Name(text::cut(name, 80)));
    }
    if value.len() > Fields::MAX_VALUE {
        return Err(BadField::Long(name.clone()));
    }
    if value.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(BadField::Control(name.clone()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, value: &str) -> Field {
        Field { name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn are_sorted_and_looked_up_by_name() {
        let fields = Fields::new([field("timeout", "30"), field("forceStop", "1")]).unwrap();
        let names: Vec<_> = fields.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["forceStop", "timeout"]);
        assert_eq!(fields.get("timeout"), Some("30"));
    }

    #[test]
    fn options_cannot_be_smuggled_in_names_or_values() {
        for name in ["--forceStop", "", "a=b", "a b", "1a", "a\n"] {
            assert!(Fields::new([field(name, "1")]).is_err(), "{name:?}");
        }
        assert!(Fields::new([field("a", "x\0y")]).is_err());
        let many = (0..=Fields::MOST).map(|n| field(&format!("f{n}"), ""));
        assert_eq!(Fields::new(many), Err(BadField::Many(65)));
        assert!(Fields::new([field("a", "--looks-like-an-option")]).is_ok());
        assert_eq!(
            Fields::new([field("a", "1"), field("a", "2")]),
            Err(BadField::Twice("a".to_owned()))
        );
    }
}
