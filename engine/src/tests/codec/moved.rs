//! A room that moved in memory is the same room.

use super::same::steps;
use crate::simulator::saved::mix::{create, step};
use crate::simulator::saved::server::{digest_of, save, Server};
use crate::storage::defrag::{defrag, Cursor, Mover};
use proptest::prelude::*;
use serde_json::value::RawValue;

/// Copies every allocation, and ends a slice at every opportunity.
#[derive(Default)]
struct Copier {
    texts: usize,
    boxes: usize,
}

impl Mover for Copier {
    fn text(&mut self, text: Box<str>) -> Box<str> {
        self.texts += 1;
        text.as_ref().into()
    }

    fn json(&mut self, json: Box<RawValue>) -> Box<RawValue> {
        json.as_ref().to_owned()
    }

    fn boxed<T>(&mut self, value: Box<T>) -> Box<T> {
        self.boxes += 1;
        Box::new(*value)
    }

    fn list<T>(&mut self, list: Vec<T>) -> Vec<T> {
        let mut moved = Vec::with_capacity(list.len());
        moved.extend(list);
        moved
    }

    fn is_over(&mut self) -> bool {
        true
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_moved_room_is_the_room(how in 0u8..4, life in steps(160), after in steps(80)) {
        let mut server = Server::unlimited();
        create(&mut server, how);
        server.run(&["INVITE", "-", "00000000-0000-4000-8000-000000000000"]);
        for next in life {
            step(&mut server, next);
        }
        let mut moved = server.clone();
        let room = moved.slot.as_deref_mut().expect("a room");
        let users = || room.users.iter_from(0).map(|(_, user)| user);
        let apart = users().filter(|user| user.name.is_heap_allocated()).count();
        let activity = || users().filter_map(|user| user.activity.as_ref());
        let shadows = activity().filter(|activity| activity.shadow.is_some()).count();
        let boxes = activity().count() + shadows + room.comments.deleted.len();
        let sessions = users().map(|user| user.sessions().len()).sum::<usize>();
        let mut mover = Copier::default();
        let mut cursor = Some(Cursor::default());
        while let Some(at) = cursor {
            // The server keeps the cursor as a number between two slices.
            cursor = defrag(room, Cursor::from(u64::from(at)), &mut mover);
        }
        prop_assert!(apart > 0 && mover.texts >= apart + sessions && mover.boxes == boxes);
        prop_assert_eq!(digest_of(&moved), digest_of(&server));
        prop_assert_eq!(save(moved.room()), save(server.room()));
        for next in after {
            let (ours, theirs) = (step(&mut server, next), step(&mut moved, next));
            prop_assert_eq!(&theirs.reply, &ours.reply, "{:?}", next);
            prop_assert_eq!(&theirs.frames, &ours.frames, "{:?}", next);
            prop_assert_eq!(digest_of(&moved), digest_of(&server), "{:?}", next);
        }
    }
}
