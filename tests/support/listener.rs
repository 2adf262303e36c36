//! The events and keyspace notifications of one room.

use super::subscriber::{events, Kind, Message};
use super::{Client, Json, Server, Subscriber};

/// Collects the frames of the room `r` and its keyspace notifications.
pub struct Listener {
    frames: Subscriber,
    notifications: Subscriber,
}

impl Listener {
    #[track_caller]
    pub fn open(server: &Server) -> Listener {
        Listener { frames: Subscriber::room(server, "r"), notifications: Subscriber::keyevents(server) }
    }

    /// Events and notifications since the last look.
    #[track_caller]
    pub fn published(&self, client: &mut Client) -> (Vec<Json>, Vec<String>) {
        self.frames.settled(client, Kind::Channel);
        let frames: Vec<Json> = self.frames.take().iter().map(Message::json).collect();
        (events(&frames), self.notifications.drain(client))
    }

    /// Expects exactly one event and one notification since the last look.
    #[track_caller]
    pub fn one(&self, client: &mut Client, note: &str) -> Json {
        let (events, notifications) = self.published(client);
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(notifications, [format!("{note} r")]);
        events[0].clone()
    }

    /// Expects nothing since the last look.
    #[track_caller]
    pub fn nothing(&self, client: &mut Client) {
        assert_eq!(self.published(client), (vec![], vec![]));
    }
}
