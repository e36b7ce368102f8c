//! Puts the rooms together: a host for real, or one on a simulated cluster.
//! Both are made of the same parts; only the launcher and the places differ.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jarvis_api::feed::{FeedSite, Hub, Tap};
use jarvis_api::{Service, ServiceParts};
use jarvis_assistant::{AnnouncementParts, Announcements, Assistant, Rules};
use jarvis_auth::{Gate, Roles};
use jarvis_cluster::{
    Access, Cluster, ClusterSettings, Launcher, SshSettings, Thermals, Timeouts, Verify,
};
use jarvis_domain::event::EventQueue;
use jarvis_domain::schedule::Departures;
use jarvis_domain::{Clock, ClusterId, Explain, Fault, Language, Role, Row, SystemClock};
use jarvis_policy::Lowering;
use jarvis_sentences::Pin;
use jarvis_skill_host::manifest::Limits;
use jarvis_skill_host::{
    Allowances, Catalog, Deliveries, HostParts, Ports, Reloader, ReloaderParts, Site, SkillEngine,
    SkillHost, TimerParts, Timers,
};
use jarvis_state::State;
use jiff::tz::TimeZone;

use crate::reach::env;
use crate::settings::{self, Llm, Settings, SettingsError, Skills, cluster_id};
use crate::standing::{Doors, Voices};
use crate::{broken_skills, ollama, recovery};

/// A host whose parts are put together.
pub(crate) struct Host {
    /// What the doors hand requests to.
    pub(crate) service: Arc<Service>,
    /// What keeps the skills like their folder, once it is watched.
    reloader: Arc<Reloader>,
    skill_host: Arc<SkillHost>,
    /// The clusters, the main one first.
    pub(crate) clusters: Vec<Arc<Cluster>>,
    events: Arc<dyn EventQueue>,
    /// Tells what happens.
    pub(crate) feed: Arc<Hub>,
    announcements: Arc<Announcements>,
    /// The open state folder.
    pub(crate) state: Arc<State>,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
}

/// How long a host is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stay {
    /// For one command, or for one talk. Nothing is left undone at its start,
    /// and its simulator ends with it.
    OneCommand,
    /// Until it is told to stop. It serves as soon as it can, and its
    /// simulator outlives it, for the next one to find.
    Host,
}

/// What a host that serves does by itself; it ends with this.
pub(crate) struct Watching {
    _timers: AbortOnDrop,
    _announcing: AbortOnDrop,
    _deliveries: Deliveries,
    _feed: AbortOnDrop,
    _clusters: Vec<AbortOnDrop>,
    _reloading: AbortOnDrop,
}

/// A task that ends with its handle.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Host {
    /// Lets commands for later run as what their owners may then, and end with
    /// whoever goes, or has gone while no host was there.
    ///
    /// # Errors
    /// Who has gone is not written down.
    pub(crate) async fn trust(&self, gate: &Arc<Gate>, voices: Voices) -> Result<(), Box<Fault>> {
        let Ok(timers) = self.skill_host.timers() else { return Ok(()) };
        timers.with_standing(Doors::new(Arc::clone(gate), voices));
        timers.look_back().await;
        gate.tell_departures(Arc::clone(timers) as _).await
    }

    /// What is to be said of skills that cannot serve.
    pub(crate) fn broken(&self) -> Option<String> {
        broken_skills::told(&self.skill_host.catalog())
    }

    /// What waits for its time, at a host that stays.
    pub(crate) fn timers(&self) -> Option<Arc<Timers>> {
        self.skill_host.timers().ok().map(Arc::clone)
    }

    /// Watches the skills' folder and the clusters, and delivers events. For a
    /// host that stays: one that is there for a single command leaves its
    /// events to the next.
    pub(crate) fn watch(&self) -> Watching {
        let watch = |cluster: &Arc<Cluster>| {
            let cluster = Arc::clone(cluster);
            AbortOnDrop(tokio::spawn(async move { cluster.watch().await }))
        };
        Watching {
            _timers: {
                let (host, timers) = (Arc::clone(&self.skill_host), self.timers());
                AbortOnDrop(tokio::spawn(async move {
                    // Roles may have changed since there last was a host.
                    let look = async {
                        if let Some(timers) = timers {
                            timers.roles_changed().await;
                        }
                    };
                    tokio::join!(host.keep_timers(), look);
                }))
            },
            _announcing: {
                let announcements = Arc::clone(&self.announcements);
                AbortOnDrop(tokio::spawn(async move { announcements.run().await }))
            },
            _deliveries: self.skill_host.deliver(Arc::clone(&self.events)),
            _feed: {
                let feed = Arc::clone(&self.feed);
                AbortOnDrop(tokio::spawn(async move { feed.run().await }))
            },
            _clusters: self.clusters.iter().map(watch).collect(),
            _reloading: AbortOnDrop(tokio::spawn(Arc::clone(&self.reloader).watch())),
        }
    }
}

