//! A PulseAudio server of a test's own, with a microphone and a loudspeaker
//! that are none: what is put into the one is heard, what comes out of the other
//! can be recorded. It touches nothing of this machine.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by test crates, each of which uses its own part"
)]

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The names of its microphone and its loudspeaker.
pub const MICROPHONE: &str = "vmic";
pub const LOUDSPEAKER: &str = "vspk";
/// How the loudspeaker is loaded. Where it may rewind, a sink that is none works in
/// blocks of two seconds.
const VSPK: &str = "module-null-sink sink_name=vspk rate=48000 channels=2 norewinds=1";
/// What is played into it is what the microphone hears.
const INTO: &str = "vmicsink";
/// What is put in and recorded: 16 kHz, one channel, 16 bits.
pub const RATE: u32 = 16_000;
/// How long anything of it may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that runs.
#[derive(Debug)]
pub struct SoundServer {
    folder: PathBuf,
    server: Child,
}

/// What is being said into the microphone.
#[derive(Debug)]
pub struct Saying {
    child: Child,
}

/// What a loudspeaker plays, as it is played.
#[derive(Debug)]
pub struct Recording {
    child: Child,
    heard: mpsc::Receiver<(Instant, Vec<i16>)>,
}

/// This program once more, called with `mode` and the folder of a server that does not run
/// yet, which it has to start: the sound library takes the server from the environment.
pub fn beside(mode: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(std::env::current_exe().unwrap())
        .arg(mode)
        .arg(folder.path())
        .env_remove("XDG_RUNTIME_DIR")
        .envs(environment(folder.path()))
        .output()
        .unwrap()
}

/// What whoever is to use the server in `folder` needs in its environment; the
/// server need not run yet. ALSA's default device leads to it as well.
pub fn environment(folder: &Path) -> Vec<(&'static str, OsString)> {
    let plugin = lib().map(|lib| lib.join("alsa-lib/libasound_module_pcm_pulse.so"));
    let plugin = plugin.filter(|plugin| plugin.exists()).map_or_else(String::new, |plugin| {
        format!("pcm_type.pulse {{ lib \"{}\" }}\n", plugin.display())
    });
    let asound = folder.join("asound.conf");
    let text = format!("</usr/share/alsa/alsa.conf>\n{plugin}pcm.!default {{ type pulse }}\n");
    std::fs::write(&asound, text).unwrap();
    vec![
        ("ALSA_CONFIG_PATH", asound.into()),
        ("PULSE_COOKIE", folder.join("cookie").into()),
        ("PULSE_RUNTIME_PATH", folder.into()),
        ("PULSE_SERVER", address(folder).into()),
        ("PULSE_STATE_PATH", folder.join("state").into()),
    ]
}

