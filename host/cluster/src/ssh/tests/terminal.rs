//! The command line of a console, at a pseudo-terminal, against a real sshd.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::super::testing::{Options, PATIENCE, Server};
use super::*;

/// An `ssh` at a terminal of ours.
struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Receiver<Vec<u8>>,
}

impl Terminal {
    fn start(line: &Line) -> Self {
        let size = PtySize { rows: 30, cols: 100, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(&line.program);
        command.args(&line.args);
        command.env_clear();
        let child = pair.slave.spawn_command(command).unwrap();
        let keys = pair.master.take_writer().unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (shown, screen) = channel();
        // A thread of its own, so that nobody waits for ever for what is not shown. The
        // end of a pseudo-terminal is an error.
        std::thread::spawn(move || {
            let mut buffer = [0; 256];
            while let Ok(read) = reader.read(&mut buffer)
                && read > 0
                && shown.send(buffer[..read].to_vec()).is_ok()
            {}
        });
        Self { master: pair.master, child, keys, screen }
    }

    fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).unwrap();
    }

    /// Reads until `wanted` is shown; what was shown.
    fn shows(&mut self, wanted: &str) -> String {
        let mut shown = Vec::new();
        while !String::from_utf8_lossy(&shown).contains(wanted) {
            match self.screen.recv_timeout(PATIENCE) {
                Ok(bytes) => shown.extend(bytes),
                Err(why) => {
                    panic!("{wanted:?} is not in {:?}: {why}", String::from_utf8_lossy(&shown))
                }
            }
        }
        String::from_utf8_lossy(&shown).into_owned()
    }
}

#[tokio::test]
async fn a_program_on_a_node_has_a_terminal_and_gets_its_keys() {
    let server = Server::new(Options::plain()).await;
    let ssh = server.client(server.settings());
    std::fs::write(server.file("greeting"), "here I am").unwrap();
    let greeting = server.file("greeting").to_string_lossy().into_owned();
    let there = There { argv: vec!["cat".to_owned(), greeting, "-".to_owned()], ..there("pve1") };
    let line = ssh.console(&there).await.unwrap();
    let code = tokio::task::spawn_blocking(move || {
        let mut terminal = Terminal::start(&line);
        terminal.shows("here I am");
        // Once by the terminal's echo, once by the program.
        terminal.press(b"how hot\r");
        terminal.shows("how hot\r\nhow hot\r\n");
        // No key is ssh's own: a line that begins so would end it.
        terminal.press(b"~.\r");
        terminal.shows("~.\r\n~.\r\n");
        let size = PtySize { rows: 50, cols: 132, ..PtySize::default() };
        terminal.master.resize(size).unwrap();
        terminal.press(b"\x03");
        terminal.shows("^C");
        terminal.child.wait().unwrap().exit_code()
    });
    // As a shell says of a program that SIGINT has ended, or ssh of a signal.
    assert!([130, 255].contains(&code.await.unwrap()));
    assert_eq!(server.connections(), 2, "the one that is kept, and the terminal's own");
}

#[tokio::test]
async fn no_words_are_the_login_shell_that_the_node_gives() {
    let more = "ForceCommand printf here-is-the-shell; cat".to_owned();
    let server = Server::new(Options { more, ..Options::plain() }).await;
    let ssh = server.client(server.settings());
    let line = ssh.console(&There { argv: Vec::new(), ..there("pve1") }).await.unwrap();
    let ended = tokio::task::spawn_blocking(move || {
        let mut terminal = Terminal::start(&line);
        terminal.shows("here-is-the-shell");
        terminal.press(b"\x04");
        terminal.child.wait().unwrap().exit_code()
    });
    assert_eq!(ended.await.unwrap(), 0);
}
