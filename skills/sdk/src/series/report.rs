//! What became of them, in words.

use super::{Deed, Fate, Target};
use crate::{Error, Outcome, Reply, say, words};

/// More names than these are counted instead of told.
const NAMES: usize = 8;
/// More troubles than these are counted instead of told.
const TROUBLES: usize = 4;

/// The answer; an error when nothing of what was asked came about.
pub fn reply<T: Target>(deed: &impl Deed, fates: &[(T, Fate)]) -> Result<Reply, Error> {
    let speech = speech(deed, fates);
    match outcome(fates.iter().map(|(_, fate)| fate)) {
        Some(outcome) => Ok(Reply::new(outcome, speech)),
        None if fates.iter().any(|(_, fate)| matches!(fate, Fate::Failed(_))) => {
            Err(Error::failure(speech))
        }
        None => Err(Error::refused(speech)),
    }
}

/// How it ended in all; `None` when all of it was refused or failed.
#[must_use]
pub fn outcome<'a>(fates: impl IntoIterator<Item = &'a Fate>) -> Option<Outcome> {
    let fates: Vec<&Fate> = fates.into_iter().collect();
    let any = |is: fn(&Fate) -> bool| fates.iter().any(|fate| is(fate));
    let runs = any(|fate| matches!(fate, Fate::Running));
    // Behind one that still runs, what is not begun is no failure.
    let failed = any(|fate| matches!(fate, Fate::Refused(_) | Fate::Failed(_)))
        || (!runs && any(|fate| matches!(fate, Fate::NotReached)));
    let some_of_it =
        any(|fate| matches!(fate, Fate::Done { .. } | Fate::Running | Fate::Already(_)));
    if any(|fate| matches!(fate, Fate::Unknown(_))) {
        Some(Outcome::Unknown)
    } else if failed {
        some_of_it.then_some(Outcome::Failed)
    } else if runs {
        Some(Outcome::Started)
    } else if any(|fate| matches!(fate, Fate::Done { .. })) {
        Some(Outcome::Done)
    } else {
        Some(Outcome::NothingChanged)
    }
}

/// All of it, what is done first and what was left alone last.
#[must_use]
pub fn speech<T: Target>(deed: &impl Deed, fates: &[(T, Fate)]) -> String {
    let told = [
        done(deed, fates),
        going_on(deed, fates),
        already(fates),
        troubles(deed, fates),
        not_reached(fates),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn names<T: Target>(fates: &[(T, Fate)], of: impl Fn(&Fate) -> bool) -> Vec<String> {
    fates.iter().filter(|(_, fate)| of(fate)).map(|(target, _)| target.called()).collect()
}

fn done<T: Target>(deed: &impl Deed, fates: &[(T, Fate)]) -> Option<String> {
    let names = names(fates, |fate| matches!(fate, Fate::Done { .. }));
    if names.is_empty() {
        return None;
    }
    let several = names.len() > 1;
    let mut told = deed.told(&words::list_of_at_most(&names, NAMES), several);
    let warnings = fates.iter().map(|(_, fate)| match fate {
        Fate::Done { warnings } => usize::try_from(*warnings).unwrap_or(usize::MAX),
        _ => 0,
    });
    match warnings.fold(0, usize::saturating_add) {
        0 => {}
        count => {
            let warnings = words::Noun::WARNING.counted(count);
            told.push_str(&say!(
                en: " Proxmox gave {warnings}.",
                de: " Proxmox meldet dabei {warnings}.",
            ));
        }
    }
    Some(told)
}

fn going_on<T: Target>(deed: &impl Deed, fates: &[(T, Fate)]) -> Option<String> {
    let names = names(fates, |fate| *fate == Fate::Running);
    let told = words::list_of_at_most(&names, NAMES);
    (!names.is_empty()).then(|| format!("{told} {}.", deed.going_on(names.len() > 1)))
}

/// What was so already, those of the same kind of so together.
fn already<T: Target>(fates: &[(T, Fate)]) -> Option<String> {
    let already = fates.iter().filter_map(|(target, fate)| match fate {
        Fate::Already(how) => Some((target.called(), how.clone())),
        _ => None,
    });
    join(&words::grouped(already, NAMES))
}

fn troubles<T: Target>(deed: &impl Deed, fates: &[(T, Fate)]) -> Option<String> {
    let all: Vec<String> =
        fates.iter().filter_map(|(target, fate)| trouble(deed, &target.called(), fate)).collect();
    let more = all.len().saturating_sub(TROUBLES);
    let weiteren = if more == 1 { "einem".to_owned() } else { more.to_string() };
    let more = (more > 0).then(|| {
        say!(
            en: "There is trouble with {more} more.",
            de: "Bei {weiteren} weiteren gibt es Ärger.",
        )
    });
    join(&all.into_iter().take(TROUBLES).chain(more).collect::<Vec<_>>())
}

fn trouble(deed: &impl Deed, name: &str, fate: &Fate) -> Option<String> {
    let not_done = deed.not_done();
    Some(match fate {
        Fate::Refused(why) => format!("{name} {why}."),
        Fate::Failed(why) => {
            let told = format!("{name} {not_done}: {}.", words::bare(why));
            let advice = deed.advice(name, why).map(|advice| format!(" {advice}"));
            told + &advice.unwrap_or_default()
        }
        Fate::Unknown(why) => {
            let (done, why) = (deed.perhaps_done(), words::bare(why));
            say!(
                en: "It is not certain that {name} {done}: {why}.",
                de: "Es ist nicht sicher, ob {name} {done}: {why}.",
            )
        }
        Fate::Done { .. } | Fate::Running | Fate::Already(_) | Fate::NotReached => return None,
    })
}

fn not_reached<T: Target>(fates: &[(T, Fate)]) -> Option<String> {
    let names = names(fates, |fate| *fate == Fate::NotReached);
    let one = names.len() == 1;
    let (be, wurde) = if one { ("was", "wurde") } else { ("were", "wurden") };
    let told = words::list_of_at_most(&names, NAMES);
    (!names.is_empty())
        .then(|| say!(en: "{told} {be} not touched.", de: "{told} {wurde} nicht angefasst."))
}

fn join(sentences: &[String]) -> Option<String> {
    (!sentences.is_empty()).then(|| sentences.join(" "))
}
