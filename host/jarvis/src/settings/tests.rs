use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::find::apply;
use super::*;

fn mistakes(text: &str) -> String {
    Settings::read(text, false).unwrap_err().to_string()
}

#[test]
fn an_address_that_others_reach_in_the_clear_is_a_mistake() {
    let problems = |text: &str| Settings::read(text, false).err().map_or(Vec::new(), |all| all.0);
    let open = problems("server:\n  port: 1\n  listen: 0.0.0.0\n");
    assert!(open.len() == 1 && open[0].line == 3, "{open:?}");
    for fine in [
        "listen: 127.0.0.2",
        "listen: '::', tls: self-made",
        "listen: 0.0.0.0, plain_elsewhere: true",
    ] {
        assert!(problems(&format!("server: {{{fine}}}")).is_empty(), "{fine}");
    }
}

#[test]
fn model_and_voice_follow_the_language_unless_they_are_named() {
    let german = Settings::read("language: de", false).unwrap();
    assert_eq!(german.language, jarvis_domain::Language::German);
    assert_eq!(
        (german.stt.model.as_str(), german.tts.voice.as_str()),
        ("base", "de_DE-thorsten-high")
    );
    let own =
        Settings::read("language: de\nstt: {model: small}\ntts: {speed: 1.1}", false).unwrap();
    assert_eq!((own.stt.model.as_str(), own.tts.voice.as_str()), ("small", "de_DE-thorsten-high"));
    let mut spoken = Settings::default();
    spoken.speak(jarvis_domain::Language::German);
    assert_eq!(spoken, german);
    assert!(Settings::read("language: fr", false).is_err());
}

#[test]
fn an_empty_file_gives_the_defaults_of_the_replaced_system() {
    let settings = Settings::read("", false).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.server.port, 3001);
    assert_eq!(settings.server.token_lifetime.as_secs(), 8 * 3600);
    assert_eq!(settings.llm.host, "http://localhost:11434");
    assert_eq!(settings.llm.model, "mistral:7b-instruct-q4_0");
    assert_eq!(settings.llm.history, 20);
    assert_eq!(settings.stt.model, "base.en");
    assert_eq!(settings.tts.voice, "en_US-ryan-high");
    assert_eq!((settings.wake.keywords[0].as_str(), settings.wake.sensitivity), ("jarvis", 0.5));
    let shells = settings.cluster.shells().unwrap();
    assert_eq!((shells.user.as_str(), shells.connect.as_secs()), ("root", 5));
}

#[test]
fn devices_are_named_or_the_system_s() {
    let text = "audio: {input: 'alsa:plughw:CARD=PCH,DEV=0', output: default}";
    let audio = Settings::read(text, false).unwrap().audio;
    assert_eq!(
        serde_json::json!(audio),
        serde_json::json!({"input": "alsa:plughw:CARD=PCH,DEV=0", "output": "default"})
    );
    assert_eq!(Settings::default().audio.input, audio.output);
}

#[test]
fn the_shipped_file_is_valid_and_allows_the_shipped_skills_something() {
    let text = include_str!("../../../../config/jarvis.yaml");
    let settings = Settings::read(text, false).unwrap_or_else(|problems| panic!("{problems}"));
    let ids: Vec<&str> = settings.skills.allowed.keys().map(|id| id.as_str()).collect();
    assert_eq!(ids, ["server-control", "temperatures", "updates", "vm-lifecycle"]);
}

#[test]
fn all_mistakes_of_a_file_are_shown_with_their_lines() {
    let shown = mistakes(
        "server:\n  prot: 3001\n  port: 65536\ncontrol:\n  roles:\n    joe: admin\n    1000: boss\nwake:\n  sensitivity: 2\nstate:\n  folder: here\naudio:\n  input: ''\ntts:\n  speed: 3\nstt:\n  threads: 0\n  device: gpu\n",
    );
    for expected in [
        "line 2: server.prot: there is no such key; did you mean port?",
        "line 3: server.port: 65536 is not from 0 to 65535",
        "line 6: control.roles.joe: the keys here are user ids",
        "line 7: control.roles.1000: \"boss\" is not one of viewer, operator, admin",
        "line 9: wake.sensitivity: 2 is not from 0 to 1",
        "line 11: state.folder: an absolute path belongs here",
        "line 13: audio.input: the name of a device belongs here",
        "line 15: tts.speed: 3 is not from 0.5 to 2",
        "line 17: stt.threads: 0 is not from 1 to 64",
        "line 18: stt.device: \"gpu\" is not one of auto, cpu, cuda",
    ] {
        assert!(shown.contains(expected), "{expected}\nis not in\n{shown}");
    }
}