/// Why the parts could not be put together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WiringError {
    /// The running program cannot be found.
    #[error("the path of the jarvis program itself is unknown")]
    OwnBinary(#[source] std::io::Error),
    /// The host would not hear that it is told to stop.
    #[error("jarvis cannot listen for the signals that tell it to stop")]
    Signals(#[source] std::io::Error),
    /// No folder for a demo's state.
    #[error("no temporary folder can be made")]
    Temporary(#[source] std::io::Error),
}

const OWN_BINARY: Row = Row {
    code: "start-own-binary",
    meaning: "jarvis cannot find its own program file, which the demo starts.",
    hint: "Start jarvis by its path, and do not remove the file while it runs.",
    exit: 1,
    status: 500,
};
const SIGNALS: Row = Row {
    code: "start-signals",
    meaning: "jarvis cannot listen for SIGINT and SIGTERM.",
    hint: "Look at the cause; often a limit of open files is reached (ulimit -n).",
    exit: 1,
    status: 500,
};
const TEMPORARY: Row = Row {
    code: "start-temporary",
    meaning: "No temporary folder can be made.",
    hint: "Check the free space of the folder that TMPDIR names, /tmp if it names none.",
    exit: 1,
    status: 500,
};

/// The rows of this module.
pub(crate) const ROWS: &[&Row] = &[&OWN_BINARY, &SIGNALS, &TEMPORARY];

impl Explain for WiringError {
    fn row(&self) -> &'static Row {
        match self {
            Self::OwnBinary(_) => &OWN_BINARY,
            Self::Signals(_) => &SIGNALS,
            Self::Temporary(_) => &TEMPORARY,
        }
    }
}

/// Everything that differs between a host for real and a demo.
struct Plan {
    main: ClusterPlan,
    others: Vec<ClusterPlan>,
    state: PathBuf,
    skills: Skills,
    /// Where compiled skills are kept; none where there is no such place.
    compiled: Option<PathBuf>,
    /// Who is asked what no sentence fits.
    llm: Option<Llm>,
    /// What is said aloud.
    announce: Rules,
    /// What is spoken where nobody says otherwise.
    language: Language,
    /// What a voice may say in place of a name.
    pin: Option<Pin>,
    demo: bool,
    stay: Stay,
}

/// Everything that differs between one cluster and another.
struct ClusterPlan {
    id: ClusterId,
    names: Vec<String>,
    aliases: jarvis_sentences::Aliases,
    access: Access,
    launcher: Launcher,
    ssh: Option<SshSettings>,
    /// A folder of its own, since nodes of two clusters may have the same name.
    state: PathBuf,
    timeouts: Timeouts,
    thermals: Thermals,
}

/// A host for real.
pub(crate) async fn configured(settings: &Settings, stay: Stay) -> Result<Host, Box<Fault>> {
    let state = &settings.state.folder;
    let on_a_node = settings.cluster.access == settings::Access::Pvesh;
    let other = |cluster: &settings::Cluster| {
        let mut plan = cluster_plan(cluster, state.join("clusters").join(cluster.id.as_str()))?;
        // This machine is a node of the main one; nodes of two clusters may
        // have the same name.
        if let (true, Access::Api(api)) = (on_a_node, &mut plan.access) {
            api.elsewhere = true;
        }
        Ok::<_, Box<Fault>>(plan)
    };
    assemble(Plan {
        main: cluster_plan(&settings.cluster, state.clone())?,
        others: settings.clusters.iter().map(other).collect::<Result<_, _>>()?,
        state: state.clone(),
        skills: settings.skills.clone(),
        compiled: Some(state.join("compiled")),
        llm: Some(settings.llm.clone()),
        announce: settings.announcements.rules(),
        language: settings.language,
        pin: pin(settings, stay)?,
        demo: false,
        stay,
    })
    .await
}

/// What a voice may say in place of a name. A host that stays needs what was set; one of
/// a single command may be somebody's who may not read it, and does without.
fn pin(settings: &Settings, stay: Stay) -> Result<Option<Pin>, Box<Fault>> {
    let revealed = settings::reveal(settings.voice.pin.as_ref(), &env);
    let read = |text: String| text.parse().map_err(SettingsError::Pin);
    match (revealed.and_then(|text| text.map(read).transpose()), stay) {
        (Ok(pin), _) => Ok(pin),
        (Err(error @ SettingsError::Secret(_)), Stay::OneCommand) => {
            tracing::info!(%error, "nothing is confirmed by a PIN here");
            Ok(None)
        }
        (Err(error), _) => Err(error.fault()),
    }
}

/// The main cluster, to be looked at only: what it would write down goes to
/// `folder`, so that a host which runs is not in its way.
pub(crate) fn looked_at(settings: &Settings, folder: &Path) -> Result<Arc<Cluster>, Box<Fault>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let state = State::open(&folder.join("state"), Arc::clone(&clock));
    let state = state.map_err(|error| error.fault())?;
    let mut plan = cluster_plan(&settings.cluster, folder.to_owned())?;
    if let Some(ssh) = &mut plan.ssh {
        // Whoever only looks takes no key.
        ssh.verify = Verify::Strict;
        if settings.cluster.access == settings::Access::Api {
            // Those that the host itself has taken.
            ssh.known_hosts.get_or_insert_with(|| settings.state.folder.join("ssh/known_hosts"));
        }
    }
    let events = state.events();
    open(plan, &state, &events, &clock).map(|(cluster, _)| cluster)
}

