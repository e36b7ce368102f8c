//! `config`: the skill's own section of the settings.

use crate::bindings::config::Host;
use crate::guest::Guest;
use crate::host::Refusal;
use crate::session::Session;

impl Session {
    /// One top-level key, as JSON.
    pub(crate) fn setting(&self, key: &str) -> Option<String> {
        self.scope.config.get(key).map(ToString::to_string)
    }
}

impl Host for Guest {
    async fn get(&mut self, key: String) -> Result<Option<String>, Refusal> {
        self.session.count()?;
        Ok(self.session.setting(&key))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Rig;

    #[test]
    fn a_key_is_json_and_an_unset_one_is_none() {
        let mut rig = Rig::new();
        rig.config = json!({"limit": 80, "names": ["a"], "text": "x"});
        let session = rig.session();
        for (key, expected) in [
            ("limit", Some("80")),
            ("names", Some("[\"a\"]")),
            ("text", Some("\"x\"")),
            ("names.0", None),
            ("", None),
        ] {
            assert_eq!(session.setting(key).as_deref(), expected, "{key}");
        }
    }
}
