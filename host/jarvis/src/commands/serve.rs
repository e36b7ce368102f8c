//! `jarvis serve`: a host that serves until it is told to stop.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_api::control::{Admission, Listener, RoleOf, serve};
use jarvis_api::voice::Talks;
use jarvis_auth::Gate;
use jarvis_domain::{Explain, Fault, Role};
use rustix::process::geteuid;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::Ended;
use crate::args::{Global, ServeArgs};
use crate::demo::{DemoFolder, Simulator, Size};
use crate::door::HttpDoor;
use crate::engines::parts;
use crate::reach::{control_socket, env, settings_of};
use crate::render::{Printer, Tone};
use crate::rooms::{Engines, Rooms, Talking};
use crate::settings::Settings;
use crate::standing::Voices;
use crate::wiring::{self, Host, Stay, WiringError};

/// As a shell tells of what a signal has ended: 128, and the signal's number.
const INTERRUPTED: u8 = 130;
const TERMINATED: u8 = 143;

/// What is said when a host begins to serve.
struct Serving<'a> {
    socket: &'a Path,
    door: &'a HttpDoor,
    /// Where Wyoming is spoken.
    wyoming: Option<String>,
    /// The account of a demo, and its password.
    account: Option<(&'a str, &'a str)>,
    notes: &'a [&'a str],
}

pub(super) async fn run(global: &Global, args: &ServeArgs, printer: &Printer) -> Ended {
    if global.demo { demo(global, args, printer).await } else { for_real(global, printer).await }
}

async fn for_real(global: &Global, printer: &Printer) -> Ended {
    // Before all else: a SIGHUP that nobody hears would end this.
    let hangups = heard(SignalKind::hangup())?;
    let (settings, _) = settings_of(global)?;
    let socket = control_socket(&settings);
    make_folder_of(&socket)?;
    let listener = Listener::bind(&socket).await.map_err(|error| error.fault())?;
    let mut notes =
        if is_first(&settings.state.folder) { parts::notes(&settings).await } else { Vec::new() };
    let host = wiring::configured(&settings, Stay::Host).await?;
    notes.extend(host.broken());
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    let (engines, talks) = voices(&host, &settings);
    let door = HttpDoor::configured(&host, &settings, talks).await?;
    host.trust(&door.gate, Voices::of(&settings)).await?;
    let rooms = Rooms::open(&settings, &host.service, &host.clock, &engines).await?;
    let admission = admission(&door, settings.voice.role);
    let stop = told_to_stop()?;
    let reload = reloading(global, Arc::clone(&door.gate), hangups);
    let _watching = host.watch();
    let serving = Serving {
        socket: &socket,
        door: &door,
        wyoming: rooms.address(),
        account: None,
        notes: &notes,
    };
    announce(printer, &serving);
    let timers = host.timers();
    let doors = Doors { listener, service: host.service, admission, http: door, rooms };
    tokio::select! {
        () = doors.serve(stop) => {}
        () = reload => {}
    }
    if let Some(timers) = timers {
        timers.settle().await;
    }
    Ok(0)
}

async fn demo(global: &Global, args: &ServeArgs, printer: &Printer) -> Ended {
    // There are no settings to read anew, and it is no reason to end.
    let _hangups = heard(SignalKind::hangup())?;
    let folder = DemoFolder::of_user(&env).map_err(|error| error.fault())?;
    // Whoever holds the control socket is the demo host; only then is the
    // cluster of an earlier one ours to take over.
    let socket = folder.control_socket();
    let listener = Listener::bind(&socket).await.map_err(|error| error.fault())?;
    let jarvis = wiring::own_binary()?;
    let left = Simulator::running(folder.simulator_socket()).await;
    let mut notes = Vec::new();
    let (simulator, is_new) = match left {
        Some(simulator) if !global.fresh => {
            notes.push(
                "The cluster is the one that an earlier demo host left; --fresh starts anew.",
            );
            (simulator, false)
        }
        left => {
            if let Some(old) = left {
                old.stop().await;
            }
            folder.clear_state().map_err(|error| error.fault())?;
            let size = Size { nodes: args.nodes, guests: args.guests, latency: args.latency };
            let started =
                Simulator::start(&jarvis, folder.simulator_socket(), size, Stay::Host).await;
            (started.map_err(|error| error.fault())?, true)
        }
    };
    notes.push("The cluster is simulated: nothing real is touched.");
    let served = serve_demo(global, printer, (&folder, &simulator, listener), &notes).await;
    // What an earlier host left is there for the next one, if this one could not begin.
    if served.is_ok() || is_new {
        simulator.stop().await;
        folder.clear_state().map_err(|error| error.fault())?;
    }
    served.map(|()| 0)
}

/// A demo host on this cluster, until it is told to stop.
async fn serve_demo(
    global: &Global,
    printer: &Printer,
    (folder, simulator, listener): (&DemoFolder, &Simulator, Listener),
    notes: &[&str],
) -> Result<(), Box<Fault>> {
    let jarvis = wiring::own_binary()?;
    let host = wiring::demo(
        &jarvis,
        simulator.socket(),
        folder.state(),
        (global.skills.clone(), global.lang.unwrap_or_default()),
        Stay::Host,
    )
    .await?;
    let (_, talks) = voices(&host, &Settings::default());
    let (door, passwords) = HttpDoor::demo(&host, talks).await?;
    let stop = told_to_stop()?;
    host.trust(&door.gate, Voices::only(Role::Viewer)).await?;
    let watching = host.watch();
    let account = (passwords.account().as_str(), passwords.password().reveal());
    let broken = host.broken();
    let notes: Vec<&str> = notes.iter().copied().chain(broken.as_deref()).collect();
    let serving = Serving {
        socket: &folder.control_socket(),
        door: &door,
        wyoming: None,
        account: Some(account),
        notes: &notes,
    };
    announce(printer, &serving);
    let admission = admission(&door, Role::Viewer);
    let rooms = Rooms::none();
    let doors = Doors { listener, service: host.service, admission, http: door, rooms };
    doors.serve(stop).await;
    drop(watching);
    Ok(())
}

