//! Something that happened, for a skill that asked to be told.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::Error;

/// Something that happened. Which topics there are, and what their data holds,
/// stands in `wit/events.wit`.
///
/// A skill takes events with a second function beside its `invoke`, and names
/// the topics in its manifest:
///
/// ```
/// use jarvis_skill::{Error, Event, Kv, Reply, Request};
///
/// fn invoke(host: &impl Kv, request: &Request) -> Result<Reply, Error> {
///     let seen = host.keys(Some("seen/"), &jarvis_skill::Page { cursor: None, limit: None })?;
///     Ok(Reply::done(format!("I have seen {} events.", seen.keys.len())))
/// }
///
/// // The same event may come twice: its id makes the second time harmless.
/// fn on_event(host: &impl Kv, event: &Event) -> Result<(), Error> {
///     host.store(&format!("seen/{}", event.id), event.topic.as_bytes(), None, None)?;
///     Ok(())
/// }
///
/// jarvis_skill::export!(invoke, on_event);
///
/// use jarvis_skill::mock::MockHost;
/// let host = MockHost::new();
/// let event = Event::new("guest.state").with("guest", 101);
/// for _ in 0..2 {
///     on_event(&host, &event).unwrap();
/// }
/// assert_eq!(invoke(&host, &Request::new("count")).unwrap().speech, "I have seen 1 events.");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The same id is the same event.
    pub id: String,
    /// What kind: `guest.state`. Ignore what you do not know.
    pub topic: String,
    /// When it happened, milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// What it happened to, `cluster/kind/id`.
    pub subject: String,
    /// What else there is to say.
    pub data: Map<String, Value>,
}

impl Event {
    /// An event without data; for tests.
    pub fn new(topic: impl Into<String>) -> Self {
        Self {
            id: "test".to_owned(),
            topic: topic.into(),
            at_ms: 0,
            subject: String::new(),
            data: Map::new(),
        }
    }

    /// With one value more; for tests.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.data.insert(name.into(), value.into());
        self
    }

    /// A value that must be there.
    pub fn value<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        let value = self.data.get(name).unwrap_or(&Value::Null);
        T::deserialize(value).map_err(|error| {
            Error::refused(format!("{name} of the event {} cannot be used: {error}.", self.topic))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_typed_or_say_what_is_wrong() {
        let event = Event::new("guest.state").with("guest", 101).with("before", Value::Null);
        assert_eq!(event.value::<u32>("guest"), Ok(101));
        assert_eq!(event.value::<Option<String>>("before"), Ok(None));
        for name in ["before", "absent", "guest"] {
            let told = event.value::<String>(name).unwrap_err().sentence();
            assert!(told.contains(&format!("{name} of the event guest.state")), "{told}");
        }
    }
}
