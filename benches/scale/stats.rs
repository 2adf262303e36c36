//! What the server says of its own commands.

use crate::support::{json, Client, Json, Server};
use std::collections::BTreeMap;

/// What calls of one command took, in microseconds, without the reading and writing around them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Calls {
    /// How many.
    pub count: u64,
    /// INFO commandstats: usec_per_call.
    pub mean: f64,
    /// The longest, to two digits.
    pub longest: f64,
}

impl Calls {
    /// Several parts as one. The mean is that of the part in the middle: one during which the machine did something
    /// else counts no more than any other.
    pub fn of(mut parts: Vec<Calls>) -> Calls {
        parts.sort_by(|one, other| one.mean.total_cmp(&other.mean));
        Calls {
            count: parts.iter().map(|part| part.count).sum(),
            mean: parts[parts.len() / 2].mean,
            longest: parts.iter().fold(0.0, |longest, part| part.longest.max(longest)),
        }
    }

    /// For the report.
    pub fn json(self) -> Json {
        json!({ "calls": self.count, "mean_us": self.mean, "longest_us": self.longest })
    }
}

/// Forgets what was so far.
pub fn reset(client: &mut Client) {
    client.ok("CONFIG RESETSTAT");
}

/// Calls of a command since the last reset, none of which failed.
pub fn calls(server: &Server, command: &str) -> Calls {
    // The server's own are there in small letters, a module's as it spells them.
    let line = |section: &str, field: String| {
        let info = server.info(section);
        let found = info.iter().find(|(name, _)| name.eq_ignore_ascii_case(&field));
        fields(found.unwrap_or_else(|| panic!("INFO {section} has no {field}")).1)
    };
    let stats = line("commandstats", format!("cmdstat_{command}"));
    assert_eq!(stats["failed_calls"], 0.0, "{command} failed");
    let latency = line("latencystats", format!("latency_percentiles_usec_{command}"));
    Calls { count: stats["calls"] as u64, mean: stats["usec_per_call"], longest: latency["p100"] }
}

/// `a=1,b=2.5`.
fn fields(line: &str) -> BTreeMap<String, f64> {
    line.split(',')
        .filter_map(|field| field.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap_or_else(|_| panic!("{name}={value}"))))
        .collect()
}
