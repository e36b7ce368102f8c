//! From YAML to a [`SentenceFile`], all mistakes noted.

use std::collections::BTreeMap;

use jarvis_document::{Cursor, Notes, Position, Problems, Value as Yaml, to_json};
use serde_json::{Map, Value};

use super::{
    Block, Condition, Constant, Context, FolderFile, Holds, ListSource, Rule, SentenceFile,
    Template, check, lists,
};
use crate::home::Combination;
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
    parts: &[FolderFile],
    lists: BTreeMap<String, ListSource>,
) -> Result<SentenceFile, Vec<(String, Problems)>> {
    let mut wrong = Vec::new();
    let mut files = Vec::new();
    for one in parts {
        match part(one) {
            Ok(file) => files.push((one, file)),
            Err(problems) => wrong.push((one.name.clone(), problems)),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut all = SentenceFile { lists, ..SentenceFile::default() };
    for (one, file) in &files {
        if one.holds == Holds::Shared {
            all.rules.extend(file.rules.clone());
            all.lists.extend(file.lists.clone());
        } else {
            merge(&mut all, file.clone());
        }
    }
    for (one, file) in &files {
        let notes = Notes::default();
        check::references(&all, file, &notes);
        let problems = notes.into_problems();
        if !problems.0.is_empty() {
            wrong.push((one.name.clone(), problems));
        }
    }
    if wrong.is_empty() { Ok(all) } else { Err(wrong) }
}

fn part(file: &FolderFile) -> Result<SentenceFile, Problems> {
    let tree = jarvis_document::parse(&file.text)?;
    let notes = Notes::default();
    let cursor = Cursor::root(&tree, &notes);
    let file = match &file.holds {
        Holds::Sentences => root(&cursor, Extent::Part),
        Holds::Shared => shared(&cursor),
        Holds::Combination(of) => combination(&cursor, of),
    };
    notes.finish(file)
}

/// Rules and lists; what all languages share names none.
fn shared(cursor: &Cursor<'_>) -> Option<SentenceFile> {
    let keys = cursor.mapping()?;
    let _ = keys.optional("language").and_then(|language| language.text());
    let rules = keys.optional("expansion_rules").and_then(|rules| self::rules(&rules));
    let lists = keys.optional("lists").and_then(|lists| self::lists(&lists));
    keys.finish();
    let (rules, lists) = (rules.unwrap_or_default(), lists.unwrap_or_default());
    Some(SentenceFile { rules, lists, ..SentenceFile::default() })
}

/// The sentences of one combination. Those for a recogniser of a closed list say less
/// than the others, and count only where there are no others.
fn combination(cursor: &Cursor<'_>, of: &Combination) -> Option<SentenceFile> {
    let keys = cursor.mapping()?;
    let language = keys.required("language").and_then(|language| language.text());
    let data = keys.required("data").and_then(|data| data.sequence());
    keys.finish();
    let mut blocks = Vec::new();
    for data in data? {
        let is_lean = data
            .mapping()
            .and_then(|keys| keys.optional("speech_to_phrase"))
            .and_then(|flag| flag.boolean());
        if let Some(block) = block(&of.intent, cursor.at(), &data, Some(of)) {
            blocks.push((is_lean == Some(true), block));
        }
    }
    if blocks.iter().any(|(is_lean, _)| !is_lean) {
        blocks.retain(|(is_lean, _)| !is_lean);
    }
    Some(SentenceFile {
        language: language?.to_owned(),
        blocks: blocks.into_iter().map(|(_, block)| block).collect(),
        ..SentenceFile::default()
    })
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
            blocks.extend(data.iter().filter_map(|data| block(name, at, data, None)));
        }
        intent.finish();
    }
    Some(blocks)
}

fn block(
    intent: &str,
    at: Position,
    cursor: &Cursor<'_>,
    of: Option<&Combination>,
) -> Option<Block> {
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
    let (mut slots, mut requires) = (slots.unwrap_or_default(), requires.unwrap_or_default());
    let (named, inferred) = (keys.optional("name_domains"), keys.optional("inferred_domain"));
    // Elsewhere they are for those who leave out what a home has not.
    if let Some(of) = of {
        short_forms(of, named.as_ref(), inferred.as_ref(), &mut slots, &mut requires);
    }
    // Nothing is understood by these.
    for key in ["settings", "example", "speech_to_phrase"] {
        let _ = keys.optional(key);
    }
    keys.finish();
    Some(Block {
        intent: intent.to_owned(),
        at,
        sentences: sentences?.iter().filter_map(template).collect(),
        slots,
        requires,
        excludes: excludes.unwrap_or_default(),
        rules: rules.unwrap_or_default(),
        lists: lists.unwrap_or_default(),
        response: response.map(str::to_owned),
        combination: of.map(|of| of.name.clone()),
        metadata,
        keywords: keywords.unwrap_or_default().into_iter().map(str::to_owned).collect(),
    })
}

/// What the short forms of a combination's block stand for: which domains a name's
/// thing may have, else which one is meant; and that the area is the microphone's.
fn short_forms(
    of: &Combination,
    named: Option<&Cursor<'_>>,
    inferred: Option<&Cursor<'_>>,
    slots: &mut BTreeMap<String, Constant>,
    requires: &mut Context,
) {
    let mut require = |key: &str, values: Vec<Value>, slot: Option<String>, at: Position| {
        requires.0.retain(|condition| condition.key != key);
        requires.0.push(Condition { key: key.to_owned(), values, slot, at });
    };
    if let Some(named) = named {
        let at = named.named_at();
        let group = match &named.node().value {
            Yaml::Scalar(_) => {
                let group = named.text().and_then(|name| of.groups.get(name));
                if group.is_none() {
                    named.problem("intents.yaml has no such set of domains here");
                }
                group.cloned()
            }
            _ => named.texts().map(|all| all.into_iter().map(str::to_owned).collect()),
        };
        let domains = group.unwrap_or_default().into_iter().map(Value::from).collect();
        require("domain", domains, None, at);
    } else if let Some(inferred) = inferred
        && let Some(domain) = inferred.text()
    {
        let constant = Constant { value: Value::from(domain), at: inferred.named_at() };
        slots.insert("domain".to_owned(), constant);
    }
    if of.area_of_microphone {
        require("area", Vec::new(), Some("area".to_owned()), Position::default());
    }
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
