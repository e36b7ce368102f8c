//! What words mean: on which cluster, which command, how certain.

use jarvis_domain::invocation::Chosen;
use jarvis_domain::{
    ClusterId, CommandName, Explain, Fault, Invocation, Language, Origin, RequestId, Risk,
};
use jarvis_sentences::{Match, Recognition, SentencesError, Slot};
use jarvis_skill_host::Understanding;
use serde_json::{Map, Value};

use super::{Assistant, Heard};
use crate::{place, times};

/// What words mean, and where.
#[derive(Debug)]
pub(crate) struct Meant {
    /// When it is to be done; none: now.
    pub(crate) later: Option<times::Later>,
    pub(crate) cluster: ClusterId,
    pub(crate) understanding: Understanding,
    pub(crate) best: Match,
    /// The words that mean it, without the cluster.
    pub(crate) words: String,
    /// What they would mean next best.
    pub(crate) runner_up: Option<CommandName>,
    /// How long it took to find out, microseconds.
    pub(crate) took_us: u64,
}

/// Why words mean nothing for certain, and what they are nearly: to be asked about,
/// never to be acted on.
#[derive(Debug)]
struct Unclear {
    error: SentencesError,
    near: Option<Box<Meant>>,
}

impl Meant {
    /// The command that this is, with these of its arguments.
    pub(crate) fn invocation(&self, arguments: Map<String, Value>, heard: &Heard) -> Invocation {
        Invocation {
            request: RequestId::new(),
            cluster: self.cluster.clone(),
            command: self.best.command.clone(),
            arguments,
            origin: Origin::Template,
            locale: heard.locale.clone(),
            words: Some(heard.words.clone()),
            confirmed: heard.confirmed,
            chosen: Some(Chosen::Sentence {
                template: self.best.template.clone(),
                runner_up: self.runner_up.clone(),
                took_us: self.took_us,
            }),
        }
    }
}

impl Assistant {
    /// Whether `words` only look like a question about something that there is
    /// not: "how is the weather" has the form of "how is the web server".
    pub(super) async fn is_far(&self, words: &str, heard: &Heard) -> bool {
        let cluster = heard.cluster.as_ref().unwrap_or(self.host.cluster());
        let understanding = self.host.understanding(cluster, heard.language()).await;
        let Ok(understanding) = understanding else { return false };
        let found = understanding.sentences.recognize(words, &understanding.names);
        let Recognition::UnknownName(unknown) = found else { return false };
        let catalog = self.host.catalog();
        let looks =
            catalog.command(&unknown.command).is_some_and(|(_, spec)| spec.risk == Risk::Read);
        self.talker.is_some() && looks && unknown.nearest.is_empty()
    }

    /// What `words` mean, and on which cluster: the one that the caller or the
    /// words name, else the main one. Where they mean nothing there and
    /// something on exactly one other, they mean that. What they are nearly counts
    /// only where they mean nothing at all.
    pub(crate) async fn meant(
        &self,
        words: &str,
        said: Option<&ClusterId>,
        language: Language,
    ) -> Result<Meant, Box<Fault>> {
        if let Some(cluster) = said {
            return self.meant_on(cluster, words, language).await?.or_else(Unclear::or_near);
        }
        let main = self.host.cluster();
        let others: Vec<&ClusterId> = self
            .host
            .clusters()
            .map(|(cluster, _)| cluster)
            .filter(|other| *other != main)
            .collect();
        if others.is_empty() {
            return self.meant_on(main, words, language).await?.or_else(Unclear::or_near);
        }
        let mut not_there = None;
        if let Some(named) = place::named(words, self.host.clusters(), language) {
            match self.meant_on(&named.cluster, &named.words, language).await? {
                Ok(meant) => return Ok(meant),
                // Whoever names a cluster does not mean another; but the main
                // one may have something of its own name.
                Err(unclear) if named.cluster == *main => not_there = Some(unclear),
                Err(unclear) => return unclear.or_near(),
            }
        }
        let here = match self.meant_on(main, words, language).await? {
            Ok(meant) => return Ok(meant),
            Err(unclear) => not_there.unwrap_or(unclear),
        };
        let mut found = Vec::new();
        for cluster in others {
            match self.meant_on(cluster, words, language).await {
                Ok(Ok(meant)) => found.push(meant),
                Ok(Err(_)) => {}
                // Who knows what that one has.
                Err(_) => return Err(here.error.fault()),
            }
        }
        match found.pop() {
            Some(only) if found.is_empty() => Ok(only),
            None => here.or_near(),
            Some(_) => Err(here.error.fault()),
        }
    }

