//! Devices by the crate `cpal`: PulseAudio's (PipeWire's too) where a server
//! answers, else ALSA's.

mod format;
mod open;
mod pick;

use std::ffi::CString;
use std::sync::{Arc, OnceLock};

use cpal::traits::DeviceTrait;
use cpal::{ErrorKind, HostId};

use super::captured::Captured;
use super::driver::{Driver, Running};
use super::list::{DeviceFormat, DeviceInfo};
use super::playing::Playing;
use super::quiet::quiet;
use super::{DeviceChoice, DeviceError, DeviceKind};

/// Milliseconds of what a microphone hands over at a time: four frames. A block costs
/// much the same however long it is, by PulseAudio's protocol a megabyte of memory
/// that is cleared five times, and half of that made listening cost 1 % of a core more.
const HEARS: u32 = 64;
/// Milliseconds that a loudspeaker asks for at a time. It holds two, which is also
/// what is still heard of a voice that is cut; with less a busy machine stutters.
const PLAYS: u32 = 40;
/// The same by ALSA, behind whose default there may be a server with threads and a
/// buffer of its own.
const PLAYS_BY_ALSA: u32 = 60;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Cpal {
    /// What devices are reached by, once one was. Another way is not tried
    /// afterwards: who takes the card itself while a sound server is started
    /// again would keep it from the server.
    by: OnceLock<HostId>,
}

impl Driver for Cpal {
    fn capture(&self, choice: &DeviceChoice, into: Arc<Captured>) -> Result<Running, DeviceError> {
        quiet();
        let found = self.find(DeviceKind::Microphone, choice)?;
        let failed = Arc::clone(&into);
        open::microphone(found.wanted(move |why| failed.fail(why)), &into)
    }

    fn play(&self, choice: &DeviceChoice, from: Arc<Playing>) -> Result<Running, DeviceError> {
        quiet();
        let found = self.find(DeviceKind::Loudspeaker, choice)?;
        let failed = Arc::clone(&from);
        open::loudspeaker(found.wanted(move |why| failed.fail(why)), &from)
    }

    fn list(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        quiet();
        let kinds = [DeviceKind::Microphone, DeviceKind::Loudspeaker];
        let host = self.host(DeviceKind::Microphone, None)?;
        Ok(kinds.into_iter().flat_map(|kind| list(&host, kind)).collect())
    }
}

impl Cpal {
    /// The way to devices: the one that was asked for, the one that was taken
    /// before, or the best that there is.
    fn host(&self, kind: DeviceKind, asked: Option<HostId>) -> Result<cpal::Host, DeviceError> {
        let none = |error: cpal::Error| DeviceError::None { kind, why: error.to_string() };
        match asked.or(self.by.get().copied()) {
            Some(HostId::PulseAudio) => pulse().map_err(none),
            Some(by) => cpal::host_from_id(by).map_err(none),
            None => pulse().or_else(|_| cpal::host_from_id(HostId::Alsa)).map_err(none),
        }
    }

    /// The device that is meant.
    fn find(&self, kind: DeviceKind, choice: &DeviceChoice) -> Result<Found, DeviceError> {
        let (asked, choice) = pick::way(choice);
        let host = self.host(kind, asked)?;
        let (device, name) = meant(&host, kind, &choice)?;
        if asked.is_none() {
            // From now on it is this one.
            let _ = self.by.set(host.id());
        }
        Ok(Found { host, kind, choice, device, name })
    }
}

/// A device, and how it was found.
struct Found {
    host: cpal::Host,
    kind: DeviceKind,
    choice: DeviceChoice,
    device: cpal::Device,
    name: String,
}

impl Found {
    /// To be opened; `failed` is told when it is gone.
    fn wanted(self, failed: impl Fn(String) + 'static) -> open::Wanted {
        let Self { host, kind, choice, device, name } = self;
        let block = match (kind, host.id()) {
            (DeviceKind::Microphone, _) => HEARS,
            (DeviceKind::Loudspeaker, HostId::PulseAudio) => PLAYS,
            (DeviceKind::Loudspeaker, _) => PLAYS_BY_ALSA,
        };
        let opened = name.clone();
        let look = move || {
            // ALSA tells it itself.
            if host.id() != HostId::PulseAudio {
                return;
            }
            match meant(&host, kind, &choice) {
                Err(error) => failed(error.to_string()),
                // The sound server goes on with another one in the middle of a word.
                Ok((_, now)) if kind == DeviceKind::Microphone && now != opened => {
                    if pick::named(&host, kind, &opened).is_none() {
                        failed(format!("{now} was put in its place"));
                    }
                }
                Ok(_) => {}
            }
        };
        open::Wanted { kind, device, name, block, look: Box::new(look) }
    }
}

fn meant(
    host: &cpal::Host,
    kind: DeviceKind,
    choice: &DeviceChoice,
) -> Result<(cpal::Device, String), DeviceError> {
    let DeviceChoice::Named(name) = choice else { return pick::default(host, kind) };
    pick::named(host, kind, name).ok_or_else(|| {
        let there = list(host, kind).into_iter().map(|device| device.name).collect();
        DeviceError::Unknown { kind, name: name.clone(), there }
    })
}

/// PulseAudio, or what answers in its place.
fn pulse() -> Result<cpal::Host, cpal::Error> {
    // A server that takes a connection and says nothing holds a thread for each try.
    // Here it is ours, of which there are not many.
    let name = CString::new("jarvis").unwrap_or_default();
    drop(pulseaudio::Client::from_env(&name)?);
    cpal::host_from_id(HostId::PulseAudio)
}

fn list(host: &cpal::Host, kind: DeviceKind) -> Vec<DeviceInfo> {
    let default = pick::default(host, kind).map(|(_, name)| name);
    let info = |(device, name): (cpal::Device, String)| {
        let config = match kind {
            DeviceKind::Microphone => device.default_input_config(),
            DeviceKind::Loudspeaker => device.default_output_config(),
        };
        // ALSA has names behind which there is nothing.
        if config.as_ref().is_err_and(|error| error.kind() != ErrorKind::DeviceBusy) {
            return None;
        }
        Some(DeviceInfo {
            kind,
            description: pick::description(&device),
            by: host.id().name(),
            default: default.as_deref().is_ok_and(|default| default == name),
            name,
            format: config.ok().map(|config| DeviceFormat {
                rate: config.sample_rate(),
                channels: config.channels(),
                sample: config.sample_format().to_string(),
            }),
        })
    };
    pick::all(host, kind).into_iter().filter_map(info).collect()
}
