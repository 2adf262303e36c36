//! Random rooms with a ledger of their own. The ledger knows commands, their replies and what reads show between two
//! steps. It writes down who was where, when, why and by whom. The export must say exactly the same.
//!
//! - `seen`: what reads show, and the cause of a step
//! - `book`: the ledger, written from one look to the next
//! - `lines`: the lines that the ledger expects of an export

mod book;
mod lines;
mod seen;

use crate::simulator::script::{filled, step, LINES};
use crate::simulator::*;
use book::Book;
use proptest::prelude::*;
use seen::{Cause, Look};
use serde_json::Value;
use std::collections::BTreeMap;

/// One step that the ledger follows. The timer runs before, so that everything seen has one cause.
fn follow(sim: &mut Sim, book: &mut Book, line: &str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    if word == "pass" {
        let until = sim.now + rest.parse::<u64>().unwrap();
        while let Some(at) = sim.deadline().filter(|&at| at <= until) {
            sim.now = sim.now.max(at);
            settle(sim, book);
        }
        sim.now = until;
        return;
    }
    settle(sim, book);
    if sim.at().state().is_over() || !Cause::of(line).verb.chars().all(char::is_uppercase) {
        return step(sim, line);
    }
    sim.forget();
    sim.lowered |= line.contains("seats");
    let reply = sim.run(line);
    let cause = Cause { reply: reply.ok(), ..Cause::of(line) };
    book.write(sim, &cause);
}

/// Everything due happens.
fn settle(sim: &mut Sim, book: &mut Book) {
    sim.forget();
    sim.tick();
    book.write(sim, &Cause::DEADLINE);
}

/// Exported lines by id, without what all lines of a room share.
fn exported(sim: &Sim) -> BTreeMap<String, Value> {
    let lines = sim.export(1000);
    let count = lines.len();
    let by_id: BTreeMap<String, Value> = lines
        .iter()
        .map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let fields = line.as_object_mut().unwrap();
            assert_eq!(fields.remove("room").unwrap(), KEY);
            assert_eq!(fields.remove("incarnation").unwrap(), sim.peek("STATE -")["incarnation"]);
            let id = fields.remove("id").unwrap();
            (id.as_str().unwrap().to_owned(), line)
        })
        .collect();
    assert_eq!(by_id.len(), count, "an id twice");
    by_id
}

/// The export and the ledger say the same.
#[track_caller]
fn compare(sim: &Sim, book: &Book) {
    let exported = exported(sim);
    let expected = lines::expected(sim, book);
    for (id, line) in &expected {
        let Some(found) = exported.get(id) else { panic!("the export lacks {id}: {line}") };
        assert_eq!(found, line, "{id}");
    }
    for (id, line) in &exported {
        assert!(expected.contains_key(id) || lines::is_optional(line), "the ledger lacks {id}: {line}");
    }
}

fn play(create: &str, steps: &[String]) {
    let mut sim = Sim::bare(create);
    // No command takes the fast path, so every change happens at the time of its command.
    sim.settings.tick_ms = 0;
    let mut book = Book::new(Look::of(&sim), sim.now);
    follow(&mut sim, &mut book, "JOIN h GATEWAY g");
    for (nth, line) in steps.iter().enumerate() {
        follow(&mut sim, &mut book, line);
        if nth % 16 == 15 {
            compare(&sim, &book);
        }
    }
    let end = if sim.at().state().is_over() { "pass 0" } else { "END -" };
    follow(&mut sim, &mut book, end);
    if !sim.at().state().is_over() {
        follow(&mut sim, &mut book, "CANCEL h");
    }
    if !sim.at().state().is_over() {
        follow(&mut sim, &mut book, "CANCEL -");
    }
    compare(&sim, &book);
    let whole = sim.export(1000);
    sim.restart();
    sim.pass(24 * HOUR);
    assert_eq!(sim.export(7), whole, "after a restart and a day");
}

fn steps() -> impl Strategy<Value = Vec<String>> {
    let line = (0..LINES.len(), any::<[u8; 3]>()).prop_map(|(line, blanks)| filled(LINES[line], blanks));
    prop::collection::vec(line, 1..150)
}

/// PROPTEST_CASES overrides the number of cases.
fn cases() -> ProptestConfig {
    let cases =
        if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 60 };
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_live_room_is_exported_as_the_ledger_saw_it(steps in steps()) {
        play("SEATS 2 HOSTLOSS KEEP", &steps);
    }

    #[test]
    fn a_room_that_hands_over_is_exported_as_the_ledger_saw_it(steps in steps()) {
        play("SEATS 3", &steps);
    }

    #[test]
    fn a_scheduled_private_room_is_exported_as_the_ledger_saw_it(steps in steps()) {
        play(&format!("SEATS 2 PRIVATE AT {}", T0 + HOUR), &steps);
    }
}
