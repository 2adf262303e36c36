//! Applies creation, settings, start and end, RSVPs and invitations.

use super::{event_by, ApplyCtx};
use crate::effect::{ConfigChange, RoomCreated};
use crate::room::pending::{Event, Fold};
use crate::room::record::Outcome;
use crate::room::users::{Flag, UserIx};
use crate::room::{ArrivalRange, Config, Invitation, PresentInvited, Room};
use crate::terms::{EndReason, Role, RoomState};
use serde_json::value::RawValue;

/// The JSON of an effect. The command that produced the effect checked it. Invalid JSON in a foreign effect is dropped.
pub(super) fn raw_json(json: Option<&str>) -> Option<Box<RawValue>> {
    json.and_then(|json| RawValue::from_string(json.into()).ok())
}

impl Room {
    pub(super) fn create(&mut self, created: &RoomCreated<'_>, ctx: &mut ApplyCtx<'_>) {
        self.incarnation = created.incarnation;
        self.epoch = created.epoch;
        self.clock = ctx.at;
        self.times.created_ms = ctx.at;
        self.times.at_ms = created.at_ms;
        self.times.first_at_ms = created.at_ms;
        self.creator = created.by.into();
        self.config = Config {
            title: created.title.into(),
            private: created.private,
            seats: created.seats,
            capacity: created.capacity,
            meta: raw_json(created.meta),
            host_loss: created.host_loss,
            ..Config::default()
        };
        if created.by != "-" {
            let host = self.users.find_or_insert(created.by);
            self.users.at_mut(host).role = Role::Host;
            self.host = Some(host);
        }
        if created.at_ms > 0 {
            self.state = RoomState::Scheduled;
        } else {
            self.open(ctx);
        }
        self.pending.push(Event::Created);
        self.expire_at(created.expire_ms, ctx);
        ctx.out.notify("room.create");
    }

    /// Sets the expiry of the key, Unix ms. 0: it stays.
    pub(super) fn expire_at(&mut self, expire_ms: u64, ctx: &mut ApplyCtx<'_>) {
        if expire_ms > 0 {
            self.expire_ms = expire_ms;
            ctx.out.expire = Some(expire_ms);
        }
    }

