use crate::settings::Settings;
use crate::settings::cluster::Access;

fn fingerprint() -> String {
    ["AB"; 32].join(":")
}

/// A file whose `cluster.api` has these lines.
fn file(lines: &[&str]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| format!("    {line}\n")).collect();
    format!("cluster:\n  access: api\n  api:\n{}", lines.concat())
}

const READ: &str = "read: {token: jarvis@pve!read, secret: 'file:/etc/jarvis/read'}";

#[test]
fn every_way_to_trust_and_to_be_somebody_is_read() {
    let pinned = format!("fingerprint: '{}'", fingerprint());
    let several = format!("fingerprint: ['{0}', '{0}']", fingerprint());
    let user = "act: {user: jarvis@pve, password: env:PVE_PASSWORD}";
    for trust in [&pinned, &several, "ca: /etc/jarvis/ca.pem", "system_roots: true"] {
        let text = file(&["endpoints: [pve1, '192.0.2.1:443']", trust, READ, user]);
        let settings = Settings::read(&text, false).unwrap_or_else(|all| panic!("{all}"));
        assert_eq!(settings.cluster.access, Access::Api);
        let api = settings.cluster.api.unwrap();
        assert_eq!(api.endpoints.len(), 2);
        let shown = serde_json::json!(api).to_string();
        assert!(shown.contains("file:/etc/jarvis/read") && shown.contains("pve1:8006"), "{shown}");
    }
}

#[test]
fn all_mistakes_are_shown_at_once() {
    let text = file(&[
        "endpoints: ['https://pve1', pve2]",
        "fingerprint: AB:CD",
        "read: {token: jarvis, secret: hunter2}",
        "act: {user: jarvis@pve, secret: 'env:X'}",
        "insecure: true",
    ]);
    let shown = Settings::read(&text, true).unwrap_err().to_string();
    for expected in [
        "line 4: cluster.api.endpoints[0]: \"https://pve1\" is not a host",
        "line 5: cluster.api.fingerprint: a SHA-256 fingerprint has 32 bytes",
        "line 6: cluster.api.read.token: \"jarvis\" is not the id of an API token",
        "line 6: cluster.api.read.secret: a secret is not written here itself",
        "line 7: cluster.api.act: here belong token: and secret:",
        "line 8: cluster.api.insecure: there is no such key",
    ] {
        assert!(shown.contains(expected), "{expected}\nis not in\n{shown}");
    }
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn the_certificate_is_always_known_by_exactly_one_way() {
    for trust in [
        &[][..],
        &["ca: /a", "system_roots: true"],
        &["system_roots: false"],
        &["ca: relative.pem"],
        &["fingerprint: []"],
    ] {
        let lines: Vec<&str> = ["endpoints: pve1", READ].iter().chain(trust).copied().collect();
        assert!(Settings::read(&file(&lines), false).is_err(), "{trust:?}");
    }
}

#[test]
fn the_api_needs_its_section_and_only_it() {
    let missing = Settings::read("cluster: {access: api}", false).unwrap_err().to_string();
    assert!(missing.contains("cluster: the key api is missing"), "{missing}");
    assert!(Settings::read("cluster: {access: pvesh, api: {endpoints: 1}}", false).is_err());
}

#[test]
fn secrets_are_read_from_private_files_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "hunter2\n").unwrap();
    let line = format!("read: {{token: a@pve!b, secret: 'file:{}'}}", path.display());
    let text = file(&["endpoints: pve1", "ca: /a", &line]);
    let api = Settings::read(&text, false).unwrap().cluster.api.unwrap();
    for (mode, readable) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let revealed = api.reveal(&|_| None);
        assert_eq!(revealed.is_ok(), readable, "{mode:o} {revealed:?}");
        assert!(!format!("{revealed:?}").contains("hunter2"));
    }
}
