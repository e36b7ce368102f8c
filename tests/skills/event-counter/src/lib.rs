//! A skill of the tests: it notes each event that it takes, and lists them.

use jarvis_skill::{Error, Event, Kv, Page, Reply, Request};

/// Where the events are noted, by a number that grows.
const PREFIX: &str = "took/";

/// Lists what came.
pub fn invoke(host: &impl Kv, request: &Request) -> Result<Reply, Error> {
    match request.command.as_str() {
        "list" => {
            let mut lines = Vec::new();
            for key in keys(host)? {
                let entry = host.stored(&key)?;
                lines.extend(entry.map(|entry| String::from_utf8_lossy(&entry.value).into_owned()));
            }
            Ok(Reply::done(format!("Events: {}.", lines.len())).with_detail(lines.join("\n")))
        }
        _ => Err(request.unknown_command()),
    }
}

/// Notes `topic subject from to id`, and prints it.
pub fn on_event(host: &impl Kv, event: &Event) -> Result<(), Error> {
    let word = |name: &str| event.value::<Option<String>>(name).ok().flatten();
    let words = [
        Some(event.topic.clone()),
        Some(event.subject.clone()),
        word("before"),
        word("after").or_else(|| word("ended")),
        Some(event.id.clone()),
    ];
    let line: Vec<String> = words.into_iter().map(|word| word.unwrap_or("-".to_owned())).collect();
    let line = line.join(" ");
    let key = format!("{PREFIX}{:06}", keys(host)?.len());
    host.store(&key, line.as_bytes(), None, Some(0))?;
    println!("took {line}");
    Ok(())
}

fn keys(host: &impl Kv) -> Result<Vec<String>, Error> {
    Ok(host.keys(Some(PREFIX), &Page { cursor: None, limit: None })?.keys)
}

jarvis_skill::export!(invoke, on_event);

#[cfg(test)]
mod tests {
    use jarvis_skill::mock::MockHost;

    use super::*;

    #[test]
    fn what_came_is_listed_in_order() {
        let host = MockHost::new();
        let went = Event::new("guest.state").with("before", "running").with("after", ());
        on_event(&host, &went).unwrap();
        on_event(&host, &Event::new("operation.ended").with("ended", "ok")).unwrap();
        let reply = invoke(&host, &Request::new("list")).unwrap();
        let lines = "guest.state  running - test\noperation.ended  - ok test";
        assert_eq!(reply.detail.as_deref(), Some(lines));
    }
}
