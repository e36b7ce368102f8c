//! Units by their signs, after a number.

/// (as written, for one, for several)
const UNITS: &[(&str, &str, &str)] = &[
    ("%", "percent", "percent"),
    ("°C", "degree Celsius", "degrees Celsius"),
    ("°F", "degree Fahrenheit", "degrees Fahrenheit"),
    ("°", "degree", "degrees"),
    ("B", "byte", "bytes"),
    ("KB", "kilobyte", "kilobytes"),
    ("kB", "kilobyte", "kilobytes"),
    ("MB", "megabyte", "megabytes"),
    ("GB", "gigabyte", "gigabytes"),
    ("TB", "terabyte", "terabytes"),
    ("PB", "petabyte", "petabytes"),
    ("KiB", "kibibyte", "kibibytes"),
    ("MiB", "mebibyte", "mebibytes"),
    ("GiB", "gibibyte", "gibibytes"),
    ("TiB", "tebibyte", "tebibytes"),
    ("PiB", "pebibyte", "pebibytes"),
    ("kbit", "kilobit", "kilobits"),
    ("Mbit", "megabit", "megabits"),
    ("Gbit", "gigabit", "gigabits"),
    ("kbps", "kilobit per second", "kilobits per second"),
    ("Mbps", "megabit per second", "megabits per second"),
    ("Gbps", "gigabit per second", "gigabits per second"),
    ("Hz", "hertz", "hertz"),
    ("kHz", "kilohertz", "kilohertz"),
    ("MHz", "megahertz", "megahertz"),
    ("GHz", "gigahertz", "gigahertz"),
    ("W", "watt", "watts"),
    ("kW", "kilowatt", "kilowatts"),
    ("Wh", "watt hour", "watt hours"),
    ("kWh", "kilowatt hour", "kilowatt hours"),
    ("V", "volt", "volts"),
    ("mV", "millivolt", "millivolts"),
    ("A", "ampere", "amperes"),
    ("mA", "milliampere", "milliamperes"),
    ("RPM", "revolution per minute", "revolutions per minute"),
    ("rpm", "revolution per minute", "revolutions per minute"),
    ("ns", "nanosecond", "nanoseconds"),
    ("µs", "microsecond", "microseconds"),
    ("us", "microsecond", "microseconds"),
    ("ms", "millisecond", "milliseconds"),
    ("s", "second", "seconds"),
    ("sec", "second", "seconds"),
    ("min", "minute", "minutes"),
    ("m", "minute", "minutes"),
    ("h", "hour", "hours"),
    ("d", "day", "days"),
    ("dB", "decibel", "decibels"),
    ("vCPU", "virtual CPU", "virtual CPUs"),
    ("x", "times", "times"),
];

/// The words for `sign` behind `number`; none where it is no unit.
pub(super) fn unit(sign: &str, number: &str) -> Option<String> {
    let (sign, per) = match sign.split_once('/') {
        Some((sign, "s")) => (sign, " per second"),
        Some((sign, "min")) => (sign, " per minute"),
        Some((sign, "h")) => (sign, " per hour"),
        Some(_) => return None,
        None => (sign, ""),
    };
    let (_, one, several) = UNITS.iter().find(|(written, _, _)| *written == sign)?;
    let words = if matches!(number, "1" | "-1" | "minus 1") { one } else { several };
    Some(format!("{words}{per}"))
}

/// Whether `sign` is only taken for a unit where it touches its number: "16 m"
/// is rather said than "2 A" of a list.
pub(super) fn must_touch(sign: &str) -> bool {
    matches!(sign, "x" | "A" | "m" | "d" | "us" | "B")
}
