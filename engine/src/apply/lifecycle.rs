//! Creation, settings, start and end, invitations.

use super::{event_by, Scene};
use crate::command::{Role, State};
use crate::effect::{Created, Field};
use crate::pending::{EndReason, Event, Fold};
use crate::record::How;
use crate::room::{Config, Room};
use crate::talk;
use serde_json::value::RawValue;

/// An effect carries JSON that was checked when it was taken in; what a foreign effect holds instead is dropped.
pub(super) fn raw(json: Option<&str>) -> Option<Box<RawValue>> {
    json.and_then(|json| RawValue::from_string(json.into()).ok())
}

impl Room {
    pub(super) fn create(&mut self, created: &Created<'_>, scene: &mut Scene<'_>) {
        self.incarnation = created.incarnation;
        self.epoch = created.epoch;
        self.clock = scene.at;
        self.times.created_ms = scene.at;
        self.times.at_ms = created.at_ms;
        self.config = Config {
            title: created.title.into(),
            private: created.private,
            seats: created.seats,
            capacity: created.capacity,
            meta: raw(created.meta),
            host_loss: created.host_loss,
            ..Config::default()
        };
        if created.by != "-" {
            let host = self.users.enter(created.by);
            self.users.at_mut(host).role = Role::Host;
            self.host = Some(host);
        }
        if created.at_ms > 0 {
            self.state = State::Scheduled;
        } else {
            self.open(scene);
        }
        self.pending.push(Event::Created);
        scene.out.expire = Some(created.expire_ms);
        scene.out.note("room.create");
    }

    pub(super) fn configure(&mut self, fields: &[Field<'_>], expire_ms: u64, scene: &mut Scene<'_>) {
        for field in fields {
            let config = &mut self.config;
            match field {
                Field::Title(title) => config.title = (*title).into(),
                // Said again, it must not break off the welcome of those who were here when it was said first.
                Field::Private(private) if *private == config.private => {}
                Field::Private(private) => {
                    self.welcome = private.then_some((0, self.order));
                    config.private = *private;
                }
                Field::Seats(seats) => config.seats = *seats,
                Field::Capacity(capacity) => config.capacity = *capacity,
                Field::Meta(meta) => config.meta = raw(Some(meta)),
                Field::HostLoss(host_loss) => config.host_loss = *host_loss,
                Field::Comments(on) => config.comments = *on,
                Field::Reactions(on) => config.reactions = *on,
                Field::Hands(on) => config.hands = *on,
                Field::SlowMode(seconds) => config.slowmode = *seconds,
                Field::Emojis(kinds) => config.emojis = kinds.iter().map(|&kind| kind.into()).collect(),
                Field::At(at_ms) => {
                    self.times.at_ms = *at_ms;
                    if expire_ms > 0 {
                        scene.out.expire = Some(expire_ms);
                    }
                }
            }
        }
        self.pending.push(Event::Settings);
        scene.out.note("room.config");
    }

    fn open(&mut self, scene: &Scene<'_>) {
        self.state = State::Live;
        self.times.started_ms = scene.at;
        self.empty_since_ms = if self.arrivals.is_empty() { scene.at } else { 0 };
        self.look_for_host(scene.at);
    }

    pub(super) fn start(&mut self, scene: &mut Scene<'_>) {
        self.open(scene);
        self.pending.push(Event::Started);
        scene.out.note("room.start");
    }

    pub(super) fn cancel(&mut self, by: &str, expire_ms: u64, scene: &mut Scene<'_>) {
        self.close(State::Cancelled, expire_ms, scene);
        self.pending.push(Event::Cancelled { by: event_by(by) });
        scene.out.note("room.cancel");
    }

    pub(super) fn end(&mut self, by: &str, reason: EndReason, expire_ms: u64, scene: &mut Scene<'_>) {
        self.end_reason = Some(reason);
        self.close(State::Ended, expire_ms, scene);
        self.pending.push(Event::Ended { by: event_by(by), reason });
        scene.out.note("room.end");
    }

    /// Touches no member: an open visit, or time on stage, reads as closed at `ended_ms` from now on.
    fn close(&mut self, state: State, expire_ms: u64, scene: &mut Scene<'_>) {
        self.state = state;
        self.times.ended_ms = scene.at;
        self.host_away = None;
        let open: Vec<u64> =
            (1u64..).zip(&self.polls).filter(|(_, poll)| !poll.closed).map(|(id, _)| id).collect();
        for poll in open {
            self.close_poll(poll, scene);
        }
        if expire_ms > 0 {
            scene.out.expire = Some(expire_ms);
        }
    }

    pub(super) fn rsvp(&mut self, user: &str, yes: bool, scene: &mut Scene<'_>) {
        let ix = self.users.enter(user);
        let user = self.users.at_mut(ix);
        if user.interested != yes {
            user.interested = yes;
            self.interested = if yes { self.interested + 1 } else { self.interested.saturating_sub(1) };
            self.pending.fold(Fold::Rsvp);
        }
        scene.out.note("room.rsvp");
    }

    pub(super) fn invite(&mut self, users: &[&str], scene: &mut Scene<'_>) {
        for user in users {
            let ix = self.users.enter(user);
            self.users.at_mut(ix).invited = true;
            self.invited.insert(ix);
        }
        self.pending.fold(Fold::Invited);
        scene.out.note("room.invite");
    }

    pub(super) fn uninvite(&mut self, by: &str, users: &[&str], remove: bool, scene: &mut Scene<'_>) {
        for user in users {
            let Some(ix) = self.users.find(user) else { continue };
            if remove && !self.users.at(ix).is_staff() {
                // A hand raised before the start goes too: its user cannot come in any more.
                self.drop_hand(ix, How::Left, by, scene.at);
                if self.users.at(ix).is_present() {
                    self.remove(ix, by, "uninvite", "", scene);
                }
            }
            self.users.at_mut(ix).invited = false;
            self.invited.remove(&ix);
        }
        self.pending.fold(Fold::Invited);
        scene.out.note("room.uninvite");
    }

    /// Notes the next of those who were here when the room became private.
    pub(super) fn welcome(&mut self, members: u32) {
        let Some((from, to)) = self.welcome else { return };
        let next: Vec<_> = self.arrivals.range(from..=to).take(members as usize).collect();
        for &(_, ix) in &next {
            self.users.at_mut(ix).invited = true;
            self.invited.insert(ix);
        }
        self.welcome = match next.last() {
            Some(&(last, _)) if next.len() == members as usize && last < to => Some((last + 1, to)),
            _ => None,
        };
        self.pending.fold(Fold::Invited);
    }

    /// Takes a user's comments away.
    pub(super) fn clear_comments(&mut self, ix: crate::users::UserIx, by: &str) {
        let mut next = self.users.at(ix).more.as_ref().map_or(0, |more| more.last_comment);
        while let Some(comment) = self.comments.get_mut(next) {
            let before = comment.before;
            self.comments.delete(next, by);
            next = before;
        }
        self.scrub_history(|_, comment: &talk::Comment| comment.user == ix);
    }
}