    pub(super) fn configure(
        &mut self,
        by: &str,
        fields: &[ConfigChange<'_>],
        expire_ms: u64,
        ctx: &mut ApplyCtx<'_>,
    ) {
        for field in fields {
            let config = &mut self.config;
            match field {
                ConfigChange::Title(title) => config.title = (*title).into(),
                ConfigChange::Private(private) => {
                    let arrivals = ArrivalRange { first: 0, last: self.order };
                    let invitation = Invitation { ms: ctx.at, by: by.into() };
                    self.invite_present = private.then_some(PresentInvited { arrivals, invitation });
                    config.private = *private;
                }
                ConfigChange::Seats(seats) => config.seats = *seats,
                ConfigChange::Capacity(capacity) => config.capacity = *capacity,
                ConfigChange::Meta(meta) => config.meta = raw_json(Some(meta)),
                ConfigChange::HostLoss(host_loss) => config.host_loss = *host_loss,
                ConfigChange::Comments(on) => config.comments = *on,
                ConfigChange::Reactions(on) => config.reactions = *on,
                ConfigChange::Hands(on) => config.hands = *on,
                ConfigChange::SlowMode(seconds) => config.slowmode = *seconds,
                ConfigChange::Emojis(kinds) => {
                    config.emojis = kinds.iter().map(|&kind| kind.into()).collect()
                }
                ConfigChange::At(at_ms) => {
                    self.times.at_ms = *at_ms;
                    self.expire_at(expire_ms, ctx);
                }
            }
        }
        self.pending.fold(Fold::Settings);
        ctx.out.notify("room.config");
    }

    /// The room goes live.
    fn open(&mut self, ctx: &ApplyCtx<'_>) {
        self.state = RoomState::Live;
        self.times.started_ms = ctx.at;
        self.empty_since_ms = if self.arrivals.is_empty() { ctx.at } else { 0 };
        self.await_absent_host(ctx.at);
    }

    pub(super) fn start(&mut self, ctx: &mut ApplyCtx<'_>) {
        self.open(ctx);
        self.pending.push(Event::Started);
        ctx.out.notify("room.start");
    }

    pub(super) fn cancel(&mut self, by: &str, expire_ms: u64, ctx: &mut ApplyCtx<'_>) {
        self.end_reason = Some(match by {
            "" => EndReason::Window,
            "-" => EndReason::Service,
            _ => EndReason::Host,
        });
        self.close(by, RoomState::Cancelled, expire_ms, ctx);
        self.pending.push(Event::Cancelled { by: event_by(by) });
        ctx.out.notify("room.cancel");
    }

    pub(super) fn end(&mut self, by: &str, reason: EndReason, expire_ms: u64, ctx: &mut ApplyCtx<'_>) {
        self.end_reason = Some(reason);
        self.close(by, RoomState::Ended, expire_ms, ctx);
        self.pending.push(Event::Ended { by: event_by(by), reason });
        ctx.out.notify("room.end");
    }

    /// The room is over. Members are not touched: reads and the export show open visits and open times on stage as
    /// closed at `ended_ms`.
    fn close(&mut self, by: &str, state: RoomState, expire_ms: u64, ctx: &mut ApplyCtx<'_>) {
        self.state = state;
        self.times.ended_ms = ctx.at;
        self.ended_by = event_by(by);
        self.host_away = None;
        let open: Vec<u64> =
            (1u64..).zip(&self.polls).filter(|(_, poll)| !poll.closed).map(|(id, _)| id).collect();
        for poll in open {
            self.close_poll(poll, ctx);
        }
        self.expire_at(expire_ms, ctx);
    }

    pub(super) fn rsvp(&mut self, user: &str, yes: bool, ctx: &mut ApplyCtx<'_>) {
        let ix = self.users.find_or_insert(user);
        let user = self.users.at_mut(ix);
        if user.has(Flag::Interested) != yes {
            user.set(Flag::Interested, yes);
            match yes {
                true => self.interested.insert(ix, ctx.at),
                false => self.interested.remove(&ix),
            };
            self.pending.fold(Fold::Rsvp);
        }
        ctx.out.notify("room.rsvp");
    }

    pub(super) fn invite(&mut self, by: &str, users: &[&str], ctx: &mut ApplyCtx<'_>) {
        for user in users {
            let ix = self.users.find_or_insert(user);
            self.invite_user(ix, Invitation { ms: ctx.at, by: by.into() });
        }
        self.pending.fold(Fold::Invited);
        ctx.out.notify("room.invite");
    }

    /// Stores the invitation of a user. An earlier one stays.
    pub(super) fn invite_user(&mut self, ix: UserIx, invitation: Invitation) {
        self.users.at_mut(ix).set(Flag::Invited, true);
        self.invited.entry(ix).or_insert(invitation);
    }

    pub(super) fn uninvite(&mut self, by: &str, users: &[&str], remove: bool, ctx: &mut ApplyCtx<'_>) {
        let mut removed = Vec::new();
        for user in users {
            let Some(ix) = self.users.find(user) else { continue };
            if remove && !self.users.at(ix).is_staff() {
                // The user can no longer enter, so a hand raised before the start is lowered too.
                self.drop_hand(ix, Outcome::Left, by, ctx.at);
                if self.users.at(ix).can_be_removed() {
                    self.remove(ix, by, ctx);
                    removed.push(ix);
                }
            }
            self.users.at_mut(ix).set(Flag::Invited, false);
            self.invited.remove(&ix);
        }
        self.send_removed_notice(&removed, by, "uninvite", "", ctx);
        self.pending.fold(Fold::Invited);
        ctx.out.notify("room.uninvite");
    }

    /// Stores the invitations of the next members who were present when the room became private.
    pub(super) fn invite_present(&mut self, members: u32) {
        let Some(PresentInvited { arrivals, invitation }) = self.invite_present.take() else { return };
        let ArrivalRange { first, last } = arrivals;
        let next: Vec<_> = self.arrivals.range(first..=last).take(members as usize).collect();
        for &(_, ix) in &next {
            self.invite_user(ix, invitation.clone());
        }
        self.invite_present = match next.last() {
            Some(&(order, _)) if next.len() == members as usize && order < last => {
                Some(PresentInvited { arrivals: ArrivalRange { first: order + 1, last }, invitation })
            }
            _ => None,
        };
        self.pending.fold(Fold::Invited);
    }
}
