use std::fs;

use proptest::prelude::*;

use super::*;
use crate::audit::tests::{clock, host};
use crate::audit::writer::Writer;

/// A state folder with a log of `count` lines in one file, and its head.
fn log(count: usize) -> (tempfile::TempDir, PathBuf, Head) {
    let root = tempfile::tempdir().unwrap();
    let folder = crate::audit::folder(root.path());
    let mut writer = Writer::open(&folder, clock(), None).unwrap();
    for number in 1..=count {
        writer.append([host(&format!("entry {number}"))]).remove(0).unwrap();
    }
    let found = verify_with(root.path(), &Ok(None)).unwrap();
    let head = Head { seq: found.last.unwrap().seq, digest: found.head };
    (root, files::path(&folder, 1), head)
}

fn lines(file: &Path) -> Vec<Vec<u8>> {
    let text = fs::read(file).unwrap();
    text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// Verifies a log of five lines after `change`, with its head known.
fn breaks_at(change: impl FnOnce(&mut Vec<Vec<u8>>), line: u64, kind: &BreakKind) {
    let (root, file, head) = log(5);
    let mut text = lines(&file);
    change(&mut text);
    fs::write(&file, text.concat()).unwrap();
    let found = verify_with(root.path(), &Ok(Some(head))).unwrap();
    let broken = found.broken.clone().unwrap();
    assert_eq!((broken.line, &broken.kind), (line, kind), "{found:?}");
    let error = super::check(&found).unwrap_err();
    assert!(error.to_string().contains("000001.jsonl, line"), "{error}");
}

fn retell(text: &mut [Vec<u8>], at: usize) {
    text[at] = String::from_utf8(text[at].clone()).unwrap().replace("entry", "ENTRY").into();
}

#[test]
fn an_untouched_log_agrees() {
    let (root, _, head) = log(5);
    let found = verify_with(root.path(), &Ok(Some(head))).unwrap();
    assert_eq!((found.lines, found.breaks, found.files), (5, 0, 1));
    assert_eq!((found.first.unwrap().seq, found.last.unwrap().seq), (1, 5));
    assert_eq!(found.kept, HeadCheck::Agrees { seq: 5 });
}

#[test]
fn each_kind_of_break_is_told_apart() {
    breaks_at(|text| retell(text, 0), 1, &BreakKind::Changed { seq: 1 });
    breaks_at(|text| retell(text, 2), 3, &BreakKind::Changed { seq: 3 });
    breaks_at(|text| retell(text, 4), 5, &BreakKind::Changed { seq: 5 });
    breaks_at(|text| drop(text.remove(0)), 1, &BreakKind::Missing { from: 1, to: 1 });
    breaks_at(|text| drop(text.drain(1..3)), 2, &BreakKind::Missing { from: 2, to: 3 });
    breaks_at(|text| drop(text.pop()), 4, &BreakKind::Shortened { kept: 5 });
    breaks_at(|text| text.clear(), 0, &BreakKind::Shortened { kept: 5 });
    breaks_at(|text| text.swap(1, 2), 2, &BreakKind::Missing { from: 2, to: 2 });
    breaks_at(|text| text.insert(2, text[1].clone()), 3, &BreakKind::Order { seq: 2, expected: 3 });
    breaks_at(|text| text.push(b"{\"seq\":6".to_vec()), 6, &BreakKind::Torn { bytes: 8 });
    let why = "EOF while parsing a value at line 2 column 0".to_owned();
    breaks_at(|text| text.insert(1, b"\n".to_vec()), 2, &BreakKind::Unreadable { why });
}

#[test]
fn one_changed_line_is_one_break() {
    let (root, file, head) = log(5);
    let mut text = lines(&file);
    text[2] = b"rubbish\n".to_vec();
    retell(&mut text, 4);
    fs::write(&file, text.concat()).unwrap();
    let found = verify_with(root.path(), &Ok(Some(head))).unwrap();
    assert_eq!((found.lines, found.breaks), (5, 2));
}

#[test]
fn older_files_may_be_moved_away_and_middle_ones_may_not() {
    let root = tempfile::tempdir().unwrap();
    let folder = crate::audit::folder(root.path());
    let mut writer = Writer::open(&folder, clock(), None).unwrap();
    writer.rotate_at(1);
    for _ in 0..4 {
        writer.append([host("x")]).remove(0).unwrap();
    }
    fs::remove_file(files::path(&folder, 1)).unwrap();
    let found = verify_with(root.path(), &Ok(None)).unwrap();
    assert_eq!((found.first.unwrap().seq, found.broken), (2, None));
    fs::remove_file(files::path(&folder, 3)).unwrap();
    let broken = verify_with(root.path(), &Ok(None)).unwrap().broken.unwrap();
    assert_eq!(broken.kind, BreakKind::Missing { from: 3, to: 3 });
    assert!(broken.file.ends_with("000004.jsonl"));
}

#[test]
fn an_end_that_cannot_be_compared_is_said() {
    let (root, ..) = log(2);
    let found = verify_with(root.path(), &Err("a host has it".to_owned())).unwrap();
    assert_eq!(found.kept, HeadCheck::Unread { why: "a host has it".to_owned() });
    assert!(super::check(&found).is_ok());
}

#[test]
fn a_line_that_a_running_host_is_writing_is_not_torn() {
    let (root, file, _) = log(2);
    let mut text = fs::read(&file).unwrap();
    text.extend(b"{\"seq\":3,");
    fs::write(&file, text).unwrap();
    let lock = crate::folder::lock(root.path()).unwrap();
    assert_eq!(verify_with(root.path(), &Ok(None)).unwrap().broken, None);
    drop(lock);
    let broken = verify_with(root.path(), &Ok(None)).unwrap().broken.unwrap();
    assert_eq!(broken.kind, BreakKind::Torn { bytes: 9 });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever happens to the bytes of the file, it is seen.
    #[test]
    fn no_change_of_the_bytes_goes_unseen(
        at in 0.0..1.0_f64,
        length in 0_usize..40,
        by in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let (root, file, head) = log(4);
        let before = fs::read(&file).unwrap();
        #[allow(
            clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss,
            reason = "a place in a small file"
        )]
        let from = (at * before.len() as f64) as usize;
        let to = (from + length).min(before.len());
        let after = [&before[..from], &by, &before[to..]].concat();
        prop_assume!(after != before);
        fs::write(&file, after).unwrap();
        let found = verify_with(root.path(), &Ok(Some(head))).unwrap();
        prop_assert!(super::check(&found).is_err(), "{found:?}");
    }
}