fn cluster_plan(cluster: &settings::Cluster, state: PathBuf) -> Result<ClusterPlan, Box<Fault>> {
    Ok(ClusterPlan {
        id: cluster.id.clone(),
        names: cluster.names.clone(),
        aliases: cluster.aliases.clone(),
        access: settings::access(cluster, &env).map_err(|error| error.fault())?,
        launcher: Launcher::real(cluster.pvesh.clone()),
        ssh: cluster.shells(),
        state,
        timeouts: Timeouts {
            local_read: cluster.read_timeout,
            proxied_read: cluster.proxied_read_timeout,
            ha_settle: cluster.ha_settle,
            node_settle: cluster.node_settle,
            ..Timeouts::standard()
        },
        thermals: cluster.temperatures.thermals(),
    })
}

/// A host on the simulated cluster at `socket`. Its grants are those of the
/// shipped settings, so that a demo shows what an installation allows; a skill
/// that they do not name gets what it requests.
/// `folder` takes the place of the shipped skills. `language` is what is spoken.
pub(crate) async fn demo(
    jarvis: &Path,
    socket: &Path,
    state: PathBuf,
    (folder, language): (Option<PathBuf>, Language),
    stay: Stay,
) -> Result<Host, Box<Fault>> {
    let shipped = Settings::read(include_str!("../../../config/jarvis.yaml"), false);
    let mut skills = shipped.map(|settings| settings.skills).unwrap_or_default();
    skills.folder = folder;
    let main = ClusterPlan {
        id: cluster_id("demo"),
        names: Vec::new(),
        aliases: jarvis_sentences::Aliases::new(),
        access: Access::Pvesh,
        launcher: Launcher::simulated(jarvis.to_owned(), socket.to_owned()),
        // Simulated nodes have no other shell than the launcher's.
        ssh: None,
        state: state.clone(),
        // Simulated nodes are back within seconds.
        timeouts: Timeouts {
            node_settle: Duration::from_secs(12),
            task_poll: Duration::from_millis(500),
            ..Timeouts::standard()
        },
        // They answer at once, and nobody waits half a minute to see one get warm.
        thermals: Thermals { every: Duration::from_secs(10), ..Thermals::standard() },
    };
    assemble(Plan {
        main,
        others: Vec::new(),
        state,
        skills,
        // A demo's state goes with it, and compiling is most of its start.
        compiled: user_cache().map(|cache| cache.join("compiled")),
        llm: None,
        announce: Rules::default(),
        language,
        pin: None,
        demo: true,
        stay,
    })
    .await
}

