//! What can be had, and its digests.

use std::sync::LazyLock;

use serde::Serialize;

use super::ModelsError;
use super::digest::Expected;

/// Everything that can be had.
#[derive(Debug)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

/// What an entry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// Speech to text.
    Whisper,
    /// Text to speech.
    Piper,
    /// The wake word's library, parameters and keyword.
    Porcupine,
    /// The library that runs Piper's voices.
    OnnxRuntime,
}

/// A model, a voice, or a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is for.
    pub kind: EntryKind,
    /// Its name, which no other entry has.
    pub name: String,
    /// About how much is fetched, bytes.
    pub about: Option<u64>,
    pub(super) parts: Vec<Part>,
}

/// Where things come from: URLs without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sources {
    /// Whisper models.
    pub whisper: String,
    /// Piper voices.
    pub piper: String,
    /// Libraries, out of wheels of the Python package index.
    pub wheels: String,
}

/// One file to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// It is kept as it is.
    File {
        /// Below its source.
        path: String,
        bytes: Option<u64>,
        place: Place,
    },
    /// A ZIP file that some members are taken from.
    Wheel { path: String, bytes: u64, digest: Expected, members: Vec<(String, Place)> },
}

/// A file that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) digest: Expected,
}

const WHISPER: &str = include_str!("whisper.tsv");
const PIPER: &str = include_str!("piper.tsv");
/// The name of the last Porcupine that needs no access key.
pub const PORCUPINE: &str = "porcupine-1.9.5";
/// The name of what runs Piper's voices.
pub const ONNX_RUNTIME: &str = "onnxruntime-1.32.0";

/// The tables, read once.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::read);

impl Default for Sources {
    fn default() -> Self {
        Self {
            whisper: "https://huggingface.co/ggerganov/whisper.cpp/resolve/main".to_owned(),
            piper: "https://huggingface.co/rhasspy/piper-voices/resolve/main".to_owned(),
            wheels: "https://files.pythonhosted.org".to_owned(),
        }
    }
}

impl Sources {
    pub(super) fn of(&self, kind: EntryKind) -> &str {
        match kind {
            EntryKind::Whisper => &self.whisper,
            EntryKind::Piper => &self.piper,
            EntryKind::Porcupine | EntryKind::OnnxRuntime => &self.wheels,
        }
    }
}

impl EntryKind {
    /// The folder of its files.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Whisper => "whisper",
            Self::Piper => "piper",
            Self::Porcupine => "porcupine",
            Self::OnnxRuntime => "onnxruntime",
        }
    }
}

impl Catalogue {
    /// All that this program knows of.
    #[must_use]
    pub fn get() -> &'static Self {
        &CATALOGUE
    }

    fn read() -> Self {
        let rows = |table: &'static str| {
            let lines = table.lines().filter(|line| !line.starts_with('#'));
            lines.map(|line| line.split('\t').collect::<Vec<_>>())
        };
        let whisper = rows(WHISPER).filter_map(|row| whisper(&row));
        let piper = rows(PIPER).filter_map(|row| piper(&row));
        Self { entries: whisper.chain(piper).chain(porcupine()).chain(onnx_runtime()).collect() }
    }

    /// All entries, by kind.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The whisper model of this name with whole numbers of 8 bits in place of
    /// floats, or of fewer bits where there is none; the model itself where
    /// there is neither, or its name says already what it is made of.
    #[must_use]
    pub fn quantised(&self, model: &str) -> String {
        let others = ["q8_0", "q5_1", "q5_0"].map(|kind| format!("{model}-{kind}"));
        let found = others.into_iter().find(|other| {
            self.entries
                .iter()
                .any(|entry| entry.kind == EntryKind::Whisper && entry.name == *other)
        });
        found.unwrap_or_else(|| model.to_owned())
    }

    /// The entry of this name.
    ///
    /// # Errors
    /// There is none; the error names those that are like it.
    pub fn find(&self, name: &str) -> Result<&Entry, ModelsError> {
        let found = self.entries.iter().find(|entry| entry.name == name);
        found.ok_or_else(|| {
            let wanted = name.to_lowercase();
            let like = |entry: &&Entry| entry.name.to_lowercase().contains(&wanted);
            let mut like: Vec<String> =
                self.entries.iter().filter(like).map(|entry| entry.name.clone()).collect();
            like.truncate(8);
            ModelsError::Unknown { name: jarvis_domain::text::shown(name, 80), like }
        })
    }
}

impl Entry {
    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        self.sized().map(|(place, _)| place)
    }

    /// Its files, and how large each has to be, where that is known.
    pub(super) fn sized(&self) -> impl Iterator<Item = (&Place, Option<u64>)> {
        self.parts.iter().flat_map(|part| match part {
            Part::File { place, bytes, .. } => vec![(place, *bytes)],
            Part::Wheel { members, .. } => members.iter().map(|(_, place)| (place, None)).collect(),
        })
    }
}

