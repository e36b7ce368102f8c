//! A console by the HTTPS API: `termproxy` opens it, and only the node that
//! was asked for it has it, so that the connection has to go there too.

use std::sync::Arc;

use hyper::Method;
use jarvis_domain::{ConsoleSize, Field};
use serde_json::Value;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Request, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::answer::{self, Asked};
use super::error::ApiError;
use super::wire::{Body, Headers, Outgoing, Unanswered};
use super::{Api, form};
use crate::ClusterError;
use crate::console::{Behind, ConsoleError, Far, Place};
use crate::lenient::text;
use crate::pvesh::within;

/// The longest message that is read; `pveproxy` sends some KiB at a time.
const MESSAGE: usize = 1 << 20;

impl Api {
    /// Opens the console of `place`, as whoever acts.
    pub(crate) async fn console(
        &self,
        place: &Place,
        size: ConsoleSize,
    ) -> Result<Far, ClusterError> {
        let (path, fields) = asked(place);
        let what = format!("create {path}/termproxy");
        let Some(session) = &self.act else { return Err(ApiError::ReadOnly { what }.into()) };
        let outgoing = Outgoing {
            method: Method::POST,
            target: format!("/api2/json{path}/termproxy"),
            body: Body(encoded(&fields).into()),
            // The node of the terminal may be another one.
            own: false,
        };
        let posted = self.post(&what, &outgoing, session).await;
        let (reply, endpoint) = posted.map_err(|unanswered| match unanswered {
            Unanswered::Unsent(error) | Unanswered::Lost(error) => error,
        })?;
        let data = answer::data(&Asked { what: &what, who: session.who(), login: false }, &reply)?;
        let told = |name| text(&data, name).filter(|text| !text.is_empty());
        let port = data.get("port").and_then(number);
        let (Some(user), Some(ticket), Some(port)) = (told("user"), told("ticket"), port) else {
            let why = "it has no user, ticket and port".to_owned();
            return Err(ClusterError::Garbled { what, why });
        };
        let port = port.to_string();
        let query = form::encoded([("port", port.as_str()), ("vncticket", ticket)]);
        let headers = session.headers(&self.wire, &*self.clock).await?;
        let address = format!("wss://{endpoint}/api2/json{path}/vncwebsocket?{query}");
        let request = request(&address, headers).map_err(|why| refused(&path, why))?;
        let after = self.timeouts.write_answer;
        let late = || ApiError::TimedOut { what: what.clone(), after }.into();
        let connect = async {
            let stream = self.wire.stream(&endpoint).await?;
            let config = WebSocketConfig::default()
                .max_message_size(Some(MESSAGE))
                .max_frame_size(Some(MESSAGE));
            let connected = client_async_with_config(request, stream, Some(config)).await;
            // Its text may hold the address, and with it the ticket.
            let (socket, _) = connected.map_err(|error| refused(&path, said(&error)))?;
            Far::begin(path.clone(), socket, (user, ticket), size, Arc::clone(&self.clock)).await
        };
        within(&*self.clock, after, connect, late).await?
    }
}

/// Where a console is asked for, and with what.
fn asked(place: &Place) -> (String, Vec<Field>) {
    let node = &place.node;
    match &place.guest {
        None => (format!("/nodes/{node}"), Vec::new()),
        Some(Behind::Container(vmid)) => (format!("/nodes/{node}/lxc/{vmid}"), Vec::new()),
        Some(Behind::Vm(vmid, serial)) => {
            let serial = Field { name: "serial".to_owned(), value: serial.clone() };
            (format!("/nodes/{node}/qemu/{vmid}"), vec![serial])
        }
    }
}

fn encoded(fields: &[Field]) -> String {
    form::encoded(fields.iter().map(|field| (field.name.as_str(), field.value.as_str())))
}

fn request(address: &str, headers: Headers) -> Result<Request<()>, String> {
    let mut request = address.into_client_request().map_err(|error| said(&error))?;
    let own = request.headers_mut();
    own.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("binary"));
    own.extend(headers);
    Ok(request)
}

/// A port, which some versions write as text.
fn number(value: &Value) -> Option<u16> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u16::try_from(number).ok()
}

fn said(error: &tokio_tungstenite::tungstenite::Error) -> String {
    use tokio_tungstenite::tungstenite::Error;
    match error {
        Error::Http(answer) => format!("it answers {}", answer.status()),
        Error::Url(_) | Error::HttpFormat(_) => "its answer makes no address".to_owned(),
        error => error.to_string(),
    }
}

fn refused(path: &str, why: String) -> ClusterError {
    ConsoleError::NotConnected { what: path.to_owned(), why }.into()
}
