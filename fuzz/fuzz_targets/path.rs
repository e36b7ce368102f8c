//! Paths of the API and the patterns over them: one spelling for each, and a
//! pattern covers exactly what it says.
#![no_main]

use jarvis_domain::ApiPath;
use jarvis_policy::PathPattern;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(path) = text.parse::<ApiPath>() {
        canonical(text, &path);
    }
    if let Ok(pattern) = text.parse::<PathPattern>() {
        pattern_holds(text, &pattern);
    }
    // Two lines are two patterns: the wider covers all that the narrower does.
    if let Some((wide, narrow)) = text.split_once('\n')
        && let (Ok(wide), Ok(narrow)) = (wide.parse::<PathPattern>(), narrow.parse())
    {
        cover_holds(&wide, &narrow);
    }
});

fn canonical(text: &str, path: &ApiPath) {
    assert_eq!(path.as_str(), text, "a path is what was written");
    assert_eq!(path.to_string().parse().as_ref(), Ok(path));
    assert!(text.len() <= ApiPath::MAX);
    assert!(!text.contains("//") && !text.ends_with('/') && text.starts_with('/'));
    assert!(!text.contains(['%', '\\', '?', '#', '*', ' ']));
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
    for segment in path.segments() {
        assert!(!segment.is_empty() && segment != "." && segment != "..");
        assert!(!segment.starts_with('-'), "a segment is no option");
    }
    assert_eq!(path.segments().map(|s| format!("/{s}")).collect::<String>(), text);
    if let Some(node) = path.node() {
        assert_eq!(path.segments().nth(1), Some(node.as_str()));
    }
    if let Some(guest) = path.guest() {
        assert_eq!(path.segments().nth(3), Some(guest.to_string().as_str()), "one spelling");
    }
    let exact = PathPattern::exactly(path);
    assert!(exact.matches(path) && !exact.is_open());
    assert_eq!(exact.to_string(), text);
    if let Ok(longer) = format!("{text}/x").parse() {
        assert!(!exact.matches(&longer), "nothing but the path itself");
    }
    let json = serde_json::to_string(path).expect("a path is written");
    assert_eq!(serde_json::from_str::<ApiPath>(&json).ok().as_ref(), Some(path));
}

fn pattern_holds(text: &str, pattern: &PathPattern) {
    assert_eq!(pattern.to_string(), text, "a pattern is what was written");
    assert_eq!(text.parse().as_ref(), Ok(pattern));
    assert!(pattern.covers(pattern), "a pattern covers itself");
    assert_eq!(pattern.is_open(), text.ends_with("/**"));
    let without_tail = text.strip_suffix("/**").unwrap_or(text);
    let said = without_tail.replace('*', "any");
    let Ok(path) = said.parse::<ApiPath>() else {
        assert!(said.len() > ApiPath::MAX);
        return;
    };
    assert!(pattern.matches(&path), "what it says with its wild cards filled");
    assert!(pattern.covers(&PathPattern::exactly(&path)));
    if let Ok(longer) = format!("{said}/x").parse() {
        assert_eq!(pattern.matches(&longer), pattern.is_open());
    }
    assert_eq!(PathPattern::exactly(&path) == *pattern, !text.contains('*'));
}

fn cover_holds(wide: &PathPattern, narrow: &PathPattern) {
    let covers = wide.covers(narrow);
    for (any, tail) in [("any", ""), ("qemu", ""), ("x", "/y"), ("x", "/y/z")] {
        let text = narrow.to_string();
        let (head, open) = text.strip_suffix("/**").map_or((text.as_str(), false), |h| (h, true));
        let tail = if open { tail } else { "" };
        let Ok(path) = format!("{}{tail}", head.replace('*', any)).parse::<ApiPath>() else {
            continue;
        };
        assert!(narrow.matches(&path));
        assert!(!covers || wide.matches(&path), "{wide} covers {narrow} but not {path}");
    }
    if covers && narrow.covers(wide) {
        assert_eq!(wide, narrow, "two patterns that cover each other are one");
    }
}
