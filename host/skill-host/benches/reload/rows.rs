//! What was measured, each beside its limit.

use serde_json::{Value, json};

/// One figure.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// None where what it needs is missing; the note says what.
    pub(crate) value: Option<f64>,
    pub(crate) unit: &'static str,
    /// What the figure must stay under; none for what only explains another.
    pub(crate) limit: Option<f64>,
    /// How it came about.
    pub(crate) note: String,
}

impl Row {
    /// Whether it is under its limit; what was not measured breaks none.
    pub(crate) fn held(&self) -> bool {
        let (Some(value), Some(limit)) = (self.value, self.limit) else { return true };
        value < limit
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name, "value": self.value, "unit": self.unit,
            "limit": self.limit, "held": self.value.map(|_| self.held()), "note": self.note,
        })
    }
}

/// The median, and the highest.
pub(crate) fn middle(times: &[f64]) -> (f64, f64) {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    (at(sorted.len() / 2), at(sorted.len().saturating_sub(1)))
}

pub(crate) fn print_json(rows: &[Row]) {
    let rows: Vec<Value> = rows.iter().map(Row::json).collect();
    println!("{}", json!({ "bench": "reload", "rows": rows }));
}

pub(crate) fn print(rows: &[Row]) {
    println!("{:<44} {:>9} {:<4} {:>7}", "", "", "", "limit");
    for row in rows {
        let limit = row.limit.map_or(String::new(), |limit| format!("< {limit}"));
        let fault = if row.held() { "" } else { "over its limit; " };
        let figure = match row.value {
            Some(value) => format!("{value:>9.2} {:<4}", row.unit),
            None => format!("{:<14}", "not measured"),
        };
        println!("{:<44} {figure} {limit:>7}  {fault}{}", row.name, row.note);
    }
}
