use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::identity::{Identity, Life, NewKey, Person, Secret, Shown};
use jarvis_domain::registry::Kind;
use jarvis_domain::schedule::{Departures, Owner, Standing};
use jarvis_domain::{Caller, Door, Fault, Principal, Role};

use super::testing::{NOW, PASSWORD, SECRET, Scene, attempt, roles};

mod ends;
mod keys;
mod sign_in;

const HOUR: Duration = Duration::from_secs(3600);

fn code(error: &Fault) -> (&str, u16) {
    (&error.code, error.status)
}

/// Somebody at the control socket.
fn root_at_socket() -> Caller {
    Caller { principal: Principal("uid:0".to_owned()), door: Door::Cli, role: Some(Role::Admin) }
}
