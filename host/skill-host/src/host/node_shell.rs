//! `node-shell`: commands on a node. Argv only: there is no shell.

use std::time::Duration;

use jarvis_domain::audit::AuditEvent;
use jarvis_domain::{Call, NodeName, Risk, ShellCall};
use jarvis_policy::Decision;
use jarvis_policy::port::ShellOutput;
use wasmtime::component::Resource;

use super::Refusal;
use super::operations::Handle;
use crate::bindings::node_shell::{Host, Output};
use crate::guest::Guest;
use crate::record::Rated;
use crate::session::Session;

/// The most words of a command.
const MAX_WORDS: usize = 64;
/// The longest word, bytes.
const MAX_WORD: usize = 4 << 10;
/// The longest output, bytes.
const MAX_STDOUT: usize = 1 << 20;
/// The longest error output, bytes.
const MAX_STDERR: usize = 64 << 10;

impl Session {
    async fn run(&mut self, call: ShellCall, at_most: Duration) -> Result<ShellOutput, Refusal> {
        let Decision::Run(permit, _) = self.decide(Call::Shell(call)).await? else {
            let text = "this command does more than read: node-shell.start is for that";
            return Err(Refusal::Denied(text.to_owned()));
        };
        let scope = &self.scope;
        let event = AuditEvent::Allowed { call: permit.call().clone(), risk: Risk::Read };
        let line = scope.audit_read(event).await;
        let output = scope.ports.shell.run(permit, at_most.min(self.left())).await;
        let result = match &output {
            Ok(ShellOutput { status: 0, .. }) => "ok".to_owned(),
            Ok(ShellOutput { status, .. }) => format!("status {status}"),
            Err(error) => error.to_string(),
        };
        scope.audit_read_ended(line, result).await;
        let mut output = output?;
        output.truncated |= output.stdout.len() > MAX_STDOUT || output.stderr.len() > MAX_STDERR;
        output.stdout.truncate(MAX_STDOUT);
        output.stderr.truncate(MAX_STDERR);
        self.count_bytes(output.stdout.len() + output.stderr.len())?;
        Ok(output)
    }

    /// Takes down a call that has no canonical form.
    pub(super) fn malformed<T>(&mut self, call: String, refusal: Refusal) -> Result<T, Refusal> {
        let timed = self.begin(call)?;
        self.end(timed, Rated::default(), Err(refusal))
    }
}

impl Host for Guest {
    async fn run(
        &mut self,
        node: String,
        argv: Vec<String>,
        timeout_ms: u32,
    ) -> Result<Output, Refusal> {
        let call = match shell_call(&node, argv) {
            Ok(call) => call,
            Err(refusal) => return self.session.malformed(format!("run on {node}"), refusal),
        };
        let timed = self.session.begin(call.to_string())?;
        let output = self.session.run(call, Duration::from_millis(timeout_ms.into())).await;
        let rated = Rated { risk: Some(Risk::Read), ..Rated::default() };
        let ShellOutput { status, stdout, stderr, truncated } =
            self.session.end(timed, rated, output)?;
        Ok(Output { status, stdout, stderr, truncated })
    }

    async fn start(
        &mut self,
        node: String,
        argv: Vec<String>,
    ) -> Result<Resource<Handle>, Refusal> {
        let call = match shell_call(&node, argv) {
            Ok(call) => Call::Shell(call),
            Err(refusal) => return self.session.malformed(format!("start on {node}"), refusal),
        };
        let begun = self.session.start(call).await?;
        self.hold(begun.handle)
    }
}

fn shell_call(node: &str, argv: Vec<String>) -> Result<ShellCall, Refusal> {
    let node: NodeName = node.parse().map_err(|bad| Refusal::Invalid(format!("node: {bad}")))?;
    if argv.is_empty() || argv.len() > MAX_WORDS {
        let many = argv.len();
        return Err(Refusal::Invalid(format!("argv: {many} words; it has 1 to {MAX_WORDS}")));
    }
    if argv.iter().any(|word| word.len() > MAX_WORD) {
        return Err(Refusal::Invalid(format!("argv: a word has more than {MAX_WORD} bytes")));
    }
    Ok(ShellCall { node, argv })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_command_is_invalid() {
        let words =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        for (node, argv) in [
            ("-oProxyCommand=x", words(&["uptime"])),
            ("pve1;reboot", words(&["uptime"])),
            ("", words(&["uptime"])),
            ("pve1", words(&[])),
            ("pve1", vec!["a".to_owned(); MAX_WORDS + 1]),
            ("pve1", vec!["a".repeat(MAX_WORD + 1)]),
        ] {
            let refused = shell_call(node, argv).unwrap_err();
            assert!(matches!(refused, Refusal::Invalid(_)), "{node:?}");
        }
        assert!(shell_call("pve1", words(&["uptime", "-p"])).is_ok());
    }
}
