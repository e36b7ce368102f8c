//! What every door hands its requests to.

mod decide;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jarvis_assistant::{Announcements, Assistant, Conversation, Heard, Said, Understood};
use jarvis_domain::announce::Priority;
use jarvis_domain::event::EventQueue;
use jarvis_domain::figures::{EngineFigures, SkillFigures};
use jarvis_domain::identity::{Identity, NewKey};
use jarvis_domain::invocation::{Answer, Watcher};
use jarvis_domain::records::{Part, Records};
use jarvis_domain::run::RunRecord;
use jarvis_domain::skill_log::SkillLogs;
use jarvis_domain::{
    Caller, Explain, Fault, Invocation, Language, Origin, RequestId, Role, RunId, SkillId,
};
use jarvis_skill_host::reload::ReloadError;
use jarvis_skill_host::{Asker, ForLater, Reloader, SkillHost, TimerOrder};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::heard;
use crate::keys;
use crate::skills;
use crate::wire::{
    Hello, InvokeRequest, MadeKey, NewAnnouncement, Recognized, Request, Response, Shown,
    SkillGrants, SkillLogQuery, SkillSummary, Words,
};
use crate::{ApiError, Microphones, NewTimer, Timer};

pub(crate) use decide::{Holds, SkillDecision};

/// The parts of a [`Service`].
#[derive(Debug)]
pub struct ServiceParts {
    /// Understands words.
    pub assistant: Assistant,
    /// Runs commands.
    pub skill_host: Arc<SkillHost>,
    /// Keeps its skills.
    pub reloader: Arc<Reloader>,
    /// The skills' events.
    pub events: Arc<dyn EventQueue>,
    /// What was written down.
    pub records: Arc<dyn Records>,
    /// What skills write and print.
    pub skill_logs: Arc<dyn SkillLogs>,
    /// The microphones that somebody sits at.
    pub microphones: Arc<Microphones>,
    /// What is said aloud.
    pub announcements: Arc<Announcements>,
    /// The engines of speech that run in children of this host, as they are now.
    pub engines: fn() -> Vec<EngineFigures>,
    /// Whether the cluster is simulated.
    pub demo: bool,
    /// What is spoken where a request names no language.
    pub language: Language,
}

/// Answers requests, whichever door they came through.
#[derive(Debug)]
pub struct Service {
    parts: ServiceParts,
    /// See [`Service::changing_keys`].
    changing_keys: Arc<Mutex<()>>,
    /// See [`Service::changing_grants`].
    changing_grants: Arc<Mutex<()>>,
    /// Only a host that serves lets people and programs sign in.
    identity: OnceLock<Arc<dyn Identity>>,
}

/// The most run records or audit lines in one answer, by number and by bytes.
/// The longest record is far below what then is left of a line.
const MOST: usize = 1000;
const MOST_BYTES: usize = 1024 * 1024;
/// The most runs that are named where a beginning of an id fits several.
pub(crate) const CANDIDATES: usize = 5;
/// How long a request waits for the next line of a skill's log. Shorter than
/// what a host that ends waits for requests.
const FOLLOW: Duration = Duration::from_secs(3);
/// The most sentences in one request.
const MOST_SENTENCES: usize = 10_000;

impl Service {
    /// A service of these parts.
    #[must_use]
    pub fn new(parts: ServiceParts) -> Self {
        let (changing_keys, changing_grants) = Default::default();
        Self { parts, changing_keys, changing_grants, identity: OnceLock::new() }
    }

    /// Lets requests see and change who may sign in. The first one counts.
    pub fn with_identity(&self, identity: Arc<dyn Identity>) {
        // A second would be of the same host.
        let _ = self.identity.set(identity);
    }

    /// The beginning of a dialogue.
    #[must_use]
    pub fn conversation(&self) -> Conversation {
        Conversation::default()
    }

    /// What each skill took and what came of its calls; those that were called.
    pub(crate) fn figures(&self) -> Vec<(SkillId, SkillFigures)> {
        let host = &self.parts.skill_host;
        let catalog = host.catalog();
        let of = |id: &SkillId| host.figures(id).map(|figures| (id.clone(), figures));
        catalog.skills().filter_map(|skill| of(skill.id())).collect()
    }

    /// The engines of speech that run in children of this host.
    pub(crate) fn engines(&self) -> Vec<EngineFigures> {
        (self.parts.engines)()
    }

