use std::fs;

use jarvis_domain::verification::BreakKind;

use super::*;
use crate::audit::tests::{clock, host, what};
use crate::audit::writer::Writer;
use crate::audit::{Filter, read, verify_with};

/// A state folder whose log has `count` lines; the audit folder and its first
/// file.
fn log(root: &Path, count: usize) -> (PathBuf, PathBuf) {
    let folder = crate::audit::folder(root);
    let mut writer = Writer::open(&folder, clock(), None).unwrap();
    for number in 1..=count {
        writer.append([host(&format!("entry {number}"))]).remove(0).unwrap();
    }
    let file = files::path(&folder, 1);
    (folder, file)
}

fn texts(root: &Path) -> Vec<String> {
    let page = read(root, &Filter::newest(100)).unwrap();
    page.lines.iter().map(|line| what(line).to_owned()).collect()
}

#[test]
fn what_a_crash_left_is_moved_aside_and_noted() {
    let half = br#"{"seq":4,"at":1000,"run":nu"#.as_slice();
    let zeros = [0; 4096].as_slice();
    let cases: [&[&[u8]]; 6] = [
        &[b"{"],
        &[half],
        &[zeros],
        &[half, zeros],
        // Blocks that reached the disk after one that did not.
        &[half, zeros, b"\"}\n{\"seq\":9}\n"],
        &[zeros, b"\n", half],
    ];
    for parts in cases {
        let torn = parts.concat();
        let root = tempfile::tempdir().unwrap();
        let (folder, file) = log(root.path(), 3);
        let whole = fs::read(&file).unwrap();
        fs::write(&file, [&whole, torn.as_slice()].concat()).unwrap();

        let mut writer = Writer::open(&folder, clock(), None).unwrap();
        assert_eq!(writer.append([host("after")]).remove(0).unwrap(), 5);
        assert!(fs::read(&file).unwrap().starts_with(&whole));
        let side = folder.join(format!("000001-{:016}.torn", whole.len()));
        assert_eq!(fs::read(&side).unwrap(), torn);
        let texts = texts(root.path());
        assert_eq!(
            texts[3],
            format!(
                "the audit log ended in {} bytes that were never acknowledged; moved to {}",
                torn.len(),
                side.file_name().unwrap().to_str().unwrap()
            )
        );
        assert_eq!(texts[4], "after");
        assert_eq!(verify_with(root.path(), &Ok(None)).unwrap().broken, None);
    }
}

#[test]
fn a_whole_log_is_left_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    let (folder, file) = log(root.path(), 3);
    let before = fs::read(&file).unwrap();
    drop(Writer::open(&folder, clock(), None).unwrap());
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn a_log_that_is_one_torn_line_begins_at_one() {
    let root = tempfile::tempdir().unwrap();
    let (folder, file) = log(root.path(), 0);
    fs::write(&file, b"{\"seq\":1,").unwrap();
    drop(Writer::open(&folder, clock(), None).unwrap());
    assert_eq!(texts(root.path()).len(), 1);
    assert_eq!(verify_with(root.path(), &Ok(None)).unwrap().broken, None);
}

#[test]
fn a_file_that_was_just_begun_follows_the_one_before() {
    let root = tempfile::tempdir().unwrap();
    let (folder, _) = log(root.path(), 3);
    fs::write(files::path(&folder, 2), b"{\"se").unwrap();
    let mut writer = Writer::open(&folder, clock(), None).unwrap();
    assert_eq!(writer.append([host("after")]).remove(0).unwrap(), 5);
    let found = verify_with(root.path(), &Ok(None)).unwrap();
    assert_eq!((found.files, found.lines, found.broken), (2, 5, None));
}

#[test]
fn a_note_that_did_not_reach_the_disk_is_made_again() {
    let root = tempfile::tempdir().unwrap();
    let (folder, file) = log(root.path(), 1);
    let whole = fs::read(&file).unwrap();
    // Killed after the cut, before the note; then again in the middle of the
    // note, at the same place.
    let place = whole.len();
    fs::write(folder.join(format!("000001-{place:016}.torn-new")), b"first tear").unwrap();
    fs::write(&file, [&whole, b"second tear".as_slice()].concat()).unwrap();
    drop(Writer::open(&folder, clock(), None).unwrap());
    let side = |name: String| fs::read(folder.join(name)).unwrap();
    assert_eq!(side(format!("000001-{place:016}.torn")), b"first tear");
    assert_eq!(side(format!("000001-{place:016}-1.torn")), b"second tear");
    assert_eq!(texts(root.path()).len(), 3);
}

#[test]
fn a_cut_that_was_cut_short_is_done_again() {
    let root = tempfile::tempdir().unwrap();
    let (folder, file) = log(root.path(), 1);
    let whole = fs::read(&file).unwrap();
    let place = whole.len();
    fs::write(folder.join(format!("000001-{place:016}.torn-new")), b"a te").unwrap();
    fs::write(&file, [&whole, b"a tear".as_slice()].concat()).unwrap();
    drop(Writer::open(&folder, clock(), None).unwrap());
    let torn = fs::read(folder.join(format!("000001-{place:016}.torn"))).unwrap();
    assert_eq!(torn, b"a tear");
    assert_eq!(texts(root.path()).len(), 2);
}

#[test]
fn a_damaged_line_is_not_repaired_and_its_number_not_given_again() {
    let root = tempfile::tempdir().unwrap();
    let (folder, file) = log(root.path(), 3);
    let text = fs::read_to_string(&file).unwrap();
    let last = text.lines().last().unwrap();
    fs::write(&file, text.replace(last, "rubbish")).unwrap();
    let mut writer = Writer::open(&folder, clock(), None).unwrap();
    assert_eq!(writer.append([host("after")]).remove(0).unwrap(), 4);
    assert!(fs::read_to_string(&file).unwrap().contains("\nrubbish\n"));
    let found = verify_with(root.path(), &Ok(None)).unwrap();
    let broken = found.broken.unwrap();
    assert_eq!((broken.line, found.breaks), (3, 1));
    assert!(matches!(broken.kind, BreakKind::Unreadable { .. }));
}

#[test]
fn lines_missing_from_the_end_are_noted_and_their_numbers_not_given_again() {
    let root = tempfile::tempdir().unwrap();
    let (folder, file) = log(root.path(), 5);
    let text = fs::read(&file).unwrap();
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let kept = Head { seq: 5, digest: Digest::of(lines[4]) };
    fs::write(&file, lines[..3].concat()).unwrap();
    drop(Writer::open(&folder, clock(), Some(kept)).unwrap());
    assert_eq!(texts(root.path())[3], "lines 4 to 5 are missing from the end of the audit log");
    let broken = verify_with(root.path(), &Ok(None)).unwrap().broken.unwrap();
    assert_eq!((broken.line, broken.kind), (4, BreakKind::Missing { from: 4, to: 5 }));
}
