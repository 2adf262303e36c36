//! Traffic to a cluster from a separate thread, and what was acknowledged to it.

use super::{Cluster, Routed, PAUSE};
use crate::support::rooms::comments;
use crate::support::{wait_for, Json, Traffic};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread::JoinHandle;

/// Sends random commands to some rooms from a separate thread. In between it sends comments of the service and
/// remembers the acknowledged ones, which must exist at the end.
pub struct Writers {
    stop: Arc<AtomicBool>,
    accepted: Arc<AtomicUsize>,
    thread: JoinHandle<Ledger>,
}

/// What was acknowledged to a writer.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Room, id and text of acknowledged comments.
    comments: Vec<(String, i64, String)>,
    /// Commands with an unknown outcome.
    pub unknown: usize,
    /// Number of MOVED and ASK replies.
    pub redirections: usize,
}

impl Writers {
    /// Creates the rooms, then writes until it is stopped. With `replicated`, a comment counts as acknowledged only
    /// when WAIT reports a replica.
    #[track_caller]
    pub fn start(cluster: &Cluster, seed: u64, keys: &[String], replicated: bool) -> Writers {
        let mut routed = cluster.routed();
        let mut traffic = Traffic::new(seed, keys).plain();
        for command in traffic.opening() {
            assert_eq!(routed.cmd(&command).error(), None, "{command:?}");
        }
        let (stop, accepted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, counted, keys) = (Arc::clone(&stop), Arc::clone(&accepted), keys.to_vec());
        let thread = std::thread::spawn(move || {
            let mut ledger = Ledger::default();
            for nth in 0.. {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                match routed.try_cmd(&traffic.write()) {
                    Some(reply) if reply.error().is_none() => drop(counted.fetch_add(1, Ordering::Relaxed)),
                    Some(_) => {}
                    None => ledger.unknown += 1,
                }
                if nth % 4 == 0 {
                    let key = &keys[nth / 4 % keys.len()];
                    ledger.comment(&mut routed, key, nth, replicated);
                }
                std::thread::sleep(PAUSE);
            }
            ledger.redirections = routed.redirections;
            ledger
        });
        let writers = Writers { stop, accepted, thread };
        writers.wait_more(200);
        writers
    }

    /// Waits until this many more commands were accepted.
    #[track_caller]
    pub fn wait_more(&self, count: usize) {
        let from = self.accepted.load(Ordering::Relaxed);
        wait_for("more accepted commands", || {
            assert!(!self.thread.is_finished(), "the writer gave up");
            (self.accepted.load(Ordering::Relaxed) >= from + count).then_some(())
        });
    }

    /// Stops, and returns what was acknowledged.
    #[track_caller]
    pub fn stop(self) -> Ledger {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Ledger {
    fn comment(&mut self, routed: &mut Routed, key: &str, nth: usize, replicated: bool) {
        let text = format!("acknowledged {nth}");
        let Some(reply) = routed.try_cmd(&["ROOM.COMMENT", key, "-", &text]) else {
            self.unknown += 1;
            return;
        };
        let id = reply.int();
        // WAIT needs the connection that wrote.
        let safe = !replicated || {
            let waited = routed.node_of(key).try_cmd("WAIT 1 1000");
            waited.is_ok_and(|value| value == redis::Value::Int(1))
        };
        if safe {
            self.comments.push((key.to_owned(), id, text));
        }
    }

    /// How many comments were acknowledged.
    pub fn len(&self) -> usize {
        self.comments.len()
    }

    /// Every comment is in its room, unchanged or deleted.
    #[track_caller]
    pub fn assert_kept(&self, routed: &mut Routed) {
        let mut rooms: BTreeMap<&str, BTreeMap<i64, Json>> = BTreeMap::new();
        for (key, id, text) in &self.comments {
            let found = rooms.entry(key).or_insert_with(|| comments(|read| routed.cmd(read).json(), key));
            let held = found.get(id).unwrap_or_else(|| panic!("{key}: comment {id} is lost ({text})"));
            let held = held["text"].as_str().unwrap();
            assert!(held == text || held.is_empty(), "{key}: comment {id} was {text}, and is {held}");
        }
    }
}
