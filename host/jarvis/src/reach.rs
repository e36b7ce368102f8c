//! How a command reaches the assistant: a running host through its control
//! socket, or a host of its own in this process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_api::control::Client;
use jarvis_api::{ApiError, Request, Response, Service};
use jarvis_assistant::Conversation;
use jarvis_domain::identity::Person;
use jarvis_domain::invocation::Watcher;
use jarvis_domain::{Caller, Door, Explain, Fault, Principal, Role};
use jarvis_skill_host::Asker;
use rustix::process::geteuid;

use crate::args::Global;
use crate::demo::{DemoFolder, Simulator, Size};
use crate::render::Printer;
use crate::settings::{self, Settings};
use crate::wiring::{self, Host, Stay};

/// A way to the assistant.
pub(crate) enum Reach {
    /// Through the socket of a running host.
    Socket(Client),
    /// In this process.
    Alone(Box<Alone>),
}

/// A host of one command's own.
pub(crate) struct Alone {
    service: Arc<Service>,
    caller: Caller,
    /// The sign-in that they come by, where they do.
    person: Option<Person>,
    conversation: Conversation,
    /// What is to be said of skills that cannot serve; a running host has said it.
    broken: Option<String>,
    simulator: Option<Simulator>,
    // Removed with everything in it when the command is over.
    _folder: Option<tempfile::TempDir>,
}

/// This process's environment.
pub(crate) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Reach {
    /// Finds or makes a host, as the options say.
    pub(crate) async fn find(global: &Global) -> Result<Self, Box<Fault>> {
        let lowered_to = global.lowered_to.map(Role::from);
        if global.demo {
            if !global.fresh
                && global.skills.is_none()
                && let Some(client) = demo_host(lowered_to).await?
            {
                return Ok(Self::Socket(client));
            }
            return Ok(Self::Alone(Box::new(demo_alone(global, lowered_to).await?)));
        }
        let (settings, found) = settings_of(global)?;
        let socket = control_socket(&settings);
        match real_host(&socket, lowered_to).await? {
            Ok(client) => Ok(Self::Socket(client)),
            Err(error) if found.is_none() => Err(error.fault()),
            Err(_) => {
                let host = wiring::configured(&settings, Stay::OneCommand).await?;
                let role = wiring::roles(&settings).of_uid(geteuid().as_raw());
                let role = Role::lowered(role, lowered_to);
                Ok(Self::Alone(Box::new(Alone::of(&host, role))))
            }
        }
    }

    /// The same for what was spoken: with the role `spoken` at most, at the
    /// door of voices. A running host decides that role by its own settings.
    pub(crate) async fn find_spoken(global: &Global, spoken: Role) -> Result<Self, Box<Fault>> {
        Ok(match Self::find(global).await? {
            Self::Socket(client) => Self::Socket(client.spoken()),
            Self::Alone(mut alone) => {
                alone.caller.door = Door::Voice;
                alone.caller.role = Role::lowered(alone.caller.role, Some(spoken));
                Self::Alone(alone)
            }
        })
    }

    /// In this process, where `service` serves, on behalf of `caller`.
    pub(crate) fn within(service: &Arc<Service>, caller: Caller) -> Self {
        Self::Alone(Box::new(Alone {
            service: Arc::clone(service),
            caller,
            person: None,
            conversation: service.conversation(),
            broken: None,
            simulator: None,
            _folder: None,
        }))
    }

    /// The same for somebody who has signed in and speaks.
    pub(crate) fn spoken_by(service: &Arc<Service>, person: &Person) -> Self {
        let caller = Caller { door: Door::Voice, ..person.caller.clone() };
        let person = Person { caller: caller.clone(), ..person.clone() };
        Self::Alone(Box::new(Alone {
            service: Arc::clone(service),
            caller,
            person: Some(person),
            conversation: service.conversation(),
            broken: None,
            simulator: None,
            _folder: None,
        }))
    }

    /// Tells whoever begins to talk of skills that cannot serve.
    pub(crate) fn tell_broken(&self, printer: &Printer) {
        if let Self::Alone(alone) = self
            && let Some(broken) = &alone.broken
        {
            printer.aside(broken);
        }
    }

    /// Sends one request.
    pub(crate) async fn call(
        &mut self,
        request: Request,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Response, Box<Fault>> {
        match self {
            Self::Socket(client) => client.call(request, watcher.as_ref()).await,
            Self::Alone(alone) => {
                let Alone { service, caller, person, conversation, .. } = alone.as_mut();
                let asker = match person {
                    Some(person) => Asker::from(&*person),
                    None => Asker::from(&*caller),
                };
                service.handle(request, asker, conversation, watcher).await
            }
        }
    }

    /// Another way to the same host, with a conversation of its own, for what
    /// is asked while the other is busy.
    pub(crate) async fn another(&self) -> Result<Self, Box<Fault>> {
        Ok(match self {
            Self::Socket(client) => Self::Socket(client.another().await?),
            Self::Alone(alone) => match &alone.person {
                Some(person) => Self::spoken_by(&alone.service, person),
                None => Self::within(&alone.service, alone.caller.clone()),
            },
        })
    }

    /// Ends what was made for this command alone.
    pub(crate) async fn close(self) {
        if let Self::Alone(alone) = self
            && let Some(simulator) = alone.simulator
        {
            simulator.stop().await;
        }
    }
}

impl Alone {
    /// `host`, for the user of this process, in this role.
    fn of(host: &Host, role: Option<Role>) -> Self {
        let principal = Principal(format!("uid:{}", geteuid().as_raw()));
        let service = Arc::clone(&host.service);
        let conversation = service.conversation();
        let caller = Caller { principal, door: Door::Cli, role };
        let broken = host.broken();
        Self { service, caller, person: None, conversation, broken, simulator: None, _folder: None }
    }
}

/// The settings that count, and the file they come from.
pub(crate) fn settings_of(
    global: &Global,
) -> Result<(Settings, Option<settings::Found>), Box<Fault>> {
    let found = settings::find(global.config.as_deref(), &env);
    let settings = match &found {
        Some(found) => settings::load(&found.path, &env),
        None => settings::defaults(&env),
    };
    let mut settings = settings.map_err(|error| error.fault())?;
    if let Some(language) = global.lang {
        settings.speak(language);
    }
    if let Some(folder) = &global.skills {
        settings.skills.folder = Some(folder.clone());
    }
    Ok((settings, found))
}

/// Where the host of these settings listens.
pub(crate) fn control_socket(settings: &Settings) -> PathBuf {
    if let Some(socket) = &settings.control.socket {
        return socket.clone();
    }
    let root = geteuid().is_root();
    match env("XDG_RUNTIME_DIR").filter(|folder| !root && !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder).join("jarvis/control.sock"),
        None => "/run/jarvis/control.sock".into(),
    }
}

