//! The `room.*` settings of a server: one table with names, defaults and bounds, and the values in force.

/// How frames are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Publish {
    /// `shard` in cluster mode, `global` otherwise.
    #[default]
    Auto,
    /// PUBLISH.
    Global,
    /// SPUBLISH.
    Shard,
}

/// The values in force. Durations are milliseconds, whatever unit the setting is written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Lifetime of a key.
    pub ttl_ms: u64,
    /// Shortest time between two frames of a room; 0: every change at once.
    pub tick_ms: u64,
    /// A gateway's lease on its sessions.
    pub lease_ms: u64,
    /// How long a lost member stays present.
    pub grace_ms: u64,
    /// How long a room waits for its host.
    pub host_grace_ms: u64,
    /// How long a live room may be without anybody.
    pub empty_ms: u64,
    /// How long after AT a scheduled room may still be started.
    pub start_window_ms: u64,
    /// Events kept for ROOM.EVENTS, in bytes.
    pub history_bytes: usize,
    /// Comments a second, a user.
    pub comment_rate: u64,
    /// Reactions a second, a user.
    pub react_rate: u64,
    /// Other user-facing writes a second, a user.
    pub action_rate: u64,
    /// Comments a second, a room.
    pub comment_room_rate: u64,
    /// Comments a room may hold.
    pub max_comments: u64,
    /// PUBLISH or SPUBLISH.
    pub publish: Publish,
}

/// One whole-number setting: how it is named and bounded, and where its value goes.
pub struct Setting {
    /// Name without the `room.` prefix.
    pub name: &'static str,
    /// Value in force when nothing sets it.
    pub default: i64,
    /// Smallest value taken.
    pub min: i64,
    /// Largest value taken.
    pub max: i64,
    /// Unit, for the documentation.
    pub unit: &'static str,
    /// What it is for, for the documentation.
    pub summary: &'static str,
    /// Reads the value from the settings, in the setting's own unit.
    pub get: fn(&Settings) -> i64,
    /// Writes the value, in the setting's own unit; the caller has checked the bounds.
    pub set: fn(&mut Settings, i64),
}

macro_rules! setting {
    ($name:literal, $default:literal, $min:literal..=$max:literal, $unit:literal, $field:ident * $scale:literal, $summary:literal) => {
        Setting {
            name: $name,
            default: $default,
            min: $min,
            max: $max,
            unit: $unit,
            summary: $summary,
            get: |s| (s.$field as i64) / $scale,
            set: |s, v| s.$field = (v * $scale) as _,
        }
    };
}

/// Every whole-number setting, in the order of the contract. `publish` is the only other one.
pub const SETTINGS: &[Setting] = &[
    setting!("ttl", 259_200, 60..=31_536_000, "seconds", ttl_ms * 1000, "lifetime of a room's key"),
    setting!(
        "tick",
        50,
        0..=10_000,
        "milliseconds",
        tick_ms * 1,
        "shortest time between two frames of a room; 0: every change at once"
    ),
    setting!(
        "lease",
        30,
        1..=86_400,
        "seconds",
        lease_ms * 1000,
        "a gateway that has not beaten for this long loses its sessions"
    ),
    setting!(
        "grace",
        15,
        0..=86_400,
        "seconds",
        grace_ms * 1000,
        "a member whose socket broke stays present this long"
    ),
    setting!(
        "host-grace",
        120,
        0..=86_400,
        "seconds",
        host_grace_ms * 1000,
        "a room waits this long for its host"
    ),
    setting!(
        "empty",
        3600,
        1..=31_536_000,
        "seconds",
        empty_ms * 1000,
        "a live room with nobody present ends after this long"
    ),
    setting!(
        "start-window",
        21_600,
        1..=31_536_000,
        "seconds",
        start_window_ms * 1000,
        "a scheduled room not started this long after AT is cancelled"
    ),
    setting!(
        "history-bytes",
        65_536,
        1024..=67_108_864,
        "bytes",
        history_bytes * 1,
        "events kept for ROOM.EVENTS, a room"
    ),
    setting!("comment-rate", 5, 0..=100_000, "a second", comment_rate * 1, "comments, a user; 0: no limit"),
    setting!(
        "react-rate",
        50,
        0..=100_000,
        "a second",
        react_rate * 1,
        "reactions by COUNT, a user; 0: no limit"
    ),
    setting!(
        "action-rate",
        20,
        0..=100_000,
        "a second",
        action_rate * 1,
        "all other user-facing writes, a user; 0: no limit"
    ),
    setting!(
        "comment-room-rate",
        200,
        0..=1_000_000,
        "a second",
        comment_room_rate * 1,
        "comments, a room; 0: no limit"
    ),
    setting!(
        "max-comments",
        100_000,
        1..=10_000_000,
        "comments",
        max_comments * 1,
        "comments a room may hold"
    ),
];

impl Default for Settings {
    fn default() -> Self {
        let mut settings = Settings {
            ttl_ms: 0,
            tick_ms: 0,
            lease_ms: 0,
            grace_ms: 0,
            host_grace_ms: 0,
            empty_ms: 0,
            start_window_ms: 0,
            history_bytes: 0,
            comment_rate: 0,
            react_rate: 0,
            action_rate: 0,
            comment_room_rate: 0,
            max_comments: 0,
            publish: Publish::Auto,
        };
        for setting in SETTINGS {
            (setting.set)(&mut settings, setting.default);
        }
        settings
    }
}
