//! Opens a device in the format that it likes best, else in another one.

use std::sync::Arc;
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{
    BufferSize, Data, ErrorKind, InputCallbackInfo, OutputCallbackInfo, SampleFormat, Stream,
    StreamConfig, SupportedBufferSize, SupportedStreamConfig, SupportedStreamConfigRange,
};

use jarvis_domain::text::line;

use super::super::captured::Captured;
use super::super::driver::Running;
use super::super::playing::Playing;
use super::super::quiet::quiet;
use super::super::{DeviceError, DeviceKind};
use super::format;
use crate::resample::RATES;

/// How long the library may wait for the device, where it waits at all.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Rates that are taken where the device lets one choose, the best first.
const USUAL: [u32; 4] = [48_000, 44_100, 16_000, 32_000];
/// The longest text of the library that is shown.
const LONGEST: usize = 300;
/// Other formats that are tried, of the many that a device may list.
const TRIES: usize = 8;

/// A device that is to be opened.
pub(super) struct Wanted {
    pub(super) kind: DeviceKind,
    pub(super) device: cpal::Device,
    pub(super) name: String,
    /// Milliseconds of a block.
    pub(super) block: u32,
    pub(super) look: Box<dyn FnMut()>,
}

/// Has what it hears put into `into`.
pub(super) fn microphone(wanted: Wanted, into: &Arc<Captured>) -> Result<Running, DeviceError> {
    let device = wanted.device.clone();
    wanted.open(|config, sample| {
        let channels = usize::from(config.channels);
        let (data_to, error_to) = (Arc::clone(into), Arc::clone(into));
        let (mut heard, mut told) = (Vec::new(), Told::default());
        let data = move |data: &Data, _: &InputCallbackInfo| {
            told.start();
            heard.clear();
            format::read(data, channels, &mut heard);
            data_to.push(&heard);
        };
        let error = move |error| {
            if let Some(why) = lost(&error) {
                error_to.fail(why);
            }
        };
        device.build_input_stream_raw(config, sample, data, error, Some(TIMEOUT))
    })
}

/// Has it play what is in `from`.
pub(super) fn loudspeaker(wanted: Wanted, from: &Arc<Playing>) -> Result<Running, DeviceError> {
    let device = wanted.device.clone();
    wanted.open(|config, sample| {
        let channels = usize::from(config.channels);
        let (data_from, error_to) = (Arc::clone(from), Arc::clone(from));
        let mut told = Told::default();
        let data = move |data: &mut Data, info: &OutputCallbackInfo| {
            told.start();
            let times = info.timestamp();
            let latency = times.playback.duration_since(times.callback);
            let most = data.len() / channels.max(1);
            data_from.take(most, config.sample_rate, latency, |at, sample| {
                format::write(data, channels, at, sample);
            });
        };
        let error = move |error| {
            if let Some(why) = lost(&error) {
                error_to.fail(why);
            }
        };
        device.build_output_stream_raw(config, sample, data, error, Some(TIMEOUT))
    })
}

/// Quiets the thread that the library calls from, once.
#[derive(Default)]
struct Told(bool);

impl Told {
    fn start(&mut self) {
        if !std::mem::replace(&mut self.0, true) {
            quiet();
        }
    }
}

impl Wanted {
    fn open(
        self,
        build: impl Fn(StreamConfig, SampleFormat) -> Result<Stream, cpal::Error>,
    ) -> Result<Running, DeviceError> {
        let mut last = cpal::Error::from(ErrorKind::UnsupportedConfig);
        for format in self.formats()? {
            let sized = StreamConfig { buffer_size: self.block(&format), ..format.config() };
            for config in [sized, format.config()] {
                let opened = build(config, format.sample_format());
                match opened.and_then(|stream| stream.play().map(|()| stream)) {
                    Ok(stream) => {
                        let (name, rate) = (self.name, config.sample_rate);
                        let (stream, look) = (Box::new(stream), self.look);
                        return Ok(Running { name, rate, stream, look });
                    }
                    // Another format does not help.
                    Err(error) if !is_format(&error) => return Err(self.fault(&error)),
                    Err(error) => last = error,
                }
            }
        }
        Err(self.fault(&last))
    }

    /// What it may be opened in, the best first.
    fn formats(&self) -> Result<Vec<SupportedStreamConfig>, DeviceError> {
        let (default, every) = match self.kind {
            DeviceKind::Microphone => (
                self.device.default_input_config(),
                self.device.supported_input_configs().map(Iterator::collect::<Vec<_>>),
            ),
            DeviceKind::Loudspeaker => (
                self.device.default_output_config(),
                self.device.supported_output_configs().map(Iterator::collect::<Vec<_>>),
            ),
        };
        let mut formats: Vec<SupportedStreamConfig> = match (default, every) {
            (Err(error), Err(_)) => return Err(self.fault(&error)),
            (default, every) => {
                let mut others: Vec<SupportedStreamConfig> =
                    every.into_iter().flatten().filter_map(usual).collect();
                others.sort_by_key(|format| {
                    (format.channels().abs_diff(2), format.sample_rate().abs_diff(48_000))
                });
                others.truncate(TRIES);
                default.into_iter().chain(others).collect()
            }
        };
        formats.retain(|format| {
            format::is_known(format.sample_format()) && RATES.contains(&format.sample_rate())
        });
        Ok(formats)
    }

    /// The length of a block, as near as the device lets it be.
    fn block(&self, format: &SupportedStreamConfig) -> BufferSize {
        let wanted = format.sample_rate().saturating_mul(self.block) / 1000;
        BufferSize::Fixed(match *format.buffer_size() {
            SupportedBufferSize::Range { min, max } => wanted.clamp(min, max.max(min)),
            SupportedBufferSize::Unknown => wanted,
        })
    }

    fn fault(&self, error: &cpal::Error) -> DeviceError {
        let (kind, name, why) = (self.kind, self.name.clone(), line(&error.to_string(), LONGEST));
        match error.kind() {
            ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => {
                DeviceError::None { kind, why }
            }
            ErrorKind::DeviceBusy => DeviceError::Busy { kind, name, why },
            ErrorKind::PermissionDenied => DeviceError::Denied { kind, name, why },
            _ if is_format(error) => DeviceError::Format { kind, name, why },
            // ALSA always has one of this name, whatever is behind it.
            _ if name == "default" => DeviceError::None { kind, why },
            _ => DeviceError::Failed { kind, name, why },
        }
    }
}

/// A range as one format, at a rate that is usual.
fn usual(range: SupportedStreamConfigRange) -> Option<SupportedStreamConfig> {
    USUAL
        .iter()
        .find_map(|rate| range.try_with_sample_rate(*rate))
        .or_else(|| range.try_with_sample_rate(range.max_sample_rate()))
}

fn is_format(error: &cpal::Error) -> bool {
    matches!(error.kind(), ErrorKind::UnsupportedConfig | ErrorKind::InvalidInput)
}

/// Why the stream is over, if it is. Of the others ALSA has many that do no
/// harm; where they do, nothing more comes, and that is seen.
fn lost(error: &cpal::Error) -> Option<String> {
    match error.kind() {
        ErrorKind::StreamInvalidated
        | ErrorKind::DeviceNotAvailable
        | ErrorKind::HostUnavailable => Some(line(&error.to_string(), LONGEST)),
        _ => {
            tracing::trace!(%error, "a sound device");
            None
        }
    }
}
