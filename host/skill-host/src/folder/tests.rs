use std::fs;
use std::os::unix::fs::symlink;

use jarvis_domain::Explain;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;

const MANIFEST_TEXT: &str = "id: web\nversion: 0.1.0\ncontract: '0.1'\nsummary: W.\n\
    commands: {look: {summary: Looks., risk: read}}\n";
const ENGLISH: &str =
    "language: en\nintents:\n  look:\n    data:\n      - sentences: [look at the web]\n";

/// A skills folder with one sound skill, `web`.
struct Skills(tempfile::TempDir);

impl Skills {
    fn new() -> Self {
        let skills = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(skills.at("sentences")).unwrap();
        fs::write(skills.at("skill.yaml"), MANIFEST_TEXT).unwrap();
        fs::write(skills.at("web.wasm"), b"\0asm").unwrap();
        fs::write(skills.at("sentences/en.yaml"), ENGLISH).unwrap();
        skills
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join("web").join(name)
    }

    fn read(&self) -> Result<SkillFolder, FolderError> {
        SkillFolder::read(&self.0.path().join("web"))
    }
}

#[test]
fn a_sound_folder_is_read_whole() {
    let skills = Skills::new();
    fs::write(skills.at("README.md"), "not read").unwrap();
    fs::write(skills.at("skill.yaml~"), "not read").unwrap();
    fs::write(skills.at(".web.wasm.swp"), "not read").unwrap();
    let skill = skills.read().unwrap();
    assert_eq!((skill.manifest.id.as_str(), skill.component_file.as_str()), ("web", "web.wasm"));
    assert_eq!(skill.component, b"\0asm");
    assert_eq!(skill.sentences.keys().collect::<Vec<_>>(), ["en"]);
    // The same from anywhere, also by a path that does not name the folder.
    let again = SkillFolder::read(&skills.at("sentences/..")).unwrap();
    assert_eq!(again.revision, skill.revision);
}

#[test]
fn every_part_is_in_the_revision() {
    let skills = Skills::new();
    let mut seen = vec![skills.read().unwrap().revision];
    for (file, text) in [
        ("skill.yaml", MANIFEST_TEXT.replace("Looks.", "Looks on.")),
        ("web.wasm", "\0asm2".to_owned()),
        ("sentences/en.yaml", ENGLISH.replace("look at", "watch")),
        ("sentences/en-GB.yaml", ENGLISH.replace("language: en", "language: en-GB")),
    ] {
        fs::write(skills.at(file), text).unwrap();
        let revision = skills.read().unwrap().revision;
        assert!(!seen.contains(&revision), "{file}");
        seen.push(revision);
    }
    fs::remove_dir_all(skills.at("sentences")).unwrap();
    assert!(!seen.contains(&skills.read().unwrap().revision));
}

#[test]
fn what_is_wrong_with_a_folder_is_said() {
    type Spoil = fn(&Skills);
    let table: &[(Spoil, &str, &str)] = &[
        (|s| fs::remove_dir_all(s.at("")).unwrap(), "web is not there", "skill-folder"),
        (
            |s| fs::remove_file(s.at("skill.yaml")).unwrap(),
            "skill.yaml is not there",
            "skill-folder",
        ),
        (
            |s| fs::rename(s.at("skill.yaml"), s.at("skill.yml")).unwrap(),
            "is it skill.yml?",
            "skill-folder",
        ),
        (|s| fs::remove_file(s.at("web.wasm")).unwrap(), "there is no .wasm file", "skill-folder"),
        (
            |s| fs::write(s.at("b.wasm"), "").unwrap(),
            "more than one .wasm file: b.wasm, web.wasm",
            "skill-folder",
        ),
        (
            |s| fs::write(s.at("skill.yaml"), [0xff, 0xfe]).unwrap(),
            "skill.yaml is not text in UTF-8",
            "skill-folder",
        ),
        (
            |s| fs::write(s.at("skill.yaml"), "").unwrap(),
            "skill.yaml line 1: the key id is missing",
            "skill-manifest",
        ),
        (
            |s| fs::write(s.at("skill.yaml"), "#".repeat(2 << 20)).unwrap(),
            "skill.yaml is longer than 1024 KiB",
            "skill-folder",
        ),
        (
            |s| fs::write(s.at("skill.yaml"), MANIFEST_TEXT.replace("id: web", "id: wen")).unwrap(),
            "the folder is called web, and the id in skill.yaml is wen",
            "skill-folder",
        ),
        (
            |s| fs::write(s.at("sentences/english.yml"), "").unwrap(),
            "sentences/english.yml is not named after a language",
            "skill-folder",
        ),
        (
            |s| fs::write(s.at("sentences/en.yaml"), "language: en\nintent: {}\n").unwrap(),
            "sentences/en.yaml line 2: intent: there is no such key; did you mean intents?",
            "skill-sentences",
        ),
        (
            |s| fs::write(s.at("sentences/en.yaml"), ENGLISH.replace("look:", "lok:")).unwrap(),
            "intents.lok: the skill has no command \"lok\"; did you mean look?",
            "skill-sentences",
        ),
        (
            |s| fs::write(s.at("sentences/de.yaml"), ENGLISH).unwrap(),
            "sentences/de.yaml says language: en",
            "skill-folder",
        ),
        (
            |s| fs::create_dir(s.at("sentences/de.yaml")).unwrap(),
            "sentences/de.yaml is not a regular file",
            "skill-folder",
        ),
        (|s| link(s, "skill.yaml"), "skill.yaml is a link", "skill-folder"),
        (|s| link(s, "web.wasm"), "web.wasm is a link", "skill-folder"),
        (|s| link(s, "sentences/en.yaml"), "sentences/en.yaml is a link", "skill-folder"),
        (|s| link(s, "sentences"), "sentences is not a folder of its own", "skill-folder"),
        (|s| pipe(s, "skill.yaml"), "skill.yaml is not a regular file", "skill-folder"),
        (|s| pipe(s, "web.wasm"), "web.wasm is not a regular file", "skill-folder"),
        (|s| socket(s, "web.wasm"), "web.wasm is not a regular file", "skill-folder"),
    ];
    for (spoil, expected, code) in table {
        let skills = Skills::new();
        spoil(&skills);
        let error = skills.read().unwrap_err();
        assert!(error.to_string().contains(expected), "{error} is not: {expected}");
        assert_eq!(error.row().code, *code, "{error}");
    }
}

