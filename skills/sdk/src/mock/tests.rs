use std::time::Duration;

use serde_json::json;

use super::{MockHost, Scripted};
use crate::{
    Clock, ClusterRead, ClusterWrite, Config, End, Error, Inventory, ItemExt, Kv, Level, Log,
    NodeShell, Request, Sensors, Verb,
};

const START: &str = "/nodes/pve2/qemu/101/status/start";

fn cluster() -> MockHost {
    MockHost::new()
        .node("pve2", "online")
        .vm(101, "mediaserver", "pve2", "running")
        .tagged("media")
        .container(105, "pihole", "pve2", "stopped")
        .with("lock", "backup")
}

#[test]
fn finds_by_id_name_and_tag_over_pages() {
    for (kind, query, ids) in [
        ("guest", None, &["101", "105"][..]),
        ("guest", Some("101"), &["101"]),
        ("guest", Some("MEDIA"), &["101"]),
        ("container", Some("hole"), &["105"]),
        ("node", None, &["pve2"]),
        ("storage", None, &[]),
    ] {
        let found = cluster().paged(1).find_all(kind, query).unwrap();
        let found: Vec<_> = found.items.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(found, ids, "{kind} {query:?}");
    }
    let pihole = cluster().find_one("guest", "105").unwrap();
    assert_eq!(pihole.attribute("lock"), Some("backup"));
    assert!(matches!(cluster().find_one("guest", "9"), Err(Error::NotFound(_))));
    assert!(matches!(cluster().find_all("dragon", None), Err(Error::Invalid(_))));
}

#[test]
fn an_operation_ends_on_the_mocks_clock() {
    let request = Request { budget: Duration::from_secs(10), ..Request::new("start") };
    let end = |script| {
        let host = cluster().writes(START, script);
        let operation = host.write(Verb::Create, START, &[]).unwrap().unwrap();
        (End::of(&*operation, &request, &host), host.elapsed())
    };
    assert_eq!(end(Scripted::ends("ok")), (End::Ok, Duration::ZERO));
    let three = Duration::from_secs(3);
    assert_eq!(end(Scripted::Ends(three, "ok".to_owned())), (End::Ok, three));
    assert_eq!(end(Scripted::never_ends()), (End::Running, Duration::from_millis(8500)));
}

#[test]
fn what_is_not_scripted_is_not_found() {
    let host = cluster().fails("/nodes", Error::Timeout).reads("/version", json!({"release": "9"}));
    assert_eq!(host.read_json("/version").unwrap()["release"], "9");
    assert_eq!(host.read_json("/nodes"), Err(Error::Timeout));
    assert!(matches!(host.read_json("/cluster"), Err(Error::NotFound(_))));
    assert!(matches!(host.temperatures("pve2"), Err(Error::NotFound(_))));
    let uname = ["uname".to_owned()];
    assert!(host.run_on("pve2", &uname, Duration::ZERO).is_err());
    assert!(host.start_on("pve2", &uname).is_ok());
    assert_eq!(host.written(), ["start pve2: uname"]);
}

#[test]
fn a_compare_and_set_needs_the_right_version() {
    let host = MockHost::new();
    assert_eq!(host.store("a", b"1", None, Some(0)), Ok(1));
    assert!(
        matches!(host.store("a", b"2", None, Some(0)), Err(Error::Failed(f)) if f.status == 409)
    );
    assert_eq!(host.store("a", b"2", None, Some(1)), Ok(2));
    assert_eq!(host.stored("a").unwrap().unwrap().value, b"2");
    host.forget("a").unwrap();
    assert_eq!(host.stored("a"), Ok(None));
}

#[test]
fn settings_and_log_are_kept() {
    let host = MockHost::new().configured("loud", json!(true));
    assert_eq!(host.setting("loud"), Ok(Some(json!(true))));
    assert_eq!(host.setting("quiet"), Ok(None));
    host.log(Level::Warn, "hm", &[]);
    assert_eq!(host.logged(), [(Level::Warn, "hm".to_owned())]);
}
