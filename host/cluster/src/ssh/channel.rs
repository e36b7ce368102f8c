//! One program over a connection.

use jarvis_domain::NodeName;
use openssh::{Error, Stdio};

use super::SshError;
use super::master::Master;
use crate::ClusterError;
use crate::launch::{Captured, Overflow, Stop, bounded};

/// The status of a program that a signal ended, whose number sshd tells and
/// the multiplexing protocol does not; ssh(1) ends with the same.
const SIGNALLED: i32 = 255;

/// Runs `command`, a line for the far shell, and keeps what it prints. Fails
/// with [`SshError::Lost`] when the connection breaks on the way.
pub(super) async fn run(
    master: &Master,
    node: &NodeName,
    command: &str,
    what: &str,
    limit: usize,
    overflow: Overflow,
) -> Result<Captured, ClusterError> {
    let lost = || SshError::Lost { node: node.clone(), what: what.to_owned() };
    let mut line = master.session.raw_command(command);
    line.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = line.spawn().await.map_err(|error| refused(node, &error, lost()))?;
    let (stdout, stderr) = (child.stdout().take(), child.stderr().take());
    let printed =
        tokio::try_join!(bounded(stdout, limit, overflow), bounded(stderr, limit, overflow));
    let ((stdout, out_cut), (stderr, err_cut)) = match printed {
        Ok(printed) => printed,
        Err(Stop::Limit) => {
            let what = format!("{what} on {node}");
            return Err(ClusterError::TooLong { what, limit });
        }
        Err(Stop::Io(_)) => return Err(lost().into()),
    };
    let status = match child.wait().await {
        Ok(status) => status.code().unwrap_or(SIGNALLED),
        // The crate's word for status 127 (native_mux_impl/child.rs).
        Err(Error::Remote(_)) => 127,
        // No status came: a signal, or the end of the connection.
        Err(Error::RemoteProcessTerminated) if master.is_alive().await => SIGNALLED,
        Err(_) => return Err(lost().into()),
    };
    Ok(Captured { status, stdout, stderr, truncated: out_cut || err_cut })
}

/// Why a program was not begun, unless it may have been.
fn refused(node: &NodeName, error: &Error, lost: SshError) -> SshError {
    use std::error::Error as _;
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    // The connection's end answers a request that it did not pass on with a
    // failure, and its reason in words (PROTOCOL.mux, MUX_S_FAILURE).
    if let Error::SshMux(_) = error
        && (cause.contains("refused") || cause.contains("denied"))
    {
        return SshError::TooMany { node: node.clone(), message: cause };
    }
    lost
}