/// What hears and speaks for whoever comes, and who comes over WebSockets.
fn voices(host: &Host, settings: &Settings) -> (Arc<Engines>, Arc<Talks>) {
    let engines = Engines::new(settings, &host.clock);
    let voices = Talking::of(settings, &host.service, &engines, &host.clock);
    let talks = Talks::new(voices, Arc::clone(&host.clock));
    (engines, talks)
}

/// Whether no host has kept anything in `folder` yet.
fn is_first(folder: &Path) -> bool {
    std::fs::read_dir(folder).map_or(true, |mut inside| inside.next().is_none())
}

/// Users of this machine are looked up in the same roles as who signs in.
fn admission(door: &HttpDoor, spoken: Role) -> Admission {
    let gate = Arc::clone(&door.gate);
    let role_of: RoleOf = Arc::new(move |uid| gate.role_of_uid(uid));
    Admission { role_of, spoken, host: geteuid().as_raw() }
}

/// All of them.
struct Doors {
    listener: Listener,
    service: Arc<jarvis_api::Service>,
    admission: Admission,
    http: HttpDoor,
    rooms: Rooms,
}

impl Doors {
    /// Serves at all doors until `stop` completes; requests in flight are then
    /// finished.
    async fn serve(self, stop: impl Future) {
        let Self { listener, service, admission, http, rooms } = self;
        let (stopping, _) = watch::channel(false);
        let told = || {
            let mut stopped = stopping.subscribe();
            async move {
                // An error says that whoever would tell is gone.
                let _ = stopped.wait_for(|stopped| *stopped).await;
            }
        };
        let (socket, web, wyoming) = (told(), told(), told());
        let tell = async {
            stop.await;
            stopping.send_replace(true);
        };
        let control = serve(listener, service, admission, socket);
        tokio::join!(control, http.serve(web), rooms.serve(wyoming), tell);
    }
}

/// Reads the roles anew at each SIGHUP: who lost theirs is signed out at once.
/// What else stands in the settings counts from the next start on.
fn reloading(global: &Global, gate: Arc<Gate>, mut hangups: Signal) -> impl Future<Output = ()> {
    let global = global.clone();
    async move {
        while hangups.recv().await.is_some() {
            let changed = match settings_of(&global) {
                Ok((settings, _)) => gate.set_roles(wiring::roles(&settings)).await,
                Err(fault) => Err(fault),
            };
            match changed {
                Ok(ended) => tracing::info!(ended, "the roles were read anew"),
                Err(fault) => {
                    tracing::error!(%fault, "the roles could not be taken over as a whole")
                }
            }
        }
    }
}

fn announce(printer: &Printer, serving: &Serving<'_>) {
    let Serving { socket, door, wyoming, account, notes } = serving;
    let url = door.url();
    if printer.json {
        let account = account.map(|(name, password)| json!({"name": name, "password": password}));
        return printer.json(&json!({
            "serving": socket,
            "http": url,
            "fingerprint": door.fingerprint(),
            "wyoming": wyoming,
            "account": account,
        }));
    }
    for note in *notes {
        printer.line(note);
    }
    let serves = printer.tone(Tone::Good, "jarvis serves on");
    printer.line(format_args!("{serves} {} and {url}", socket.display()));
    if let Some(fingerprint) = door.fingerprint() {
        printer.line(format_args!("its certificate: {fingerprint}"));
    }
    if let Some(address) = wyoming {
        printer.line(format_args!("Wyoming, for Home Assistant and satellites: {address}"));
    }
    let Some((name, password)) = account else {
        printer.line("Try: jarvis ask \"how hot is node three?\"   Stop: Ctrl-C");
        return;
    };
    let strong = |text: &str| printer.tone(Tone::Strong, text);
    printer.line(format_args!(
        "Sign in as {} with the password {}, which is another at each start. Try:",
        strong(name),
        strong(password)
    ));
    printer.line("  jarvis ask --demo \"how hot is node three?\"");
    printer.line(format_args!(
        "  TOKEN=$(curl -s {url}/api/auth/login -H 'content-type: application/json' \\\n    \
         -d '{{\"username\":\"{name}\",\"password\":\"{password}\"}}' | sed 's/.*\"token\":\"\\([^\"]*\\).*/\\1/')"
    ));
    printer.line(format_args!("  curl -s {url}/api/nodes -H \"authorization: Bearer $TOKEN\""));
    printer.line(format_args!("Everything it can do: {url}/api/docs   Stop: Ctrl-C"));
}

/// Completes at SIGINT or SIGTERM, with the exit code of what was broken off by it.
pub(super) fn told_to_stop() -> Result<impl Future<Output = u8>, Box<Fault>> {
    let mut interrupt = heard(SignalKind::interrupt())?;
    let mut terminate = heard(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => INTERRUPTED,
            _ = terminate.recv() => TERMINATED,
        }
    })
}

fn heard(kind: SignalKind) -> Result<Signal, Box<Fault>> {
    signal(kind).map_err(|error| WiringError::Signals(error).fault())
}

/// The folder of the control socket, which others may enter to reach it.
fn make_folder_of(socket: &Path) -> Result<(), Box<Fault>> {
    let folder = socket.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned);
    let made = std::fs::DirBuilder::new().mode(0o755).recursive(true).create(&folder);
    made.map_err(|source| {
        jarvis_api::ApiError::Listen { socket: socket.to_owned(), source }.fault()
    })
}
