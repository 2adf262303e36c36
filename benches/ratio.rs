//! A row of the table: a command, its peer, and the ratios between them with their spread.

use crate::measure::Sample;
use crate::support::{json, Json};

/// What a row counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Commands a second.
    Commands,
    /// Bytes of strings a second.
    Bytes,
}

/// A row before it is measured.
pub struct Row {
    /// The name by which scripts/bench selects the row.
    pub name: &'static str,
    /// The command of the module.
    pub ours: &'static str,
    /// What it is compared with.
    pub peer: &'static str,
    /// What the row counts.
    pub unit: Unit,
    /// The target of the ratio; None: no target.
    pub target: Option<f64>,
}

/// The median of some numbers and their range.
#[derive(Clone, Copy)]
pub struct Spread {
    /// The median. Of an even count: the mean of the two in the middle.
    pub median: f64,
    /// The minimum.
    pub min: f64,
    /// The maximum.
    pub max: f64,
}

impl Spread {
    /// The spread of some numbers.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Spread {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (&min, &max) = (sorted.first().expect("a number"), sorted.last().expect("a number"));
        let middle = sorted.len() / 2;
        let median =
            if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 };
        Spread { median, min, max }
    }

    fn json(self) -> Json {
        json!({ "median": self.median, "min": self.min, "max": self.max })
    }
}

impl Row {
    /// The number of commands or bytes of a sample.
    fn count(&self, sample: Sample) -> f64 {
        match self.unit {
            Unit::Commands => sample.actions as f64,
            Unit::Bytes => sample.bytes as f64,
        }
    }

    /// The ratios of pace and of processor time. A ratio above 1 is in favour of the module.
    fn ratios(&self, rounds: &[[Sample; 2]]) -> (Spread, Spread) {
        let pace = |sample: Sample| self.count(sample) / sample.seconds;
        let cost = |sample: Sample| sample.cpu / self.count(sample);
        (
            Spread::of(rounds.iter().map(|&[ours, peer]| pace(ours) / pace(peer))),
            Spread::of(rounds.iter().map(|&[ours, peer]| cost(peer) / cost(ours))),
        )
    }

    fn middle(&self, rounds: &[[Sample; 2]], side: usize, of: impl Fn(Sample) -> f64) -> f64 {
        Spread::of(rounds.iter().map(|round| of(round[side]))).median
    }

    fn pace(&self, rounds: &[[Sample; 2]], side: usize) -> f64 {
        self.middle(rounds, side, |sample| self.count(sample) / sample.seconds)
    }

    /// Processor time of the server per command, microseconds.
    fn cost(&self, rounds: &[[Sample; 2]], side: usize) -> f64 {
        self.middle(rounds, side, |sample| sample.cpu * 1e6 / sample.actions as f64)
    }

    /// The heading of the table.
    pub fn heading() -> String {
        format!(
            "{:<16} {:<11} {:<24} {:>6}  {:<19} {:<19} {:>9} {:>9} {:>7} {:>7}",
            "row", "", "against", "target", "pace", "cpu", "ours/s", "peer/s", "ours us", "peer us"
        )
    }

    /// The row's line in the table.
    pub fn line(&self, rounds: &[[Sample; 2]]) -> String {
        let (pace, cpu) = self.ratios(rounds);
        let ratio = |ratio: Spread| format!("{:.2} ({:.2}..{:.2})", ratio.median, ratio.min, ratio.max);
        let target = self.target.map_or(String::new(), |target| target.to_string());
        let amount = |side| self.amount(self.pace(rounds, side));
        format!(
            "{:<16} {:<11} {:<24} {:>6}  {:<19} {:<19} {:>9} {:>9} {:>7.2} {:>7.2}",
            self.name,
            self.ours,
            self.peer,
            target,
            ratio(pace),
            ratio(cpu),
            amount(0),
            amount(1),
            self.cost(rounds, 0),
            self.cost(rounds, 1)
        )
        .trim_end()
        .to_owned()
    }

    fn amount(&self, number: f64) -> String {
        let unit = if self.unit == Unit::Bytes { "B" } else { "" };
        match number {
            1e9.. => format!("{:.2} G{unit}", number / 1e9),
            1e6.. => format!("{:.2} M{unit}", number / 1e6),
            _ => format!("{:.0} k{unit}", number / 1e3),
        }
    }

    /// The row with all samples, for the report.
    pub fn json(&self, rounds: &[[Sample; 2]]) -> Json {
        let (pace, cpu) = self.ratios(rounds);
        let side = |name: &str, side: usize| {
            let sample = |sample: Sample| {
                json!({
                    "actions": sample.actions, "bytes": sample.bytes,
                    "seconds": sample.seconds, "cpu_seconds": sample.cpu,
                })
            };
            let rounds_of: Vec<Json> = rounds.iter().map(|round| sample(round[side])).collect();
            json!({
                "name": name, "per_second": self.pace(rounds, side),
                "cpu_us": self.cost(rounds, side), "rounds": rounds_of,
            })
        };
        json!({
            "row": self.name,
            "unit": if self.unit == Unit::Bytes { "bytes" } else { "commands" },
            "target": self.target,
            "pace_ratio": pace.json(),
            "cpu_ratio": cpu.json(),
            "ours": side(self.ours, 0),
            "peer": side(self.peer, 1),
        })
    }
}
