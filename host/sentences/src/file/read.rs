//! From YAML to a [`SentenceFile`], all mistakes noted.

use std::collections::BTreeMap;

use jarvis_document::{Cursor, Notes, Position, Problems, Value as Yaml, to_json};
use serde_json::{Map, Value};

use super::{
    Block, Condition, Constant, Context, ListSource, Rule, SentenceFile, Template, check, lists,
};
use crate::template::parse;
use crate::words;

/// How much of a language's sentences a file holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    Part,
}

pub(super) fn read(text: &str) -> Result<SentenceFile, Problems> {
    let tree = jarvis_document::parse(text)?;
    let notes = Notes::default();
    let file = root(&Cursor::root(&tree, &notes), Extent::Whole);
    if let Some(file) = &file {
        check::references(file, file, &notes);
    }
    notes.finish(file)
}

/// See [`SentenceFile::read_folder`].
pub(super) fn read_folder(
    parts: &[(String, String)],
    lists: BTreeMap<String, ListSource>,
) -> Result<SentenceFile, Vec<(String, Problems)>> {
    let mut wrong = Vec::new();
    let mut files = Vec::new();
    for (name, text) in parts {
        match part(text) {
            Ok(file) => files.push((name, file)),
            Err(problems) => wrong.push((name.clone(), problems)),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut all = SentenceFile { lists, ..SentenceFile::default() };
    for (_, file) in &files {
        merge(&mut all, file.clone());
    }
    for (name, file) in &files {
        let notes = Notes::default();
        check::references(&all, file, &notes);
        let problems = notes.into_problems();
        if !problems.0.is_empty() {
            wrong.push(((*name).clone(), problems));
        }
    }
    if wrong.is_empty() { Ok(all) } else { Err(wrong) }
}

fn part(text: &str) -> Result<SentenceFile, Problems> {
    let tree = jarvis_document::parse(text)?;
    let notes = Notes::default();
    let file = root(&Cursor::root(&tree, &notes), Extent::Part);
    notes.finish(file)
}

/// As hassil's `merge_dict`: what has the same name is the later one's, and lists go
/// on.
fn merge(all: &mut SentenceFile, file: SentenceFile) {
    if all.language.is_empty() {
        all.language = file.language;
    }
    all.skip_words.extend(file.skip_words);
    all.blocks.extend(file.blocks);
    all.rules.extend(file.rules);
    for (name, list) in file.lists {
        match (all.lists.get_mut(&name), list) {
            (Some(ListSource::Values(values)), ListSource::Values(more)) => values.extend(more),
            (_, list) => {
                all.lists.insert(name, list);
            }
        }
    }
}

fn root(cursor: &Cursor<'_>, extent: Extent) -> Option<SentenceFile> {
    let keys = cursor.mapping()?;
    let language = keys.required("language").and_then(|language| language.text());
    if extent == Extent::Part {
        // What is answered is not this engine's.
        let _ = keys.optional("responses");
    }
    if let Some(settings) = keys.optional("settings").and_then(|settings| settings.mapping()) {
        let _ = settings.optional("filter_with_regex").and_then(|flag| flag.boolean());
        if let Some(flag) = settings.optional("ignore_whitespace")
            && flag.boolean() == Some(true)
        {
            flag.problem("languages without spaces between words are not understood yet");
        }
        settings.finish();
    }
    let skip_words = keys.optional("skip_words").and_then(|words| words.texts());
    let rules = keys.optional("expansion_rules").and_then(|rules| self::rules(&rules));
    let lists = keys.optional("lists").and_then(|lists| self::lists(&lists));
    let (skip_words, intents) = match extent {
        Extent::Whole => (
            skip_words.or_else(|| Some(words::courtesies(language?).to_vec())),
            keys.required("intents"),
        ),
        Extent::Part => (skip_words, keys.optional("intents")),
    };
    let blocks = intents.and_then(|intents| self::intents(&intents));
    keys.finish();
    Some(SentenceFile {
        language: language?.to_owned(),
        skip_words: skip_words.unwrap_or_default().into_iter().map(str::to_owned).collect(),
        blocks: blocks.unwrap_or_default(),
        rules: rules.unwrap_or_default(),
        lists: lists.unwrap_or_default(),
    })
}

fn intents(cursor: &Cursor<'_>) -> Option<Vec<Block>> {
    let keys = cursor.mapping()?;
    let mut blocks = Vec::new();
    for (name, intent) in keys.entries() {
        let at = intent.named_at();
        let Some(intent) = intent.mapping() else { continue };
        if let Some(data) = intent.required("data").and_then(|data| data.sequence()) {
            blocks.extend(data.iter().filter_map(|data| block(name, at, data)));
        }
        intent.finish();
    }
    Some(blocks)
}

fn block(intent: &str, at: Position, cursor: &Cursor<'_>) -> Option<Block> {
    let keys = cursor.mapping()?;
    let sentences = keys.required("sentences").and_then(|sentences| sentences.sequence());
    let slots = keys.optional("slots").and_then(|slots| constants(&slots));
    let requires = keys.optional("requires_context").and_then(|context| self::context(&context));
    let excludes = keys.optional("excludes_context").and_then(|context| self::context(&context));
    let rules = keys.optional("expansion_rules").and_then(|rules| self::rules(&rules));
    let lists = keys.optional("lists").and_then(|lists| self::lists(&lists));
    let response = keys.optional("response").and_then(|response| response.text());
    let metadata = keys.optional("metadata").map(|metadata| to_json(metadata.node()));
    let keywords = keys.optional("required_keywords").and_then(|words| words.texts());
    // For those who leave out what a home has not; nothing is understood by them.
    for key in ["settings", "inferred_domain", "name_domains", "example"] {
        let _ = keys.optional(key);
    }
    keys.finish();
    Some(Block {
        intent: intent.to_owned(),
        at,
        sentences: sentences?.iter().filter_map(template).collect(),
        slots: slots.unwrap_or_default(),
        requires: requires.unwrap_or_default(),
        excludes: excludes.unwrap_or_default(),
        rules: rules.unwrap_or_default(),
        lists: lists.unwrap_or_default(),
        response: response.map(str::to_owned),
        metadata,
        keywords: keywords.unwrap_or_default().into_iter().map(str::to_owned).collect(),
    })
}

fn rules(cursor: &Cursor<'_>) -> Option<BTreeMap<String, Rule>> {
    let keys = cursor.mapping()?;
    Some(
        keys.entries()
            .filter_map(|(name, rule)| Some((name.to_owned(), template(&rule)?)))
            .collect(),
    )
}

fn lists(cursor: &Cursor<'_>) -> Option<BTreeMap<String, ListSource>> {
    let keys = cursor.mapping()?;
    let list = |(name, list): (&str, Cursor<'_>)| Some((name.to_owned(), lists::read(&list)?));
    Some(keys.entries().filter_map(list).collect())
}

/// A template; each of its mistakes says at which character it is.
pub(super) fn template(cursor: &Cursor<'_>) -> Option<Template> {
    let text = cursor.text()?;
    match parse(text) {
        Ok(tree) => Some(Template { text: text.to_owned(), at: cursor.at(), tree }),
        Err(mistakes) => {
            for mistake in mistakes {
                cursor.problem(mistake.to_string());
            }
            None
        }
    }
}

/// A mapping of names to plain values.
pub(super) fn mapping_of_values(cursor: &Cursor<'_>) -> Option<Map<String, Value>> {
    let keys = cursor.mapping()?;
    Some(keys.entries().map(|(name, value)| (name.to_owned(), to_json(value.node()))).collect())
}

fn constants(cursor: &Cursor<'_>) -> Option<BTreeMap<String, Constant>> {
    let constant =
        |value: &Cursor<'_>| Constant { value: to_json(value.node()), at: value.named_at() };
    let keys = cursor.mapping()?;
    Some(keys.entries().map(|(name, value)| (name.to_owned(), constant(&value))).collect())
}

fn context(cursor: &Cursor<'_>) -> Option<Context> {
    let keys = cursor.mapping()?;
    Some(Context(keys.entries().map(|(key, value)| condition(key, &value)).collect()))
}

/// A value, a list of values, nothing (any value), or `{value: …, slot: …}`.
fn condition(key: &str, cursor: &Cursor<'_>) -> Condition {
    let mut slot = None;
    let mut value = to_json(cursor.node());
    if let Yaml::Mapping(_) = cursor.node().value
        && let Some(keys) = cursor.mapping()
    {
        value = keys.optional("value").map_or(Value::Null, |value| to_json(value.node()));
        slot = keys.optional("slot").and_then(|slot| slot.text()).and_then(|slot| match slot {
            "true" => Some(key.to_owned()),
            "false" => None,
            name => Some(name.to_owned()),
        });
        keys.finish();
    }
    let values = match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values,
        value => vec![value],
    };
    Condition { key: key.to_owned(), values, slot, at: cursor.named_at() }
}
