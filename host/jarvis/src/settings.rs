//! The settings: one YAML file, every key with a default, all mistakes of the
//! file shown at once. Which file: `--config`, else `JARVIS_CONFIG`, else
//! `./config/jarvis.yaml`, else `/etc/jarvis/jarvis.yaml`.

mod announcements;
mod api;
mod audio;
mod cluster;
mod described;
mod find;
mod listen;
mod models;
mod read;
mod roles;
mod rooms;
mod satellite;
mod secret;
mod server;
mod skills;
mod ssh;
mod temperatures;
mod terminal;
mod voice;
mod web;

#[cfg(test)]
mod tests;

use jarvis_document::{Cursor, Keys, Notes, Problems};
use jarvis_domain::Language;
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use cluster::{Access, Cluster};
pub(crate) use described::{Demo, Shown};
pub(crate) use find::{Found, ROWS, SettingsError, access, defaults, find, load, port, reveal};
pub(crate) use read::cluster_id;
pub(crate) use rooms::{Satellite, Satellites};
pub(crate) use skills::Skills;
pub(crate) use voice::Llm;
pub(crate) use web::Tls;

use announcements::Announce;
use audio::Audio;
use listen::{Voice, Wake};
use models::Models;
use rooms::Wyoming;
use satellite::OwnRoom;
use server::{Control, JWT_SECRET_MIN, Log, Server, State};
use terminal::Terminal;
pub(crate) use voice::ComputeType;
use voice::{Stt, Tts};

/// Everything that can be set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = SettingsWhole)]
pub(crate) struct Settings {
    /// What is spoken and answered where nobody says otherwise.
    #[schema(value_type = described::Language)]
    pub(crate) language: Language,
    /// The main cluster.
    pub(crate) cluster: Cluster,
    /// The clusters beside it.
    pub(crate) clusters: Vec<Cluster>,
    /// Where skills are, and what each may do.
    pub(crate) skills: Skills,
    /// The HTTP door, and who may come in.
    pub(crate) server: Server,
    /// Who may open a terminal.
    pub(crate) terminal: Terminal,
    /// The control socket.
    pub(crate) control: Control,
    /// Where the host keeps what it has to remember.
    pub(crate) state: State,
    /// What the host says of itself.
    pub(crate) log: Log,
    /// The language model.
    pub(crate) llm: Llm,
    /// What makes words of speech.
    pub(crate) stt: Stt,
    /// What makes speech of words.
    pub(crate) tts: Tts,
    /// The wake words.
    pub(crate) wake: Wake,
    /// How somebody is listened to.
    pub(crate) voice: Voice,
    /// This machine's microphone and loudspeaker.
    pub(crate) audio: Audio,
    /// What is said aloud by itself.
    pub(crate) announcements: Announce,
    /// Where the files of engines are, and where they come from.
    pub(crate) models: Models,
    /// Who may use the host's voice over the network.
    pub(crate) wyoming: Wyoming,
    /// The satellites that are listened to, by their names.
    #[schema(value_type = BTreeMap<String, Satellite>)]
    pub(crate) satellites: Satellites,
    /// This machine as a satellite of another host.
    pub(crate) satellite: OwnRoom,
}

impl Settings {
    /// Reads a file's text. `private`: nobody but its owner may read the file,
    /// so that secrets may stand in it.
    pub(crate) fn read(text: &str, private: bool) -> Result<Self, Problems> {
        let tree = jarvis_document::parse(text)?;
        let notes = Notes::default();
        let settings =
            Cursor::root(&tree, &notes).mapping().map(|keys| Self::sections(keys, private));
        notes.finish(settings)
    }

    /// Speaks `language` in place of what the file says. What the file left to the
    /// language follows it.
    pub(crate) fn speak(&mut self, language: Language) {
        let before = std::mem::replace(&mut self.language, language);
        if self.stt.model == Stt::of(before).model {
            self.stt.model = Stt::of(language).model;
        }
        if self.tts.voice == Tts::of(before).voice {
            self.tts.voice = Tts::of(language).voice;
        }
    }

    fn sections(keys: Keys<'_>, private: bool) -> Self {
        let cluster = section(&keys, "cluster", Cluster::read);
        let others = keys.optional("clusters").map(|c| Cluster::others(&c, &cluster));
        let languages = Language::ALL.map(|language| (language.tag(), language));
        let language = keys.optional("language").and_then(|cursor| cursor.one_of(&languages));
        let language = language.unwrap_or_default();
        let settings = Self {
            language,
            cluster,
            clusters: others.unwrap_or_default(),
            skills: section(&keys, "skills", Skills::read),
            server: section(&keys, "server", |keys| Server::read(keys, private)),
            terminal: section(&keys, "terminal", Terminal::read),
            control: section(&keys, "control", Control::read),
            state: section(&keys, "state", State::read),
            log: section(&keys, "log", Log::read),
            llm: section(&keys, "llm", Llm::read),
            stt: keys
                .optional("stt")
                .and_then(|cursor| cursor.mapping())
                .map_or_else(|| Stt::of(language), |keys| Stt::read(keys, language)),
            tts: keys
                .optional("tts")
                .and_then(|cursor| cursor.mapping())
                .map_or_else(|| Tts::of(language), |keys| Tts::read(keys, language)),
            wake: section(&keys, "wake", |keys| Wake::read(keys, private)),
            voice: section(&keys, "voice", |keys| Voice::read(keys, private)),
            audio: section(&keys, "audio", Audio::read),
            announcements: section(&keys, "announcements", Announce::read),
            models: section(&keys, "models", Models::read),
            wyoming: section(&keys, "wyoming", Wyoming::read),
            satellites: section(&keys, "satellites", |keys| Satellite::all(&keys)),
            satellite: section(&keys, "satellite", OwnRoom::read),
        };
        keys.finish();
        settings
    }
}

fn section<T: Default>(keys: &Keys<'_>, key: &'static str, read: impl FnOnce(Keys<'_>) -> T) -> T {
    keys.optional(key).and_then(|cursor| cursor.mapping()).map_or_else(T::default, read)
}
