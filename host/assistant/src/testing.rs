//! A scripted model in front of the real skills and a cluster in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jarvis_domain::invocation::{Notice, Question};
use jarvis_domain::model::{
    Abilities, Chat, ChatMessage, Fetched, LanguageModel, Piece, Room, Saying, Standing,
    TurnFigures,
};
use jarvis_domain::{
    Caller, Clock, Door, Explain, Fault, ManualClock, Principal, Reply, Role, SystemClock,
};
use jarvis_skill_host::testing::{Fakes, Seen, all_skills};
use jarvis_skill_host::{Catalog, SkillEngine};
use tokio::sync::OnceCell;

use crate::{Assistant, AssistantError, Conversation, Heard, Said, Talker, Told};

/// What a model says, round by round.
#[derive(Debug)]
pub(crate) struct Scripted {
    pub(crate) rounds: Mutex<VecDeque<Vec<Piece>>>,
    pub(crate) asked: Mutex<Vec<Chat>>,
    /// Not there before it is fetched.
    pub(crate) missing: Mutex<bool>,
    pub(crate) silent: bool,
    pub(crate) hangs: bool,
    /// The last round ends in an error.
    pub(crate) breaks: bool,
    pub(crate) room: Room,
    /// Of each round.
    pub(crate) figures: TurnFigures,
}

#[derive(Debug)]
struct Playing {
    pieces: VecDeque<Piece>,
    hangs: bool,
    breaks: bool,
    figures: TurnFigures,
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            rounds: Mutex::default(),
            asked: Mutex::default(),
            missing: Mutex::default(),
            silent: false,
            hangs: false,
            breaks: false,
            room: Room { all: 8192, answer: 1024 },
            figures: TurnFigures::default(),
        }
    }
}

impl Scripted {
    pub(crate) fn saying(rounds: Vec<Vec<Piece>>) -> Self {
        Self { rounds: Mutex::new(rounds.into()), ..Self::default() }
    }
}

#[async_trait]
impl LanguageModel for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn room(&self) -> Room {
        self.room
    }

    async fn standing(&self) -> Result<Standing, Box<Fault>> {
        if self.silent {
            return Err(AssistantError::Silence.fault());
        }
        let able = Abilities { tools: true, thinking: false };
        Ok(if *self.missing.lock().unwrap() { Standing::Missing } else { Standing::Ready(able) })
    }

    async fn chat(&self, chat: &Chat) -> Result<Box<dyn Saying>, Box<Fault>> {
        self.asked.lock().unwrap().push(chat.clone());
        let mut rounds = self.rounds.lock().unwrap();
        let pieces = rounds.pop_front().unwrap_or_default().into();
        let breaks = self.breaks && rounds.is_empty();
        Ok(Box::new(Playing { pieces, hangs: self.hangs, breaks, figures: self.figures }))
    }

    async fn fetch(&self, told: &(dyn Fn(Fetched) + Send + Sync)) -> Result<(), Box<Fault>> {
        told(Fetched { doing: "pulling".to_owned(), bytes: Some((1, 4)) });
        *self.missing.lock().unwrap() = false;
        Ok(())
    }
}

#[async_trait]
impl Saying for Playing {
    async fn next(&mut self) -> Result<Option<Piece>, Box<Fault>> {
        match self.pieces.pop_front() {
            None if self.hangs => std::future::pending().await,
            None if self.breaks => Err(AssistantError::Silence.fault()),
            piece => Ok(piece),
        }
    }

    fn figures(&self) -> TurnFigures {
        self.figures
    }
}

/// A dialogue with such a model.
pub(crate) struct Stage {
    pub(crate) fakes: Fakes,
    pub(crate) model: Arc<Scripted>,
    pub(crate) assistant: Assistant,
    pub(crate) conversation: Conversation,
    pub(crate) caller: Caller,
    pub(crate) seen: Arc<Seen>,
}

static SKILLS: OnceCell<(SkillEngine, Catalog)> = OnceCell::const_new();

async fn skills() -> (SkillEngine, Catalog) {
    let loading = SKILLS.get_or_init(|| async {
        let engine = SkillEngine::new().unwrap();
        let catalog = all_skills(&engine).await;
        (engine, catalog)
    });
    loading.await.clone()
}

impl Stage {
    pub(crate) async fn with(model: Scripted) -> Self {
        let (engine, catalog) = skills().await;
        let fakes = Fakes::new();
        let host = fakes.host_in_time(engine, catalog).await;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let model = Arc::new(model);
        let talker = Talker::new(Arc::<Scripted>::clone(&model), 20);
        let assistant = Assistant::new(Arc::new(host), clock).with_talker(talker);
        let caller = Caller {
            principal: Principal("uid:1000".to_owned()),
            door: Door::Cli,
            role: Some(Role::Operator),
        };
        let (conversation, seen) = Default::default();
        Self { fakes, model, assistant, conversation, caller, seen }
    }

    /// Nobody is asked what no sentence fits.
    pub(crate) async fn without_model() -> Self {
        let mut stage = Self::with(Scripted::default()).await;
        stage.assistant.talker = None;
        stage.assistant.clock = Arc::<ManualClock>::clone(&stage.fakes.clock);
        stage
    }

    pub(crate) async fn new(rounds: Vec<Vec<Piece>>) -> Self {
        Self::with(Scripted::saying(rounds)).await
    }

    pub(crate) async fn say(&mut self, words: &str) -> Result<Said, Box<Fault>> {
        self.say_in("en", words).await
    }

    pub(crate) async fn say_in(&mut self, locale: &str, words: &str) -> Result<Said, Box<Fault>> {
        let heard = Heard {
            words: words.to_owned(),
            locale: locale.to_owned(),
            confirmed: false,
            cluster: None,
            place: None,
        };
        let watcher = Arc::<Seen>::clone(&self.seen);
        self.assistant.hear(&heard, &mut self.conversation, &self.caller, watcher).await
    }

    pub(crate) async fn told(&mut self, words: &str) -> Told {
        match self.say(words).await.unwrap() {
            Said::Told(told) => told,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn reply(&mut self, words: &str) -> Reply {
        match self.say(words).await.unwrap() {
            Said::Reply(reply) => reply,
            other => panic!("{words}: {other:?}"),
        }
    }

    pub(crate) async fn question(&mut self, words: &str) -> Question {
        match self.say(words).await.unwrap() {
            Said::Question(question) => question,
            other => panic!("{words}: {other:?}"),
        }
    }

    pub(crate) async fn dropped(&mut self, words: &str) -> String {
        match self.say(words).await.unwrap() {
            Said::Dropped(text) => text,
            other => panic!("{words}: {other:?}"),
        }
    }

    /// What was said while it was made.
    pub(crate) fn ahead(&self) -> Vec<String> {
        let said = |notice| match notice {
            Notice::Said { sentence } => Some(sentence),
            _ => None,
        };
        self.seen.notices().into_iter().filter_map(said).collect()
    }

    /// What the model was told of the calls of the last round.
    pub(crate) fn results(&self) -> Vec<String> {
        let asked = self.model.asked.lock().unwrap();
        let last = asked.last().unwrap().messages.iter().rev();
        let results = last.map_while(|message| match message {
            ChatMessage::Result { text, .. } => Some(text.clone()),
            _ => None,
        });
        results.collect()
    }
}
