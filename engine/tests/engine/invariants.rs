//! Whatever users, gateways, time and crashes do, in whatever order: the room keeps its invariants, its replica equals
//! it, its followers see it as it is, and errors and reads change nothing. [`Sim`] checks all that after every step;
//! here the steps come at random.

use crate::support::script::{filled, play, LINES};
use crate::support::{HOUR, T0};
use proptest::prelude::*;

fn steps() -> impl Strategy<Value = Vec<String>> {
    let step = (0..LINES.len(), any::<[u8; 3]>()).prop_map(|(line, blanks)| filled(LINES[line], blanks));
    prop::collection::vec(step, 1..120)
}

/// PROPTEST_CASES asks for more.
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
