//! Rows for calls of the Proxmox API, and how a call is rated by them.

use jarvis_domain::{ApiCall, Risk, Role, Verb};

use super::fields::{FILTERS, Raise};
use super::{Effect, Rated, bulk_rows, guest_rows, node_rows, read_rows};
use crate::shape::{self, Captures};

/// One row: which calls it is about, and how they are rated.
pub(super) struct Row {
    pub(super) verb: Verb,
    pub(super) shape: &'static str,
    /// A field that must have one of these values, for paths that do several
    /// things (`command=reboot`).
    pub(super) only: Option<(&'static str, &'static [&'static str])>,
    pub(super) risk: Risk,
    pub(super) role: Role,
    pub(super) task: bool,
    pub(super) does: &'static str,
    pub(super) doing: &'static str,
    pub(super) cost: Option<&'static str>,
    /// Fields that leave the rating as it is. For reads these come on top of
    /// [`FILTERS`].
    pub(super) plain: &'static [&'static str],
    /// Fields that raise it, by value.
    pub(super) raises: &'static [Raise],
}

impl Row {
    /// A read that any caller may make.
    pub(super) const fn read(shape: &'static str) -> Self {
        Self {
            verb: Verb::Get,
            shape,
            only: None,
            risk: Risk::Read,
            role: Role::Viewer,
            task: false,
            does: "read {path}",
            doing: "reading {path}",
            cost: None,
            plain: &[],
            raises: &[],
        }
    }

    /// A write with its words.
    pub(super) const fn write(
        verb: Verb,
        shape: &'static str,
        risk: Risk,
        role: Role,
        words: (&'static str, &'static str),
    ) -> Self {
        Self { verb, risk, role, task: true, does: words.0, doing: words.1, ..Self::read(shape) }
    }

    /// The same row for callers of at least `role`.
    pub(super) const fn by(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// The same row, only where the field `name` has one of `values`.
    pub(super) const fn only(self, name: &'static str, values: &'static [&'static str]) -> Self {
        Self { only: Some((name, values)), ..self }
    }

    /// The same row with what it costs.
    pub(super) const fn cost(self, cost: &'static str) -> Self {
        Self { cost: Some(cost), ..self }
    }

    /// The same row with the fields that do not change its rating.
    pub(super) const fn plain(self, plain: &'static [&'static str]) -> Self {
        Self { plain, ..self }
    }

    /// The same row with the fields that raise its rating.
    pub(super) const fn raises(self, raises: &'static [Raise]) -> Self {
        Self { raises, ..self }
    }

    /// The same row for a call that is answered at once.
    pub(super) const fn at_once(self) -> Self {
        Self { task: false, ..self }
    }

    fn is_about(&self, call: &ApiCall) -> bool {
        let has_value = |(name, values): (&str, &[&str])| {
            call.fields.get(name).is_some_and(|value| values.contains(&value))
        };
        self.verb == call.verb
            && shape::matches(self.shape, &call.path).is_some()
            && self.only.is_none_or(has_value)
    }

    fn names(&self, field: &str) -> bool {
        self.plain.contains(&field)
            || self.raises.iter().any(|raise| raise.field == field)
            || self.only.is_some_and(|(name, _)| name == field)
            || (self.verb == Verb::Get && FILTERS.contains(&field))
    }
}

/// Every row of the table.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    let writes = guest_rows::ROWS.iter().chain(bulk_rows::ROWS).chain(node_rows::ROWS);
    read_rows::ROWS.iter().chain(writes)
}

/// The rating of `call`.
pub(super) fn rate(call: &ApiCall) -> Rated {
    let Some(row) = rows().find(|row| row.is_about(call)) else {
        return Rated { task: call.verb != Verb::Get, ..Rated::UNNAMED };
    };
    let Row { does, doing, cost, .. } = *row;
    let effect = Effect { does, doing, cost, known: true, whole: false };
    let mut rated = Rated { risk: row.risk, role: row.role, effect, task: row.task };
    if call.fields.iter().any(|field| !row.names(&field.name)) {
        rated.risk = Risk::Destructive;
        rated.role = Role::Admin;
    }
    for raise in row.raises.iter().filter(|raise| raise.applies(&call.fields)) {
        rated.risk = rated.risk.max(raise.risk);
        rated.role = rated.role.max(raise.role);
        rated.effect.cost = raise.cost.or(rated.effect.cost);
    }
    rated
}

/// The variables of the path of `call` by the row that rates it.
pub(crate) fn captures(call: &ApiCall) -> Option<Captures<'_>> {
    let row = rows().find(|row| row.is_about(call))?;
    shape::matches(row.shape, &call.path)
}

/// The fields of `call` that the words of its row already say.
pub(crate) fn said(call: &ApiCall) -> Vec<String> {
    let row = rows().find(|row| row.is_about(call));
    row.and_then(|row| row.only).map(|(name, _)| name.to_owned()).into_iter().collect()
}
