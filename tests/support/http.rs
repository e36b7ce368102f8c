//! Requests to the HTTP API, as a program of somebody else's makes them.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{Demo, PATIENCE};

/// Somebody at the door of a demo.
pub struct Visitor {
    address: String,
    bearer: Option<String>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub head: String,
    pub body: Value,
}

impl Visitor {
    /// Nobody in particular.
    pub fn of(demo: &Demo) -> Self {
        Self::at(demo.served["http"].as_str().unwrap())
    }

    /// Nobody in particular, at the door of this URL.
    pub fn at(url: &str) -> Self {
        Self { address: url.strip_prefix("http://").unwrap().to_owned(), bearer: None }
    }

    /// Whoever the host has told of at its start.
    pub fn signed_in(demo: &Demo) -> Self {
        let account = &demo.served["account"];
        let [name, password] = ["name", "password"].map(|key| account[key].as_str().unwrap());
        Self::of(demo).signs_in(name, password)
    }

    /// Now as this account.
    pub fn signs_in(&self, account: &str, password: &str) -> Self {
        let attempt = json!({"username": account, "password": password});
        let answered = self.post("/api/auth/login", &attempt).is(200);
        self.with(answered.body["token"].as_str().unwrap())
    }

    /// With this token or key.
    pub fn with(&self, bearer: &str) -> Self {
        Self { address: self.address.clone(), bearer: Some(bearer.to_owned()) }
    }

    pub fn bearer(&self) -> &str {
        self.bearer.as_deref().unwrap()
    }

    /// What a WebSocket is opened with.
    pub fn ticket(&self) -> String {
        let made = self.post("/api/auth/ticket", &json!({})).is(200);
        made.body["ticket"].as_str().unwrap().to_owned()
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn get(&self, path: &str) -> Answered {
        self.send("GET", path, "")
    }

    pub fn post(&self, path: &str, body: &Value) -> Answered {
        self.send("POST", path, &body.to_string())
    }

    pub fn delete(&self, path: &str) -> Answered {
        self.send("DELETE", path, "")
    }

    /// Sends one request over a connection of its own.
    pub fn send(&self, method: &str, path: &str, body: &str) -> Answered {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let bearer = self.bearer.as_ref();
        let bearer = bearer.map(|bearer| format!("authorization: Bearer {bearer}\r\n"));
        let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{kind}content-length: {}\r\n{}\r\n{body}",
            self.address,
            body.len(),
            bearer.unwrap_or_default(),
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status in {head:?}"));
        let body = serde_json::from_str(body).unwrap_or_else(|_| json!(body));
        Answered { status, head: head.to_ascii_lowercase(), body }
    }
}

impl Answered {
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// It is a problem of this code.
    #[track_caller]
    pub fn says(self, code: &str) -> Self {
        assert!(self.head.contains("application/problem+json"), "{self:?}");
        assert_eq!(self.body["code"], code, "{self:?}");
        self
    }
}
