//! Which models Ollama has. Jarvis understands its own sentences without one.

use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use jarvis_domain::Clock;
use serde::Deserialize;
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(5);
/// A list of models has some kilobytes.
const MOST: usize = 4 << 20;

/// What became of asking for a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Ollama has it.
    Ready,
    /// Ollama answers, and does not have it.
    Missing,
    /// Nobody answers as Ollama does, for this reason.
    Silent(String),
}

/// The answer of `GET /api/tags` (Ollama's API), as far as it is looked at.
#[derive(Debug, Deserialize)]
struct Tags {
    models: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
struct Tag {
    name: String,
}

/// Asks the Ollama at `host`, a URL, for `model`.
pub(crate) async fn look(host: &str, model: &str, clock: &dyn Clock) -> Standing {
    let told = tokio::select! {
        told = tags(host) => told,
        () = clock.sleep(PATIENCE) => Err("it does not answer".to_owned()),
    };
    let tags = match told {
        Ok(tags) => tags,
        Err(why) => return Standing::Silent(why),
    };
    // A name without a tag means the tag latest.
    let wanted = if model.contains(':') { model.to_owned() } else { format!("{model}:latest") };
    if tags.models.iter().any(|known| known.name == wanted) {
        Standing::Ready
    } else {
        Standing::Missing
    }
}

async fn tags(host: &str) -> Result<Tags, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let authority = host.strip_prefix("http://").ok_or("only http:// is asked here")?;
    let authority = authority.trim_end_matches('/');
    let address = if authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
    {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let stream = TcpStream::connect(&address).await.map_err(|error| text(&error))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| text(&error))?;
    let request = hyper::Request::get("/api/tags")
        .header(hyper::header::HOST, authority)
        .body(Empty::<Bytes>::new())
        .map_err(|error| text(&error))?;
    // Ends with the answer, or when this is given up and its sender dropped.
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(|error| text(&error))?;
    if !response.status().is_success() {
        return Err(format!("it answers {}", response.status()));
    }
    let body = Limited::new(response.into_body(), MOST);
    let body = body.collect().await.map_err(|error| text(&error))?.to_bytes();
    serde_json::from_slice(&body).map_err(|error| format!("that is not Ollama: {error}"))
}

#[cfg(test)]
pub(crate) mod tests {
    use jarvis_domain::SystemClock;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// What Ollama says that has two models.
    pub(crate) const KNOWN: &str = r#"{"models":[{"name":"mistral:7b"},{"name":"llama3:latest"}]}"#;

    /// A server that answers one request so; its URL.
    pub(crate) async fn server(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                stream.read_buf(&mut asked).await.unwrap();
            }
            assert!(asked.starts_with(b"GET /api/tags HTTP/1.1\r\n"));
            let length = answer.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{answer}");
            stream.write_all(head.as_bytes()).await.unwrap();
        });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn a_model_is_there_or_missing_or_nobody_answers() {
        for (answer, model, expected) in [
            (KNOWN, "mistral:7b", Some(Standing::Ready)),
            (KNOWN, "llama3", Some(Standing::Ready)),
            (KNOWN, "phi3", Some(Standing::Missing)),
            ("<html>", "phi3", None),
        ] {
            let found = look(&server(answer).await, model, &SystemClock).await;
            match expected {
                Some(expected) => assert_eq!(found, expected, "{model}"),
                None => assert!(matches!(found, Standing::Silent(_)), "{found:?}"),
            }
        }
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        for host in [format!("http://{gone}"), "https://ollama".to_owned(), String::new()] {
            let found = look(&host, "phi3", &SystemClock).await;
            assert!(matches!(found, Standing::Silent(_)), "{host}: {found:?}");
        }
    }
}
