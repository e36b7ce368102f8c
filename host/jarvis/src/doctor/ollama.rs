//! Whether the language model is there. Jarvis understands its own sentences
//! without one.

use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;

use super::{Finding, Patient};

const CHECK: &str = "ollama";
const PATIENCE: Duration = Duration::from_secs(5);
/// A list of models has some kilobytes.
const MOST: usize = 4 << 20;

/// The answer of `GET /api/tags` (Ollama's API), as far as it is looked at.
#[derive(Debug, Deserialize)]
struct Tags {
    models: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
struct Tag {
    name: String,
}

/// Asks Ollama for its models.
pub(super) async fn look(patient: &Patient<'_>) -> Finding {
    let llm = &patient.settings.llm;
    let told = tokio::select! {
        told = tags(&llm.host) => told,
        () = patient.clock.sleep(PATIENCE) => Err("it does not answer".to_owned()),
    };
    judge(&llm.host, &llm.model, told)
}

fn judge(host: &str, model: &str, told: Result<Tags, String>) -> Finding {
    let tags = match told {
        Ok(tags) => tags,
        Err(why) => {
            return Finding::without(
                CHECK,
                format!("no language model at {host}: {why}"),
                "Jarvis understands its own sentences without one. For more, start Ollama, or set llm.host or OLLAMA_HOST.",
            );
        }
    };
    // A name without a tag means the tag latest.
    let wanted = if model.contains(':') { model.to_owned() } else { format!("{model}:latest") };
    if tags.models.iter().any(|known| known.name == wanted) {
        return Finding::well(CHECK, format!("{model} is at {host}"));
    }
    Finding::without(
        CHECK,
        format!("Ollama answers at {host}, and does not have {model}"),
        format!("ollama pull {model}"),
    )
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
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::Health;
    use super::*;

    /// A server that answers one request so.
    async fn server(answer: &'static str) -> String {
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
    async fn a_model_is_there_or_can_be_pulled_or_nobody_answers() {
        let known = r#"{"models":[{"name":"mistral:7b"},{"name":"llama3:latest"}]}"#;
        for (answer, model, expected) in [
            (known, "mistral:7b", Health::Well),
            (known, "llama3", Health::Well),
            (known, "phi3", Health::Without),
            ("<html>", "phi3", Health::Without),
        ] {
            let host = server(answer).await;
            let found = judge(&host, model, tags(&host).await);
            assert_eq!(found.state, expected, "{found:?}");
            assert_eq!(
                found.hint.as_deref() == Some("ollama pull phi3"),
                answer == known && model == "phi3"
            );
        }
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        for host in [format!("http://{gone}"), "https://ollama".to_owned(), String::new()] {
            let found = judge(&host, "phi3", tags(&host).await);
            assert_eq!(found.state, Health::Without, "{found:?}");
        }
    }
}
