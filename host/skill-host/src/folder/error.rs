//! What can be wrong with a skill's folder.

use std::path::PathBuf;

use jarvis_document::Problems;
use jarvis_domain::{Explain, Row, SkillId};

use super::{MANIFEST_FILE, MAX_LANGUAGES};

/// A folder that does not hold a skill as it should.
const FOLDER: Row = Row {
    code: "skill-folder",
    meaning: "A skill's folder lacks a file, has one too many, or has one that cannot be read.",
    hint: "A skill's folder is named after its id and holds skill.yaml, one .wasm file and \
           sentences/<language>.yaml, and no links.",
    exit: 2,
    status: 422,
};

/// A manifest with mistakes.
const MANIFEST: Row = Row {
    code: "skill-manifest",
    meaning: "A skill.yaml has mistakes; each is named with its line and key.",
    hint: "Correct the lines named; `jarvis skill check FOLDER` reads it again, and an editor \
           that knows config/schema/skill.schema.json shows mistakes while you type.",
    exit: 2,
    status: 422,
};

/// Sentences with mistakes.
const SENTENCES: Row = Row {
    code: "skill-sentences",
    meaning: "A file of sentences has mistakes; each is named with its line and key.",
    hint: "Correct the lines named; `jarvis skill check FOLDER` reads it again.",
    exit: 2,
    status: 422,
};

/// The rows of this module.
pub const FOLDER_ROWS: &[&Row] = &[&FOLDER, &MANIFEST, &SENTENCES];

/// The most mistakes of one file that are shown; a file that is not a manifest
/// at all can have a hundred thousand.
const MAX_SHOWN: usize = 50;

/// The most components that are named.
const MAX_COMPONENTS: usize = 5;

/// The most lines that are shown of all files together.
const MAX_LINES: usize = 100;

/// Everything that is wrong with one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderError {
    /// The folder.
    pub folder: PathBuf,
    /// What is wrong; never empty.
    pub mistakes: Vec<Mistake>,
}

/// One thing that is wrong, or all that is wrong in one file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// There is no such file or folder.
    #[error("{file} is not there")]
    Missing {
        /// The file.
        file: String,
    },
    /// The folder has no manifest.
    #[error("{MANIFEST_FILE} is not there{}", like.as_ref().map_or_else(String::new, |like| format!("; is it {like}?")))]
    NoManifest {
        /// A file that was probably meant to be it.
        like: Option<String>,
    },
    /// There is not exactly one component.
    #[error("{}", components(found))]
    Components {
        /// The components that are there.
        found: Vec<String>,
    },
    /// It is a symbolic link.
    #[error("{file} is a link; a skill's folder holds its files itself")]
    Link {
        /// The link.
        file: String,
    },
    /// It is a folder, a pipe, a socket or a device.
    #[error("{file} is not a regular file")]
    NotAFile {
        /// What it is called.
        file: String,
    },
    /// It is a file where a folder belongs, or a link to a folder.
    #[error("{file} is not a folder of its own")]
    NotAFolder {
        /// What it is called.
        file: String,
    },
    /// It is longer than it may be.
    #[error("{file} is longer than {} KiB", most >> 10)]
    Large {
        /// The file.
        file: String,
        /// The limit, bytes.
        most: u64,
    },
    /// It is not UTF-8.
    #[error("{file} is not text in UTF-8")]
    NotText {
        /// The file.
        file: String,
    },
    /// It was written to while it was read.
    #[error("{file} was being written while it was read; try again when that is done")]
    Changing {
        /// The file.
        file: String,
    },
    /// The system would not let it be read.
    #[error("{file} cannot be read: {why}")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's own words.
        why: String,
    },
    /// More entries than are looked at.
    #[error("the folder has too many entries")]
    Entries,
    /// More languages than are read.
    #[error("there are {found} files of sentences; at most {MAX_LANGUAGES} are read")]
    Languages {
        /// How many there are.
        found: usize,
    },
    /// Not named after a language.
    #[error("{file} is not named after a language, like sentences/en.yaml")]
    NotALanguage {
        /// The file.
        file: String,
    },
    /// A file of sentences is in another language than its name says.
    #[error("{file} says language: {language}; the file is named after its language")]
    Language {
        /// The file.
        file: String,
        /// What stands in it.
        language: String,
    },
    /// Folder and manifest disagree about who this is.
    #[error(
        "the folder is called {folder}, and the id in {MANIFEST_FILE} is {id}; they must be the same"
    )]
    Name {
        /// The folder's name.
        folder: String,
        /// The manifest's id.
        id: SkillId,
    },
    /// The manifest has mistakes.
    #[error("{}", in_file(MANIFEST_FILE, .0))]
    Manifest(Problems),
    /// A file of sentences has mistakes.
    #[error("{}", in_file(.file, .problems))]
    Sentences {
        /// The file.
        file: String,
        /// Its mistakes.
        problems: Problems,
    },
}

