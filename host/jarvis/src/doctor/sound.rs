//! Sound devices and the parts of the voice. Jarvis can be typed to without any.

use std::sync::Arc;

use jarvis_domain::Explain;
use jarvis_voice::{DeviceChoice, DeviceError, DeviceInfo, DeviceKind, devices};

use super::{Finding, Patient};
use crate::engines::parts::{self, Part, Stands};

const AUDIO: &str = "audio";

/// Whether the microphone and the loudspeaker of the settings are there.
pub(super) async fn look(patient: &Patient<'_>) -> Finding {
    let audio = &patient.settings.audio;
    let wanted = [(DeviceKind::Microphone, &audio.input), (DeviceKind::Loudspeaker, &audio.output)];
    judge(devices(Arc::clone(&patient.clock)).await, wanted)
}

fn judge(
    found: Result<Vec<DeviceInfo>, DeviceError>,
    wanted: [(DeviceKind, &DeviceChoice); 2],
) -> Finding {
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            let fault = error.fault();
            return Finding::without(AUDIO, fault.to_string(), fault.hint);
        }
    };
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    for (kind, choice) in wanted {
        let of_kind = || found.iter().filter(|device| device.kind == kind);
        let device = match choice {
            DeviceChoice::Default => of_kind().find(|device| device.default),
            // Another way than the one that was listed cannot be judged here.
            DeviceChoice::Named(name) if is_by(name) => continue,
            DeviceChoice::Named(name) => {
                let named = of_kind().find(|d| d.name == *name || d.description == *name);
                if named.is_none() {
                    let there = of_kind().map(|device| device.name.clone()).collect();
                    let name = name.clone();
                    return Finding::of(AUDIO, &DeviceError::Unknown { kind, name, there }.fault());
                }
                named
            }
        };
        match device {
            Some(device) => there.push(format!("{kind}: {} by {}", device.name, device.by)),
            None => missing.push(format!("no {kind}")),
        }
    }
    if missing.is_empty() {
        return Finding::well(AUDIO, there.join(", "));
    }
    Finding::without(
        AUDIO,
        format!("this machine has {}", missing.join(" and ")),
        "Jarvis can be typed to and called over its API without; to hear and speak it needs both. jarvis devices shows what is there.",
    )
}

fn is_by(name: &str) -> bool {
    name.starts_with("alsa:") || name.starts_with("pulse:")
}

/// How each part of the voice stands.
pub(super) async fn parts(patient: &Patient<'_>) -> [Finding; 3] {
    let tried = parts::tried(patient.settings, &patient.clock).await;
    tried.map(|Part { does, stands }| match stands {
        Stands::Ready(says) => Finding::well(does, says),
        Stands::FallBack(says, command) => Finding::without(does, says, command),
        Stands::Wrong(says, hint) => Finding::ill(does, says, hint),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    fn device(kind: DeviceKind, name: &str, default: bool) -> DeviceInfo {
        let (description, by) = (format!("The {name}"), "PulseAudio");
        DeviceInfo { kind, name: name.to_owned(), description, by, default, format: None }
    }

    #[test]
    fn the_devices_of_the_settings_are_there_or_not() {
        use DeviceKind::{Loudspeaker, Microphone};
        let named = |name: &str| DeviceChoice::Named(name.to_owned());
        let look = |found: Vec<DeviceInfo>, input: &DeviceChoice| {
            let wanted = [(Microphone, input), (Loudspeaker, &DeviceChoice::Default)];
            judge(Ok(found), wanted)
        };
        let both = || vec![device(Microphone, "mic", true), device(Loudspeaker, "box", true)];
        let well = look(both(), &DeviceChoice::Default);
        assert_eq!(
            well,
            Finding::well(AUDIO, "microphone: mic by PulseAudio, loudspeaker: box by PulseAudio")
        );
        assert_eq!(look(both(), &named("The mic")).state, Health::Well);
        assert_eq!(look(both(), &named("alsa:hw:0,0")).state, Health::Well);
        let ill = look(both(), &named("box"));
        assert_eq!(ill.state, Health::Ill, "that one is a loudspeaker");
        assert!(ill.says.contains("there are: mic"), "{ill:?}");
        let without = look(Vec::new(), &DeviceChoice::Default);
        assert_eq!(without.state, Health::Without);
        assert!(without.says.contains("no microphone and no loudspeaker"), "{without:?}");
        let stuck = judge(
            Err(DeviceError::Stuck { times: 8 }),
            [(Microphone, &DeviceChoice::Default), (Loudspeaker, &DeviceChoice::Default)],
        );
        assert_eq!(stuck.state, Health::Without);
    }
}
