//! Nothing that the demo starts can touch the machine it runs on.

#[cfg(test)]
mod support;

use std::os::unix::fs::PermissionsExt;

use support::Demo;

#[test]
fn a_nodes_shell_starts_no_program_of_this_machine() {
    let demo = Demo::serving(&[]);
    let mark = demo.root().join("mark");
    let canary = demo.file("canary", &format!("#!/bin/sh\ntouch {}\n", mark.display()));
    std::fs::set_permissions(&canary, std::fs::Permissions::from_mode(0o755)).unwrap();
    let canary = canary.to_str().unwrap();
    for argv in [
        &[canary][..],
        &["sh", "-c", canary],
        &["env", canary],
        &["cat", "/etc/hostname", ";", canary],
    ] {
        let mut args = vec!["simulate", "sh", "home", "--"];
        args.extend(argv);
        demo.run(&args);
        assert!(!mark.exists(), "{argv:?} was really run");
    }
    // Only now, and only ever with --help and --version.
    for argv in [&["reboot", "--help"][..], &["apt-get", "--version"]] {
        let mut args = vec!["simulate", "sh", "home", "--"];
        args.extend(argv);
        let real = std::process::Command::new(argv[0]).args(&argv[1..]).output();
        let ran = demo.run(&args);
        if let Ok(real) = real
            && !real.stdout.is_empty()
        {
            assert_ne!(ran.stdout.as_bytes(), real.stdout, "{argv:?} was really run");
        }
    }
}

#[test]
fn the_demo_reads_no_settings_and_leaves_nothing_behind() {
    let demo = Demo::alone();
    demo.file("config/jarvis.yaml", "this: is\nnot: valid\n");
    demo.ask("list all machines").ended(0);
    let left: Vec<_> = std::fs::read_dir(demo.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "config" && name != "jarvis-demo")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_demo_command_talks_only_to_a_demo() {
    let mut demo = Demo::alone();
    demo.start(&[]);
    let socket = demo.folder().join("control.sock");
    let config = demo.file("jarvis.yaml", &format!("control: {{socket: {}}}\n", socket.display()));
    demo.run(&["ask", "--config", config.to_str().unwrap(), "list all machines"])
        .ended(2)
        .says("api-wrong-host");
}

#[test]
fn no_password_is_ever_in_an_argv() {
    let demo = Demo::serving(&[]);
    demo.ask_yes("stop vm one oh one").ended(0);
    let calls = demo.fault(&["calls"]);
    assert!(calls.contains("/nodes/home/qemu/101/status/shutdown"), "{calls}");
    assert!(!calls.contains("password") && !calls.contains("access/ticket"), "{calls}");
}
