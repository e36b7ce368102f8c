//! `jarvis engine`: one engine of ours as a child of a host, which speaks
//! Wyoming on standard input and output.

use jarvis_domain::Explain;

use super::Ended;

pub(super) async fn serve(name: &str) -> Ended {
    jarvis_voice::run_named(name).await.map_err(|error| error.fault())?;
    // A thread that still reads standard input would be waited for.
    std::process::exit(0)
}
