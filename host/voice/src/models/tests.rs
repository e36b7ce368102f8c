mod server;

use std::io::{Cursor, Write};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use jarvis_domain::Explain;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

use super::catalogue::Part;
use super::digest::Expected;
use super::fetch::Fetcher;
use super::*;
use server::{Gives, Server};

fn sha256(bytes: &[u8]) -> Expected {
    Expected::Sha256(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A file that no two parts of are alike.
fn file(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at / 251 + at) as u8).collect()
}

fn entry(content: &[u8], bytes: Option<u64>) -> Entry {
    let place = Place { name: "ggml-test.bin".to_owned(), digest: sha256(content) };
    let parts = vec![Part::File { path: "ggml-test.bin".to_owned(), bytes, place }];
    Entry { kind: EntryKind::Whisper, name: "test".to_owned(), about: bytes, parts }
}

struct Scene {
    server: Server,
    folder: tempfile::TempDir,
    models: ModelFolder,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let models = ModelFolder::at(folder.path().join("models"));
        Self { server: Server::new(), folder, models }
    }

    fn gives(&self, how: Gives) {
        self.server.gives("/ggml-test.bin", how);
    }

    fn pull(&self, entry: &Entry) -> Result<(), ModelsError> {
        let url = self.server.url.clone();
        let sources = Sources { whisper: url.clone(), piper: url.clone(), wheels: url };
        self.models.pull(entry, &sources, &mut |_| {})
    }

    fn code(&self, entry: &Entry) -> &'static str {
        self.pull(entry).unwrap_err().row().code
    }
}

