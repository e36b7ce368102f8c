//! Ids of tasks: what is read is what was written, and its parts are those
//! between the colons.
#![no_main]

use jarvis_domain::{ApiPath, Upid, text::is_hidden};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(upid) = text.parse::<Upid>() else { return };
    assert_eq!(upid.as_str(), text);
    assert_eq!(upid.to_string().parse().as_ref(), Ok(&upid));
    let parts: Vec<&str> = text.split(':').collect();
    assert_eq!(parts.len(), 9);
    assert_eq!((parts[0], parts[8]), ("UPID", ""));
    assert_eq!(upid.node().as_str(), parts[1]);
    assert_eq!((upid.kind(), upid.id()), (parts[5], parts[6]));
    let seconds = u64::from_str_radix(parts[4], 16).expect("the time is hexadecimal");
    assert_eq!(upid.start().0, seconds * 1000);
    assert!(!text.contains(['/', '\'', '"']) && !text.contains(char::is_whitespace));
    assert!(!text.contains(is_hidden), "it is printed to terminals and logs");
    let json = serde_json::to_string(&upid).expect("an id is written");
    assert_eq!(serde_json::from_str::<Upid>(&json).ok().as_ref(), Some(&upid));
    // Put into a path it stays one segment, or is refused.
    if let Ok(path) = format!("/nodes/{}/tasks/{text}/status", upid.node()).parse::<ApiPath>() {
        assert_eq!(
            path.segments().collect::<Vec<_>>(),
            ["nodes", parts[1], "tasks", text, "status"]
        );
        assert_eq!(path.node().as_ref(), Some(upid.node()));
    }
});
