use std::fs;

use jarvis_domain::verification::BreakKind;

use super::*;
use crate::audit::tests::{clock, host};
use crate::audit::{MAX_LINE, verify_with};

fn open(root: &Path) -> Writer {
    Writer::open(&crate::audit::folder(root), clock(), None).unwrap()
}

fn record(writer: &mut Writer, what: &str) -> Result<u64, Cause> {
    writer.append([host(what)]).remove(0)
}

#[test]
fn the_chain_goes_on_from_file_to_file() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = open(root.path());
    writer.rotate_at = 1_000;
    for number in 1..=30 {
        assert_eq!(record(&mut writer, "something").unwrap(), number);
    }
    drop(writer);
    let mut writer = open(root.path());
    assert_eq!(record(&mut writer, "after").unwrap(), 31);
    let found = verify_with(root.path(), &Ok(None)).unwrap();
    assert!(found.files > 3, "{found:?}");
    assert_eq!((found.lines, found.broken), (31, None));
}

#[test]
fn an_entry_too_long_is_refused_and_the_others_of_its_group_are_not() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = open(root.path());
    let long = "x".repeat(MAX_LINE);
    let results = writer.append([host("a"), host(&long), host("b")]);
    let numbers: Vec<Option<u64>> = results.into_iter().map(Result::ok).collect();
    assert_eq!(numbers, [Some(1), None, Some(2)]);
    assert_eq!(verify_with(root.path(), &Ok(None)).unwrap().broken, None);
}

#[test]
fn a_failed_write_is_refused_until_the_disk_works_again_and_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = open(root.path());
    record(&mut writer, "before").unwrap();
    let path = files::path(&writer.folder, 1);
    // Half a line reaches the file, and then nothing can be written.
    let before = fs::read(&path).unwrap();
    fs::write(&path, [before.as_slice(), b"{\"seq\":2,\"at\""].concat()).unwrap();
    writer.file = File::open(&path).unwrap();
    record(&mut writer, "refused").unwrap_err();
    assert!(writer.damaged);

    assert_eq!(record(&mut writer, "after").unwrap(), 2);
    assert!(fs::read(&path).unwrap().starts_with(&before));
    let found = verify_with(root.path(), &Ok(None)).unwrap();
    assert_eq!((found.lines, found.broken), (2, None));
}

#[test]
fn a_failed_write_is_repaired_before_the_next_file_begins() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = open(root.path());
    record(&mut writer, "before").unwrap();
    let path = files::path(&writer.folder, 1);
    let before = fs::read(&path).unwrap();
    fs::write(&path, [before.as_slice(), b"{\"seq\":2,"].concat()).unwrap();
    (writer.damaged, writer.rotate_at) = (true, 1);
    assert_eq!(record(&mut writer, "after").unwrap(), 2);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(verify_with(root.path(), &Ok(None)).unwrap().broken, None);
}

#[test]
fn a_log_whose_folder_is_gone_is_refused_until_it_is_back() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = open(root.path());
    record(&mut writer, "before").unwrap();
    let (folder, away) = (writer.folder.clone(), root.path().join("away"));
    fs::rename(&folder, &away).unwrap();
    for _ in 0..2 {
        record(&mut writer, "refused").unwrap_err();
    }
    fs::rename(&away, &folder).unwrap();
    assert_eq!(record(&mut writer, "after").unwrap(), 2);
    assert_eq!(verify_with(root.path(), &Ok(None)).unwrap().broken, None);
}

#[test]
fn a_file_that_was_deleted_or_renamed_is_not_written_to() {
    for (renamed, lost) in [(true, None), (false, Some(BreakKind::Missing { from: 2, to: 2 }))] {
        let root = tempfile::tempdir().unwrap();
        let mut writer = open(root.path());
        writer.rotate_at = 1;
        record(&mut writer, "one").unwrap();
        record(&mut writer, "two").unwrap();
        let path = files::path(&writer.folder, 2);
        writer.rotate_at = 1_000_000;
        if renamed {
            fs::rename(&path, root.path().join("kept")).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        assert_eq!(record(&mut writer, "three").unwrap(), 3);
        if renamed {
            fs::rename(root.path().join("kept"), &path).unwrap();
        }
        let broken = verify_with(root.path(), &Ok(None)).unwrap().broken;
        assert_eq!(broken.map(|broken| broken.kind), lost);
    }
}

#[test]
fn every_commit_tells_the_new_head() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = open(root.path());
    let (tell, told) = std::sync::mpsc::channel();
    writer.on_commit(move |head| tell.send(head).unwrap());
    writer.append([host("a"), host("b")]);
    assert_eq!(told.try_recv().unwrap().seq, 2);
    assert!(told.try_recv().is_err());
    assert_eq!(verify_with(root.path(), &Ok(None)).unwrap().head, writer.head.digest);
}
