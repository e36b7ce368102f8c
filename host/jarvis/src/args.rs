//! The command line as it is typed: plain data, nothing checked against the
//! world yet.

mod records;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jarvis_domain::{ClusterId, Language};

pub(crate) use self::records::{AuditCommand, RunsArgs, RunsCommand};

/// Talk to your Proxmox cluster.
#[derive(Debug, Parser)]
#[command(name = "jarvis", version, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done, or handed over and still going on \
    (the JSON says started), 1 failed or not known, 2 usage or settings, 3 not understood, \
    4 waits for an answer, 5 not allowed.\n\nThe first try: jarvis chat --demo")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// The settings file
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "demo")]
    pub(crate) config: Option<PathBuf>,
    /// Work on a simulated cluster; no settings are read, nothing real is touched
    #[arg(long, global = true)]
    pub(crate) demo: bool,
    /// With --demo: a new cluster; a single command has one of its own, also when a demo host runs
    #[arg(long, global = true, requires = "demo")]
    pub(crate) fresh: bool,
    /// Take the skills from this folder; with --demo, in a cluster of its own
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) skills: Option<PathBuf>,
    /// Of several clusters this one, by its id
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) cluster: Option<ClusterId>,
    /// Print JSON for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Have at most this role
    #[arg(long = "as", global = true, value_name = "ROLE")]
    pub(crate) lowered_to: Option<RoleArg>,
    /// Speak this language, en or de, in place of the settings' own
    #[arg(long, global = true, value_name = "TAG", value_parser = language)]
    pub(crate) lang: Option<Language>,
}

impl Global {
    /// The language of what is said; empty for the host's own.
    pub(crate) fn locale(&self) -> String {
        self.lang.map_or_else(String::new, |language| language.tag().to_owned())
    }
}

fn language(text: &str) -> Result<Language, String> {
    Language::known(text).ok_or_else(|| "jarvis speaks en and de".to_owned())
}

