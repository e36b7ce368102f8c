//! The little of WASI that every component built by the usual tools imports:
//! streams, an empty environment, exit, clocks and random bytes. No files and
//! no sockets: they are not linked, so a component that imports them does not
//! load.

use jarvis_domain::skill_log::SkillStream;
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::p2::bindings::{cli, clocks, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, p2};

use super::Guest;
use super::output::Lines;
use crate::session::Session;

struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

/// WASI's random bytes, counted over the whole call: WASI itself bounds each
/// request alone.
struct Counted<'a>(&'a mut Guest);

struct Random;

impl HasData for Random {
    type Data<'a> = Counted<'a>;
}

impl random::random::Host for Counted<'_> {
    fn get_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.0.session.count_random(length)?;
        self.0.random().get_random_bytes(length)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.0.session.count_random(8)?;
        self.0.random().get_random_u64()
    }
}

pub(super) fn context(session: &Session) -> WasiCtx {
    WasiCtxBuilder::new()
        .max_random_size(session.scope.limits.random)
        .stdout(Lines::new(session.log.clone(), SkillStream::Stdout))
        .stderr(Lines::new(session.log.clone(), SkillStream::Stderr))
        .build()
}

/// Links the interfaces above and nothing else.
pub(crate) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    use p2::bindings::io::{error, poll, streams};

    let l = linker;
    error::add_to_linker::<Guest, Io>(l, |guest| &mut guest.table)?;
    poll::add_to_linker::<Guest, Io>(l, |guest| &mut guest.table)?;
    streams::add_to_linker::<Guest, Io>(l, |guest| &mut guest.table)?;
    clocks::wall_clock::add_to_linker::<Guest, WasiClocks>(l, Guest::clocks)?;
    clocks::monotonic_clock::add_to_linker::<Guest, WasiClocks>(l, Guest::clocks)?;
    random::random::add_to_linker::<Guest, Random>(l, |guest| Counted(guest))?;
    random::insecure_seed::add_to_linker::<Guest, WasiRandom>(l, Guest::random)?;
    cli::environment::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::exit::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stdin::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stdout::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stderr::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_input::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_output::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stdin::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stdout::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stderr::add_to_linker::<Guest, WasiCli>(l, Guest::cli)
}
