//! `jarvis serve`: a host that serves until it is told to stop.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_api::control::{Admission, Listener, RoleOf, serve};
use jarvis_domain::{Explain, Fault, Role};
use rustix::process::geteuid;
use tokio::signal::unix::{SignalKind, signal};

use super::Ended;
use crate::args::{Global, ServeArgs};
use crate::demo::{DemoFolder, Simulator, Size};
use crate::reach::{control_socket, env, settings_of};
use crate::render::{Printer, Tone};
use crate::wiring::{self, Stay, WiringError};

pub(super) async fn run(global: &Global, args: &ServeArgs, printer: &Printer) -> Ended {
    if global.demo { demo(global, args, printer).await } else { for_real(global, printer).await }
}

async fn for_real(global: &Global, printer: &Printer) -> Ended {
    let (settings, _) = settings_of(global)?;
    let socket = control_socket(&settings);
    make_folder_of(&socket)?;
    let listener = Listener::bind(&socket).await.map_err(|error| error.fault())?;
    let host = wiring::configured(&settings, Stay::Host).await?;
    let role_of: RoleOf = Arc::new(move |uid| wiring::role_of_uid(&settings, uid));
    let admission = Admission { role_of, host: geteuid().as_raw() };
    let stop = told_to_stop()?;
    let _watching = host.watch();
    announce(printer, &Serving { socket: &socket, demo: false, notes: &[] });
    serve(listener, host.service, admission, stop).await;
    Ok(0)
}

async fn demo(global: &Global, args: &ServeArgs, printer: &Printer) -> Ended {
    let folder = DemoFolder::of_user(&env).map_err(|error| error.fault())?;
    // Whoever holds the control socket is the demo host; only then is the
    // cluster of an earlier one ours to take over.
    let socket = folder.control_socket();
    let listener = Listener::bind(&socket).await.map_err(|error| error.fault())?;
    let jarvis = wiring::own_binary()?;
    let left = Simulator::running(folder.simulator_socket()).await;
    let mut notes = Vec::new();
    let simulator = match left {
        Some(simulator) if !global.fresh => {
            notes.push(
                "The cluster is the one that an earlier demo host left; --fresh starts anew.",
            );
            simulator
        }
        left => {
            if let Some(old) = left {
                old.stop().await;
            }
            folder.clear_state().map_err(|error| error.fault())?;
            let size = Size { nodes: args.nodes, guests: args.guests, latency: args.latency };
            Simulator::start(&jarvis, folder.simulator_socket(), size, Stay::Host)
                .await
                .map_err(|error| error.fault())?
        }
    };
    let host = wiring::demo(
        &jarvis,
        simulator.socket(),
        folder.state(),
        global.skills.clone(),
        Stay::Host,
    )
    .await?;
    let own = geteuid().as_raw();
    let role_of: RoleOf = Arc::new(move |uid| (uid == own).then_some(Role::Admin));
    notes.push("The cluster is simulated: nothing real is touched.");
    let stop = told_to_stop()?;
    let watching = host.watch();
    announce(printer, &Serving { socket: &socket, demo: true, notes: &notes });
    serve(listener, host.service, Admission { role_of, host: own }, stop).await;
    drop(watching);
    simulator.stop().await;
    folder.clear_state().map_err(|error| error.fault())?;
    Ok(0)
}

/// What is said when a host begins to serve.
struct Serving<'a> {
    socket: &'a Path,
    demo: bool,
    notes: &'a [&'a str],
}

fn announce(printer: &Printer, Serving { socket, demo, notes }: &Serving<'_>) {
    if printer.json {
        return printer.json(&serde_json::json!({ "serving": socket }));
    }
    for note in *notes {
        printer.line(note);
    }
    printer.line(format_args!(
        "{} {}",
        printer.tone(Tone::Good, "jarvis serves on"),
        socket.display()
    ));
    let demo = if *demo { " --demo" } else { "" };
    printer.line(format_args!("Try: jarvis ask{demo} \"how hot is node three?\"   Stop: Ctrl-C"));
}

/// Completes at SIGINT or SIGTERM.
fn told_to_stop() -> Result<impl Future<Output = ()>, Box<Fault>> {
    let heard = |kind| signal(kind).map_err(|error| WiringError::Signals(error).fault());
    let mut interrupt = heard(SignalKind::interrupt())?;
    let mut terminate = heard(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// The folder of the control socket, which others may enter to reach it.
fn make_folder_of(socket: &Path) -> Result<(), Box<Fault>> {
    let folder = socket.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned);
    let made = std::fs::DirBuilder::new().mode(0o755).recursive(true).create(&folder);
    made.map_err(|source| {
        jarvis_api::ApiError::Listen { socket: socket.to_owned(), source }.fault()
    })
}
