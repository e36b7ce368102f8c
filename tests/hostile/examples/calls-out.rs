//! Opens a connection.

use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    match std::net::TcpStream::connect("127.0.0.1:22") {
        Ok(_) => done("It is open."),
        Err(error) => done(&error.to_string()),
    }
}
