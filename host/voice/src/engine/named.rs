//! The engines of this program, by name: what `jarvis engine NAME` is.

use std::sync::Arc;

use jarvis_domain::SystemClock;

use super::child::run;
use super::many::Many;
use crate::error::VoiceError;
use crate::espeak::{Espeak, EspeakSettings};
use crate::piper::Piper;
use crate::porcupine::Porcupine;

/// Serves the engine `name` on standard input and output. All but `espeak` do
/// nothing before they were told their settings
/// ([`super::EngineSettings::telling`]).
///
/// # Errors
/// There is none of that name here, or its streams break.
pub async fn run_named(name: &str) -> Result<(), VoiceError> {
    let unknown = |why| VoiceError::NoEngine { name: jarvis_domain::text::line(name, 40), why };
    match name {
        "espeak" => run(|| Espeak::new(EspeakSettings::default(), Arc::new(SystemClock))).await,
        "piper" => run(|| Ok(Piper::new(Arc::new(SystemClock)))).await,
        "porcupine" => run(|| Ok(Many::new(Porcupine::default))).await,
        #[cfg(feature = "whisper")]
        "whisper" => run(|| Ok(crate::whisper::Whisper::default())).await,
        #[cfg(not(feature = "whisper"))]
        "whisper" => Err(unknown("this program was built without it")),
        _ => Err(unknown("there are espeak, piper, porcupine and whisper")),
    }
}
