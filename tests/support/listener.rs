//! What one room publishes: its events and its keyspace notifications.

use super::subscriber::{events, Kind, Message};
use super::{Client, Json, Server, Subscriber};

/// Collects what the channel of the room `r` and the keyspace notifications carry.
pub struct Listener {
    frames: Subscriber,
    notes: Subscriber,
}

impl Listener {
    #[track_caller]
    pub fn open(server: &Server) -> Listener {
        Listener { frames: Subscriber::room(server, "r"), notes: Subscriber::keyevents(server) }
    }

    /// Events and notifications since the last look.
    #[track_caller]
    pub fn heard(&self, client: &mut Client) -> (Vec<Json>, Vec<String>) {
        self.frames.settled(client, Kind::Channel);
        let frames: Vec<Json> = self.frames.take().iter().map(Message::json).collect();
        (events(&frames), self.notes.notes(client))
    }

    /// The only event since the last look, and its only notification.
    #[track_caller]
    pub fn one(&self, client: &mut Client, note: &str) -> Json {
        let (events, notes) = self.heard(client);
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(notes, [format!("{note} r")]);
        events[0].clone()
    }

    /// Nothing since the last look.
    #[track_caller]
    pub fn nothing(&self, client: &mut Client) {
        assert_eq!(self.heard(client), (vec![], vec![]));
    }
}