#[test]
fn whoever_speaks_is_listened_to_as_the_settings_say() {
    let settings = Settings::read("", false).unwrap();
    let sounds = |text: &str| Settings::read(text, false).unwrap().voice.chimes();
    let all = sounds("");
    assert!(all.wake && all.end && all.done && all.error && all.brief);
    let some = sounds("voice: {sounds: {end: false}, brief: false}");
    assert!(some.wake && !some.end && some.done && some.error && !some.brief);
    let none = sounds("voice: {sounds: false}");
    assert!(!none.wake && !none.end && !none.done && !none.error);
    assert_eq!(settings.voice.end().end.as_millis(), 700);
    let end = |word| {
        Settings::read(&format!("voice: {{patience: {word}}}"), false).unwrap().voice.end().end
    };
    assert_eq!((end("short").as_millis(), end("long").as_millis()), (250, 1250));
    let wake = Settings::read("wake: {keyword: [jarvis, /a/b.ppn], library: /a/lib.so}", false);
    assert_eq!(wake.unwrap().wake.keywords, ["jarvis", "/a/b.ppn"]);
    let shown = mistakes(
        "voice:\n  patience: endless\n  sounds: {ding: true}\nwake:\n  keyword: []\n  library: here.so\n  address: here\n",
    );
    for expected in [
        "line 2: voice.patience: \"endless\" is not one of short, normal, long",
        "line 3: voice.sounds.ding: there is no such key",
        "line 5: wake.keyword: one to 16 keywords belong here",
        "line 6: wake.library: an absolute path belongs here",
        "line 7: wake.address: ",
    ] {
        assert!(shown.contains(expected), "{expected}\nis not in\n{shown}");
    }
}

#[test]
fn roles_are_of_accounts_and_of_groups() {
    let text = "server:\n  roles:\n    users: {alice@pam: admin, a@b@pve: viewer}\n    groups: {ops: operator}\n";
    let roles = Settings::read(text, false).unwrap().server.roles;
    assert_eq!(roles.users[&"alice@pam".parse().unwrap()], jarvis_domain::Role::Admin);
    assert_eq!((roles.users.len(), roles.groups["ops"]), (2, jarvis_domain::Role::Operator));
    let none = Settings::default().server.roles;
    assert!(none.users.is_empty() && none.groups.is_empty(), "nobody has one by default");
    let shown = mistakes(
        "server:\n  token_lifetime: 1s\n  roles:\n    users:\n      alice: boss\n      bob@pam: boss\n    groups:\n      ops@pam: viewer\n      all: 1\n    people: {}\n",
    );
    for expected in [
        "line 2: server.token_lifetime: a time from 1m to 720h belongs here",
        "line 5: server.roles.users.alice: the keys here are accounts with their realm",
        "line 5: server.roles.users.alice: \"boss\" is not one of viewer, operator, admin",
        "line 6: server.roles.users.bob@pam: \"boss\" is not one of",
        "line 8: server.roles.groups.ops@pam: the keys here are Proxmox's groups",
        "line 9: server.roles.groups.all: ",
        "line 10: server.roles.people: there is no such key",
    ] {
        assert!(shown.contains(expected), "{expected}\nis not in\n{shown}");
    }
}

#[test]
fn guests_and_nodes_can_be_called_something_else() {
    let text = "cluster: {aliases: {mediaserver: [the movies, jellyfin], 105: my cloud}}\n";
    let aliases = Settings::read(text, false).unwrap().cluster.aliases;
    assert_eq!(aliases["mediaserver"], ["movies", "jellyfin"]);
    assert_eq!(aliases["105"], ["my cloud"]);
    let wrong = Settings::read("cluster: {aliases: {web: ['?!']}}\n", false).unwrap_err();
    assert!(wrong.to_string().contains("a name belongs here that can be said"), "{wrong}");
}

#[test]
fn further_clusters_have_ids_and_names_of_their_own_and_come_by_https() {
    let api = "access: api, api: {endpoints: [lab1.lan], system_roots: true, \
               read: {token: a@pve!b, secret: 'env:X'}}";
    let read = |names: &str| format!("clusters: [{{id: lab, {api}{names}}}]");
    let settings = Settings::read(&read(", names: [the lab, test bench]"), false).unwrap();
    assert_eq!(settings.clusters[0].names, ["lab", "test bench"]);
    for (text, expected) in [
        (format!("clusters: [{{{api}}}]"), "id"),
        (format!("clusters: [{{id: home, {api}}}]"), "another cluster is called home already"),
        (
            format!("clusters: [{{id: a, {api}}}, {{id: a, {api}}}]"),
            "another cluster is called a already",
        ),
        ("clusters: [{id: lab}]".to_owned(), "this one needs access: api"),
        (read(", names: [Home]"), "another cluster is called home already"),
        (read(", names: ['!']"), "a name belongs here that can be said"),
        ("clusters: lab".to_owned(), "a list"),
    ] {
        let shown = mistakes(&text);
        assert!(shown.contains(expected), "{expected}\nis not in\n{shown}");
    }
}

#[test]
fn a_skill_is_pinned_by_its_digest_and_by_nothing_else() {
    let read = |pin: &str| format!("skills: {{allowed: {{one: {{grants: []{pin}}}}}}}");
    let pinned = |text: String| {
        Settings::read(&text, false)
            .map(|s| s.skills.allowed.values().all(|one| one.pinned))
            .unwrap()
    };
    assert!(pinned(read(", pin: digest")));
    assert!(!pinned(read("")));
    assert!(mistakes(&read(", pin: version")).contains("digest"));
}