impl SoundServer {
    /// Starts one in `folder`, which may have had one before.
    ///
    /// # Panics
    /// PulseAudio is not there: `script/setup` fetches it.
    pub fn start(folder: &Path) -> Self {
        let _ = std::fs::remove_file(folder.join("native"));
        std::fs::create_dir_all(folder.join("state")).unwrap();
        let log = std::fs::File::create(folder.join("server.log")).unwrap();
        let mut command = program(folder, "pulseaudio");
        command.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]);
        command.args(["--high-priority=no", "--realtime=no", "--log-level=error"]);
        if let Some(modules) = modules() {
            command.arg(format!("--dl-search-path={}", modules.display()));
        }
        let socket = folder.join("native");
        for module in [
            &format!("module-native-protocol-unix socket={} auth-anonymous=1", socket.display()),
            VSPK,
            "module-null-sink sink_name=vmicsink rate=16000 channels=1 norewinds=1",
            "module-remap-source source_name=vmic master=vmicsink.monitor",
        ] {
            command.args(["-L", module]);
        }
        let server = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let server = server.expect("PulseAudio is missing: run script/setup");
        let mut made = Self { folder: folder.to_owned(), server };
        made.until_ready();
        made.control(&["set-default-sink", LOUDSPEAKER]);
        made.control(&["set-default-source", MICROPHONE]);
        made
    }

    /// Ends it in the middle of what it does.
    pub fn kill(mut self) {
        self.end();
    }

    /// It does nothing any more, and takes connections all the same.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// It goes on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// The microphone is unplugged.
    pub fn unplug(&self) {
        self.control(&["unload-module", "module-remap-source"]);
    }

    /// And plugged in again.
    pub fn plug_in(&self) {
        self.control(&[
            "load-module",
            "module-remap-source",
            "source_name=vmic",
            "master=vmicsink.monitor",
        ]);
        self.control(&["set-default-source", MICROPHONE]);
    }

    /// The loudspeaker is unplugged.
    pub fn unplug_loudspeaker(&self) {
        let modules = self.control(&["list", "short", "modules"]);
        let of_it = |line: &&str| line.contains("sink_name=vspk ");
        let line = modules.lines().find(of_it).expect("it is plugged in");
        self.control(&["unload-module", line.split_whitespace().next().unwrap_or_default()]);
    }

    /// And plugged in again.
    pub fn plug_in_loudspeaker(&self) {
        let arguments = VSPK.split(' ');
        self.control(&[&["load-module"], &arguments.collect::<Vec<_>>()[..]].concat());
        self.control(&["set-default-sink", LOUDSPEAKER]);
    }

    /// Has the microphone hear `samples`.
    pub fn say(&self, samples: &[i16]) -> Saying {
        let mut command = program(&self.folder, "pacat");
        command.args(["--playback", "--raw", "--latency-msec=200", "--format=s16le"]);
        command.args([&format!("--rate={RATE}"), "--channels=1", &format!("--device={INTO}")]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut input = child.stdin.take().unwrap();
        std::thread::spawn(move || input.write_all(&bytes));
        Saying { child }
    }

    /// Records what the loudspeaker plays from now on.
    pub fn record(&self) -> Recording {
        let mut child = self.reader("vspk.monitor");
        let (to, heard) = mpsc::channel();
        let mut out = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            let mut bytes = [0; 640];
            while out.read_exact(&mut bytes).is_ok() {
                let samples = bytes.as_chunks().0.iter().map(|pair| i16::from_le_bytes(*pair));
                if to.send((Instant::now(), samples.collect())).is_err() {
                    break;
                }
            }
        });
        let recording = Recording { child, heard };
        recording.heard.recv_timeout(PATIENCE).expect("the loudspeaker can be recorded");
        recording
    }

    /// `pactl` with `arguments`.
    pub fn control(&self, arguments: &[&str]) -> String {
        let output = program(&self.folder, "pactl").args(arguments).output().unwrap();
        assert!(output.status.success(), "pactl {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.server), signal).unwrap();
    }

    fn reader(&self, source: &str) -> Child {
        let mut command = program(&self.folder, "pacat");
        command.args(["--record", "--raw", "--latency-msec=20", "--format=s16le"]);
        command.args([&format!("--rate={RATE}"), "--channels=1", &format!("--device={source}")]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
    }

    fn until_ready(&mut self) {
        let begun = Instant::now();
        loop {
            let asked = program(&self.folder, "pactl").arg("info").output().unwrap();
            if asked.status.success() {
                return;
            }
            let log = || std::fs::read_to_string(self.folder.join("server.log"));
            assert!(self.server.try_wait().unwrap().is_none(), "PulseAudio ended: {:?}", log());
            assert!(begun.elapsed() < PATIENCE, "PulseAudio does not answer: {:?}", log());
        }
    }

    fn end(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        self.end();
    }
}

impl Saying {
    /// Whether all of it was put in.
    pub fn is_over(&mut self) -> bool {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none_or(|status| status.success()), "{ended:?}");
        ended.is_some()
    }

    /// Returns when all of it was put in.
    pub fn wait(mut self) {
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Saying {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Recording {
    /// Ends when `done` says so of all that was recorded so far, and when the
    /// last of it came.
    pub fn until(self, done: impl FnMut(&[i16]) -> bool) -> (Vec<i16>, Instant) {
        let came = self.within(PATIENCE, done);
        came.unwrap_or_else(|samples| panic!("it never came: {samples} samples"))
    }

    /// The same, if it comes within `patience`.
    ///
    /// # Errors
    /// It did not: how many samples came.
    pub fn within(
        mut self,
        patience: Duration,
        mut done: impl FnMut(&[i16]) -> bool,
    ) -> Result<(Vec<i16>, Instant), usize> {
        let (mut all, begun) = (Vec::new(), Instant::now());
        loop {
            let (at, samples) = self.heard.recv_timeout(PATIENCE).expect("more is recorded");
            all.extend(samples);
            if done(&all) {
                self.end();
                return Ok((all, at));
            }
            if begun.elapsed() >= patience {
                return Err(all.len());
            }
        }
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.end();
    }
}

fn address(folder: &Path) -> String {
    format!("unix:{}", folder.join("native").display())
}

/// One of PulseAudio's programs, in the world of the server in `folder`.
pub fn program(folder: &Path, name: &str) -> Command {
    let unpacked = unpacked().map(|root| root.join("usr/bin").join(name));
    let path = unpacked.unwrap_or_else(|| name.into());
    // None outlives a test that is killed.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(path);
    command.env_clear().env("PATH", "/usr/bin:/bin").envs(environment(folder));
    if let (Some(lib), Some(modules)) = (lib(), modules()) {
        let paths = [lib.clone(), lib.join("pulseaudio"), modules];
        command.env("LD_LIBRARY_PATH", std::env::join_paths(paths).unwrap());
    }
    command
}

/// Where `script/setup` has unpacked Debian packages, if PulseAudio is among
/// them: beside the build. Else it is taken as it is installed.
fn unpacked() -> Option<PathBuf> {
    let program = std::env::current_exe().unwrap();
    let roots = program.ancestors().map(|above| above.join("debian"));
    roots.into_iter().find(|root| root.join("usr/bin/pulseaudio").exists())
}

fn lib() -> Option<PathBuf> {
    let lib = unpacked()?.join("usr/lib");
    Some(lib.join(format!("{}-linux-gnu", std::env::consts::ARCH)))
}

/// In a folder whose name holds the version.
fn modules() -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(unpacked()?.join("usr/lib")).unwrap().flatten();
    let pulse = entries.find(|entry| entry.file_name().to_string_lossy().starts_with("pulse-"))?;
    Some(pulse.path().join("modules"))
}
