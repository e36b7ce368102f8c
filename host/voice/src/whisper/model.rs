//! A model in whisper.cpp's own format ("ggml"), looked at as far as it takes
//! to know that all of it is there. Little-endian: a header, filters, a
//! vocabulary, and tensors up to the end.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use jarvis_domain::{Explain, Language, Row};

/// "ggml".
const MAGIC: u32 = 0x6767_6d6c;
/// Tokens of a model for English; one for several languages has more.
const ENGLISH: u32 = 51_864;
/// The most tensors; the largest model has 1259.
const TENSORS: usize = 4096;
/// Kinds of numbers: how many are in a block, and its bytes (ggml.h).
const KINDS: &[(u32, u64, u64)] = &[
    (0, 1, 4),
    (1, 1, 2),
    (2, 32, 18),
    (3, 32, 20),
    (6, 32, 22),
    (7, 32, 24),
    (8, 32, 34),
    (10, 256, 84),
    (11, 256, 110),
    (12, 256, 144),
    (13, 256, 176),
    (14, 256, 210),
];

/// What its header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// Tokens.
    pub vocabulary: u32,
    /// The longest sound that it takes, in steps of 20 ms.
    pub sound: u32,
    /// Whether it knows more than English.
    pub multilingual: bool,
}

/// A file that is no model, or not all of one.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It cannot be read.
    #[error("the model {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        error: io::Error,
    },
    /// It is something else, or broken.
    #[error("{} is no whisper model: {why}", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It hears English alone, and something else is spoken.
    #[error("the model {} hears English alone, and {} is spoken", path.display(), language.name())]
    Language {
        /// The file.
        path: PathBuf,
        /// What is spoken.
        language: Language,
    },
    /// A GPU is wanted, and there is none.
    #[error("whisper cannot compute on a GPU: {0}")]
    NoGpu(&'static str),
    /// The library does not take it, or fails.
    #[error("whisper failed with {}: {why}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What it says.
        why: String,
    },
}

const LANGUAGE: Row = Row {
    code: "voice-model-language",
    meaning: "The speech model is for English alone, and the settings name another language.",
    hint: "Take a model without .en in its name: stt: {model: base}.",
    exit: 2,
    status: 500,
};
const UNREADABLE: Row = Row {
    code: "voice-model-unreadable",
    meaning: "The file of a speech model is not there or cannot be read.",
    hint: "Check the path in the settings, and that engines may read it: where jarvis runs as root they run as jarvis-engine, or else as nobody.",
    exit: 2,
    status: 500,
};
const OTHER: Row = Row {
    code: "voice-model",
    meaning: "The file of a speech model is another one, or not all of it is there.",
    hint: "Fetch it again; for whisper it is a ggml file, like ggml-base.en.bin.",
    exit: 2,
    status: 500,
};
const FAILED: Row = Row {
    code: "voice-model-failed",
    meaning: "The library of a speech model fails with it.",
    hint: "Fetch the model again, or take another one; too little memory is another reason.",
    exit: 1,
    status: 500,
};
const NO_GPU: Row = Row {
    code: "voice-whisper-cuda",
    meaning: "The settings want whisper to compute by CUDA, and this build or this machine cannot.",
    hint: "Set stt: device: auto, or cpu. CUDA needs a build with --features cuda and NVIDIA's driver.",
    exit: 2,
    status: 501,
};

/// The rows of [`ModelError`].
pub(crate) const SPEECH_MODEL_ROWS: &[&Row] = &[&UNREADABLE, &OTHER, &LANGUAGE, &FAILED, &NO_GPU];

impl Explain for ModelError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Read { .. } => &UNREADABLE,
            Self::Other { .. } => &OTHER,
            Self::Language { .. } => &LANGUAGE,
            Self::NoGpu(_) => &NO_GPU,
            Self::Failed { .. } => &FAILED,
        }
    }
}

struct Reader {
    input: BufReader<File>,
    left: u64,
}

/// What is wrong with a file, without its name.
enum Wrong {
    Read(io::Error),
    Other(String),
}