#[test]
fn a_literal_secret_needs_a_private_file_and_is_never_shown() {
    let secret = "0123456789abcdef0123456789abcdef";
    let text = format!("server:\n  jwt_secret: {secret}\n");
    assert!(mistakes(&text).contains("mode 0600"));
    let settings = Settings::read(&text, true).unwrap();
    let shown = format!("{settings:?}{}", serde_json::json!(settings));
    assert!(!shown.contains(secret));
    assert!(shown.contains("********"));
    assert!(Settings::read("server: {jwt_secret: short}", true).is_err());
    assert!(Settings::read("wake: {access_key: 'file:relative'}", true).is_err());
}

#[test]
fn a_file_of_an_engine_has_an_absolute_path() {
    for (text, line) in [
        ("stt:\n  model: ./x.bin\n", "line 2"),
        ("tts:\n  speed: 1\n  voice: voices/x.onnx\n", "line 3"),
        ("wake: {keyword: ./x.ppn}\n", "line 1"),
        ("wake:\n  keyword:\n    - jarvis\n    - x/y.ppn\n", "line 4"),
    ] {
        let told = mistakes(text);
        assert!(told.contains(line) && told.contains("an absolute path"), "{text}: {told}");
    }
    let text = "stt: {model: /x.bin}\ntts: {voice: en_US-ryan-low}\nwake: {keyword: [a, /x.ppn]}\n";
    let settings = Settings::read(text, false).unwrap();
    assert_eq!(settings.wake.keywords, ["a", "/x.ppn"]);
}

#[test]
fn the_environment_overrides_three_settings() {
    let env = |name: &str| match name {
        "PORT" => Some("8080".to_owned()),
        "OLLAMA_HOST" => Some("gpu:11434".to_owned()),
        "JWT_SECRET" => Some("x".repeat(32)),
        _ => None,
    };
    let mut settings = Settings::default();
    apply(&mut settings, &env).unwrap();
    assert_eq!(settings.server.port, 8080);
    assert_eq!(settings.llm.host, "http://gpu:11434");
    assert!(settings.server.jwt_secret.is_some());
    for (name, value) in [("PORT", "eighty"), ("PORT", "65536"), ("JWT_SECRET", "your-secret-key")]
    {
        let env = |asked: &str| (asked == name).then(|| value.to_owned());
        let error = apply(&mut Settings::default(), &env).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_weak_secret_in_a_file_is_not_blamed_on_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "short").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let text = format!("server: {{jwt_secret: 'file:{}'}}", file.display());
    let mut settings = Settings::read(&text, true).unwrap();
    // Whoever signs with it says so.
    apply(&mut settings, &|_| None).unwrap();
    std::fs::remove_file(&file).unwrap();
    let error = apply(&mut settings, &|_| None).unwrap_err();
    assert!(!error.to_string().contains("JWT_SECRET"), "{error}");
}

#[test]
fn the_option_comes_before_the_variable() {
    let env = |name: &str| (name == "JARVIS_CONFIG").then(|| "/a/b.yaml".to_owned());
    assert_eq!(find(Some(Path::new("/x.yaml")), &env).unwrap().by, "--config");
    assert_eq!(find(None, &env).unwrap().path, Path::new("/a/b.yaml"));
}

#[test]
fn a_missing_file_says_which() {
    let error = load(Path::new("/nonexistent/jarvis.yaml"), &|_| None).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/jarvis.yaml"));
}

/// What a denial says to paste once had no place in the settings.
#[test]
fn what_a_denial_says_to_paste_is_read_as_a_grant() {
    use jarvis_domain::{Call, Caller, Door, Explain, Principal, Risk, Role, RunId, ShellCall};
    use jarvis_policy::{GrantSet, Phase, Right, decide};

    let (skill, command) = ("sample".parse().unwrap(), "sample.look".parse().unwrap());
    let caller = Caller {
        principal: Principal("uid:0".to_owned()),
        door: Door::Cli,
        role: Some(Role::Admin),
    };
    let argv = vec!["sensors".to_owned(), "-j".to_owned()];
    let call = Call::Shell(ShellCall { node: "pve2".parse().unwrap(), argv });
    let none = GrantSet::default();
    let wanted = GrantSet::new(jarvis_policy::Grant::for_call(&call));
    let right = Right {
        skill: &skill,
        requested: &wanted,
        allowed: &none,
        caller: &caller,
        declared: Risk::Read,
        command: &command,
    };
    let cluster = cluster_id("home");
    let phase = Phase::Real { cluster: &cluster, run: RunId::new(), plan: None };
    let denial = decide(&right, call.clone(), phase).unwrap_err();
    let paste = denial.pasteable().unwrap();
    let settings = Settings::read(&paste, false).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(settings.skills.allowed[&skill].grants.allows(&call), "{paste}");
    assert!(denial.hint().unwrap().contains(&paste));
}

#[test]
fn literal_cluster_ids_are_ids() {
    assert_eq!((cluster_id("home").as_str(), cluster_id("demo").as_str()), ("home", "demo"));
}
