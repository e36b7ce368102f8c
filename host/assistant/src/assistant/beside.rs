//! What is understood beside the sentences of skills: times, timers, and what
//! was announced.

use jarvis_domain::invocation::{Answer, Choice};
use jarvis_domain::{
    ClusterId, Explain, Fault, Invocation, Language, Origin, RequestId, TimerId, say,
};
use jarvis_skill_host::{Asker, TimerOrder, When};
use jiff::tz::TimeZone;

use super::{Assistant, Heard, Meant, Said, Spoken};
use crate::answers::{asks_again, is_thanks, pick, picked};
use crate::conversation::Open;
use crate::{AssistantError, Conversation, orders, times};

impl Assistant {
    /// What is said of an announcement: that it was heard, or "say again".
    pub(super) fn about_announcements(
        &self,
        words: &str,
        heard: &Heard,
        conversation: &Conversation,
    ) -> Option<Said> {
        let (place, language) = (heard.place.as_deref(), heard.language());
        let announcements = self.announcements.as_ref()?;
        // Whoever speaks there has heard it, whatever they say.
        let urgent = place.is_some_and(|place| announcements.answered(place));
        if asks_again(words, language) {
            let last = announcements.last(place).unwrap_or_else(|| {
                say!(
                    language,
                    en: "I have not announced anything.",
                    de: "Es gab noch keine Ansage.",
                )
            });
            return Some(Said::Dropped(last));
        }
        let thanks = urgent && !conversation.is_open() && is_thanks(words, language);
        thanks.then(|| Said::Dropped(say!(language, en: "All right.", de: "In Ordnung.")))
    }

    /// As [`Self::meant`], where the words may name a time to do it at.
    pub(crate) async fn meant_in_time(
        &self,
        words: &str,
        said: Option<&ClusterId>,
        language: Language,
    ) -> Result<Meant, Box<Fault>> {
        let Some(later) = self.time_in(words, language) else {
            return self.meant(words, said, language).await;
        };
        match self.meant(&later.rest, said, language).await {
            Ok(meant) => Ok(Meant { later: Some(later), ..meant }),
            // "At nine" may be a part of a name, and is not to be lost in one that is nearly it.
            Err(fault) => match self.meant(words, said, language).await {
                Ok(meant) if self.clear(&meant).1.is_none() => Ok(meant),
                _ => Err(fault),
            },
        }
    }

    /// The time that is named in `words`. A host that does not stay until then
    /// hears of it too, and says so.
    fn time_in(&self, words: &str, language: Language) -> Option<times::Later> {
        times::split(words, &self.when(), language)
    }

    /// What clocks show now.
    pub(crate) fn when(&self) -> When {
        match self.host.timers() {
            Ok(timers) => timers.when(),
            Err(_) => When::new(self.clock.now(), TimeZone::system()),
        }
    }

    /// What is said of timers; none where it is about something else.
    pub(super) async fn of_timers(
        &self,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
    ) -> Option<Spoken> {
        let order = match orders::said(heard.words.trim(), &self.when(), heard.language())? {
            orders::Said::NoTime => return Some(Err(AssistantError::NoTime.fault())),
            orders::Said::Order(order) => order,
            orders::Said::Perhaps(order) => {
                let timers = self.host.timers().ok()?;
                // Else it is a command, or a sentence that nobody understands.
                let is_one = match &order {
                    TimerOrder::Cancel { which } | TimerOrder::Left { which } => timers.has(which),
                    TimerOrder::Set { .. } | TimerOrder::List | TimerOrder::CancelAll => true,
                };
                if !is_one {
                    return None;
                }
                order
            }
        };
        self.order(order, heard, conversation, asker).await
    }

    /// The id of the timer that `words` pick of those in `choice`, or name.
    pub(super) fn timer_picked(
        &self,
        words: &str,
        choice: &Choice,
        language: Language,
    ) -> Option<String> {
        if let Some(option) = pick(words, choice, language) {
            return option.value.as_str().map(str::to_owned);
        }
        // "The five minute one": of those alone, since other words are another command.
        let offered = choice.options.iter().filter_map(|one| one.value.as_str()?.parse().ok());
        let offered: Vec<TimerId> = offered.collect();
        let timers = self.host.timers().ok()?;
        timers.only_one_called(&picked(words, language), &offered).map(|id| id.to_string())
    }

    /// Carries out what is wanted of timers, or remembers that it was asked which.
    pub(super) async fn order(
        &self,
        order: TimerOrder,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
    ) -> Option<Spoken> {
        let timers = match self.host.timers() {
            Ok(timers) => timers,
            Err(fault) => return Some(Err(fault)),
        };
        let said = Invocation {
            request: RequestId::new(),
            cluster: heard.cluster.clone().unwrap_or_else(|| self.host.cluster().clone()),
            command: order.command()?,
            arguments: order.arguments(),
            origin: Origin::Template,
            locale: heard.locale.clone(),
            words: Some(heard.words.clone()),
            confirmed: heard.confirmed,
            chosen: None,
        };
        let asked = order.clone();
        let answered = timers.order(order, said, asker, heard.place.as_deref()).await;
        Some(answered.map(|answer| match answer {
            Answer::Reply(reply) => Said::Reply(reply),
            Answer::Question(question) => Said::Question(question),
            Answer::Choice(choice) => {
                conversation.ask(Open::Timer(asked, choice.clone()), self.clock.now());
                Said::Choice(choice)
            }
            Answer::Missing(missing) => Said::Missing(missing),
        }))
    }
}
