//! Temperatures: what each kind of board shows through `sensors -j` and in
//! `/sys`. They move slowly with time. Numbers only; the shell prints them.

use jarvis_domain::{NodeName, Timestamp};

use crate::living::{hash, mix, wave};
use crate::node::Node;

/// What a node has for sensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Board {
    /// coretemp and two NVMe drives, with the limits that such drives report.
    Intel,
    /// k10temp and a graphics chip; one of its sensors cannot be read, so that
    /// `sensors` exits with 1 and valid output.
    Amd,
    /// A small coretemp and one NVMe drive.
    Small,
    /// coretemp next to inputs that nobody has soldered.
    Absurd,
}

/// One chip.
#[derive(Debug)]
pub(crate) struct Chip {
    /// `coretemp-isa-0000`.
    pub(crate) name: &'static str,
    pub(crate) adapter: &'static str,
    /// The name of its driver: `coretemp`.
    pub(crate) driver: &'static str,
    pub(crate) sensors: Vec<Sensor>,
}

/// One sensor of a chip.
#[derive(Debug)]
pub(crate) struct Sensor {
    pub(crate) label: String,
    /// Degrees Celsius; none where it cannot be read.
    pub(crate) input: Option<f64>,
    /// Other values by the end of their name: `max`, `crit`.
    pub(crate) limits: Vec<(&'static str, f64)>,
}

/// The chips of `node` at `now`.
pub(crate) fn of(node: &Node, now: Timestamp) -> Vec<Chip> {
    chips(&node.name, node.hardware.board, node.heat.map(f64::from), now)
}

/// `heat` in place of the processor's own temperature.
fn chips(node: &NodeName, board: Board, heat: Option<f64>, now: Timestamp) -> Vec<Chip> {
    let at =
        |step: u64, low: f64, span: f64| low + span * wave(mix(hash(node.as_str()), step), now);
    let processor = |low: f64, span: f64| heat.unwrap_or_else(|| at(1, low, span));
    match board {
        Board::Intel => vec![
            coretemp(6, processor(41.0, 9.0)),
            nvme("nvme-pci-0100", at(2, 38.0, 5.0)),
            nvme("nvme-pci-0200", at(3, 40.0, 6.0)),
        ],
        Board::Small => {
            vec![coretemp(4, processor(47.0, 8.0)), nvme("nvme-pci-0100", at(2, 42.0, 5.0))]
        }
        Board::Amd => {
            let die = processor(48.0, 10.0);
            vec![
                Chip {
                    name: "k10temp-pci-00c3",
                    adapter: "PCI adapter",
                    driver: "k10temp",
                    // Tctl runs ahead of the die to make fans start early.
                    sensors: vec![
                        plain("Tctl", die + 10.0),
                        plain("Tdie", die),
                        plain("Tccd1", die - 3.5),
                    ],
                },
                Chip {
                    name: "amdgpu-pci-0300",
                    adapter: "PCI adapter",
                    driver: "amdgpu",
                    sensors: vec![plain("edge", at(2, 44.0, 6.0))],
                },
                Chip {
                    name: "iwlwifi_1-virtual-0",
                    adapter: "Virtual device",
                    driver: "iwlwifi_1",
                    sensors: vec![Sensor {
                        label: "temp1".to_owned(),
                        input: None,
                        limits: Vec::new(),
                    }],
                },
            ]
        }
        Board::Absurd => vec![
            coretemp(4, processor(52.0, 9.0)),
            Chip {
                name: "nct6775-isa-0290",
                adapter: "ISA adapter",
                driver: "nct6775",
                sensors: vec![
                    plain("SYSTIN", at(2, 34.0, 3.0)),
                    plain("CPUTIN", at(3, 46.0, 5.0)),
                    plain("AUXTIN0", 65_261.85),
                    plain("AUXTIN1", -273.15),
                    plain("AUXTIN2", -128.0),
                ],
            },
            Chip {
                name: "acpitz-acpi-0",
                adapter: "ACPI interface",
                driver: "acpitz",
                sensors: vec![plain("temp1", 27.8)],
            },
        ],
    }
}

fn coretemp(cores: u32, package: f64) -> Chip {
    let limits = vec![("max", 100.0), ("crit", 100.0), ("crit_alarm", 0.0)];
    let sensor = |label: String, input: f64| Sensor {
        label,
        input: Some(input.round()),
        limits: limits.clone(),
    };
    let mut sensors = vec![sensor("Package id 0".to_owned(), package)];
    sensors
        .extend((0..cores).map(|n| sensor(format!("Core {n}"), package - 1.0 - f64::from(n % 4))));
    Chip { name: "coretemp-isa-0000", adapter: "ISA adapter", driver: "coretemp", sensors }
}

fn nvme(name: &'static str, degrees: f64) -> Chip {
    let limits = vec![("max", 81.85), ("min", -273.15), ("crit", 84.85), ("alarm", 0.0)];
    let raw = vec![("max", 65_261.85), ("min", -273.15)];
    let input = Some((degrees * 100.0).round() / 100.0);
    Chip {
        name,
        adapter: "PCI adapter",
        driver: "nvme",
        sensors: vec![
            Sensor { label: "Composite".to_owned(), input, limits },
            Sensor { label: "Sensor 1".to_owned(), input, limits: raw },
        ],
    }
}

fn plain(label: &str, input: f64) -> Sensor {
    let input = Some((input * 100.0).round() / 100.0);
    Sensor { label: label.to_owned(), input, limits: Vec::new() }
}

/// `sensors -j`: the text, and whether some sensor could not be read.
pub(crate) fn json(chips: &[Chip]) -> (String, bool) {
    let mut failed = false;
    let chips: Vec<String> = chips
        .iter()
        .map(|chip| {
            let mut parts = vec![format!("      \"Adapter\": \"{}\"", chip.adapter)];
            for (index, sensor) in chip.sensors.iter().enumerate() {
                let n = index + 1;
                let mut values = Vec::new();
                match sensor.input {
                    Some(input) => values.push(format!("         \"temp{n}_input\": {input:.3}")),
                    None => failed = true,
                }
                values.extend(
                    sensor
                        .limits
                        .iter()
                        .map(|(end, v)| format!("         \"temp{n}_{end}\": {v:.3}")),
                );
                let values = values.join(",\n");
                let gap = if values.is_empty() { "" } else { "\n" };
                parts.push(format!("      \"{}\":{{{gap}{values}\n      }}", sensor.label));
            }
            format!("   \"{}\":{{\n{}\n   }}", chip.name, parts.join(",\n"))
        })
        .collect();
    (format!("{{\n{}\n}}\n", chips.join(",\n")), failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOARDS: [Board; 4] = [Board::Intel, Board::Amd, Board::Small, Board::Absurd];

    #[test]
    fn every_board_prints_json_and_only_one_fails_at_it() {
        let node = "pve3".parse().unwrap();
        for board in BOARDS {
            let (text, failed) = json(&chips(&node, board, None, Timestamp(1_795_468_823_000)));
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
            assert_eq!(failed, board == Board::Amd);
        }
    }

    #[test]
    fn temperatures_move_slowly_and_stay_sensible() {
        let node = "pve3".parse().unwrap();
        let package = |minutes: u64| {
            chips(&node, Board::Small, None, Timestamp(minutes * 60_000))[0].sensors[0]
                .input
                .unwrap()
        };
        let all: Vec<f64> = (0..500).map(package).collect();
        assert!(all.iter().all(|t| (40.0..60.0).contains(t)), "{all:?}");
        assert!(all.windows(2).any(|w| (w[0] - w[1]).abs() > 0.5));
    }
}