/// A role, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleArg {
    /// Reads
    Viewer,
    /// Also changes guests
    Operator,
    /// Everything
    Admin,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Understand words, act on them and print the answer; never prompts
    Ask(AskArgs),
    /// Talk at a prompt
    Chat,
    /// Serve until told to stop
    Serve(ServeArgs),
    /// Run a command by its name
    Invoke(InvokeArgs),
    /// Say yes or no to a question of the running host
    Confirm(ConfirmArgs),
    /// Look at skills
    #[command(subcommand)]
    Skill(SkillCommand),
    /// Look at how sentences are understood
    #[command(subcommand)]
    Intents(IntentsCommand),
    /// Show what ran: the newest runs, or one whole
    Runs(RunsArgs),
    /// Look at the audit log
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Hear a spoken command from a WAV file, and answer it
    Hear(HearArgs),
    /// Sit on a microphone, wake on the wake word, and answer aloud
    Listen(ListenArgs),
    /// Lend this machine's microphone and loudspeaker to Home Assistant
    Satellite(SatelliteArgs),
    /// List microphones and loudspeakers
    Devices,
    /// List the microphones that somebody sits at, and what each does
    Microphones,
    /// Have nothing reach jarvis from microphones any more
    Mute(MuteArgs),
    /// Have microphones heard again
    Unmute(MuteArgs),
    /// Have something said aloud where somebody listens
    Announce(AnnounceArgs),
    /// Look at timers and at commands for later
    #[command(subcommand)]
    Timers(TimersCommand),
    /// Fetch and look after models, voices and libraries
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Look after the keys that programs sign in with
    #[command(subcommand)]
    Key(KeyCommand),
    /// Look at the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look for what is wrong with this installation, and say what to do
    Doctor,
    /// List every error, its meaning and what to do
    Errors,
    /// Play a Proxmox cluster
    #[command(subcommand)]
    Simulate(SimulateCommand),
    /// Be an engine that speaks Wyoming on standard input and output
    #[command(hide = true)]
    Engine {
        /// Which: espeak, piper, porcupine or whisper
        name: String,
    },
    /// Check one password by PAM; the host starts this for each sign-in
    #[command(hide = true)]
    CheckPassword,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    /// The words; "-" reads a sentence a line from standard input
    #[arg(required = true)]
    pub(crate) words: Vec<String>,
    /// Say yes in advance to what interrupts or loses something
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SatelliteArgs {
    /// Where Home Assistant finds it, in place of satellite: listen
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<std::net::SocketAddr>,
    /// Leave the wake word to Home Assistant: all that is heard goes to it
    #[arg(long)]
    pub(crate) stream: bool,
    /// Take the wake word's files from this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) models: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// With --demo: how many nodes the simulated cluster has
    #[arg(long, requires = "demo", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) nodes: Option<u32>,
    /// With --demo: how many guests it has
    #[arg(long, requires = "demo", value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub(crate) guests: Option<u32>,
    /// With --demo: how long each pvesh takes, in seconds (real ones: 0.3 and more)
    #[arg(long, requires = "demo", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) latency: Option<std::time::Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct InvokeArgs {
    /// The command, like vm-lifecycle.start
    #[arg(value_name = "SKILL.COMMAND")]
    pub(crate) command: String,
    /// Its arguments, like guest=101
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) arguments: Vec<String>,
    /// Say yes in advance to what interrupts or loses something
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConfirmArgs {
    /// The question's id
    pub(crate) id: String,
    /// Say no
    #[arg(long)]
    pub(crate) no: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SkillCommand {
    /// List the skills
    List,
    /// Show one skill: its commands, what it asks for and what it may do
    Show {
        /// Its id
        id: String,
    },
    /// Show what a skill asks for, why, and what it is granted
    Grants {
        /// Its id
        id: String,
    },
    /// Grant a skill all that it asks for, and put a waiting update into service
    Approve {
        /// Its id
        id: String,
        /// What was looked at, as `skill grants` prints it; without it, only shows that
        revision: Option<String>,
    },
    /// Take every grant from a skill
    Revoke {
        /// Its id
        id: String,
        /// Forget what was granted by hand instead: the settings count again
        #[arg(long)]
        to_settings: bool,
    },
    /// Put a skill back into service, and let it get events again
    Enable {
        /// Its id
        id: String,
    },
    /// Take a skill out of service
    Disable {
        /// Its id
        id: String,
    },
    /// Show what a skill wrote and printed
    Logs {
        /// Its id
        id: String,
        /// Go on with what it writes from now on, until Ctrl-C
        #[arg(short, long)]
        follow: bool,
        /// How many lines
        #[arg(long, default_value_t = 50)]
        lines: usize,
    },
    /// Check a skill's folder and show every mistake in it
    Check {
        /// The folder
        folder: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum IntentsCommand {
    /// Show what each sentence would be understood as; nothing runs
    Recognize {
        /// The sentences; "-" or none reads one a line from standard input
        sentences: Vec<String>,
        /// With Home Assistant's sentences of one language instead, from this folder
        #[arg(long = "sentences", value_name = "FOLDER")]
        folder: Option<PathBuf>,
        /// With --sentences: the names of that home, as in its tests' _fixtures.yaml
        #[arg(long, requires = "folder", value_name = "FILE")]
        fixtures: Option<PathBuf>,
    },
    /// Show how much of a corpus of what people say the skills' sentences understand
    Corpus {
        /// The corpus, like tests/understanding/corpus/en.txt
        file: PathBuf,
    },
    /// Run the tests of Home Assistant's sentences
    Test {
        /// The folder that has sentences/<language> and tests/<language>
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// Which language
        #[arg(long, default_value = "en")]
        language: String,
    },
    /// List sentences that can be said aloud, for a recogniser of a closed list
    Sentences {
        /// At most this many
        #[arg(long, default_value_t = 60)]
        most: usize,
    },
}

#[derive(Debug, Args)]
pub(crate) struct HearArgs {
    /// The WAV file, of any rate, width and number of channels
    pub(crate) file: PathBuf,
    /// Where to write the spoken answer, a WAV file; nothing is written where nothing is said
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// A recogniser that speaks Wyoming, in place of the settings' one
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) stt: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// Hear this WAV file in place of a microphone, and end with it
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// Write what is said into this WAV file in place of playing it; nothing is written where
    /// nothing is said
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Keep all that is heard in this new WAV file; nothing is kept otherwise
    #[arg(long, value_name = "FILE")]
    pub(crate) keep: Option<PathBuf>,
    /// A recogniser that speaks Wyoming, in place of the settings' one
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) stt: Option<String>,
    /// Without a wake word: Enter begins
    #[arg(long)]
    pub(crate) push_to_talk: bool,
    /// Where the files of engines are, in place of the settings' folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) models: Option<PathBuf>,
    /// What people call the place, for timers and announcements: kitchen
    #[arg(long, value_name = "NAME")]
    pub(crate) place: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AnnounceArgs {
    /// What is to be said
    #[arg(required = true)]
    pub(crate) text: Vec<String>,
    /// Where, as microphones lists the places; wherever the settings say if left out
    #[arg(long, value_name = "PLACE")]
    pub(crate) to: Option<String>,
    /// Also in quiet hours, and once more unless somebody answers
    #[arg(long)]
    pub(crate) urgent: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MuteArgs {
    /// Its name or id, as microphones lists them; all of them if left out
    pub(crate) microphone: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List what there is, and what is here
    List {
        /// Every voice, too
        #[arg(long)]
        all: bool,
    },
    /// Fetch; what was broken off is gone on with
    Pull {
        /// Names, as list shows them
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Remove
    Remove {
        /// Names, as list shows them
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// List the engines that the running host has started, and the memory of each
    Running,
    /// Compare the digests of what is here
    Verify {
        /// Names, as list shows them; everything that is here if left out
        names: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// List the keys: your own, or for an admin all
    List,
    /// Make a key and print it, this once
    Make(MakeKeyArgs),
    /// End a key, and what is open for it
    Revoke {
        /// Its id or its name
        key: String,
    },
}

/// Timers, and commands for later.
#[derive(Debug, Subcommand)]
pub(crate) enum TimersCommand {
    /// List what waits for its time
    List,
    /// Have one not come to pass, and list what still waits
    Cancel {
        /// Its id, the beginning of it, or what it is called
        timer: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct MakeKeyArgs {
    /// What it is for: small letters, digits, dots and hyphens
    pub(crate) name: String,
    /// What it may do at most
    #[arg(long, default_value = "viewer")]
    pub(crate) role: RoleArg,
    /// Its yes counts for what was typed as such
    #[arg(long)]
    pub(crate) may_confirm: bool,
    /// For how many days it is good; until it is revoked if left out
    #[arg(long)]
    pub(crate) days: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check the settings and show every mistake
    Check,
    /// Show the settings as they count, secrets masked
    Show,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SimulateCommand {
    /// Hold a cluster in memory until told to stop
    Serve {
        #[command(flatten)]
        socket: SimulatorSocket,
        /// How many nodes
        #[arg(long, default_value_t = 4)]
        nodes: usize,
        /// How many guests
        #[arg(long)]
        guests: Option<usize>,
        /// How long each pvesh takes, in seconds
        #[arg(long, value_name = "SECONDS", value_parser = seconds)]
        latency: Option<std::time::Duration>,
        /// Also serve the HTTPS API here, on this machine only; port 0 takes a free one
        #[arg(long, value_name = "ADDRESS")]
        https: Option<std::net::SocketAddr>,
        /// With --https: where to write the certificate of the cluster's authority
        #[arg(long, value_name = "PATH", requires = "https")]
        authority: Option<PathBuf>,
        /// Also start an sshd for each node here, on this machine only; port 0 takes a free one
        #[arg(long, value_name = "ADDRESS")]
        sshd: Option<std::net::SocketAddr>,
        /// With --sshd: the folder for keys, emptied first; "ssh" beside the socket if left out
        #[arg(long, value_name = "PATH", requires = "sshd")]
        ssh_folder: Option<PathBuf>,
        /// End when standard input ends
        #[arg(long)]
        with_stdin: bool,
    },
    /// Be the pvesh program of the simulated node "home"
    Pvesh {
        #[command(flatten)]
        socket: SimulatorSocket,
        /// What pvesh takes
        #[arg(last = true)]
        argv: Vec<String>,
    },
    /// Be a node's shell, which answers from a table and starts no program
    Sh {
        #[command(flatten)]
        socket: SimulatorSocket,
        /// Take the command that sshd was given, from SSH_ORIGINAL_COMMAND
        #[arg(long, conflicts_with = "argv")]
        over_ssh: bool,
        /// The node
        node: String,
        /// The command
        #[arg(last = true)]
        argv: Vec<String>,
    },
    /// Break something: node pve3 down|up, quorum lost|back, task 101 "text" …
    #[command(after_help = jarvis_simulator::FAULTS)]
    Fault {
        #[command(flatten)]
        socket: SimulatorSocket,
        /// What to break or mend
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

/// Where the simulator listens.
#[derive(Debug, Clone, Args)]
pub(crate) struct SimulatorSocket {
    /// The simulator's socket; $JARVIS_SIMULATOR, else the running demo's if left out
    #[arg(long = "socket", value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<std::time::Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds, like 0.3".to_owned())?;
    std::time::Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| duration.as_secs() <= 60)
        .ok_or_else(|| "from 0 to 60 seconds".to_owned())
}

impl From<RoleArg> for jarvis_domain::Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Viewer => Self::Viewer,
            RoleArg::Operator => Self::Operator,
            RoleArg::Admin => Self::Admin,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_may_stand_behind_the_command() {
        let cli = Cli::try_parse_from(["jarvis", "ask", "--demo", "--yes", "stop vm one oh one"])
            .unwrap();
        assert!(cli.global.demo);
        let Command::Ask(ask) = cli.command else { panic!("{:?}", cli.command) };
        assert!(ask.yes);
        assert_eq!(ask.words, ["stop vm one oh one"]);
    }

    #[test]
    fn what_makes_no_sense_together_is_refused() {
        for argv in [
            &["jarvis", "ask"][..],
            &["jarvis", "ask", "--fresh", "x"],
            &["jarvis", "ask", "--demo", "--config", "a", "x"],
            &["jarvis", "serve", "--nodes", "4"],
            &["jarvis", "serve", "--demo", "--nodes", "0"],
            &["jarvis", "serve", "--demo", "--latency", "-1"],
            &["jarvis", "chat", "--as", "root"],
        ] {
            assert!(Cli::try_parse_from(argv).is_err(), "{argv:?}");
        }
    }
}
