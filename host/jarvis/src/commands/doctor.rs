//! `jarvis doctor`: looks, and says what to do.

use serde_json::json;

use super::Ended;
use crate::args::Global;
use crate::doctor::{Finding, Health, Patient, examine};
use crate::errors::UsageError;
use crate::reach::settings_of;
use crate::render::{Printer, Tone};
use crate::wiring;

pub(super) async fn run(global: &Global, printer: &Printer) -> Ended {
    if global.demo {
        let only_real = "the doctor examines what is installed: leave --demo out";
        return Err(UsageError::Argument(only_real.to_owned()).into());
    }
    let (settings, _) = settings_of(global)?;
    let folder = wiring::temporary_folder()?;
    let cluster = wiring::looked_at(&settings, folder.path());
    let patient = Patient::new(&settings, cluster);
    let mut findings = Vec::new();
    examine(&patient, |finding| {
        if !printer.json {
            show(&finding, printer);
        }
        findings.push(finding);
    })
    .await;
    if printer.json {
        printer.json(&json!({ "findings": findings }));
    }
    Ok(u8::from(findings.iter().any(|finding| finding.state == Health::Ill)))
}

fn show(finding: &Finding, printer: &Printer) {
    let (tone, sign) = match finding.state {
        Health::Well => (Tone::Good, "well"),
        Health::Without => (Tone::Open, "without"),
        Health::Ill => (Tone::Bad, "ill"),
    };
    let sign = printer.tone(tone, format_args!("{sign:<8}"));
    printer.line(format_args!("{sign}{:<8}{}", finding.check, Printer::plain(&finding.says)));
    for line in finding.hint.iter().flat_map(|hint| hint.lines()) {
        printer.line(format_args!("{:16}{}", "", printer.tone(Tone::Faint, Printer::plain(line))));
    }
}
