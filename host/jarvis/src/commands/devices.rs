//! `jarvis devices`: the microphones and loudspeakers of this machine.

use std::sync::Arc;

use jarvis_domain::{Explain, SystemClock};
use jarvis_voice::{DeviceInfo, devices};

use super::Ended;
use crate::render::{Printer, Tone};

pub(super) async fn run(printer: &Printer) -> Ended {
    let found = devices(Arc::new(SystemClock)).await;
    let found = found.map_err(|error| error.fault())?;
    if printer.json {
        printer.json(&found);
    } else if found.is_empty() {
        printer.line("This machine has no microphone and no loudspeaker.");
    } else {
        let header = ["for", "name", "is", "by", "sound", ""];
        printer.table(header, found.iter().map(|device| row(device, printer)));
    }
    Ok(0)
}

fn row(device: &DeviceInfo, printer: &Printer) -> [String; 6] {
    let sound = device
        .format
        .as_ref()
        .map(|format| format!("{} Hz, {} × {}", format.rate, format.channels, format.sample));
    [
        device.kind.to_string(),
        printer.tone(Tone::Strong, &device.name),
        device.description.clone(),
        device.by.to_owned(),
        sound.unwrap_or_default(),
        if device.default { printer.tone(Tone::Good, "default") } else { String::new() },
    ]
}
