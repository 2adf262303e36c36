//! How rooms travel: commands that replication and the AOF send, refused to clients and scripts.

use super::{arg, multiple, string, ArgKind, Spec, Verb, BASE, KEY};

const INTERNAL: Spec = Spec { internal: true, group: "Internal", ..BASE };

pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        verb: Verb::Apply,
        name: "ROOM.APPLY",
        summary: "Applies an effect that a master decided.",
        arity: 3,
        args: &[KEY, string("effect")],
        ..INTERNAL
    },
    Spec {
        verb: Verb::Load,
        name: "ROOM.LOAD",
        summary: "Restores a room from a rewritten AOF.",
        complexity: "O(N) in the size of the room",
        arity: -3,
        args: &[KEY, arg("version", ArgKind::Integer), multiple(string("chunk"))],
        ..INTERNAL
    },
];
