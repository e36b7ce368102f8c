use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;

/// A Sunday in Berlin, 20:04.
fn now() -> When {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let now = date(2026, 11, 29).at(20, 4, 0, 0).to_zoned_datetime(zone.clone()).unwrap();
    let millis = u64::try_from(now.timestamp().as_millisecond()).unwrap();
    When::new(Timestamp(millis), zone)
}

fn shown(due: Timestamp) -> String {
    now().local(due).unwrap().strftime("%d %H:%M:%S").to_string()
}

#[test]
fn a_time_is_heard_before_and_behind_what_is_wanted() {
    for (said, expected) in [
        (
            "In ten minutes, shut down the media server.",
            Some(("29 20:14:00", "shut down the media server.")),
        ),
        (
            "shut down the Media-Server in 10 minutes",
            Some(("29 20:14:00", "shut down the Media-Server")),
        ),
        ("start web in an hour and a half", Some(("29 21:34:00", "start web"))),
        ("start web in one and a half hours", Some(("29 21:34:00", "start web"))),
        ("start web in half an hour", Some(("29 20:34:00", "start web"))),
        ("start web in a quarter of an hour", Some(("29 20:19:00", "start web"))),
        ("start web in twenty-five minutes", Some(("29 20:29:00", "start web"))),
        ("start web in 1 hour and 30 minutes please", None),
        ("start web in 1 hour 30 minutes", Some(("29 21:34:00", "start web"))),
        ("start web in 90s", Some(("29 20:05:30", "start web"))),
        ("start web in two days", Some(("01 20:04:00", "start web"))),
        ("at half past nine, start web", Some(("29 21:30:00", "start web"))),
        ("at half past seven start web", Some(("30 07:30:00", "start web"))),
        ("start web at 21:15", Some(("29 21:15:00", "start web"))),
        ("start web at 9:15", Some(("29 21:15:00", "start web"))),
        ("start web at 09:15", Some(("30 09:15:00", "start web"))),
        ("start web at 20:04", Some(("30 20:04:00", "start web"))),
        ("start web at nine", Some(("29 21:00:00", "start web"))),
        ("start web at nine thirty p.m.", Some(("29 21:30:00", "start web"))),
        ("start web at nine oh five", Some(("29 21:05:00", "start web"))),
        ("start web at twenty one fifteen", Some(("29 21:15:00", "start web"))),
        ("start web at ten past nine", Some(("29 21:10:00", "start web"))),
        ("start web at quarter to one", Some(("30 00:45:00", "start web"))),
        ("start web at 7 am", Some(("30 07:00:00", "start web"))),
        ("start web at 7am", Some(("30 07:00:00", "start web"))),
        ("start web at nine in the morning", Some(("30 09:00:00", "start web"))),
        ("start web at noon", Some(("30 12:00:00", "start web"))),
        ("start web at midnight", Some(("30 00:00:00", "start web"))),
        ("tomorrow at seven, start web", Some(("30 07:00:00", "start web"))),
        ("tomorrow evening at seven start web", Some(("30 19:00:00", "start web"))),
        ("start web at seven tomorrow", Some(("30 07:00:00", "start web"))),
        ("start web tonight at eleven", Some(("29 23:00:00", "start web"))),
        ("start web tonight at two", Some(("30 02:00:00", "start web"))),
        ("start web tonight at twelve", Some(("30 00:00:00", "start web"))),
        ("start web tonight at midnight", Some(("30 00:00:00", "start web"))),
        ("start web at 3 at night", Some(("30 03:00:00", "start web"))),
        ("on friday at nine, start web", Some(("04 09:00:00", "start web"))),
        ("start web on friday at nine", Some(("04 09:00:00", "start web"))),
        ("start web friday at 21:15", Some(("04 21:15:00", "start web"))),
        ("start web at nine on Monday evening", Some(("30 21:00:00", "start web"))),
        ("start web at nine in the evening this saturday", Some(("05 21:00:00", "start web"))),
        ("on tuesday night at eleven start web", Some(("01 23:00:00", "start web"))),
        ("start web on wednesday at noon", Some(("02 12:00:00", "start web"))),
        // It is a Sunday, and nine in the morning is over.
        ("start web on sunday at nine", Some(("06 09:00:00", "start web"))),
        ("start web on sunday at nine pm", Some(("29 21:00:00", "start web"))),
        ("start web on friday", None),
        ("start web on", None),
        // Over already, which is for others to say.
        ("start web today at seven", Some(("29 19:00:00", "start web"))),
        ("start web, i'm home in ten minutes", None),
        ("start web because I need it at nine", None),
        (
            "start web in ten minutes, nobody's there",
            Some(("29 20:14:00", "start web nobody's there")),
        ),
        (
            "start web because I need it, in ten minutes",
            Some(("29 20:14:00", "start web because I need it")),
        ),
        ("start web in the lab", None),
        ("stop web at home", None),
        ("start 101", None),
        ("in ten minutes", None),
        ("at nine", None),
        ("start web at 25:00", None),
        ("start web at 9:60", None),
        ("start web in ten", None),
        ("start web in minus five minutes", None),
        ("in", None),
        ("", None),
        (
            "\u{3000}in\u{3000}ten\u{3000}minutes\u{3000}start web",
            Some(("29 20:14:00", "start web")),
        ),
    ] {
        let found = split(said, &now(), Language::English);
        let found = found.map(|later| (shown(later.due), later.rest));
        let found = found.as_ref().map(|(due, rest)| (due.as_str(), rest.as_str()));
        assert_eq!(found, expected, "{said:?}");
    }
}

#[test]
fn odd_lengths_are_read_and_do_no_harm() {
    for (said, seconds) in [
        ("zero minutes", Some(0)),
        ("no minutes", None),
        ("five minutes and a half", Some(330)),
        ("one second", Some(1)),
        ("two hours three minutes and four seconds", Some(7384)),
        ("520 weeks", Some(314_496_000)),
        ("three minutes two hours", Some(180)),
        ("999999999999 weeks", None),
        ("999999999999 minutes", Some(59_999_999_999_940)),
        ("an", None),
        ("minutes", None),
    ] {
        let words: Vec<&str> = said.split(' ').collect();
        let found = length(&words, Language::English).map(|(length, _)| length.as_secs());
        assert_eq!(found, seconds, "{said:?}");
    }
    let far = split("start web in 520 weeks", &now(), Language::English).unwrap();
    assert!(far.due > now().now());
    let long = format!("in ten minutes {}", "and ".repeat(100_000));
    assert!(split(&long, &now(), Language::English).is_some());
}

#[test]
fn summer_time_neither_loses_nor_doubles_a_time() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let evening = date(2026, 3, 28).at(20, 0, 0, 0).to_zoned_datetime(zone.clone()).unwrap();
    let millis = u64::try_from(evening.timestamp().as_millisecond()).unwrap();
    let when = When::new(Timestamp(millis), zone);
    // 02:30 does not exist that night.
    let due = split("start web at 02:30", &when, Language::English).unwrap().due;
    assert_eq!(when.local(due).unwrap().strftime("%d %H:%M").to_string(), "29 03:30");
}
