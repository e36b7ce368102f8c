//! Skills that cannot serve as they stand in their folder, in one line for whoever
//! starts a host. Why, `jarvis skill list` tells.

use jarvis_domain::text;
use jarvis_skill_host::Catalog;

/// The most characters of a folder's name that are told.
const LONGEST: usize = 60;

/// The line; none where every skill serves, but for those that somebody has disabled.
pub(crate) fn told(catalog: &Catalog) -> Option<String> {
    let broken = catalog.broken().iter().filter(|one| one.is_broken());
    let names: Vec<String> = broken
        .filter_map(|one| one.path.file_name())
        .map(|name| text::shown(&name.to_string_lossy(), LONGEST))
        .collect();
    let skills = if names.len() == 1 { "This skill" } else { "These skills" };
    let names = names.join(", ");
    (!names.is_empty())
        .then(|| format!("{skills} cannot serve: {names}. jarvis skill list says why."))
}
