//! Answers to words that come by Wyoming, as Home Assistant's conversation agent:
//! each peer is a caller of its own, and each of its conversations a dialogue.
//! Whatever interrupts something is never confirmed this way: who says the yes
//! there is not known.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jarvis_api::{Request, Response, Service, Words};
use jarvis_assistant::{Conversation, Said};
use jarvis_domain::invocation::{Notice, Unwatched, Watcher};
use jarvis_domain::{Caller, Clock, Door, Language, Principal, Role, say};
use jarvis_voice::Ahead;
use jarvis_voice::wyoming::{Handled, Handler};

use super::names::Names;
use super::open::{Dialogue, Open};
use crate::standing::Voices;

/// The exit code of what was not understood.
const NOT_UNDERSTOOD: u8 = 3;
/// What is said where a yes would be needed.
fn not_here(language: Language) -> String {
    say!(
        language,
        en: "That interrupts something, and is not confirmed this way. Ask for it where jarvis itself listens, or at its command line.",
        de: "Das unterbricht etwas und wird auf diesem Weg nicht bestätigt. Das geht dort, wo Jarvis selbst zuhört, oder an der Kommandozeile.",
    )
}

/// The dialogues of all peers.
#[derive(Debug)]
pub(crate) struct Dialogues {
    service: Arc<Service>,
    role: Role,
    clock: Arc<dyn Clock>,
    names: Arc<Names>,
    open: Mutex<Open>,
}

/// One peer.
#[derive(Debug)]
pub(crate) struct Agent {
    dialogues: Arc<Dialogues>,
    address: IpAddr,
}

/// Whether somebody still waits for an answer, and where its sentences go.
#[derive(Debug)]
struct Waited {
    left: AtomicBool,
    ahead: Ahead,
}

/// Says so when it is dropped.
struct Leaving(Arc<Waited>);

impl Dialogues {
    pub(crate) fn new(service: &Arc<Service>, role: Role, clock: &Arc<dyn Clock>) -> Arc<Self> {
        let caller = caller(Principal("wyoming".to_owned()), role);
        let names = Names::new(Arc::clone(service), caller, Arc::clone(clock));
        Arc::new(Self {
            service: Arc::clone(service),
            role,
            clock: Arc::clone(clock),
            names,
            open: Mutex::default(),
        })
    }

    /// Who answers the peer at `address`.
    pub(crate) fn agent(self: &Arc<Self>, address: IpAddr) -> Arc<dyn Handler> {
        Arc::new(Agent { dialogues: Arc::clone(self), address })
    }

    /// That of this peer and name.
    fn find(&self, address: IpAddr, name: &str) -> Dialogue {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.find(address, name, self.clock.running())
    }
}

#[async_trait]
impl Handler for Agent {
    async fn handle(
        &self,
        words: &str,
        conversation: Option<&str>,
        language: Option<&str>,
        ahead: Ahead,
    ) -> Handled {
        let Dialogues { service, role, .. } = &*self.dialogues;
        let caller = caller(Voices::peer(self.address), *role);
        let dialogue = self.dialogues.find(self.address, conversation.unwrap_or_default());
        let mut dialogue = dialogue.lock().await;
        let waited = Arc::new(Waited { left: AtomicBool::new(false), ahead });
        let _leaving = Leaving(Arc::clone(&waited));
        // What nobody speaks here is heard as what is.
        let language = language.and_then(Language::known).unwrap_or(service.language());
        let locale = language.tag().to_owned();
        let words = Words {
            words: words.to_owned(),
            locale: locale.clone(),
            confirmed: false,
            cluster: None,
            place: None,
        };
        let told = service.handle(Request::Say(words), &caller, &mut dialogue, waited as _).await;
        let (text, understood) = match told {
            Ok(Response::Said(Said::Reply(reply))) => (reply.speech, true),
            Ok(Response::Said(Said::Told(told))) => (told.speech(), true),
            Ok(Response::Said(Said::Dropped(speech))) => (speech, true),
            Ok(Response::Said(Said::Choice(choice))) => (choice.text, true),
            Ok(Response::Said(Said::Missing(missing))) => (missing.text, true),
            Ok(Response::Said(Said::Question(question))) => {
                *dialogue = Conversation::default();
                let decline = Request::Decline { id: question.id };
                let told =
                    service.handle(decline, &caller, &mut dialogue, Arc::new(Unwatched)).await;
                if let Err(fault) = told {
                    tracing::debug!(%fault, "a question that nobody may answer waits for its end");
                }
                // It begins with what was done before.
                (format!("{} {}", question.text, not_here(language)), true)
            }
            Ok(_) => {
                let text = say!(
                    language,
                    en: "The answer made no sense.",
                    de: "Die Antwort ergab keinen Sinn.",
                );
                (text, false)
            }
            Err(fault) => (fault.sentence.clone(), fault.exit != NOT_UNDERSTOOD),
        };
        Handled { text, understood }
    }

    fn names(&self) -> Vec<String> {
        self.dialogues.names.get()
    }
}

/// Somebody who speaks by Wyoming, with this role.
pub(crate) fn caller(principal: Principal, role: Role) -> Caller {
    Caller { principal, door: Door::Voice, role: Some(role) }
}

impl Watcher for Waited {
    fn notice(&self, notice: Notice) {
        if let Notice::Said { sentence } = notice {
            self.ahead.tell(&sentence);
        }
    }

    fn is_wanted(&self) -> bool {
        !self.left.load(Ordering::SeqCst)
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.left.store(true, Ordering::SeqCst);
    }
}