    /// Answers one request.
    pub async fn handle(
        &self,
        request: Request,
        asker: impl Into<Asker<'_>>,
        conversation: &mut Conversation,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Response, Box<Fault>> {
        let asker = asker.into();
        let caller = asker.caller;
        match request {
            Request::Hello => Ok(Response::Hello(Hello {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                demo: self.parts.demo,
                role: caller.role,
            })),
            Request::Ask(words) => {
                self.hear(words, &mut Conversation::default(), asker, watcher).await
            }
            Request::Say(words) => self.hear(words, conversation, asker, watcher).await,
            Request::Invoke(request) => self.invoke(request, asker, watcher).await,
            Request::Confirm { id } => {
                said(self.parts.skill_host.confirm(id, asker, "yes", watcher).await?)
            }
            Request::Decline { id } => {
                self.parts.skill_host.decline(id, asker).await?;
                Ok(Response::Said(Said::Dropped("Then I leave it as it is.".to_owned())))
            }
            Request::Skills => {
                needs(caller, Role::Viewer, "the list of skills")?;
                Ok(Response::Skills(self.skills().await?))
            }
            Request::Skill { id } => {
                needs(caller, Role::Viewer, "looking at a skill")?;
                let mut list = self.skills().await?.into_iter();
                let skill = list.find(|skill| skill.id == id.as_str());
                let skill = skill.ok_or_else(|| not_found("skill", id.to_string()).fault())?;
                Ok(Response::Skill(Box::new(skill)))
            }
            Request::Grants { id } => {
                needs(caller, Role::Viewer, "looking at a skill's grants")?;
                Ok(Response::Grants(Box::new(self.grants(&id).await?)))
            }
            Request::Approve { id, revision } => {
                self.decided(&id, SkillDecision::Approve { revision }, caller).await
            }
            Request::Revoke { id, to_settings } => {
                self.decided(&id, SkillDecision::Revoke { to_settings }, caller).await
            }
            Request::Enable { id, enabled } => {
                self.decided(&id, SkillDecision::Enable { enabled }, caller).await
            }
            Request::SkillLog(query) => {
                needs(caller, Role::Operator, "a skill's log")?;
                self.skill_log(query).await
            }
            Request::Recognize { sentences, locale } => {
                needs(caller, Role::Viewer, "looking at sentences")?;
                self.recognize(&sentences, &locale).await
            }
            Request::Sayings { most, locale } => {
                needs(caller, Role::Viewer, "looking at sentences")?;
                let language = Language::of(&self.locale(locale));
                let sayings = self.parts.assistant.sayings(most.min(MOST), language).await?;
                Ok(Response::Sayings(sayings))
            }
            Request::Names { most } => {
                needs(caller, Role::Viewer, "the names of the cluster")?;
                let names = self.parts.assistant.names(most.min(MOST)).await?;
                Ok(Response::Names { names, pin: self.parts.skill_host.pin().is_some() })
            }
            Request::Runs { limit, before } => {
                needs(caller, Role::Admin, "the run records")?;
                let runs = self.parts.records.runs(part(before, limit)).await;
                Ok(Response::Runs(runs.map_err(|error| error.fault())?))
            }
            Request::Run { id } => {
                needs(caller, Role::Admin, "a run record")?;
                let id = self.run_id(&id).await?;
                let run = self.parts.records.run(id).await.map_err(|error| error.fault())?;
                let run = run.ok_or_else(|| not_found("run", id.to_string()).fault())?;
                Ok(Response::Run(Box::new(run)))
            }
            Request::Engines => {
                needs(caller, Role::Viewer, "the list of engines")?;
                Ok(Response::Engines(self.engines()))
            }
            Request::Exchanges { limit, before } => {
                needs(caller, Role::Admin, "what was heard")?;
                let found = self.parts.records.exchanges(part(before, limit)).await;
                Ok(Response::Exchanges(found.map_err(|error| error.fault())?))
            }
            Request::Exchange { id } => {
                needs(caller, Role::Admin, "what was heard")?;
                heard::exchange(&id, &*self.parts.records).await
            }
            Request::Audit(query) => {
                needs(caller, Role::Admin, "the audit log")?;
                let run = match &query.run {
                    Some(id) => Some(self.run_id(id).await?),
                    None => None,
                };
                let part = part(query.before, query.limit);
                let lines = self.parts.records.audit(run, part).await;
                Ok(Response::Audit(lines.map_err(|error| error.fault())?))
            }
            Request::Keys => {
                needs(caller, Role::Viewer, "the list of keys")?;
                Ok(Response::Keys(keys::seen_by(caller, self.identity()?.as_ref())))
            }
            Request::Microphones => {
                needs(caller, Role::Viewer, "the list of microphones")?;
                Ok(Response::Microphones(self.parts.microphones.all()))
            }
            Request::Report(told) => {
                needs(caller, Role::Viewer, "sitting at a microphone")?;
                let wish = self.parts.microphones.report(&told, caller);
                Ok(Response::Wish(wish.map_err(|error| error.fault())?))
            }
            Request::Wish { id, after, hushed } => {
                needs(caller, Role::Viewer, "sitting at a microphone")?;
                let wish = self.parts.microphones.wish(id, after, hushed, caller).await;
                Ok(Response::Wish(wish.map_err(|error| error.fault())?))
            }
            Request::Saying { id, said, end } => {
                needs(caller, Role::Viewer, "sitting at a microphone")?;
                let saying = self.parts.microphones.saying(id, said, end, caller).await;
                Ok(Response::Saying(saying.map_err(|error| error.fault())?))
            }
            Request::Woke { id } => {
                needs(caller, Role::Viewer, "sitting at a microphone")?;
                Ok(Response::Counts(self.parts.microphones.woke(id, caller)))
            }
            Request::Announce(NewAnnouncement { text, place, urgent }) => {
                needs(caller, Role::Operator, "having something announced")?;
                // Else nobody would be there to say it.
                self.parts.skill_host.timers()?;
                let priority = if urgent { Priority::Urgent } else { Priority::Normal };
                let announcements = &self.parts.announcements;
                let put = announcements.message(&text, place, priority, &caller.principal);
                Ok(Response::Announced(put.map_err(|error| error.fault())?))
            }
            Request::Leave { id } => {
                self.parts.microphones.leave(id, caller);
                Ok(Response::Noted)
            }
            Request::Mute { id, muted } => {
                // To be heard less is anybody's right, to be heard again is not.
                let (role, what) = match muted {
                    true => (Role::Viewer, "muting a microphone"),
                    false => (Role::Operator, "unmuting a microphone"),
                };
                needs(caller, role, what)?;
                let microphones = &self.parts.microphones;
                microphones.mute(id, muted).map_err(|error| error.fault())?;
                Ok(Response::Microphones(microphones.all()))
            }
            Request::Timers => {
                needs(caller, Role::Viewer, "the list of timers")?;
                self.timers()
            }
            Request::SetTimer(new) => self.set_timer(new, asker, watcher).await,
            Request::CancelTimer { named } => {
                needs(caller, Role::Viewer, "cancelling a timer")?;
                let timers = self.parts.skill_host.timers()?;
                let id = timers.named(&named).map_err(|error| error.fault())?;
                timers.cancel(id, caller).await.map_err(|error| error.fault())?;
                self.timers()
            }
            Request::AddHeard { run, heard } => {
                let (records, pin) = (&*self.parts.records, self.parts.skill_host.pin());
                heard::add(run, heard, caller, records, pin).await
            }
            Request::AddExchange { place, heard } => {
                let (records, pin) = (&*self.parts.records, self.parts.skill_host.pin());
                heard::add_exchange(place, heard, caller, records, pin).await
            }
            Request::MakeKey(wanted) => self.make_key(wanted, caller).await,
            Request::RevokeKey { id } => {
                needs(caller, Role::Viewer, "ending a key")?;
                let (identity, changing) = (self.identity()?, self.changing_keys().await);
                keys::revoke(&id, caller, identity, changing).await?;
                Ok(Response::Keys(keys::seen_by(caller, identity.as_ref())))
            }
            Request::VerifyAudit => {
                needs(caller, Role::Admin, "verifying the audit log")?;
                let found = self.parts.records.verify_audit().await;
                Ok(Response::Verified(found.map_err(|error| error.fault())?))
            }
        }
    }

    async fn skills(&self) -> Result<Vec<SkillSummary>, Box<Fault>> {
        let list = skills::list(&self.parts.skill_host, self.parts.events.as_ref()).await;
        list.map_err(|error| error.fault())
    }

    /// The run whose id `given` is, or the only one whose id begins with it.
    /// A whole id needs no record: the audit log outlives those.
    async fn run_id(&self, given: &str) -> Result<RunId, Box<Fault>> {
        if let Ok(id) = given.parse() {
            return Ok(id);
        }
        let found = self.parts.records.find_runs(given, CANDIDATES + 1).await;
        let found = found.map_err(|error| error.fault())?;
        match found.as_slice() {
            [] => Err(not_found("run", given.to_owned()).fault()),
            [one] => Ok(*one),
            several => {
                let mut fit: Vec<String> =
                    several.iter().take(CANDIDATES).map(RunId::to_string).collect();
                if several.len() > CANDIDATES {
                    fit.push("and more".to_owned());
                }
                Err(ApiError::Ambiguous { kind: "run", id: given.to_owned(), fit }.fault())
            }
        }
    }

    /// The record of a run, for who is known to have to do with it.
    pub(crate) async fn run(&self, id: RunId) -> Result<Option<RunRecord>, Box<Fault>> {
        self.parts.records.run(id).await.map_err(|error| error.fault())
    }

    fn identity(&self) -> Result<&Arc<dyn Identity>, Box<Fault>> {
        self.identity.get().ok_or_else(|| ApiError::NoSignIns.fault())
    }

    async fn make_key(&self, wanted: NewKey, caller: &Caller) -> Result<Response, Box<Fault>> {
        needs(caller, wanted.role, "making a key of that role")?;
        let _changing = self.changing_keys().await;
        let made = self.identity()?.make_key(wanted, caller).await?;
        let secret = Shown(made.secret.reveal().to_owned());
        Ok(Response::MadeKey(MadeKey { key: made.key, secret }))
    }

    /// There is such a skill, in service or not.
    fn known(&self, id: &SkillId) -> Result<(), Box<Fault>> {
        let catalog = self.parts.skill_host.catalog();
        let is_broken = || catalog.broken().iter().any(|broken| broken.id.as_ref() == Some(id));
        if catalog.skill(id).is_some() || is_broken() {
            return Ok(());
        }
        Err(not_found("skill", id.to_string()).fault())
    }

    /// Why nothing is known or decided of the skill `id`. One that there is not
    /// has no folder to be at fault.
    fn undecided(&self, id: &SkillId, error: &ReloadError) -> Box<Fault> {
        match (error, self.known(id)) {
            (ReloadError::Skill(_), Err(unknown)) => unknown,
            _ => error.fault(),
        }
    }

    async fn grants(&self, id: &SkillId) -> Result<SkillGrants, Box<Fault>> {
        let grants = self.parts.reloader.grants(id).await;
        let grants = grants.map_err(|error| self.undecided(id, &error))?;
        Ok(skills::grants(id, grants))
    }

    async fn skill_log(&self, query: SkillLogQuery) -> Result<Response, Box<Fault>> {
        let SkillLogQuery { id, limit, after } = query;
        let logs = &self.parts.skill_logs;
        if let Err(unknown) = self.known(&id) {
            // A skill that was removed has its log still.
            let kept = logs.recent(&id, 1).await.map_err(|error| error.fault())?;
            if kept.lines.is_empty() {
                return Err(unknown);
            }
        }
        let page = match after {
            Some(next) => logs.after(&id, next, FOLLOW).await,
            None => logs.recent(&id, limit.min(MOST)).await,
        };
        Ok(Response::SkillLog(page.map_err(|error| error.fault())?))
    }

    async fn hear(
        &self,
        Words { words, locale, confirmed, cluster, place }: Words,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Response, Box<Fault>> {
        needs(asker.caller, Role::Viewer, "asking")?;
        let locale = self.locale(locale);
        let heard = Heard { words, locale, confirmed, cluster, place };
        self.parts.assistant.hear(&heard, conversation, asker, watcher).await.map(Response::Said)
    }

    async fn invoke(
        &self,
        request: InvokeRequest,
        asker: Asker<'_>,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Response, Box<Fault>> {
        needs(asker.caller, Role::Viewer, "running a command")?;
        said(self.parts.skill_host.invoke(self.typed(request), asker, watcher).await?)
    }

    /// A command that was typed as such.
    fn typed(&self, request: InvokeRequest) -> Invocation {
        Invocation {
            request: RequestId::new(),
            cluster: request.cluster.unwrap_or_else(|| self.parts.skill_host.cluster().clone()),
            command: request.command,
            arguments: request.arguments,
            origin: Origin::Typed,
            locale: self.locale(request.locale),
            words: None,
            confirmed: request.confirmed,
            chosen: None,
        }
    }

    fn timers(&self) -> Result<Response, Box<Fault>> {
        let timers = self.parts.skill_host.timers()?;
        Ok(Response::Timers(timers.all().iter().map(Timer::from).collect()))
    }

    async fn set_timer(
        &self,
        new: NewTimer,
        asker: Asker<'_>,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Response, Box<Fault>> {
        needs(asker.caller, Role::Viewer, "setting a timer")?;
        let host = &self.parts.skill_host;
        let timers = host.timers()?;
        let NewTimer { name, when, command, place } = new;
        let due = when.from(timers.when().now());
        if let Some(command) = command {
            let later = ForLater { invocation: self.typed(command), due, words: None, place };
            return said(host.invoke_later(later, asker, watcher).await?);
        }
        let order = TimerOrder::Set { name, due };
        let typed = self.typed(InvokeRequest {
            command: order.command().ok_or_else(|| not_found("command", String::new()).fault())?,
            arguments: order.arguments(),
            locale: String::new(),
            confirmed: false,
            cluster: None,
        });
        said(timers.order(order, typed, asker, place.as_deref()).await?)
    }

    /// What is spoken where a request names no language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.parts.language
    }

    /// The language that a request names, or the one that is spoken here.
    fn locale(&self, named: String) -> String {
        if named.is_empty() { self.parts.language.tag().to_owned() } else { named }
    }

    async fn recognize(&self, sentences: &[String], locale: &str) -> Result<Response, Box<Fault>> {
        let bounded = sentences.get(..MOST_SENTENCES).unwrap_or(sentences);
        let language = Language::of(&self.locale(locale.to_owned()));
        let understood = self.parts.assistant.recognize(bounded, language).await?;
        let recognized = bounded.iter().zip(understood).map(|(text, one)| recognized(text, &one));
        Ok(Response::Recognized(recognized.collect()))
    }
}

fn part<K>(before: Option<K>, limit: usize) -> Part<K> {
    Part { before, limit: limit.min(MOST), bytes: MOST_BYTES }
}

fn said(answer: Answer) -> Result<Response, Box<Fault>> {
    Ok(Response::Said(match answer {
        Answer::Reply(reply) => Said::Reply(reply),
        Answer::Question(question) => Said::Question(question),
        Answer::Choice(choice) => Said::Choice(choice),
        Answer::Missing(missing) => Said::Missing(missing),
    }))
}

fn recognized(text: &str, understood: &Understood) -> Recognized {
    let blank = Recognized {
        text: text.to_owned(),
        intent: None,
        slots: Map::new(),
        template: None,
        us: (understood.took_us * 10.0).round() / 10.0,
        why: None,
    };
    match &understood.best {
        Ok(found) => Recognized {
            intent: Some(found.command.to_string()),
            slots: found
                .slots
                .iter()
                .map(|slot| (slot.name.clone(), slot_value(&slot.value)))
                .collect(),
            template: Some(found.template.clone()),
            ..blank
        },
        Err(error) => Recognized { why: Some(error.to_string()), ..blank },
    }
}

/// A slot's value; a list where several things fit.
fn slot_value(value: &jarvis_sentences::SlotValue) -> Value {
    use jarvis_sentences::SlotValue;
    value.json().unwrap_or_else(|| match value {
        SlotValue::Guest(guests) => guests.iter().map(|guest| guest.get()).collect(),
        SlotValue::Node(nodes) => nodes.iter().map(|node| node.as_str()).collect(),
        SlotValue::Tag(tags) => tags.iter().map(String::as_str).collect(),
        _ => Value::Null,
    })
}

pub(crate) fn needs(caller: &Caller, needed: Role, what: &'static str) -> Result<(), Box<Fault>> {
    if caller.role.is_some_and(|role| role >= needed) {
        return Ok(());
    }
    Err(ApiError::NotAllowed { what, needed, has: caller.role }.fault())
}

pub(crate) fn not_found(kind: &'static str, id: String) -> ApiError {
    ApiError::NotFound { kind, id }
}
