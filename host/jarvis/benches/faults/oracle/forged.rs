//! Whether the oracle sees anything: a witness that never objects proves
//! nothing. Operations that were judged well are forged, and each must be found.

use jarvis_domain::operation::{OperationRecord, OperationState};
use jarvis_domain::{OperationEnd, Timestamp, Verified};

use super::{Case, Sin, operations};

/// How one end is turned into another; none where that would be no lie.
type Forgery = fn(&OperationEnd) -> Option<OperationEnd>;

/// Each lie, and what it must be found to be.
const LIES: [(Sin, Forgery); 2] = [
    (Sin::WrongDone, |end| match end {
        OperationEnd::Failed { .. } => Some(done()),
        _ => None,
    }),
    (Sin::WrongFailure, |end| match end {
        OperationEnd::Succeeded { verified: Verified::Yes, .. } => {
            Some(OperationEnd::Failed { message: "forged".to_owned() })
        }
        _ => None,
    }),
];

/// At most so many operations are forged: each is compared with all others.
const MOST: usize = 50;

/// How many lies were told, and how many of them were seen.
pub(crate) fn try_it(case: &Case<'_>) -> (usize, usize) {
    let (mut told, mut seen) = (0, 0);
    let mut tell = |sin: Sin, place: usize, state: OperationState| {
        let mut operations = case.operations.to_vec();
        operations[place].state = state;
        let found = operations::judge(&Case { operations: &operations, ..*case });
        let id = operations[place].id.to_string();
        told += 1;
        seen += usize::from(found.iter().any(|one| one.sin == sin && one.story[0].contains(&id)));
    };
    let each = case.operations.len() / MOST + 1;
    for (place, record) in case.operations.iter().enumerate().step_by(each) {
        // One without a task, or whose task says nothing, may be either.
        let task = record.upid.as_ref().and_then(|upid| case.truth.task(upid));
        let result = task.and_then(|task| task.result.as_deref());
        let tells = result.is_some_and(|result| result != "unexpected status");
        let Some((at, end)) = ended(record).filter(|_| tells) else { continue };
        for (sin, forgery) in LIES {
            if let Some(end) = forgery(end) {
                tell(sin, place, OperationState::Ended { at, end });
            }
        }
        tell(Sin::Lost, place, OperationState::Sent);
    }
    (told, seen)
}

fn ended(record: &OperationRecord) -> Option<(Timestamp, &OperationEnd)> {
    match &record.state {
        OperationState::Ended { at, end } => Some((*at, end)),
        _ => None,
    }
}

fn done() -> OperationEnd {
    OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes }
}
