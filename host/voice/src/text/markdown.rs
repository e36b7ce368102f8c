//! A line without its Markdown.

/// The longest address of a link.
const ADDRESS: usize = 2000;

/// What is left of `line`: the words, without what would mark them up.
pub(super) fn plain(line: &str) -> String {
    let line = marker(line.trim());
    let mut plain = inline(line);
    // The cells of a table.
    if plain.starts_with('|') {
        plain = plain.trim_matches('|').replace('|', ",");
    }
    plain
}

/// Whether `line` begins or ends a block of code.
pub(super) fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// Whether `line` begins an item of a list, a heading or a quotation.
pub(super) fn is_marked(line: &str) -> bool {
    let line = line.trim();
    let numbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = numbered.len() < line.len() && numbered.starts_with([')', '.']);
    let number = number && numbered.get(1..2) == Some(" ");
    number || marker(line).len() < line.len()
}

/// The line without what it begins with.
fn marker(line: &str) -> &str {
    let rule = |c: char| "-=_*|: ".contains(c);
    if line.len() >= 3 && line.chars().all(rule) {
        return "";
    }
    let mut rest = line;
    // What is above a number is no quotation.
    while let Some(quoted) = rest.strip_prefix('>').filter(|quoted| !is_compared(quoted)) {
        rest = quoted.trim_start();
    }
    let heading = rest.trim_start_matches('#');
    if heading.len() < rest.len() && (heading.is_empty() || heading.starts_with(' ')) {
        rest = heading.trim_start();
    }
    for bullet in ["- ", "* ", "+ ", "• "] {
        if let Some(item) = rest.strip_prefix(bullet) {
            return item.trim_start().trim_start_matches("[ ] ").trim_start_matches("[x] ");
        }
    }
    rest
}

/// Whether a sign before `rest` compares something with a number.
fn is_compared(rest: &str) -> bool {
    rest.strip_prefix('=').unwrap_or(rest).starts_with(|c: char| c.is_ascii_digit())
}

/// `line` with the text of its links in place of them.
pub(super) fn without_links(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['[', '!']) {
        let (before, found) = rest.split_at(at);
        plain.push_str(before);
        let (text, length) = link(found).unwrap_or_else(|| (found.get(..1).unwrap_or_default(), 1));
        plain.push_str(text);
        rest = found.get(length..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

/// Links become their text; emphasis, code and tags go.
fn inline(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '[' | '!' if let Some((text, length)) = link(rest) => {
                plain.push_str(text);
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            '<' if let Some(end) = tag(rest) => {
                rest = rest.get(end..).unwrap_or_default();
                continue;
            }
            '`' => {}
            '*' if after.starts_with('*') || borders(&plain, after) => {}
            '_' if borders(&plain, after) => {}
            '~' if after.starts_with('~') || plain.ends_with('~') => {}
            '\\' if after.starts_with(|next: char| next.is_ascii_punctuation()) => {}
            _ => plain.push(c),
        }
        rest = after;
    }
    plain
}

/// Whether a mark between `before` and `after` is the border of some emphasis:
/// white space or nothing on just one side of it.
fn borders(before: &str, after: &str) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let (left, right) = (before.chars().next_back(), after.chars().next());
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let within = word(left) && word(right);
    let alone = blank(left) && blank(right);
    !(within || alone)
}

/// The text of a link or a picture that `rest` begins with, and its length.
fn link(rest: &str) -> Option<(&str, usize)> {
    let start = if rest.starts_with("![") { 2 } else { 1 };
    let inner = rest.get(start..).filter(|_| rest.get(start - 1..start) == Some("["))?;
    let (text, target) = inner.split_at(inner.find(['[', ']', '\n'])?);
    let target = target.strip_prefix("](")?;
    let ends = |&(_, c): &(usize, char)| c == ')' || c.is_whitespace();
    let (length, _) = target.char_indices().take(ADDRESS).find(ends).filter(|(_, c)| *c == ')')?;
    Some((text, start + text.len() + 2 + length + 1))
}

/// The length of an HTML tag that `rest` begins with.
fn tag(rest: &str) -> Option<usize> {
    let end = rest.find('>')?;
    let inner = rest.get(1..end)?;
    let name = inner.trim_start_matches('/');
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic());
    (named && inner.len() < 60 && !inner.contains('<')).then_some(end + 1)
}
