//! "What about the database?" behind a command that changes something is a
//! question, and is answered with one: "Shall I also start the database?" Nothing
//! runs before a person says yes to that.

use std::sync::Arc;

use jarvis_domain::invocation::{Missing, Watcher};
use jarvis_domain::{CommandName, Language, Risk, say};
use jarvis_skill_host::{Asker, Tried};

use super::Last;
use crate::assistant::{Meant, Spoken};
use crate::conversation::{Open, Pending};
use crate::talking::CONSENT;
use crate::times::Later;
use crate::{Assistant, Conversation, Heard, Said};

/// How many steps are named.
const MOST: usize = 3;

impl Assistant {
    /// What was asked about: a look is had at once; to all else a person says yes
    /// first.
    pub(super) async fn offer(
        &self,
        meant: Meant,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: &Arc<dyn Watcher>,
    ) -> Spoken {
        // A yes in advance is one to a command, and this was a question.
        let heard = &Heard { confirmed: false, ..heard.clone() };
        let (command, language) = (meant.best.command.clone(), heard.language());
        let (_, open) = self.clear(&meant);
        let is_open = open.is_some();
        if is_open || self.looks_only(&command) || self.host.is_asked_about(&command, asker) {
            let shall = is_open && !self.looks_only(&command);
            let said = self.act(meant, heard, conversation, asker, Arc::clone(watcher)).await;
            return if shall {
                let text = say!(
                    language,
                    en: "Shall I do the same there?",
                    de: "Soll dort dasselbe geschehen?",
                );
                said.map(|said| said.behind(&text))
            } else {
                said
            };
        }
        let last = self.last_of(&meant, heard);
        let tried = self.host.try_out(last.invocation.clone(), asker, Arc::clone(watcher)).await?;
        let text = match &tried {
            Tried::Nothing(why) => return Ok(Said::Dropped(why.clone())),
            Tried::Would(steps) => shall_i_also(steps, &self.told_time(&last, language), language),
            Tried::Open(_) => {
                let when = self.told_time(&last, language);
                say!(
                    language,
                    en: "Shall I also run {command} there{when}?",
                    de: "Soll ich dort{when} auch {command} ausführen?",
                )
            }
        };
        conversation.ask(Open::Offer(Box::new(last)), self.clock.now());
        Ok(Said::Missing(Missing { parameter: CONSENT.to_owned(), text }))
    }

    /// When it is to be done, behind a space; nothing where it is at once.
    fn told_time(&self, last: &Last, language: Language) -> String {
        let told = |later: &Later| self.when().ahead(later.due, language);
        match last.later.as_ref().map(told) {
            // What is put in between commas ends with one, where more follows it.
            Some(when) if language == Language::German && when.contains(',') => format!(" {when},"),
            Some(when) => format!(" {when}"),
            None => String::new(),
        }
    }

    /// A person said yes to it.
    pub(crate) async fn take_up(
        &self,
        last: Last,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: &Arc<dyn Watcher>,
    ) -> Spoken {
        let (invocation, later) = (last.invocation.clone(), last.later.clone());
        conversation.last = Some(Last { at: self.clock.now(), ..last });
        let pending = Pending { invocation, later };
        self.run(pending, heard, conversation, asker, Arc::clone(watcher)).await
    }

    /// Whether `command` changes nothing.
    pub(super) fn looks_only(&self, command: &CommandName) -> bool {
        let catalog = self.host.catalog();
        catalog.command(command).is_some_and(|(_, spec)| spec.risk == Risk::Read)
    }
}

fn shall_i_also(steps: &[String], when: &str, language: Language) -> String {
    let and = say!(language, en: ", and ", de: " und ");
    let named = steps.get(..MOST).unwrap_or(steps).join(&and);
    let more = match steps.len().saturating_sub(MOST) {
        0 => String::new(),
        more => say!(language, en: ", and {more} more", de: " und {more} weitere"),
    };
    say!(
        language,
        en: "Shall I also {named}{more}{when}?",
        de: "Soll ich{when} auch {named}{more}?",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_named_and_no_list_is_read_out() {
        let steps: Vec<String> = (1..6).map(|number| format!("start VM {number}")).collect();
        assert_eq!(shall_i_also(&steps[..1], "", Language::English), "Shall I also start VM 1?");
        assert_eq!(
            shall_i_also(&steps[..2], "", Language::English),
            "Shall I also start VM 1, and start VM 2?"
        );
        let many = "Shall I also start VM 1, and start VM 2, and start VM 3, and 2 more?";
        assert_eq!(shall_i_also(&steps, "", Language::English), many);
        let step = ["VM 1 starten".to_owned()];
        let german = shall_i_also(&step, " in 5 Minuten, um 20:14,", Language::German);
        assert_eq!(german, "Soll ich in 5 Minuten, um 20:14, auch VM 1 starten?");
    }
}
