//! Pages of long answers, as every interface of the contract has them.

use super::Refusal;
use crate::bindings::types::Page;

/// How many come on a page when the skill does not say.
const DEFAULT: u32 = 500;
/// How many come on a page at most.
const MOST: u32 = 1000;

/// How many the skill gets.
pub(crate) fn limit(page: &Page) -> u32 {
    page.limit.unwrap_or(DEFAULT).clamp(1, MOST)
}

/// Where the page begins, for the answers whose cursor is a place.
pub(crate) fn start(page: &Page) -> Result<u32, Refusal> {
    let Some(cursor) = &page.cursor else { return Ok(0) };
    cursor
        .parse()
        .map_err(|_| Refusal::Invalid("cursor: it is not one that jarvis gave".to_owned()))
}

/// The page of `all` that begins at `start`, and where the next one begins.
pub(crate) fn of<T>(all: Vec<T>, page: &Page) -> Result<(Vec<T>, Option<String>), Refusal> {
    let (start, limit) = (start(page)? as usize, limit(page) as usize);
    let end = start.saturating_add(limit);
    let next = (end < all.len()).then(|| end.to_string());
    Ok((all.into_iter().skip(start).take(limit).collect(), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(cursor: Option<&str>, limit: Option<u32>) -> Page {
        Page { cursor: cursor.map(str::to_owned), limit }
    }

    #[test]
    fn pages_follow_one_another() {
        let all = vec!['a', 'b', 'c'];
        for (cursor, limit, items, next) in [
            (None, None, "abc", None),
            (None, Some(2), "ab", Some("2")),
            (Some("2"), Some(2), "c", None),
            (None, Some(0), "a", Some("1")),
            (Some("7"), None, "", None),
        ] {
            let (got, got_next) = of(all.clone(), &page(cursor, limit)).unwrap();
            assert_eq!(got.into_iter().collect::<String>(), items);
            assert_eq!(got_next.as_deref(), next);
        }
        assert_eq!(limit(&page(None, Some(u32::MAX))), MOST);
    }

    #[test]
    fn a_made_up_cursor_is_invalid() {
        for cursor in ["", "-1", "x", "1.5", "99999999999"] {
            assert!(
                matches!(start(&page(Some(cursor), None)), Err(Refusal::Invalid(_))),
                "{cursor}"
            );
        }
    }
}
