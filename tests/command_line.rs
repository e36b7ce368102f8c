//! The command line: JSON, exit codes, settings, and what is printed for
//! people.

#[cfg(test)]
mod support;

use support::Demo;

#[test]
fn settings_are_checked_and_shown_with_secrets_masked() {
    let demo = Demo::alone();
    let bad = demo.file("bad.yaml", "server:\n  prot: 1\nwake: {sensitivity: 7}\n");
    let ran = demo.run(&["config", "check", "--config", bad.to_str().unwrap()]).ended(2);
    ran.says("line 2: server.prot").says("did you mean port?");
    let good = demo.file("good.yaml", "server: {jwt_secret: 'env:MY_SECRET'}\n");
    let secret = "0123456789abcdef0123456789abcdef";
    let shown = demo
        .command(&["config", "show", "--json", "--config", good.to_str().unwrap()])
        .env("MY_SECRET", secret)
        .env("PORT", "8080")
        .output()
        .unwrap();
    let shown = support::Ran::from(shown).ended(0);
    assert!(!shown.stdout.contains(secret));
    let settings = shown.json();
    assert_eq!(
        (settings["server"]["port"].as_u64(), settings["server"]["jwt_secret"].as_str()),
        (Some(8080), Some("env:MY_SECRET"))
    );
    demo.run(&["config", "check", "--config", "/nonexistent.yaml"])
        .ended(2)
        .says("settings-unreadable");
}

#[test]
fn the_shipped_settings_are_sound() {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/jarvis.yaml");
    Demo::alone().run(&["config", "check", "--config", shipped]).ended(0).says("sound");
}

#[test]
fn errors_are_listed_with_their_hints() {
    let demo = Demo::alone();
    let rows = demo.run(&["errors", "--json"]).ended(0).json();
    assert!(rows.as_array().unwrap().len() > 40);
    demo.run(&["errors"]).ended(0).says("cluster-no-quorum");
}

#[test]
fn usage_mistakes_end_with_2() {
    let demo = Demo::alone();
    for args in [
        &["fly"][..],
        &["invoke", "--demo", "start"],
        &["invoke", "--demo", "vm-lifecycle.start", "102"],
        &["runs", "--demo", "not-an-id"],
        &["simulate", "fault", "moon", "down"],
        &["simulate", "serve", "--https", "0.0.0.0:0", "--socket", "s.sock"],
        &["simulate", "serve", "--https", "localhost", "--socket", "s.sock"],
        &["simulate", "serve", "--authority", "ca.pem", "--socket", "s.sock"],
    ] {
        let ran = demo.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
    }
}

#[test]
fn the_help_and_the_readme_tell_the_same_exit_codes() {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let help = Demo::alone().run(&["--help"]).ended(0);
    let readme = include_str!("../README.md");
    for told in [
        "0 done, or handed over and still going on",
        "1 failed or not known",
        "2 usage or settings",
        "3 not understood",
        "4 waits for an answer",
        "5 not allowed",
    ] {
        assert!(words(&help.stdout).contains(told), "{told:?} is not in the help");
        assert!(words(readme).contains(told), "{told:?} is not in the README");
    }
}

#[test]
fn completions_are_printed_for_every_shell() {
    let demo = Demo::alone();
    for shell in ["bash", "zsh", "fish"] {
        let printed = demo.run(&["completions", shell]).ended(0).says("jarvis");
        assert!(!printed.stdout.contains("check-password"), "{shell}");
    }
}

#[test]
fn sentences_are_recognized_without_running() {
    let demo = Demo::serving(&[]);
    let ran = demo
        .run_with(
            &["intents", "recognize", "--demo", "--json"],
            "stop vm one oh one\nsing a song\n",
        )
        .ended(3);
    let lines: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["intent"], "vm-lifecycle.shut-down");
    assert_eq!(lines[0]["slots"]["guest"], 101);
    assert!(lines[1]["intent"].is_null());
    assert_eq!(demo.state_of(101), "running");
}

#[test]
fn skills_and_runs_are_shown() {
    let demo = Demo::serving(&[]);
    demo.run(&["skill", "list", "--demo"]).ended(0).says("vm-lifecycle").says("temperatures");
    demo.run(&["skill", "show", "--demo", "vm-lifecycle"])
        .ended(0)
        .says("destructive")
        .says("asks for");
    demo.run(&["skill", "show", "--demo", "nobody"]).ended(1).says("api-not-found");
    demo.ask("list all machines").ended(0);
    let runs = demo.run(&["runs", "--demo", "--json"]).ended(0).json();
    let id = runs[0]["id"].as_str().unwrap().to_owned();
    demo.run(&["runs", "--demo", &id]).ended(0).says("vm-lifecycle.list");
}

