//! The heartbeat that lets the engine interrupt code that never returns.

use std::time::Duration;

use wasmtime::EngineWeak;

/// How often running WebAssembly gives way to others, and how exact a stop is.
const TICK: Duration = Duration::from_millis(10);

/// Starts the one thread that ticks. It ends with the engine.
#[allow(
    clippy::disallowed_methods,
    reason = "a heartbeat of the engine is real time by its nature: code that loops holds a \
              thread, so no clock that tests move could wake it"
)]
pub(super) fn start(engine: EngineWeak) -> std::io::Result<()> {
    let beat = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    };
    std::thread::Builder::new().name("skill-ticker".to_owned()).spawn(beat).map(drop)
}
