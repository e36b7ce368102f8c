//! Names and values as a query or a form carries them (WHATWG URL,
//! application/x-www-form-urlencoded, without its `+` for a space, which
//! `pveproxy` reads only in some places).

/// `a=1&b=%20`.
pub(super) fn encoded<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        push(&mut text, name);
        text.push('=');
        push(&mut text, value);
    }
    text
}

fn push(text: &mut String, part: &str) {
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_field() {
        let fields = [("a", "1"), ("b-c", "x&y=z +%\n\u{e4}"), ("d", "")];
        assert_eq!(encoded(fields), "a=1&b-c=x%26y%3Dz%20%2B%25%0A%C3%A4&d=");
        assert_eq!(encoded([]), "");
    }
}
