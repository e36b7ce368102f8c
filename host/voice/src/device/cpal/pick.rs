//! Which of the devices is meant.

use cpal::HostId;
use cpal::traits::{DeviceTrait, HostTrait};
use jarvis_domain::text::line;

use super::super::{DeviceChoice, DeviceError, DeviceKind};

/// The longest name that is shown.
const LONGEST: usize = 120;
/// What PulseAudio calls what a loudspeaker plays, as something to hear.
const MONITOR: &str = ".monitor";
/// What PulseAudio makes where there is no loudspeaker: it leads nowhere.
const NOWHERE: &str = "auto_null";
/// Of ALSA's names those that people mean: whole ones, and beginnings of ones
/// that name a card. The others are converters, and parts of these.
const ALSA: [&str; 5] = ["default", "pipewire", "pulse", "plughw:", "hdmi:"];

/// A device and its name.
pub(super) type Named = (cpal::Device, String);

/// Splits a name like `alsa:plughw:CARD=PCH` into the way that it asks for and
/// the rest.
pub(super) fn way(choice: &DeviceChoice) -> (Option<HostId>, DeviceChoice) {
    let DeviceChoice::Named(name) = choice else { return (None, DeviceChoice::Default) };
    let rest = |(by, rest): (HostId, &str)| {
        let Ok(choice) = rest.parse::<DeviceChoice>();
        (Some(by), choice)
    };
    let alsa = name.strip_prefix("alsa:").map(|rest| (HostId::Alsa, rest));
    let pulse = || name.strip_prefix("pulse:").map(|rest| (HostId::PulseAudio, rest));
    alsa.or_else(pulse).map_or_else(|| (None, choice.clone()), rest)
}

/// The one of that name.
pub(super) fn named(host: &cpal::Host, kind: DeviceKind, wanted: &str) -> Option<Named> {
    let is = |found: &Named| found.1 == wanted || description(&found.0) == wanted;
    every(host, kind).into_iter().find(is)
}

/// The one that the system takes.
pub(super) fn default(host: &cpal::Host, kind: DeviceKind) -> Result<Named, DeviceError> {
    let device = match kind {
        DeviceKind::Microphone => host.default_input_device(),
        DeviceKind::Loudspeaker => host.default_output_device(),
    };
    let none = |why: &str| DeviceError::None { kind, why: why.to_owned() };
    let Some(device) = device else { return Err(none("the sound server has none")) };
    let name = name(&device);
    if is_nowhere(&name) {
        return Err(none("the sound server has only one that it has made up"));
    }
    if kind == DeviceKind::Microphone && name.ends_with(MONITOR) {
        return Err(none("the sound server has only what a loudspeaker plays"));
    }
    Ok((device, name))
}

/// Those that a person would name.
pub(super) fn all(host: &cpal::Host, kind: DeviceKind) -> Vec<Named> {
    let alsa = host.id() == HostId::Alsa;
    let meant = |found: &Named| {
        if alsa {
            return ALSA.iter().any(|known| match known.ends_with(':') {
                true => found.1.starts_with(known),
                false => found.1 == *known,
            });
        }
        !is_nowhere(&found.1) && !found.1.ends_with(MONITOR)
    };
    every(host, kind).into_iter().filter(meant).collect()
}

/// Those that can be named.
fn every(host: &cpal::Host, kind: DeviceKind) -> Vec<Named> {
    // Where it cannot be told what is there, nothing is.
    let devices = host.devices().into_iter().flatten();
    let fits = |device: &cpal::Device| match kind {
        DeviceKind::Microphone => device.supports_input(),
        DeviceKind::Loudspeaker => device.supports_output(),
    };
    let mut every: Vec<Named> =
        devices.filter(fits).map(|device| (device.clone(), name(&device))).collect();
    // ALSA lists its default only where the one who has set it wants it listed.
    if host.id() == HostId::Alsa
        && let Ok(default) = default(host, kind)
        && every.iter().all(|(_, name)| *name != default.1)
    {
        every.push(default);
    }
    every
}

/// What a person calls it.
pub(super) fn description(device: &cpal::Device) -> String {
    device.description().map(|known| line(known.name(), LONGEST)).unwrap_or_default()
}

fn name(device: &cpal::Device) -> String {
    device.id().map(|id| line(id.id(), LONGEST)).unwrap_or_default()
}

fn is_nowhere(name: &str) -> bool {
    name == NOWHERE || name.strip_suffix(MONITOR) == Some(NOWHERE)
}