/// The running host that these options mean, if there is one.
pub(crate) async fn running_host(global: &Global) -> Result<Option<Client>, Box<Fault>> {
    let lowered_to = global.lowered_to.map(Role::from);
    if global.demo {
        return demo_host(lowered_to).await;
    }
    let socket = control_socket(&settings_of(global)?.0);
    Ok(real_host(&socket, lowered_to).await?.ok())
}

/// The running host at `socket`, or why nobody answers there.
async fn real_host(
    socket: &Path,
    lowered_to: Option<Role>,
) -> Result<Result<Client, ApiError>, Box<Fault>> {
    match Client::connect(socket, lowered_to).await {
        Ok(mut client) => client.expect(false).await.map(|_| Ok(client)),
        Err(error) => Ok(Err(error)),
    }
}

/// The running demo host, if there is one.
async fn demo_host(lowered_to: Option<Role>) -> Result<Option<Client>, Box<Fault>> {
    let folder = DemoFolder::of_user(&env).map_err(|error| error.fault())?;
    let Ok(mut client) = Client::connect(&folder.control_socket(), lowered_to).await else {
        return Ok(None);
    };
    client.expect(true).await?;
    Ok(Some(client))
}

async fn demo_alone(global: &Global, lowered_to: Option<Role>) -> Result<Alone, Box<Fault>> {
    let folder = wiring::temporary_folder()?;
    let places = DemoFolder::at(folder.path().to_owned()).map_err(|error| error.fault())?;
    let jarvis = wiring::own_binary()?;
    let simulator =
        Simulator::start(&jarvis, places.simulator_socket(), Size::default(), Stay::OneCommand)
            .await
            .map_err(|error| error.fault())?;
    let host = wiring::demo(
        &jarvis,
        simulator.socket(),
        places.state(),
        (global.skills.clone(), global.lang.unwrap_or_default()),
        Stay::OneCommand,
    )
    .await?;
    let role = Role::lowered(Some(Role::Admin), lowered_to);
    let alone = Alone::of(&host, role);
    Ok(Alone { simulator: Some(simulator), _folder: Some(folder), ..alone })
}
