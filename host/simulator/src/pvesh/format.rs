//! The four output formats, after PVE::CLIFormatter. JSON is written here and
//! not by serde, because its keys must be sorted and its indent is three.

use serde_json::Value;

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    JsonPretty,
    Yaml,
}

impl Format {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "json" => Self::Json,
            "json-pretty" => Self::JsonPretty,
            "yaml" => Self::Yaml,
            _ => return None,
        })
    }
}

/// `value` as `pvesh` prints it, the last newline included.
pub(crate) fn print(value: &Value, format: Format) -> String {
    let mut text = String::new();
    match format {
        Format::Json => json(value, None, &mut text),
        Format::JsonPretty => json(value, Some(0), &mut text),
        Format::Yaml => {
            text.push_str("---");
            yaml(value, 0, &mut text);
        }
        Format::Text => table(value, &mut text),
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn sorted(map: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}

/// JSON in one line, or with an indent of three for each level.
fn json(value: &Value, level: Option<usize>, text: &mut String) {
    let inner = level.map(|level| level + 1);
    match value {
        Value::Array(items) if !items.is_empty() => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                part(index, inner, text);
                json(item, inner, text);
            }
            end(level, text);
            text.push(']');
        }
        Value::Object(map) if !map.is_empty() => {
            text.push('{');
            for (index, (key, item)) in sorted(map).into_iter().enumerate() {
                part(index, inner, text);
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push_str(if level.is_some() { " : " } else { ":" });
                json(item, inner, text);
            }
            end(level, text);
            text.push('}');
        }
        _ => text.push_str(&value.to_string()),
    }
}

fn part(index: usize, level: Option<usize>, text: &mut String) {
    if index > 0 {
        text.push(',');
    }
    end(level, text);
}

fn end(level: Option<usize>, text: &mut String) {
    if let Some(level) = level {
        text.push('\n');
        text.push_str(&" ".repeat(level * 3));
    }
}

fn yaml(value: &Value, level: usize, text: &mut String) {
    let indent = "  ".repeat(level);
    match value {
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&format!("\n{indent}-"));
                yaml(item, level + 1, text);
            }
        }
        Value::Object(map) if !map.is_empty() => {
            for (key, item) in sorted(map) {
                text.push_str(&format!("\n{indent}{key}:"));
                yaml(item, level + 1, text);
            }
        }
        _ => text.push_str(&format!(" {value}")),
    }
}

/// A scalar as it is; anything else as a table with a frame.
fn table(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            let mut columns: Vec<&String> =
                items.iter().filter_map(Value::as_object).flat_map(|map| map.keys()).collect();
            columns.sort_unstable();
            columns.dedup();
            if columns.is_empty() {
                return items
                    .iter()
                    .for_each(|item| text.push_str(&format!("{}\n", cell(Some(item)))));
            }
            let rows = items
                .iter()
                .map(|item| columns.iter().map(|column| cell(item.get(column.as_str()))).collect());
            let header: Vec<String> = columns.iter().map(|column| (*column).clone()).collect();
            framed(&header, &rows.collect::<Vec<_>>(), text);
        }
        Value::Object(map) => {
            let rows =
                sorted(map).into_iter().map(|(key, item)| vec![key.clone(), cell(Some(item))]);
            framed(&["key".to_owned(), "value".to_owned()], &rows.collect::<Vec<_>>(), text);
        }
        scalar => text.push_str(&cell(Some(scalar))),
    }
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => print(other, Format::Json).trim_end().to_owned(),
    }
}

fn framed(header: &[String], rows: &[Vec<String>], text: &mut String) {
    let width = |column: usize| {
        let all = std::iter::once(header).chain(rows.iter().map(Vec::as_slice));
        all.filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let rule = |left: &str, fill: &str, middle: &str, right: &str| {
        let bars: Vec<String> = widths.iter().map(|width| fill.repeat(width + 2)).collect();
        format!("{left}{}{right}\n", bars.join(middle))
    };
    let line = |row: &[String]| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!(" {cell:width$} ")).collect();
        format!("│{}│\n", cells.join("│"))
    };
    text.push_str(&rule("┌", "─", "┬", "┐"));
    text.push_str(&line(header));
    text.push_str(&rule("╞", "═", "╪", "╡"));
    let lines: Vec<String> = rows.iter().map(|row| line(row)).collect();
    text.push_str(&lines.join(&rule("├", "─", "┼", "┤")));
    text.push_str(&rule("└", "─", "┴", "┘"));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_printed_as_pvesh_prints_them() {
        let value = json!({ "node": "pve1", "cpu": 0, "loadavg": ["0.1"], "none": [] });
        for (format, text) in [
            (Format::Json, "{\"cpu\":0,\"loadavg\":[\"0.1\"],\"node\":\"pve1\",\"none\":[]}\n"),
            (
                Format::JsonPretty,
                "{\n   \"cpu\" : 0,\n   \"loadavg\" : [\n      \"0.1\"\n   ],\n   \"node\" : \"pve1\",\n   \"none\" : []\n}\n",
            ),
            (Format::Yaml, "---\ncpu: 0\nloadavg:\n  - \"0.1\"\nnode: \"pve1\"\nnone: []\n"),
        ] {
            assert_eq!(print(&value, format), text);
        }
        assert_eq!(print(&json!("UPID:x:"), Format::Text), "UPID:x:\n");
        assert_eq!(print(&json!("a\"b"), Format::Json), "\"a\\\"b\"\n");
    }

    #[test]
    fn a_list_is_a_table_with_a_frame() {
        let table = print(&json!([{ "node": "a" }, { "node": "bc" }]), Format::Text);
        let expected = "┌──────┐\n│ node │\n╞══════╡\n│ a    │\n├──────┤\n│ bc   │\n└──────┘\n";
        assert_eq!(table, expected);
    }
}