#[test]
fn a_beginning_of_a_runs_id_is_enough() {
    let demo = Demo::serving(&[]);
    demo.ask("list all machines").ended(0);
    demo.ask("start the web server").ended(0);
    let runs = demo.run(&["runs", "--demo", "--json"]).ended(0).json();
    let ids: Vec<&str> =
        runs.as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap()).collect();
    let shown = demo.run(&["runs", "--demo"]).ended(0);
    for (id, command) in [(ids[0], "vm-lifecycle.start"), (ids[1], "vm-lifecycle.list")] {
        let line = shown.stdout.lines().find(|line| line.contains(command)).unwrap();
        let short = line.split_whitespace().last().unwrap();
        assert!(short.len() < 20 && id.starts_with(short), "{short} of {id}");
        demo.run(&["runs", "--demo", short]).ended(0).says(id).says(command);
        demo.run(&["runs", "--demo", &short.replace('-', "").to_uppercase()]).ended(0).says(id);
        let audited = demo.run(&["audit", "show", "--demo", "--json", "--run", short]).ended(0);
        assert!(audited.stdout.lines().all(|line| line.contains(id)), "{audited:?}");
    }
    let there = demo.command(&["runs", "--demo"]).env("TZ", "IST-5:30").output().unwrap();
    let there = support::Ran::from(there).says("when (here)");
    assert_eq!(there.stdout.matches("+05:30").count(), 2, "{there:?}");
    let several = demo.run(&["runs", "--demo", &ids[0][..1]]).ended(2);
    several.says("api-ambiguous").says(ids[0]).says(ids[1]);
    demo.run(&["runs", "--demo", "ffff"]).ended(1).says("api-not-found");
}

#[test]
fn a_machine_without_addresses_for_a_pool_answers_all_the_same() {
    let demo = Demo::alone();
    let limited = "ulimit -v 3000000; exec \"$0\" ask --demo --fresh 'list all machines'";
    let shell = std::path::Path::new("/bin/sh");
    let mut command = demo.command_of(shell, &["-c", limited, support::jarvis().to_str().unwrap()]);
    let answered = command.env("JARVIS_LOG", "warn").output().unwrap();
    let ran = support::Ran::from(answered).ended(0);
    ran.says("mediaserver").says("memory on demand");
}

#[test]
fn a_skill_folder_is_checked_with_all_its_mistakes() {
    let demo = Demo::alone();
    let shipped = support::jarvis().with_file_name("skills").join("temperatures");
    demo.run(&["skill", "check", shipped.to_str().unwrap()]).ended(0).says("sound");
    demo.file("broken/skill.yaml", "id: broken\nversoin: 1\ncommands: {}\n");
    let folder = demo.root().join("broken");
    let ran = demo.run(&["skill", "check", folder.to_str().unwrap()]);
    assert_ne!(ran.code, 0);
    ran.says("versoin").says("version");
}

#[test]
fn the_simulated_https_doors_are_told_to_programs() {
    let demo = Demo::alone();
    let serve = ["simulate", "serve", "--socket", "s.sock", "--nodes", "2", "--with-stdin"];
    let ran = demo.run(&[&serve[..], &["--https", "127.0.0.1:0"]].concat()).ended(0);
    let lines: Vec<Vec<&str>> = ran.stdout.lines().map(|line| line.split(' ').collect()).collect();
    let [home, other, ready] = lines.as_slice() else { panic!("{ran:?}") };
    assert_eq!(
        (home[..2].to_vec(), other[..2].to_vec()),
        (vec!["https", "home"], vec!["https", "pve2"])
    );
    assert_eq!(ready, &["ready"]);
    for door in [home, other] {
        let address: std::net::SocketAddr = door[2].parse().unwrap();
        assert!(address.ip().is_loopback() && address.port() != 0);
        assert_eq!(door[3].split(':').filter(|byte| byte.len() == 2).count(), 32);
    }
    assert_ne!(home[3], other[3]);
    let written = [&serve[..], &["--https", "127.0.0.1:0", "--authority", "ca.pem"]].concat();
    demo.run(&written).ended(0);
    let pem = std::fs::read_to_string(demo.root().join("ca.pem")).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n"), "{pem}");
}

#[test]
fn the_simulated_pvesh_and_shell_work_without_a_demo_host() {
    let demo = Demo::alone();
    let nodes = demo.pvesh("/nodes");
    assert_eq!(nodes.as_array().unwrap().len(), 4);
    demo.run(&["simulate", "sh", "pve3", "--", "sensors", "-j"]).ended(0).says("coretemp");
    demo.run(&["simulate", "pvesh", "--", "get", "/nope"]).ended(1).says("No 'get' handler");
    demo.run(&["simulate", "fault", "node", "pve3", "down"]).ended(1).says("simulator-unreachable");
}