async fn assemble(plan: Plan) -> Result<Host, Box<Fault>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let state = State::open(&plan.state, Arc::clone(&clock)).map_err(|error| error.fault())?;
    let state = Arc::new(state);
    let hub = Hub::new(Arc::clone(&clock));
    let announcements = Announcements::new(AnnouncementParts {
        rules: plan.announce,
        main: plan.main.id.clone(),
        language: plan.language,
        runs: state.runs(),
        shown: Arc::clone(&hub) as _,
        clock: Arc::clone(&clock),
        zone: TimeZone::system(),
    });
    announcements.speak_through(vec![Arc::clone(hub.microphones()) as _]);
    let tap = Tap::new(state.events(), Arc::clone(&hub), Arc::clone(&announcements) as _);
    let events: Arc<dyn EventQueue> = Arc::new(tap);
    let open = |plan| open(plan, &state, &events, &clock);
    let (main, main_site) = open(plan.main)?;
    let others: Vec<_> = plan.others.into_iter().map(open).collect::<Result<_, _>>()?;
    let (others, other_sites): (Vec<_>, Vec<_>) = others.into_iter().unzip();
    let clusters: Vec<Arc<Cluster>> = std::iter::once(main).chain(others).collect();
    let told = |cluster: &Arc<Cluster>| FeedSite {
        cluster: cluster.id().clone(),
        inventory: Arc::clone(cluster) as _,
    };
    hub.tell_of(clusters.iter().map(told).collect());
    recovery::take_up(&state, &clusters).await?;
    let engine = match &plan.compiled {
        Some(folder) => SkillEngine::with_cache(folder),
        None => SkillEngine::new(),
    };
    let engine = engine.map_err(|error| error.fault())?;
    let folder = skills_folder(plan.skills.folder.clone())?;
    let allowances = allowances(&plan.skills, plan.demo);
    let timers = match plan.stay {
        Stay::OneCommand => None,
        Stay::Host => Some(timers(&state, &announcements, &clock).await?),
    };
    let skill_host = SkillHost::new(HostParts {
        engine,
        catalog: Catalog::default(),
        main: main_site,
        others: other_sites,
        lowered: lowering(&plan.skills),
        pin: plan.pin,
        timers,
        skill_config: plan
            .skills
            .allowed
            .into_iter()
            .map(|(id, skill)| (id, skill.config))
            .collect(),
    });
    let skill_host = Arc::new(skill_host);
    if let Ok(timers) = skill_host.timers() {
        hub.tell_of_timers(Arc::clone(timers));
    }
    let reloader = Reloader::new(ReloaderParts {
        host: Arc::clone(&skill_host),
        folder,
        allowances,
        // A demo's state goes with it.
        last_good: (!plan.demo).then(|| plan.state.join("last-good")),
        decisions: state.decisions(),
        clock: Arc::clone(&clock),
    });
    let reloader = Arc::new(reloader);
    let looked = match plan.stay {
        Stay::Host => reloader.look().await.map(drop),
        Stay::OneCommand => reloader.look_to_the_end().await,
    };
    looked.map_err(|error| error.fault())?;
    skill_host.subscribe(events.as_ref()).await.map_err(|error| error.fault())?;
    let assistant = Assistant::new(Arc::clone(&skill_host), Arc::clone(&clock));
    let talker = plan.llm.as_ref().and_then(|llm| ollama::talker(llm, &clock));
    let assistant = match talker {
        Some(talker) => assistant.with_talker(talker),
        None => assistant,
    };
    let service = Service::new(ServiceParts {
        assistant: assistant.with_announcements(Arc::clone(&announcements)),
        announcements: Arc::clone(&announcements),
        skill_host: Arc::clone(&skill_host),
        reloader: Arc::clone(&reloader),
        events: Arc::clone(&events),
        skill_logs: state.skill_logs(),
        records: Arc::clone(&state) as _,
        microphones: Arc::clone(hub.microphones()),
        engines: jarvis_voice::engines,
        demo: plan.demo,
        language: plan.language,
    });
    Ok(Host {
        service: Arc::new(service),
        reloader,
        skill_host,
        clusters,
        events,
        feed: hub,
        announcements,
        state,
        clock,
    })
}