impl Model {
    /// Looks at the whole file.
    ///
    /// # Errors
    /// It is no model, or not all of one.
    pub fn check(path: &Path) -> Result<Self, ModelError> {
        Self::look(path).map_err(|wrong| match wrong {
            Wrong::Read(error) => ModelError::Read { path: path.to_owned(), error },
            Wrong::Other(why) => ModelError::Other { path: path.to_owned(), why },
        })
    }

    fn look(path: &Path) -> Result<Self, Wrong> {
        let found = std::fs::metadata(path).map_err(Wrong::Read)?;
        if !found.is_file() {
            return Err(other("it is no file"));
        }
        let input = BufReader::new(File::open(path).map_err(Wrong::Read)?);
        let mut reader = Reader { input, left: found.len() };
        if reader.left < 48 || reader.number()? != MAGIC {
            return Err(other("it does not begin as one"));
        }
        let mut header = [0; 11];
        for number in &mut header {
            *number = reader.number()?;
        }
        let [vocabulary, sound, state, heads, layers, .., mels, _] = header;
        let plausible = (ENGLISH..=60_000).contains(&vocabulary)
            && (1..=10_000).contains(&sound)
            && (1..=8192).contains(&state)
            && (1..=256).contains(&heads)
            && (1..=128).contains(&layers)
            && (1..=256).contains(&mels);
        if !plausible {
            return Err(other("its header is broken"));
        }
        let (filters, width) = (reader.number()?, reader.number()?);
        reader.skip(u64::from(filters).saturating_mul(u64::from(width)).saturating_mul(4))?;
        reader.vocabulary(vocabulary)?;
        reader.tensors()?;
        Ok(Self { vocabulary, sound, multilingual: vocabulary > ENGLISH })
    }
}

impl Reader {
    fn number(&mut self) -> Result<u32, Wrong> {
        let mut bytes = [0; 4];
        self.take(4)?;
        self.input.read_exact(&mut bytes).map_err(Wrong::Read)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn take(&mut self, bytes: u64) -> Result<(), Wrong> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| other("it is cut off"))?;
        Ok(())
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Wrong> {
        self.take(bytes)?;
        let bytes = i64::try_from(bytes).map_err(|_| other("it is cut off"))?;
        self.input.seek_relative(bytes).map_err(Wrong::Read)
    }

    /// The library ends the process where it has no space.
    fn vocabulary(&mut self, most: u32) -> Result<(), Wrong> {
        let count = self.number()?;
        if count > most {
            return Err(other("its vocabulary is broken"));
        }
        let mut space = false;
        for _ in 0..count {
            let length = self.number()?;
            if length == 1 {
                let mut byte = [0];
                self.take(1)?;
                self.input.read_exact(&mut byte).map_err(Wrong::Read)?;
                space |= &byte == b" ";
            } else {
                self.skip(u64::from(length))?;
            }
        }
        if space { Ok(()) } else { Err(other("its vocabulary has no space")) }
    }

    fn tensors(&mut self) -> Result<(), Wrong> {
        let mut count = 0;
        while self.left > 0 {
            count += 1;
            let (dimensions, name, kind) = (self.number()?, self.number()?, self.number()?);
            let known = KINDS.iter().find(|(known, _, _)| *known == kind);
            let (_, block, bytes) =
                *known.ok_or_else(|| other("a tensor is of an unknown kind"))?;
            if count > TENSORS || !(1..=4).contains(&dimensions) || name > 256 {
                return Err(other("a tensor is broken"));
            }
            let mut numbers = 1_u64;
            for _ in 0..dimensions {
                numbers = numbers.saturating_mul(u64::from(self.number()?));
            }
            self.skip(u64::from(name))?;
            self.skip((numbers / block).saturating_mul(bytes))?;
        }
        if count == 0 { Err(other("it is cut off: it has no tensors")) } else { Ok(()) }
    }
}

fn other(why: &str) -> Wrong {
    Wrong::Other(why.to_owned())
}
