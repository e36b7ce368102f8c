//! The smallest skill: it says hello.

use jarvis_skill::{Error, Reply, Request};

/// Answers one command. The host has nothing to offer that is needed here; a
/// skill that looks at the cluster writes `host: &impl Inventory` instead.
pub fn invoke<H>(_host: &H, request: &Request) -> Result<Reply, Error> {
    match request.command.as_str() {
        "hello" => {
            let name: Option<String> = request.optional("name")?;
            let name = name.unwrap_or_else(|| "world".to_owned());
            Ok(Reply::done(format!("Hello, {name}!")))
        }
        _ => Err(request.unknown_command()),
    }
}

jarvis_skill::export!(invoke);

#[cfg(test)]
mod tests {
    use jarvis_skill::mock::MockHost;

    use super::*;

    #[test]
    fn says_hello() {
        let host = MockHost::new();
        let hello = Request::new("hello");
        assert_eq!(invoke(&host, &hello).unwrap().speech, "Hello, world!");
        assert_eq!(invoke(&host, &hello.with("name", "Ada")).unwrap().speech, "Hello, Ada!");
        assert!(invoke(&host, &Request::new("goodbye")).is_err());
    }
}
