//! The task's id in what a write printed.
//!
//! `pvesh` copies everything that a task prints, and the id comes last: with
//! quotes, without, glued to a line that was not ended, or with escaped quotes
//! inside a JSON string when another node ran the task.

use jarvis_domain::{Upid, Vmid};

/// Colons in a UPID; the last one is part of it.
const COLONS: usize = 8;

/// The last UPID in `printed` that is about `guest`, or about anything when
/// the call is about no guest: tasks name other tasks in their output.
pub(crate) fn last(printed: &[u8], guest: Option<Vmid>) -> Option<Upid> {
    let text = String::from_utf8_lossy(printed);
    text.rmatch_indices("UPID:")
        .filter_map(|(at, _)| text.get(at..).and_then(leading))
        .find(|upid| guest.is_none_or(|guest| upid.id() == guest.to_string()))
}

/// The UPID that `text` begins with.
fn leading(text: &str) -> Option<Upid> {
    let (last_colon, _) = text.match_indices(':').nth(COLONS - 1)?;
    text.get(..=last_colon)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPID: &str = "UPID:pve1:000076CA:00025960:6B04ADE8:qmstart:103:root@pam:";

    #[test]
    fn the_last_one_is_taken_wherever_it_stands() {
        let guest: Vmid = "103".parse().unwrap();
        let other = "UPID:pve1:00000001:00000001:00000001:vzdump:103:root@pam:";
        let foreign = "UPID:pve1:00000001:00000001:00000001:qmstart:104:root@pam:";
        for (printed, found) in [
            (format!("\"{UPID}\"\n"), true),
            (format!("{UPID}\n"), true),
            (format!("generating cloud-init ISO\nsecond line\n\"{UPID}\"\n"), true),
            (format!("partial without newline\"{UPID}\"\n"), true),
            (format!("\"generating cloud-init ISOsecond line\\\"{UPID}\\\"\""), true),
            (format!("{other}\n\"{UPID}\"\n"), true),
            (format!("\"{UPID}\"\nstray {foreign}\n"), true),
            (format!("\"{UPID}\" UPID:broken\n"), true),
            (format!("\"{foreign}\"\n"), false),
            (format!("\"{}", UPID.trim_end_matches(':')), false),
            ("tick 1\ntick 2\n".to_owned(), false),
            (String::new(), false),
        ] {
            let upid = last(printed.as_bytes(), Some(guest));
            assert_eq!(upid.as_ref().map(Upid::as_str), found.then_some(UPID), "{printed}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_do_not_hide_it() {
        let printed = [b"\xff\xfe ", UPID.as_bytes(), b"\xff"].concat();
        assert_eq!(last(&printed, None).unwrap().as_str(), UPID);
    }
}