#[test]
fn the_mistakes_of_all_files_come_at_once() {
    let skills = Skills::new();
    fs::write(skills.at("skill.yaml"), "id: web\nversoin: 1\n").unwrap();
    fs::write(skills.at("sentences/xxxx.yaml"), "").unwrap();
    fs::remove_file(skills.at("web.wasm")).unwrap();
    let error = skills.read().unwrap_err();
    let shown = error.to_string();
    for expected in [
        "skill.yaml line 2: versoin:",
        "did you mean version?",
        "no .wasm file",
        "sentences/xxxx.yaml",
    ] {
        assert!(shown.contains(expected), "{shown} lacks {expected}");
    }
    assert_eq!(error.row().code, "skill-manifest");
}

#[test]
fn a_component_of_256_megabytes_is_not_held_in_memory() {
    let skills = Skills::new();
    fs::File::create(skills.at("web.wasm")).unwrap().set_len(256 << 20).unwrap();
    let error = skills.read().unwrap_err();
    assert!(error.to_string().ends_with("web.wasm is longer than 65536 KiB"), "{error}");
}

#[test]
fn a_broken_skill_does_not_stop_the_others() {
    let skills = Skills::new();
    let root = skills.0.path();
    fs::create_dir(root.join("broken")).unwrap();
    fs::create_dir(root.join(".hidden")).unwrap();
    fs::write(root.join("notes.txt"), "").unwrap();
    symlink(root.join("web"), root.join("linked")).unwrap();
    let found = crate::testing::scan(root).unwrap();
    let names: Vec<_> =
        found.iter().map(|(path, _)| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["broken", "linked", "web"]);
    let sound: Vec<bool> = found.iter().map(|(_, skill)| skill.is_ok()).collect();
    assert_eq!(sound, [false, false, true]);
    let missing = crate::testing::scan(&root.join("nowhere")).unwrap_err();
    assert!(missing.to_string().contains("nowhere is not there"), "{missing}");
}

#[test]
fn languages_are_bcp_47() {
    for (name, good) in [
        ("en", true),
        ("de-CH", true),
        ("zh-Hans-CN", true),
        ("english", false),
        ("EN", false),
        ("", false),
        ("en-", false),
        ("e", false),
        ("en_US", false),
    ] {
        assert_eq!(is_language(name), good, "{name:?}");
    }
}

/// Moves a file or folder out of the skill and links to it.
fn link(skills: &Skills, name: &str) {
    let outside = skills.0.path().join("outside");
    fs::rename(skills.at(name), &outside).unwrap();
    symlink(outside, skills.at(name)).unwrap();
}

fn pipe(skills: &Skills, name: &str) {
    fs::remove_file(skills.at(name)).unwrap();
    mknodat(CWD, skills.at(name), FileType::Fifo, Mode::RUSR, 0).unwrap();
}

fn socket(skills: &Skills, name: &str) {
    fs::remove_file(skills.at(name)).unwrap();
    std::os::unix::net::UnixListener::bind(skills.at(name)).unwrap();
}
