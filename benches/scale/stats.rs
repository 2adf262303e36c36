//! The server's own statistics of its commands.

use crate::support::{json, Client, Json, Server};
use std::collections::BTreeMap;

/// Calls of one command. Times are microseconds in the server, without reading the request and writing the reply.
#[derive(Clone, Copy, Debug, Default)]
pub struct Calls {
    /// How many calls there were.
    pub count: u64,
    /// The mean (`usec_per_call` of INFO commandstats).
    pub mean: f64,
    /// The longest call, to two significant digits (INFO latencystats).
    pub longest: f64,
}

impl Calls {
    /// Several parts as one. The mean is the median of the parts' means, so that other load during one part has little
    /// weight.
    pub fn of(mut parts: Vec<Calls>) -> Calls {
        parts.sort_by(|one, other| one.mean.total_cmp(&other.mean));
        Calls {
            count: parts.iter().map(|part| part.count).sum(),
            mean: parts[parts.len() / 2].mean,
            longest: parts.iter().fold(0.0, |longest, part| part.longest.max(longest)),
        }
    }

    /// The JSON for the report.
    pub fn json(self) -> Json {
        json!({ "calls": self.count, "mean_us": self.mean, "longest_us": self.longest })
    }
}

/// Resets the statistics.
pub fn reset(client: &mut Client) {
    client.ok("CONFIG RESETSTAT");
}

/// The calls of a command since the last reset. Panics if one of them failed.
pub fn calls(server: &Server, command: &str) -> Calls {
    // INFO lists the server's own commands in lower case and a module's as the module spells them.
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

/// The fields of a line such as `a=1,b=2.5`.
fn fields(line: &str) -> BTreeMap<String, f64> {
    line.split(',')
        .filter_map(|field| field.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap_or_else(|_| panic!("{name}={value}"))))
        .collect()
}
