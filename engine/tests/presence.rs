//! Coming and going.

mod support;
use support::*;

#[test]
fn a_join_answers_where_the_room_is_and_who_you_are() {
    let mut sim = Sim::live();
    let reply = sim.json("JOIN u GATEWAY g SESSION s1");
    assert_eq!(reply["state"], "live");
    assert_eq!(reply["present"], 2);
    assert_eq!(reply["channel"], "__room@0__:{room:42}");
    assert_eq!(reply["publish"], "global");
    assert_eq!(reply["you"]["user"], "u");
    assert_eq!(reply["you"]["sessions"], 1);
    assert_eq!(reply["you"]["role"], "listener");
    assert_eq!(reply["seq"], sim.at().seq);
    let again = sim.json("JOIN u GATEWAY g SESSION s1");
    assert_eq!(again, reply, "repeated: the same");
    sim.quiet();
}
