//! A bench's figures with their limits, as a table or as JSON.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::options::Options;

/// A figure, and what it must be at most or at least.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) most: Option<f64>,
    pub(crate) least: Option<f64>,
}

/// Prints the rows under `heading`, or as JSON beside `about`; the exit code.
pub(crate) fn print(
    rows: &[Row],
    options: Options,
    heading: &str,
    about: [(&str, Value); 2],
) -> ExitCode {
    if options.json {
        let fields = rows.iter().map(|row| (row.name.clone(), row.json()));
        let about = about.into_iter().map(|(name, value)| (name.to_owned(), value));
        println!("{}", Value::Object(fields.chain(about).collect::<Map<_, _>>()));
    } else {
        println!("{heading}");
        rows.iter().for_each(Row::print);
    }
    options.exit(rows.iter().all(Row::is_held))
}

impl Row {
    /// Without a limit.
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, most: None, least: None }
    }

    fn is_held(&self) -> bool {
        self.most.is_none_or(|most| self.value <= most)
            && self.least.is_none_or(|least| self.value >= least)
    }

    fn json(&self) -> Value {
        let limit = self.most.or(self.least);
        json!({ "value": self.value, "unit": self.unit, "limit": limit, "held": self.is_held() })
    }

    fn print(&self) {
        let limit = match (self.most, self.least) {
            (Some(most), _) => format!("at most {most}"),
            (_, Some(least)) => format!("at least {least}"),
            _ => String::new(),
        };
        let broken = if self.is_held() { "" } else { "  NOT HELD" };
        println!("{:<34} {:>14.3} {:<14} {limit}{broken}", self.name, self.value, self.unit);
    }
}
