use proptest::prelude::*;

use super::*;

#[test]
fn texts_as_they_are_said() {
    for (text, said) in [
        ("", ""),
        ("Started web.", "Started web."),
        // Numbers and units.
        ("Node pve2 is at 45.3 °C.", "Node pve2 is at 45.3 degrees Celsius."),
        ("It is 1 °C, then -5°C.", "It is 1 degree Celsius, then minus 5 degrees Celsius."),
        ("8.25 GiB of 16GiB (51 %)", "8.25 gibibytes of 16 gibibytes, 51 percent"),
        ("51% used", "51 percent used"),
        ("CPU at 3.40GHz, 12 W", "CPU at 3.4 gigahertz, 12 watts"),
        ("100 MiB/s and 1 Gbit/s", "100 mebibytes per second and 1 gigabit per second"),
        ("in 250 ms", "in 250 milliseconds"),
        ("up 1h30m, or 2d", "up 1 hour 30 minutes, or 2 days"),
        ("1,536 MB and 1,234,567 rows", "1536 megabytes and 1234567 rows"),
        ("Load 0.123456", "Load 0.12"),
        ("45.999 and 0.0049, 12.50", "46 and 0.0049, 12.5"),
        ("0.00 of 1234567890123456.789", "0 of 1234567890123456.789"),
        ("guests 3-5", "guests 3 to 5"),
        ("40-45°C", "40 to 45 degrees Celsius"),
        ("3/5 nodes", "3 of 5 nodes"),
        ("2 A records", "2 A records"),
        // Signs that touch a number, and units on both sides.
        ("moved by ±0.5 °C.", "moved by plus or minus 0.5 degrees Celsius."),
        ("load >80%, (<5 s)", "load above 80 percent, below 5 seconds"),
        (">80% used", "above 80 percent used"),
        ("~5 GB, >=-3 °C", "about 5 gigabytes, at least minus 3 degrees Celsius"),
        ("2*3 hosts, 4×5", "2 times 3 hosts, 4 times 5"),
        ("2^10 and 1!2", "2 to the power of 10 and 1 2"),
        ("4.0 GiB/8.0 GiB used.", "4 gibibytes of 8 gibibytes used."),
        ("4GiB/8GiB, 16GiB-32GiB", "4 gibibytes of 8 gibibytes, 16 gibibytes to 32 gibibytes"),
        ("Memory 3.2/16 GiB", "Memory 3.2 of 16 gibibytes"),
        ("40-45 °C", "40 to 45 degrees Celsius"),
        ("3 - 5 nodes", "3 to 5 nodes"),
        ("8 vCPUs, 1 vCPU", "8 virtual CPUs, 1 virtual CPU"),
        ("10 Mb/s", "10 megabits per second"),
        ("+5 and 5+", "5 and 5 plus"),
        ("$5, $1 or €2.50.", "5 dollars, 1 dollar or 2.5 euros."),
        ("~$5-10, -£3 and 5 €", "about 5 to 10 dollars, minus 3 pounds and 5 euros"),
        ("$1,500 for $HOME", "1500 dollars for HOME"),
        // Versions and times.
        ("Proxmox VE 8.2.4", "Proxmox VE 8 point 2 point 4"),
        ("kernel 6.8.12-4-pve", "kernel 6 point 8 point 12 4 pve"),
        ("v2 and v8.2", "version 2 and version 8 point 2"),
        ("version 1:2.36-9", "version 1 colon 2 point 36 9"),
        ("pve-manager 8.2-1.", "pve manager 8 point 2 1."),
        ("at 21:20, not 09:05:00 or 7:00", "at 21 20, not 9 oh 5 or 7 o'clock"),
        ("on 2026-11-03T21:20:23Z", "on November 3, 2026, 21 20"),
        // Addresses.
        ("10.0.0.1", "10 dot 0 dot 0 dot 1"),
        (
            "10.0.0.0/24 and 10.0.0.1:8006.",
            "10 dot 0 dot 0 dot 0 slash 24 and 10 dot 0 dot 0 dot 1, port 8006.",
        ),
        ("https://pve1.lan:8006/#v1:0", "pve1 dot lan, port 8006"),
        ("https://user:pw@a.b/x", "a dot b"),
        ("fe80::1", "F E 8 0 colon colon 1"),
        ("[fe80::1]:8006, ok", "F E 8 0 colon colon 1, port 8006, ok"),
        ("http://[fe80::1]:8006/x", "F E 8 0 colon colon 1, port 8006"),
        ("https://[fe80::1].", "F E 8 0 colon colon 1."),
        ("bc:24:11:00:aa:ff", "B C, 2 4, 1 1, 0 0, A A, F F"),
        ("UPID:pve1:0003:00:65:qmstart:101:root@pam: ended", "a task: ended"),
        ("0192d3a4-1b2c-7d3e-8f40-112233445566", "an identifier"),
        // Names.
        ("web-server_1 on node-3", "web server 1 on node 3"),
        ("alice@pam", "alice at pam"),
        ("/var/lib/vz", "slash var slash lib slash vz"),
        ("and/or", "and or"),
        ("It's node 3's guest", "It's node 3's guest"),
        // Markdown.
        ("**Done.** The `web` guest *runs*.", "Done. The web guest runs."),
        ("See [the page](https://x.y/z) now", "See the page now"),
        ("![plot](a.png) <b>bold</b>", "plot bold"),
        ("# Guests\n\n- web: running\n- db: stopped", "Guests. web: running. db: stopped"),
        ("> quoted\n---\n1. one", "quoted. 1. one"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a, b. 1, 2"),
        ("snake_case_name and 2 * 3 * 4", "snake case name and 2 times 3 times 4"),
        ("~~old~~ new \\*", "old new"),
        // Signs.
        ("A & B → C", "A and B to C"),
        ("node 1 – web", "node 1, web"),
        ("CPU ≥ 80 %", "CPU at least 80 percent"),
        ("Well… (yes)!", "Well. yes!"),
        ("e.g. web, approx. 5", "for example web, about 5"),
        ("Done ✅ 🎉", "Done"),
        ("\u{1b}[31mred\u{202e}", "31mred"),
    ] {
        assert_eq!(speakable(text), said, "{text:?}");
    }
}

#[test]
fn german_is_said_as_germans_say_it() {
    for (text, said) in [
        ("pve3 hat 54 Grad.", "pve3 hat 54 Grad."),
        ("54,5 °C", "54,5 Grad Celsius"),
        ("54.5 °C", "54,5 Grad Celsius"),
        ("1.234.567 B frei", "1234567 B frei"),
        ("noch 1,2 TB frei", "noch 1,2 Terabyte frei"),
        ("16GiB von 32 GiB", "16 Gibibyte von 32 Gibibyte"),
        ("34 % belegt", "34 Prozent belegt"),
        ("-5 °C", "minus 5 Grad Celsius"),
        (
            "Der Timer endet in 10 Minuten, um 20:14.",
            "Der Timer endet in 10 Minuten, um 20 Uhr 14.",
        ),
        ("um 07:05", "um 7 Uhr 5"),
        ("um 08:00", "um 8 Uhr"),
        ("am 2026-11-03", "am 3. November 2026"),
        ("Proxmox 8.2.4", "Proxmox 8 Punkt 2 Punkt 4"),
        ("10.0.0.1:8006", "10 Punkt 0 Punkt 0 Punkt 1, Port 8006"),
        ("3-5 Gäste & 2/4 Knoten", "3 bis 5 Gäste und 2 von 4 Knoten"),
        ("100 MB/s", "100 Megabyte pro Sekunde"),
        (">80 %, 2*3 und 2^10", "über 80 Prozent, 2 mal 3 und 2 hoch 10"),
        ("4,0 GiB/8,0 GiB", "4 Gibibyte von 8 Gibibyte"),
        ("ca. 5, z.B. web", "etwa 5, zum Beispiel web"),
        ("$5 oder 5,50 €, £1", "5 Dollar oder 5,5 Euro, 1 Pfund"),
    ] {
        assert_eq!(speakable_in(Language::German, text), said, "{text:?}");
    }
}

#[test]
fn no_text_is_spoken_for_ever() {
    assert!(speakable(&"word ".repeat(10_000)).len() <= 2 * LONGEST);
}

#[test]
fn sentences_end_where_they_do() {
    for (text, expected) in [
        ("", &[][..]),
        ("One.", &["One."]),
        ("One. Two! Three?", &["One.", "Two!", "Three?"]),
        ("no point", &["no point"]),
        ("It is 45.3 °C. Fine.", &["It is 45.3 °C.", "Fine."]),
        ("Proxmox 8.2.4 at 10.0.0.1. Yes.", &["Proxmox 8.2.4 at 10.0.0.1.", "Yes."]),
        ("Dr. Who, e.g. J. Doe. Right.", &["Dr. Who, e.g. J. Doe.", "Right."]),
        ("He said \"no.\" Then he left.", &["He said \"no.\"", "Then he left."]),
        ("Wait... what?! Yes", &["Wait...", "what?!", "Yes"]),
        ("- web\n- db\n", &["- web", "- db"]),
        ("1. one\n2. two", &["1. one", "2. two"]),
        ("A line\nthat goes on.\n\nAnother", &["A line\nthat goes on.", "Another"]),
        ("[Foo. Bar](http://x.y) baz! Wow!", &["Foo.", "Bar baz!", "Wow!"]),
        ("Run:\n```\nrm -rf /. Now.\n```\nDone.", &["Run:", "Done."]),
        ("At 2 a.m. every day. Yes.", &["At 2 a.m. every day.", "Yes."]),
        ("...!!!", &[]),
    ] {
        assert_eq!(sentences(text), expected, "{text:?}");
    }
}

#[test]
fn the_first_piece_comes_early_and_none_is_endless() {
    let text = "The web server runs on node three since this morning, and so do the other guests.";
    assert_eq!(sentences(text)[0], "The web server runs on node three since this morning,");
    for long in ["word ".repeat(1000), "ä".repeat(1000)] {
        let pieces = sentences(&long);
        assert!(pieces.len() > 3 && pieces.iter().all(|piece| piece.chars().count() <= 300));
    }
    assert_eq!(sentences(&format!("```\n{}", "code\n".repeat(1000))), [""; 0], "code without end");
}

proptest! {
    #[test]
    fn no_text_does_harm(text in "[ -~\\n°äé…–→*_`#|\\[\\]()<>.,:/0-9]{0,80}") {
        let said = speakable(&text);
        prop_assert!(!said.contains(['`', '|', '#', '<', '[', '\n']), "{said:?} of {text:?}");
    }

    #[test]
    fn what_is_spoken_is_not_changed_again(text in "([a-zA-Z]{1,8}|[0-9]{1,4}|10\\.0\\.0\\.1|8\\.2\\.4|16GiB|45 °C)( ([a-zA-Z]{5,8}|[0-9]{1,4}|5%|v1\\.2)){0,6}") {
        let said = speakable(&text);
        prop_assert_eq!(speakable(&said), said);
    }

    #[test]
    fn no_word_is_lost_between_sentences(text in "[a-zA-Z.,!? \\n0-9]{0,200}") {
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        prop_assert_eq!(letters(&sentences(&text).join(" ")), letters(&text));
    }
}
