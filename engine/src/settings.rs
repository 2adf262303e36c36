//! The `room.*` settings of a server: a table with names, defaults and bounds, and the values in force.

/// How frames are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Publish {
    /// By SPUBLISH in cluster mode, otherwise by PUBLISH.
    #[default]
    Auto,
    /// By PUBLISH.
    Global,
    /// By SPUBLISH.
    Shard,
}

/// The values in force. A duration is in milliseconds, also where [`SETTINGS`] has seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Lifetime of a room's key, ms.
    pub ttl_ms: u64,
    /// Shortest time between two frames of a room, ms. 0: every change is sent at once.
    pub tick_ms: u64,
    /// How long a gateway's lease lasts after a BEAT or JOIN, ms.
    pub lease_ms: u64,
    /// How long a lost member stays present, ms. 0: not at all.
    pub grace_ms: u64,
    /// How long a room waits for its host, ms. 0: not at all.
    pub host_grace_ms: u64,
    /// How long a live room stays open with nobody present, ms.
    pub empty_ms: u64,
    /// How long after AT a scheduled room may still be started, ms.
    pub start_window_ms: u64,
    /// Events kept for ROOM.EVENTS, bytes per room.
    pub history_bytes: usize,
    /// Comments per second and user. 0: no limit.
    pub comment_rate: u64,
    /// Reactions per second and user. 0: no limit.
    pub react_rate: u64,
    /// Other user-facing writes per second and user. 0: no limit.
    pub action_rate: u64,
    /// Comments per second and room. 0: no limit.
    pub comment_room_rate: u64,
    /// Comments that a room may hold.
    pub max_comments: u64,
    /// How frames are published.
    pub publish: Publish,
}

/// A whole-number setting: its name, its bounds, and the place of its value.
pub struct Setting {
    /// The name without the `room.` prefix.
    pub name: &'static str,
    /// The value when nothing sets it.
    pub default: i64,
    /// The smallest value that is taken.
    pub min: i64,
    /// The largest value that is taken.
    pub max: i64,
    /// The unit, for the documentation.
    pub unit: &'static str,
    /// The purpose of the setting, for the documentation.
    pub summary: &'static str,
    /// Reads the value in the unit of the setting.
    pub get: fn(&Settings) -> i64,
    /// Writes the value in the unit of the setting. The caller has checked the bounds.
    pub set: fn(&mut Settings, i64),
}

/// A row of [`SETTINGS`]: name, default, bounds, unit, field and its factor, summary.
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

/// Every whole-number setting, in the order of `docs/commands.md`. The only other setting is `publish`.
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
        "a gateway that sends no BEAT for this long loses its sessions"
    ),
    setting!(
        "grace",
        15,
        0..=86_400,
        "seconds",
        grace_ms * 1000,
        "a member whose socket broke stays present for this long"
    ),
    setting!(
        "host-grace",
        120,
        0..=86_400,
        "seconds",
        host_grace_ms * 1000,
        "a room waits for its host for this long"
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
        "a scheduled room that is not started this long after AT is cancelled"
    ),
    setting!(
        "history-bytes",
        65_536,
        1024..=67_108_864,
        "bytes",
        history_bytes * 1,
        "events kept for ROOM.EVENTS, per room"
    ),
    setting!(
        "comment-rate",
        5,
        0..=100_000,
        "per second",
        comment_rate * 1,
        "comments of a user; 0: no limit"
    ),
    setting!(
        "react-rate",
        50,
        0..=100_000,
        "per second",
        react_rate * 1,
        "reactions of a user, by COUNT; 0: no limit"
    ),
    setting!(
        "action-rate",
        20,
        0..=100_000,
        "per second",
        action_rate * 1,
        "all other user-facing writes of a user; 0: no limit"
    ),
    setting!(
        "comment-room-rate",
        200,
        0..=1_000_000,
        "per second",
        comment_room_rate * 1,
        "comments in a room; 0: no limit"
    ),
    setting!(
        "max-comments",
        100_000,
        1..=10_000_000,
        "comments",
        max_comments * 1,
        "comments that a room may hold"
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