/// What waits for its time, and who is told of it.
async fn timers(
    state: &State,
    announcements: &Arc<Announcements>,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<Timers>, Box<Fault>> {
    Timers::open(TimerParts {
        store: state.schedule(),
        herald: Arc::clone(announcements) as _,
        audit: state.audit(),
        runs: state.runs(),
        clock: Arc::clone(clock),
        zone: TimeZone::system(),
    })
    .await
}

/// One cluster, and what skills see of it.
fn open(
    plan: ClusterPlan,
    state: &State,
    events: &Arc<dyn EventQueue>,
    clock: &Arc<dyn Clock>,
) -> Result<(Arc<Cluster>, Site), Box<Fault>> {
    let cluster = Cluster::open(ClusterSettings {
        id: plan.id.clone(),
        access: plan.access,
        launcher: plan.launcher,
        ssh: plan.ssh,
        state_folder: plan.state,
        timeouts: plan.timeouts,
        thermals: plan.thermals,
        journal: state.journal(),
        events: Arc::clone(events) as _,
        clock: Arc::clone(clock),
    });
    let cluster = Arc::new(cluster.map_err(|error| error.fault())?);
    let ports = Ports {
        reader: cluster.clone(),
        inventory: cluster.clone(),
        sensors: cluster.clone(),
        actuator: cluster.clone(),
        shell: cluster.clone(),
        operations: cluster.clone(),
        audit: state.audit(),
        runs: state.runs(),
        kv: state.kv(),
        logs: state.skill_logs(),
        clock: Arc::clone(clock),
    };
    Ok((cluster, Site { cluster: plan.id, names: plan.names, aliases: plan.aliases, ports }))
}

fn allowances(skills: &Skills, demo: bool) -> Allowances {
    let by_skill = skills.allowed.iter();
    Allowances {
        grants: by_skill.clone().map(|(id, skill)| (id.clone(), skill.grants.clone())).collect(),
        ceilings: by_skill.clone().map(|(id, skill)| (id.clone(), skill.limits)).collect(),
        ceiling: Limits::CEILING,
        pinned: by_skill.filter(|(_, skill)| skill.pinned).map(|(id, _)| id.clone()).collect(),
        trusting: demo,
    }
}

fn lowering(skills: &Skills) -> Lowering {
    let mut lowering = Lowering::default();
    for (command, doors) in &skills.unasked {
        for door in doors {
            if let Err(error) = lowering.add(command.clone(), *door) {
                tracing::error!(%error, "the settings let through what cannot be lowered");
            }
        }
    }
    lowering
}

/// Where the skills are: the settings' folder, else `skills` beside the
/// binary, where a build puts them, else the package's.
pub(crate) fn skills_folder(settings: Option<PathBuf>) -> Result<PathBuf, Box<Fault>> {
    if let Some(folder) = settings {
        return Ok(folder);
    }
    let beside = own_binary()?.with_file_name("skills");
    Ok(if beside.is_dir() { beside } else { "/usr/lib/jarvis/skills".into() })
}

/// The user's folder for what can be made again (XDG Base Directory
/// Specification).
fn user_cache() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = cache.filter(|cache| cache.is_absolute()).or_else(home)?;
    Some(cache.join("jarvis"))
}

/// The program that runs, by absolute path.
pub(crate) fn own_binary() -> Result<PathBuf, Box<Fault>> {
    std::env::current_exe().map_err(|error| WiringError::OwnBinary(error).fault())
}

/// A folder that goes away with its handle.
pub(crate) fn temporary_folder() -> Result<tempfile::TempDir, Box<Fault>> {
    tempfile::Builder::new()
        .prefix("jarvis-demo-")
        .permissions(std::fs::Permissions::from_mode(0o700))
        .tempdir()
        .map_err(|error| WiringError::Temporary(error).fault())
}

/// Who may do what. At the control socket root and the user that jarvis runs as
/// are admin; all others have what the settings say.
pub(crate) fn roles(settings: &Settings) -> Roles {
    let mut roles = settings.server.roles.clone();
    roles.uids.clone_from(&settings.control.roles);
    let service_user = rustix::process::geteuid().as_raw();
    roles.uids.extend([0, service_user].map(|uid| (uid, Role::Admin)));
    roles
}
