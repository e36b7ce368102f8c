//! Fields that change what a call does.

use jarvis_domain::{Fields, Risk, Role};

/// A field that raises a call's rating.
pub(super) struct Raise {
    pub(super) field: &'static str,
    pub(super) when: When,
    pub(super) risk: Risk,
    pub(super) role: Role,
    pub(super) cost: Option<&'static str>,
}

/// For which values it does.
pub(super) enum When {
    /// Anything that Proxmox does not read as false.
    On,
    /// The same, and when the field is left out.
    OnByDefault,
    /// Anything that Proxmox does not read as true.
    Off,
    /// Anything but these.
    Not(&'static [&'static str]),
}

/// Skips the guest's lock: a backup or migration may be going on.
pub(super) const SKIPLOCK: Raise = Raise {
    field: "skiplock",
    when: When::On,
    risk: Risk::Destructive,
    role: Role::Admin,
    cost: Some("ignores the lock that a backup, snapshot or migration holds"),
};

/// A shutdown that becomes a stop.
pub(super) const FORCE_STOP: Raise = Raise {
    field: "forceStop",
    when: When::On,
    risk: Risk::Destructive,
    role: Role::Operator,
    cost: Some("force-stops it if it does not shut down in time; unsaved work is lost"),
};

/// The same of the bulk calls, where it is on unless turned off.
pub(super) const FORCE_STOP_ALL: Raise = Raise {
    field: "force-stop",
    when: When::OnByDefault,
    risk: Risk::Destructive,
    role: Role::Operator,
    cost: Some("force-stops those that do not shut down in time; unsaved work is lost"),
};

/// A stop that ends a shutdown that is going on.
pub(super) const OVERRULE_SHUTDOWN: Raise = Raise {
    field: "overrule-shutdown",
    when: When::On,
    risk: Risk::Destructive,
    role: Role::Operator,
    cost: Some("cancels a shutdown that is going on; unsaved work is lost"),
};

/// Parameters of reads that only choose what is shown. A parameter that is
/// not here makes a read an unnamed call: it may act.
pub(super) const FILTERS: &[&str] = &[
    "cf",
    "content",
    "current",
    "digest",
    "ds",
    "enabled",
    "endcursor",
    "errors",
    "filter",
    "format",
    "full",
    "guest",
    "include-partitions",
    "kernel",
    "lastentries",
    "limit",
    "max",
    "name",
    "priority",
    "service",
    "since",
    "skipsmart",
    "snapname",
    "snapshot",
    "source",
    "start",
    "startcursor",
    "statusfilter",
    "storage",
    "target",
    "timeframe",
    "type",
    "typefilter",
    "unit",
    "until",
    "userfilter",
    "verbose",
    "version",
    "vmid",
    "feature",
];

impl Raise {
    /// Whether the fields of a call cause it.
    pub(super) fn applies(&self, fields: &Fields) -> bool {
        let on = |value: &str| !matches!(value, "0" | "no" | "off" | "false");
        let off = |value: &str| !matches!(value, "1" | "yes" | "on" | "true");
        match (&self.when, fields.get(self.field)) {
            (When::OnByDefault, None) => true,
            (_, None) => false,
            (When::On | When::OnByDefault, Some(value)) => on(value),
            (When::Off, Some(value)) => off(value),
            (When::Not(values), Some(value)) => !values.contains(&value),
        }
    }
}
