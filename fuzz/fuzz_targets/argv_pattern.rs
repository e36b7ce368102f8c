//! Patterns over argument lists. The text's lines are the words of a pattern;
//! after an empty line, those of another pattern or of a call.
#![no_main]

use jarvis_policy::ArgvPattern;
use jarvis_policy::pattern::check_argv;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (first, second) = text.split_once("\n\n").unwrap_or((text, ""));
    let words: Vec<String> = first.split('\n').map(str::to_owned).collect();
    let others: Vec<String> = second.split('\n').map(str::to_owned).collect();
    let Ok(pattern) = ArgvPattern::new(&words) else { return };
    reads_back(&pattern, &words);
    own_words(&pattern, &words);
    if pattern.matches(&others) {
        covered(&words, &others);
    }
    if let Ok(other) = ArgvPattern::new(&others)
        && pattern.covers(&other)
    {
        let call = filled(&others);
        assert!(!other.matches(&call) || pattern.matches(&call), "{words:?} {others:?}");
        assert!(!other.covers(&pattern) || other == pattern, "{words:?} {others:?}");
    }
});

fn reads_back(pattern: &ArgvPattern, words: &[String]) {
    assert!(pattern.words().eq(words.iter().map(String::as_str)), "it is what was written");
    assert_eq!(ArgvPattern::new(&pattern.words().collect::<Vec<_>>()).as_ref(), Ok(pattern));
    assert!(words.len() <= ArgvPattern::MAX + 1, "with the ** at the end");
    assert!(words.iter().all(|word| word.len() <= ArgvPattern::MAX_WORD));
    assert!(!words.iter().any(|word| word.contains(char::is_control)));
    let json = serde_json::to_string(pattern).expect("a pattern is written");
    assert_eq!(serde_json::from_str::<ArgvPattern>(&json).ok().as_ref(), Some(pattern));
}

/// What it says with its wild cards filled is matched; anything else is not.
fn own_words(pattern: &ArgvPattern, words: &[String]) {
    assert!(pattern.covers(pattern), "a pattern covers itself");
    let open = words.last().is_some_and(|word| word == "**");
    let call = filled(words);
    assert_eq!(pattern.matches(&call), check_argv(&call).is_ok(), "{words:?}");
    let head = if open { &call[..call.len() - 1] } else { &call[..] };
    if open {
        assert!(pattern.matches(head), "** is none, too");
    }
    let with = |more: &str| [head, &[more.to_owned()]].concat();
    assert!(!pattern.matches(&with("--option")), "no wild card is an option");
    assert!(!pattern.matches(&with("")), "no wild card is nothing");
    assert!(!pattern.matches(&with("a\nb")), "control characters are never run");
    assert_eq!(pattern.matches(&with("word")), open && head.len() < ArgvPattern::MAX);
    for (index, word) in words.iter().enumerate().filter(|(_, word)| *word == "*") {
        let mut option = head.to_vec();
        option[index] = format!("-{word}");
        assert!(!pattern.matches(&option), "{words:?}");
    }
    let mut program = head.to_vec();
    program[0].push('x');
    assert!(!pattern.matches(&program), "another program");
    assert!(!pattern.matches(&head[..head.len() - 1]), "fewer words");
    if !words.iter().any(|word| word.contains('*')) {
        assert!(pattern.matches(words), "its own words");
    }
}

/// `call` is one that the pattern `words` may match.
fn covered(words: &[String], call: &[String]) {
    assert!(check_argv(call).is_ok());
    let open = words.last().is_some_and(|word| word == "**");
    let fixed = words.len() - usize::from(open);
    assert!(if open { call.len() >= fixed } else { call.len() == fixed });
    for (index, argument) in call.iter().enumerate() {
        match words.get(index).map(String::as_str) {
            Some("*" | "**") | None => assert!(!argument.is_empty() && !argument.starts_with('-')),
            Some(word) => assert_eq!(argument, word),
        }
    }
}

fn filled(words: &[String]) -> Vec<String> {
    let fill = |word: &String| if word.starts_with('*') { "any".to_owned() } else { word.clone() };
    words.iter().map(fill).collect()
}