    /// What `words` mean on `cluster`, or that they mean nothing for certain there.
    ///
    /// # Errors
    /// It cannot be known: the cluster is silent.
    async fn meant_on(
        &self,
        cluster: &ClusterId,
        words: &str,
        language: Language,
    ) -> Result<Result<Meant, Unclear>, Box<Fault>> {
        let understanding = self.host.understanding(cluster, language).await?;
        let began = std::time::Instant::now();
        let found = matches(words, &understanding, |command, slot| self.needs(command, slot));
        let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let meant = |best: Match, others: Vec<Match>| Meant {
            later: None,
            cluster: cluster.clone(),
            understanding,
            runner_up: others.into_iter().map(|other| other.command).find(|it| *it != best.command),
            best,
            words: words.to_owned(),
            took_us,
        };
        Ok(match found {
            Ok((best, others)) => Ok(meant(best, others)),
            Err((error, near)) => {
                Err(Unclear { error, near: near.map(|near| Box::new(meant(*near, Vec::new()))) })
            }
        })
    }

    /// Whether `command` cannot run without `slot`.
    pub(super) fn needs(&self, command: &CommandName, slot: &str) -> bool {
        let catalog = self.host.catalog();
        let Some((_, spec)) = catalog.command(command) else { return false };
        spec.parameters.iter().any(|one| one.required && one.name == slot)
    }

    /// The arguments of `meant` that are clear, and the first slot that is not: what
    /// interrupts something has to be named rightly.
    pub(crate) fn clear<'m>(&self, meant: &'m Meant) -> (Map<String, Value>, Option<&'m Slot>) {
        let catalog = self.host.catalog();
        let command = catalog.command(&meant.best.command);
        let interrupts = command.is_none_or(|(_, spec)| spec.risk == Risk::Destructive);
        arguments(&meant.best, interrupts)
    }
}

impl Unclear {
    /// What the words are nearly, to be asked about; the error where they are nothing.
    fn or_near(self) -> Result<Meant, Box<Fault>> {
        self.near.map(|near| *near).ok_or_else(|| self.error.fault())
    }
}

/// The best match, and the others.
type Found = (Match, Vec<Match>);

/// The best match for `words` and the others; else why there is none, and what
/// they are nearly. `needs`: whether a command cannot do without a slot.
pub(super) fn matches(
    words: &str,
    understanding: &Understanding,
    needs: impl Fn(&CommandName, &str) -> bool,
) -> Result<Found, (SentencesError, Option<Box<Match>>)> {
    let heard = || SentencesError::cut(words);
    let error = match understanding.sentences.recognize(words, &understanding.names) {
        Recognition::Matched { matches } => {
            let mut matches = matches.into_iter();
            if let Some(best) = matches.next() {
                return Ok((best, matches.collect()));
            }
            SentencesError::Unknown { heard: heard(), examples: Vec::new() }
        }
        // Asked for where the command needs it; without it, what may go without would do
        // more than was said: "wake all nodes except the server".
        Recognition::Unnamed { slot, kind, heard, meant } => {
            let heard = SentencesError::cut(&heard);
            let error = SentencesError::NameUnknown { kind, heard, nearest: Vec::new() };
            return Err((error, Some(meant).filter(|meant| needs(&meant.command, &slot))));
        }
        Recognition::UnknownName(unknown) => {
            let heard = SentencesError::cut(&unknown.heard);
            let (kind, nearest) = (unknown.kind, unknown.nearest);
            return Err((SentencesError::NameUnknown { kind, heard, nearest }, unknown.meant));
        }
        Recognition::None { examples } => SentencesError::Unknown { heard: heard(), examples },
        Recognition::TooLong { characters } => SentencesError::TooLong { characters },
    };
    Err((error, None))
}

/// The arguments that are clear, and the first slot that is not.
fn arguments(best: &Match, interrupts: bool) -> (Map<String, Value>, Option<&Slot>) {
    let mut clear = Map::new();
    let mut open = None;
    for slot in &best.slots {
        match slot.value.json().filter(|_| !slot.is_open(interrupts)) {
            Some(value) => {
                clear.insert(slot.name.clone(), value);
            }
            None => open = open.or(Some(slot)),
        }
    }
    (clear, open)
}
