//! Operations that could have started the same task: a lost one must not take
//! what another has begun and does not know yet, or never will.

use jarvis_domain::operation::{OperationRecord, OperationState};
use jarvis_domain::{Call, OperationEnd, Upid};

use super::effect::expected;
use super::task::SKEW;

/// A task's start has whole seconds.
const SECOND: u64 = 1_000;

/// Whether one of `others`, beside `record`, may have started `upid`, by the
/// cluster's clock, which is so many milliseconds `ahead`.
pub(super) fn are_among(
    others: &[OperationRecord],
    record: &OperationRecord,
    upid: &Upid,
    ahead: i64,
) -> bool {
    others.iter().any(|other| {
        let told = other.at.0.saturating_add_signed(ahead);
        other.id != record.id
            && other.cluster == record.cluster
            && told <= upid.start().0 + SECOND + SKEW
            && may_have_started(other, upid)
    })
}

fn may_have_started(other: &OperationRecord, upid: &Upid) -> bool {
    if other.upid.is_some() {
        return false;
    }
    if let OperationState::Ended { end: OperationEnd::Failed { .. }, .. } = other.state {
        return false;
    }
    let Call::Api(call) = &other.call else { return false };
    let expected = expected(call);
    let of_guest = expected.guest.is_none_or(|guest| guest.vmid.to_string() == upid.id());
    of_guest && expected.kinds.contains(&upid.kind())
}