#[test]
fn a_file_comes_in_pieces_and_is_right() {
    let scene = Scene::new();
    let content = file(40 << 20);
    let entry = entry(&content, None);
    scene.gives(Gives::Pieces(content.clone()));
    assert_eq!(scene.models.look(&entry).held, Held::Missing);
    let mut told = Vec::new();
    let sources = Sources { whisper: format!("{}/", scene.server.url), ..Sources::default() };
    let progress = &mut |progress: Progress| told.push((progress.done, progress.all));
    scene.models.pull(&entry, &sources, progress).unwrap();
    let whole = content.len() as u64;
    assert!(told.is_sorted() && told.last() == Some(&(whole, Some(whole))), "{told:?}");
    assert_eq!(scene.server.asked().len(), 3);
    let there = scene.models.look(&entry);
    assert_eq!((there.held, there.bytes), (Held::There, whole));
    assert_eq!(std::fs::read(&there.files[0]).unwrap(), content);
    let mode = std::fs::metadata(&there.files[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "engines read it as another user");
    scene.models.verify(&entry).unwrap();
    scene.pull(&entry).unwrap();
    assert_eq!(scene.server.asked(), [""; 0], "what is there is not fetched again");
    assert!(scene.models.remove(&entry).unwrap() && !scene.models.remove(&entry).unwrap());
    assert_eq!(scene.models.verify(&entry).unwrap_err().row().code, "models-unreadable");
}

#[test]
fn a_fetch_that_broke_off_goes_on_where_it_ended() {
    let scene = Scene::new();
    let content = file(100_000);
    let entry = entry(&content, Some(100_000));
    scene.gives(Gives::CutAfter(content.clone(), 30_000));
    assert_eq!(scene.code(&entry), "models-fetch");
    assert_eq!(scene.models.look(&entry).held, Held::Partly);
    assert_eq!(scene.models.look(&entry).bytes, 30_000);
    scene.server.asked();
    scene.gives(Gives::Pieces(content));
    scene.pull(&entry).unwrap();
    assert_eq!(scene.server.asked(), ["/ggml-test.bin 30000"]);
}

#[test]
fn a_source_without_pieces_and_one_that_is_elsewhere_will_do() {
    let scene = Scene::new();
    let content = file(100_000);
    let entry = entry(&content, Some(100_000));
    scene.gives(Gives::CutAfter(content.clone(), 30_000));
    assert_eq!(scene.code(&entry), "models-fetch");
    scene.server.gives("/mirror/it", Gives::Whole(content));
    scene.gives(Gives::Elsewhere("/mirror/it".to_owned()));
    scene.pull(&entry).unwrap();
    scene.models.verify(&entry).unwrap();
}

#[test]
fn what_broke_off_elsewhere_goes_on_there_where_it_ended() {
    let scene = Scene::new();
    let content = file(100_000);
    let entry = entry(&content, Some(100_000));
    scene.gives(Gives::Elsewhere("/mirror/it".to_owned()));
    scene.server.gives("/mirror/it", Gives::CutAfter(content.clone(), 30_000));
    assert_eq!(scene.code(&entry), "models-fetch");
    assert_eq!(scene.models.look(&entry).bytes, 30_000);
    scene.server.asked();
    scene.server.gives("/mirror/it", Gives::Pieces(content));
    scene.pull(&entry).unwrap();
    assert_eq!(scene.server.asked(), ["/ggml-test.bin 30000", "/mirror/it 30000"]);
    scene.models.verify(&entry).unwrap();
}

#[test]
fn what_is_not_the_right_file_never_gets_its_name() {
    let scene = Scene::new();
    let content = file(100_000);
    let (unknown, known) = (entry(&content, None), entry(&content, Some(100_000)));
    let mut other = content.clone();
    other[50_000] ^= 1;
    for (how, entry, code) in [
        (Gives::Pieces(other.clone()), &known, "models-damaged"),
        (Gives::Whole(other), &unknown, "models-damaged"),
        (Gives::Pieces(file(99_999)), &known, "models-fetch"),
        (Gives::Whole(file(100_001)), &known, "models-fetch"),
        (Gives::OtherPiece(content.clone()), &known, "models-fetch"),
        (Gives::Pieces(Vec::new()), &known, "models-fetch"),
        (Gives::EmptyPiece(100_000), &known, "models-fetch"),
        (Gives::Status(404), &unknown, "models-fetch"),
        (Gives::Status(500), &unknown, "models-fetch"),
        (Gives::Elsewhere("/ggml-test.bin".to_owned()), &known, "models-fetch"),
        (Gives::Elsewhere("ftp://nowhere".to_owned()), &known, "models-fetch"),
    ] {
        scene.gives(how.clone());
        assert_eq!(scene.code(entry), code, "{how:?}");
        assert_ne!(scene.models.look(entry).held, Held::There);
        scene.models.remove(entry).unwrap();
    }
    // What was left of another file is no reason to fail for good.
    scene.gives(Gives::CutAfter(file(100_000).into_iter().rev().collect(), 30_000));
    assert_eq!(scene.code(&known), "models-fetch");
    scene.gives(Gives::Pieces(content));
    scene.pull(&known).unwrap();
}

#[test]
fn what_is_asked_for_over_tls_is_not_fetched_without() {
    let scene = Scene::new();
    scene.gives(Gives::Pieces(file(1000)));
    let (url, part) =
        (format!("{}/ggml-test.bin", scene.server.url), scene.folder.path().join("x"));
    // As where a source on TLS says that the file is elsewhere.
    let fetch = |source| Fetcher::of(source).fetch(&url, &part, None, &mut |_, _| {});
    assert_eq!(fetch("https://models.example/").unwrap_err().row().code, "models-fetch");
    assert_eq!(scene.server.asked(), [""; 0]);
    fetch("http://models.example/").unwrap();
}

#[test]
fn a_source_that_says_nothing_any_more_is_noticed() {
    let scene = Scene::new();
    scene.gives(Gives::Stalls(file(100_000), 30_000));
    let (url, part) =
        (format!("{}/ggml-test.bin", scene.server.url), scene.folder.path().join("x"));
    // On a machine that is busy, what comes at once may be too slow for the impatient.
    for patience in [200, 2_000, 20_000].map(Duration::from_millis) {
        let fetcher = Fetcher::patient(&url, patience);
        let error = fetcher.fetch(&url, &part, None, &mut |_, _| {}).unwrap_err();
        assert_eq!(error.row().code, "models-fetch");
        // What came is kept for the next try.
        if std::fs::metadata(&part).unwrap().len() == 30_000 {
            return;
        }
        std::fs::remove_file(&part).unwrap();
    }
    panic!("nothing is kept of what came");
}

#[test]
fn a_source_that_drips_is_noticed_however_many_pieces_it_makes_of_it() {
    let scene = Scene::new();
    scene.gives(Gives::Drips(file(1 << 20)));
    let (url, part) =
        (format!("{}/ggml-test.bin", scene.server.url), scene.folder.path().join("x"));
    let fetcher = Fetcher::patient(&url, Duration::from_millis(200));
    let error = fetcher.fetch(&url, &part, None, &mut |_, _| {}).unwrap_err();
    assert!(error.to_string().contains("less than 16 KiB a second"), "{error}");
    assert!(std::fs::metadata(&part).unwrap().len() < 1 << 16, "it is noticed soon");
}

#[test]
fn a_name_may_hold_any_letter() {
    let scene = Scene::new();
    let mut entry = entry(b"sound", None);
    let place = Place { name: "tugão.onnx".to_owned(), digest: sha256(b"sound") };
    entry.parts = vec![Part::File { path: "pt/tugão.onnx".to_owned(), bytes: None, place }];
    scene.server.gives("/pt/tug%C3%A3o.onnx", Gives::Pieces(b"sound".to_vec()));
    scene.pull(&entry).unwrap();
    scene.models.verify(&entry).unwrap();
}

#[test]
fn two_do_not_fetch_the_same_at_once_and_nobody_removes_it_meanwhile() {
    let scene = Scene::new();
    let content = file(1000);
    let entry = entry(&content, None);
    scene.gives(Gives::Pieces(content));
    let sources = Sources { whisper: scene.server.url.clone(), ..Sources::default() };
    let mut other = None;
    let progress = &mut |_: Progress| {
        other.get_or_insert_with(|| {
            let removed = scene.models.remove(&entry).unwrap_err();
            [scene.code(&entry), removed.row().code]
        });
    };
    scene.models.pull(&entry, &sources, progress).unwrap();
    assert_eq!(other, Some(["models-busy"; 2]));
    assert!(scene.models.remove(&entry).unwrap());
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let scene = Scene::new();
    std::fs::write(scene.folder.path().join("models"), "").unwrap();
    assert_eq!(scene.code(&entry(b"x", None)), "models-unwritable");
}

/// A ZIP file with these members.
fn wheel(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn libraries_are_taken_out_of_wheels() {
    let scene = Scene::new();
    let library = file(300_000);
    let good = wheel(&[("lib/it.so", &library), ("other", b"x")]);
    let missing = wheel(&[("other", b"x")]);
    let exchanged = wheel(&[("lib/it.so", b"another")]);
    let of = |wheel: &[u8]| {
        let place = Place { name: "it.so".to_owned(), digest: sha256(&library) };
        let part = Part::Wheel {
            path: "it.whl".to_owned(),
            bytes: wheel.len() as u64,
            digest: sha256(wheel),
            members: vec![("lib/it.so".to_owned(), place)],
        };
        Entry {
            kind: EntryKind::OnnxRuntime,
            name: "it-1".to_owned(),
            about: None,
            parts: vec![part],
        }
    };
    for (wheel, code) in [
        (&missing, "models-damaged"),
        (&exchanged, "models-damaged"),
        (&b"no zip at all".to_vec(), "models-damaged"),
    ] {
        scene.server.gives("/it.whl", Gives::Pieces(wheel.clone()));
        assert_eq!(scene.code(&of(wheel)), code);
        assert_ne!(scene.models.look(&of(wheel)).held, Held::There);
        scene.models.remove(&of(wheel)).unwrap();
    }
    scene.server.gives("/it.whl", Gives::Pieces(good.clone()));
    scene.pull(&of(&good)).unwrap();
    let there = scene.models.look(&of(&good));
    assert_eq!((there.held, there.bytes), (Held::There, 300_000));
    scene.models.verify(&of(&good)).unwrap();
    // One of an unpacking that was killed goes too.
    let killed = there.files[0].with_file_name(".it.so.new");
    std::fs::write(&killed, b"half").unwrap();
    assert!(scene.models.remove(&of(&good)).unwrap() && !killed.exists());
}

#[test]
fn the_catalogue_is_whole() {
    let catalogue = Catalogue::get();
    let of = |kind| catalogue.entries().iter().filter(|entry| entry.kind == kind).count();
    assert_eq!((of(EntryKind::Whisper), of(EntryKind::Piper)), (32, 97));
    for name in ["tiny.en", "base.en", "small.en", "medium.en", "en_US-ryan-high"] {
        catalogue.find(name).unwrap();
    }
    let ryan = catalogue.find("en_US-ryan-high").unwrap();
    assert_eq!(ryan.about, Some(120_786_792));
    for (model, quantised) in [
        ("base.en", "base.en-q8_0"),
        ("large-v3", "large-v3-q5_0"),
        ("base.en-q5_1", "base.en-q5_1"),
        ("en_US-ryan-high", "en_US-ryan-high"),
    ] {
        assert_eq!(catalogue.quantised(model), quantised);
    }
    let mut names: Vec<_> = catalogue.entries().iter().map(|entry| &entry.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), catalogue.entries().len());
    for place in catalogue.entries().iter().flat_map(Entry::places) {
        let (hex, digits) = match &place.digest {
            Expected::Md5(hex) => (hex, 32),
            Expected::Sha256(hex) => (hex, 64),
        };
        assert!(hex.len() == digits && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert!(!place.name.contains('/'), "{place:?}");
    }
    let error = catalogue.find("RYAN").unwrap_err();
    assert!(error.to_string().contains("en_US-ryan-high"), "{error}");
    assert_eq!(catalogue.find("../x").unwrap_err().row().code, "models-unknown");
}
