//! A source on the loopback address, which misbehaves as it is told.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How a file is given.
#[derive(Debug, Clone)]
pub(super) enum Gives {
    /// As it should be, in the pieces that are asked for.
    Pieces(Vec<u8>),
    /// Whole, whatever is asked for.
    Whole(Vec<u8>),
    /// The connection ends after so many bytes of the answer.
    CutAfter(Vec<u8>, usize),
    /// Another place.
    Elsewhere(String),
    /// Another piece than the one that was asked for.
    OtherPiece(Vec<u8>),
    /// A piece with nothing in it, of a file of so many bytes.
    EmptyPiece(usize),
    /// Its first bytes; then the connection stays open, and no more comes.
    Stalls(Vec<u8>, usize),
    /// As it should be, but one byte for each piece that is asked for.
    Drips(Vec<u8>),
    /// Nothing but a status.
    Status(u16),
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) url: String,
    files: Arc<Mutex<BTreeMap<String, Gives>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url, files: Arc::default(), asked: Arc::default() };
        let own = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let own = own.clone();
                std::thread::spawn(move || own.serve(stream.unwrap()));
            }
        });
        server
    }

    pub(super) fn gives(&self, path: &str, how: Gives) {
        self.files.lock().unwrap().insert(path.to_owned(), how);
    }

    /// The paths and ranges that were asked for so far.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut path = String::new();
        let (mut first, mut last) = (0, usize::MAX);
        while let Some(Ok(line)) = lines.next()
            && !line.is_empty()
        {
            if let Some(rest) = line.strip_prefix("GET ") {
                path = rest.split(' ').next().unwrap().to_owned();
            }
            if let Some(range) = line.to_lowercase().strip_prefix("range: bytes=") {
                let (from, to) = range.split_once('-').unwrap();
                (first, last) = (from.parse().unwrap(), to.parse().unwrap());
            }
        }
        self.asked.lock().unwrap().push(format!("{path} {first}"));
        let how = self.files.lock().unwrap().get(&path).cloned().unwrap_or(Gives::Status(404));
        let stalls = matches!(how, Gives::Stalls(..));
        // A client that breaks off is no fault of the test.
        let _ = stream.write_all(&answer(how, first, last));
        if stalls {
            // Until the client goes.
            let _ = stream.read(&mut [0]);
        }
    }
}

fn answer(how: Gives, first: usize, last: usize) -> Vec<u8> {
    let with = |status: &str, more: String, body: &[u8]| {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{more}\r\n"
        );
        [head.as_bytes(), body].concat()
    };
    let piece = |file: &[u8], first: usize| {
        if first >= file.len() {
            return with("416 Range Not Satisfiable", String::new(), b"");
        }
        let end = file.len().min(last.saturating_add(1));
        let more = format!("content-range: bytes {first}-{}/{}\r\n", end - 1, file.len());
        with("206 Partial Content", more, &file[first..end])
    };
    match how {
        Gives::Pieces(file) => piece(&file, first),
        Gives::Drips(file) => {
            let more = format!("content-range: bytes {first}-{first}/{}\r\n", file.len());
            with("206 Partial Content", more, &file[first..=first])
        }
        Gives::OtherPiece(file) => piece(&file, first + 1),
        Gives::Whole(file) => with("200 OK", String::new(), &file),
        Gives::EmptyPiece(all) => {
            let more = format!("content-range: bytes {first}-{first}/{all}\r\n");
            with("206 Partial Content", more, b"")
        }
        Gives::CutAfter(file, bytes) | Gives::Stalls(file, bytes) => {
            let mut whole = piece(&file, first);
            let body = whole.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
            whole.truncate(body + bytes);
            whole
        }
        Gives::Elsewhere(url) => with("302 Found", format!("location: {url}\r\n"), b""),
        Gives::Status(status) => with(&format!("{status} Odd"), String::new(), b""),
    }
}
