use super::*;

const HEAD: &str = "language: en\n";

fn refused(body: &str) -> String {
    SentenceFile::read(&format!("{HEAD}{body}")).unwrap_err().to_string()
}

fn sentence(text: &str) -> String {
    format!("intents: {{start: {{data: [{{sentences: ['{text}']}}]}}}}\n")
}

#[test]
fn hassils_own_example_is_read() {
    let file = SentenceFile::read(include_str!("../../tests/hassil.yaml")).unwrap();
    assert_eq!(file.skip_words, ["please", "can you"]);
    assert_eq!(file.blocks.len(), 3);
    assert!(matches!(file.lists.get("any"), Some(ListSource::Wildcard)));
    let Some(ListSource::Range(range)) = file.lists.get("pct") else { panic!("no range") };
    assert_eq!((range.from, range.to, range.step), (0, 100, 5));
}

#[test]
fn mistakes_name_their_line_and_the_nearest_word() {
    for (body, expected) in [
        ("intent: {}\n", "line 2: intent: there is no such key; did you mean intents?"),
        (&*sentence("go ("), "the closing ) is missing"),
        (&sentence("go () and ["), "character 4: there is nothing between the brackets"),
        (&sentence("<strat>"), "character 1: there is no rule <strat>"),
        (&sentence("go {gest}"), "there is no list {gest}; did you mean guest?"),
        (
            "intents: {}\nexpansion_rules: {a: '<b>', b: 'x <a>'}\n",
            "the rule <a> is part of itself",
        ),
        ("intents: {}\nexpansion_rules: {a: 'x <a>'}\n", "the rule <a> is part of itself"),
        (
            "intents: {}\nlists: {a: {values: [x], wildcard: true}}\n",
            "one of values, range and wildcard",
        ),
        ("intents: {}\nlists: {a: {range: {from: 5, to: 1}}}\n", "ends before that"),
        ("intents: {}\nlists: {a: {range: {from: 1}}}\n", "the key to is missing"),
        ("intents: {}\nlists: {a: {range: {from: 1, to: 5, type: length}}}\n", "is not one of"),
        ("intents: {}\nlists: {a: {values: ['{guest}']}}\n", "holds no lists or rules"),
        ("intents: {start: {data: 5}}\n", "a list belongs here"),
        ("intents: 5\n", "a mapping (key: value) belongs here"),
        ("settings: {ignore_whitespace: true}\nintents: {}\n", "languages without spaces"),
        ("", "the key intents is missing"),
    ] {
        let shown = refused(body);
        assert!(shown.contains(expected), "{body:?} gave {shown}");
    }
}

#[test]
fn all_mistakes_of_a_file_are_shown_at_once() {
    let shown = refused(
        "intents:\n  a:\n    data:\n      - sentences: ['go (', '{x}']\n        slot: {}\nskip: []\n",
    );
    for expected in ["closing )", "no list {x}", "slot: there is no such key", "skip: there is no"]
    {
        assert!(shown.contains(expected), "{expected} is not in {shown}");
    }
}

#[test]
fn rules_that_multiply_are_refused() {
    let mut body = String::from("expansion_rules:\n  r0: 'a'\n");
    for level in 1..20 {
        let below = level - 1;
        body.push_str(&format!("  r{level}: '<r{below}> <r{below}>'\n"));
    }
    body.push_str(&sentence("<r19>"));
    assert!(refused(&body).contains("parts with its rules put in"));
}

fn command(name: &str, parameters: &[(&str, SlotKind, bool)]) -> CommandSpec {
    let parameter = |(name, kind, must_be_said): &(&str, SlotKind, bool)| ParameterSpec {
        name: (*name).to_owned(),
        kind: *kind,
        must_be_said: *must_be_said,
    };
    CommandSpec { name: name.to_owned(), parameters: parameters.iter().map(parameter).collect() }
}

#[test]
fn sentences_must_fit_the_commands_of_their_skill() {
    let start =
        [command("start", &[("guest", SlotKind::Guest, true), ("only", SlotKind::Text, false)])];
    for (text, commands, expected) in [
        ("start {guest}", &start[..], None),
        (
            "start {guest:gest}",
            &start,
            Some("the command start has no parameter gest; did you mean guest?"),
        ),
        ("start [{guest}]", &start, Some("the command needs guest")),
        ("start {node:guest}", &start, Some("{node} does not give a guest, which guest takes")),
        (
            "start {guest} {0..9:only}",
            &start,
            Some("{0..9} does not give a text, which only takes"),
        ),
        (
            "start {guest}",
            &[command("strat", &[])],
            Some("the skill has no command \"start\"; did you mean strat?"),
        ),
    ] {
        let file = SentenceFile::read(&format!("{HEAD}{}", sentence(text))).unwrap();
        let shown = file.check(commands).map_err(|problems| problems.to_string());
        match expected {
            None => assert_eq!(shown, Ok(()), "{text}"),
            Some(expected) => {
                assert!(shown.clone().unwrap_err().contains(expected), "{text}: {shown:?}")
            }
        }
    }
    let constant = "intents: {start: {data: [{sentences: [go], slots: {guest: true, x: 1}}]}}\n";
    let file = SentenceFile::read(&format!("{HEAD}{constant}")).unwrap();
    let shown = file.check(&start).unwrap_err().to_string();
    assert!(
        shown.contains("guest takes a guest, not true") && shown.contains("no parameter x"),
        "{shown}"
    );
}

#[test]
fn a_mistake_is_named_with_its_own_line() {
    let yaml = "language: en
intents:
  start:
    data:
      - sentences: [start]
        slots:
          guest: true
          x: 1
        requires_context:
          room: { slot: true }
      - sentences:
          - start it
          - start {node:only}
  halt:
    data:
      - sentences: [halt]
";
    let start =
        [command("start", &[("guest", SlotKind::Guest, false), ("only", SlotKind::Text, false)])];
    let shown = SentenceFile::read(yaml).unwrap().check(&start).unwrap_err().to_string();
    let lines = shown.lines().map(|line| line.split_once(": ").unwrap().0).collect::<Vec<_>>();
    assert_eq!(lines, ["line 7", "line 8", "line 10", "line 13", "line 14"], "{shown}");
}

#[test]
fn malformed_empty_and_enormous_files_are_answered() {
    for text in
        ["", "[", "a: b: c", "language: en", "\u{0}", &"[".repeat(10_000), &"x".repeat(5 << 20)]
    {
        assert!(SentenceFile::read(text).is_err());
    }
}
