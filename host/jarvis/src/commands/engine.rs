//! `jarvis engine`: one engine of ours as a child of a host, which speaks
//! Wyoming on standard input and output.

use std::sync::Arc;

use jarvis_domain::{Explain, SystemClock};
use jarvis_voice::{Espeak, EspeakSettings, Piper, Porcupine, run};

use super::Ended;
use crate::args::EngineName;

pub(super) async fn serve(name: EngineName) -> Ended {
    let clock = Arc::new(SystemClock);
    let served = match name {
        EngineName::Espeak => run(|| Espeak::new(EspeakSettings::default(), clock)).await,
        EngineName::Piper => run(|| Ok(Piper::new(clock))).await,
        EngineName::Porcupine => run(|| Ok(Porcupine::default())).await,
        #[cfg(feature = "whisper")]
        EngineName::Whisper => run(|| Ok(jarvis_voice::Whisper::default())).await,
    };
    served.map_err(|error| error.fault())?;
    // A thread that still reads standard input would be waited for.
    std::process::exit(0)
}