fn whisper(row: &[&str]) -> Option<Entry> {
    let [name, sha256, bytes] = row else { return None };
    let file = format!("ggml-{name}.bin");
    let place = Place { name: file.clone(), digest: Expected::Sha256((*sha256).to_owned()) };
    let about = bytes.parse().ok();
    let parts = vec![Part::File { path: file, bytes: about, place }];
    Some(Entry { kind: EntryKind::Whisper, name: (*name).to_owned(), about, parts })
}

fn piper(row: &[&str]) -> Option<Entry> {
    let [name, folder, bytes, md5, more_bytes, more_md5] = row else { return None };
    let part = |ending: &str, bytes: &str, md5: &str| {
        let file = format!("{name}{ending}");
        let place = Place { name: file.clone(), digest: Expected::Md5(md5.to_owned()) };
        Part::File { path: format!("{folder}/{file}"), bytes: bytes.parse().ok(), place }
    };
    let parts = vec![part(".onnx", bytes, md5), part(".onnx.json", more_bytes, more_md5)];
    let about = bytes.parse().ok();
    Some(Entry { kind: EntryKind::Piper, name: (*name).to_owned(), about, parts })
}

/// Apache-2.0, the binaries included. There is one for x86-64 only.
fn porcupine() -> Option<Entry> {
    if !cfg!(target_arch = "x86_64") {
        return None;
    }
    let member = |inside: &str, name: &str, sha256: &str| {
        let place = Place { name: name.to_owned(), digest: Expected::Sha256(sha256.to_owned()) };
        (format!("pvporcupine/{inside}"), place)
    };
    let members = vec![
        member(
            "lib/linux/x86_64/libpv_porcupine.so",
            "libpv_porcupine.so",
            "92de0026ef20f86fb3bca0bd666e92eabfb85d539f8a553600398783c97da019",
        ),
        member(
            "lib/common/porcupine_params.pv",
            "porcupine_params.pv",
            "efcb23a79a3948d78d183a6985e4d6fcf373449e0f25d2283a9c7aa005842293",
        ),
        member(
            "resources/keyword_files/linux/jarvis_linux.ppn",
            "jarvis_linux.ppn",
            "1a4f4970b91a07f82f3a6a79f800f491b75ba9cb97b48fb35aad2600baaadd5c",
        ),
        member(
            "LICENSE",
            "LICENSE",
            "930c1bf076c9477108de5d2b053b5aa682bd68ee215f183f783207aaf2bc0153",
        ),
    ];
    let path = "packages/49/73/56fe355fe0f124616935510fb68bb46800df343cef0996eeb0b4869745a5/\
                pvporcupine-1.9.5-py3-none-any.whl";
    let digest = "8f4e95c966f72258b417743e13e8c571d2fb79cdf2fe59571e6766638787481d";
    Some(wheel(EntryKind::Porcupine, PORCUPINE, (path, 1_958_308, digest), members))
}

/// MIT.
fn onnx_runtime() -> Option<Entry> {
    let (path, bytes, digest, library) = if cfg!(target_arch = "x86_64") {
        (
            "packages/1d/46/e6f356c9539d2eed44126de3421a81e217da2ad91b22dc11b379cb1e384f/\
             onnxruntime-1.32.0-cp311-cp311-manylinux_2_28_x86_64.whl",
            27_773_237,
            "5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d",
            "6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f",
        )
    } else if cfg!(target_arch = "aarch64") {
        (
            "packages/b7/30/103820b32e9dc1d1fcfc5b519fd2de5bd699d25a25895caf5d726350d1b5/\
             onnxruntime-1.32.0-cp311-cp311-manylinux_2_28_aarch64.whl",
            23_195_070,
            "2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c",
            "49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a",
        )
    } else {
        return None;
    };
    let member = |inside: &str, name: &str, sha256: &str| {
        let place = Place { name: name.to_owned(), digest: Expected::Sha256(sha256.to_owned()) };
        (format!("onnxruntime/{inside}"), place)
    };
    let licence = "2f07c72751aed99790b8a4869cf2311df85a860b22ded05fa22803587a48922c";
    let members = vec![
        member("capi/libonnxruntime.so.1.32.0", "libonnxruntime.so", library),
        member("LICENSE", "LICENSE", licence),
    ];
    Some(wheel(EntryKind::OnnxRuntime, ONNX_RUNTIME, (path, bytes, digest), members))
}

fn wheel(
    kind: EntryKind,
    name: &str,
    (path, bytes, digest): (&str, u64, &str),
    members: Vec<(String, Place)>,
) -> Entry {
    let digest = Expected::Sha256(digest.to_owned());
    let part = Part::Wheel { path: path.to_owned(), bytes, digest, members };
    Entry { kind, name: name.to_owned(), about: Some(bytes), parts: vec![part] }
}