impl std::fmt::Display for FolderError {
    /// The first mistake where there is one, else each on a line of its own.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the skill in {} cannot be loaded:", self.folder.display())?;
        match self.mistakes.as_slice() {
            [one] if !one.to_string().contains('\n') => write!(f, " {one}"),
            several => {
                let text: Vec<String> = several.iter().map(Mistake::to_string).collect();
                let text = text.join("\n");
                let lines = text.lines().count();
                text.lines().take(MAX_LINES).try_for_each(|line| write!(f, "\n{line}"))?;
                if lines > MAX_LINES {
                    write!(f, "\nand {} lines more", lines - MAX_LINES)?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for FolderError {}

impl FolderError {
    /// Whether it may go away by itself: a disk that does not answer, a file
    /// that is being written.
    pub(crate) fn may_pass(&self) -> bool {
        let passes =
            |one: &Mistake| matches!(one, Mistake::Unreadable { .. } | Mistake::Changing { .. });
        self.mistakes.iter().any(passes)
    }
}

impl Explain for FolderError {
    fn row(&self) -> &'static Row {
        let manifest = |mistake: &Mistake| matches!(mistake, Mistake::Manifest(_));
        let sentences = |mistake: &Mistake| matches!(mistake, Mistake::Sentences { .. });
        if self.mistakes.iter().any(manifest) {
            &MANIFEST
        } else if self.mistakes.iter().all(sentences) {
            &SENTENCES
        } else {
            &FOLDER
        }
    }
}

fn in_file(file: &str, problems: &Problems) -> String {
    let shown = problems.0.iter().take(MAX_SHOWN).map(|problem| format!("{file} {problem}"));
    let mut lines: Vec<String> = shown.collect();
    if problems.0.len() > MAX_SHOWN {
        lines.push(format!("{file} has {} more mistakes", problems.0.len() - MAX_SHOWN));
    }
    lines.join("\n")
}

fn components(found: &[String]) -> String {
    if found.is_empty() {
        return "there is no .wasm file; build the skill and put its component here".to_owned();
    }
    let shown: Vec<&str> = found.iter().take(MAX_COMPONENTS).map(String::as_str).collect();
    let more = found.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("there is more than one .wasm file: {}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_much_is_wrong_a_person_can_read_it() {
        let mistake = |number| Mistake::NotALanguage { file: format!("sentences/{number}") };
        let error = |count| FolderError {
            folder: "/skills/one".into(),
            mistakes: (0..count).map(mistake).collect(),
        };
        assert_eq!(error(100).to_string().lines().count(), 101);
        let text = error(1000).to_string();
        assert_eq!(text.lines().count(), 102);
        assert!(text.ends_with("and 900 lines more"), "{text}");
        let found = (0..1000).map(|number| format!("{number}.wasm")).collect();
        let text = Mistake::Components { found }.to_string();
        assert!(text.ends_with("3.wasm, 4.wasm and 995 more"), "{text}");
    }
}
