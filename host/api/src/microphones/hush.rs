//! Somebody speaks at one of the microphones of a place: what the others there say
//! would be said into the open one, and over who speaks.

use std::collections::BTreeMap;

use jarvis_domain::MicrophoneId;

use super::{Known, Saying};

/// The others at the place of `id` need not say any more what is `meant`. Cut off is as
/// good as said.
pub(super) fn others(
    known: &BTreeMap<MicrophoneId, Known>,
    id: MicrophoneId,
    meant: impl Fn(&Saying) -> bool,
) {
    let Some(place) = known.get(&id).map(|known| &known.shown.name) else { return };
    let others = known.iter().filter(|(other, known)| **other != id && known.shown.name == *place);
    for (_, other) in others {
        let mut hushed = None;
        other.voice.send_if_modified(|voice| {
            hushed = voice.saying.take_if(|saying| meant(saying)).map(|saying| saying.number);
            voice.said = voice.said.max(hushed.unwrap_or_default());
            hushed.is_some()
        });
        if let Some(number) = hushed {
            other.wish.send_modify(|wish| wish.hushed = number);
        }
    }
}
