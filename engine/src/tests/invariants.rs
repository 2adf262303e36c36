//! Random rooms. Users, gateways, time and crashes act in any order. [`Sim`](crate::simulator::Sim) checks after every
//! step that the room keeps its invariants, its replica equals it, its followers see its state, and errors and reads
//! change nothing.

use crate::simulator::script::{filled, play, LINES};
use crate::simulator::{HOUR, T0};
use proptest::prelude::*;

fn steps() -> impl Strategy<Value = Vec<String>> {
    let step = (0..LINES.len(), any::<[u8; 3]>()).prop_map(|(line, blanks)| filled(LINES[line], blanks));
    prop::collection::vec(step, 1..120)
}

/// PROPTEST_CASES overrides the number of cases.
fn cases() -> ProptestConfig {
    let cases =
        if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 100 };
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_live_room_keeps_its_invariants(steps in steps()) {
        play("SEATS 2 HOSTLOSS KEEP", &steps);
    }

    #[test]
    fn a_room_that_hands_over_keeps_its_invariants(steps in steps()) {
        play("SEATS 3", &steps);
    }

    #[test]
    fn a_scheduled_private_room_keeps_its_invariants(steps in steps()) {
        play(&format!("SEATS 2 PRIVATE AT {}", T0 + HOUR), &steps);
    }
}
