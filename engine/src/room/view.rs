//! A room as of now: how reads see it.
//!
//! Only writes and a master's timer settle what is due. A read must show it settled all the same, and must change
//! nothing: on a replica, or while a server is paused, a read that settled would fork or crash it. So everything that
//! is read, is read through a view: the room, less the members whose grace is over, with the host and the state it is
//! due to have.

use crate::env::Env;
use crate::room::deadlines::{self, RoomTransition};
use crate::room::polls::Poll;
use crate::room::users::{Presence, User, UserIx};
use crate::room::{LostMember, Room};
use crate::terms::EndReason;
use crate::terms::{Role, RoomState};

/// A room and the time at which it is looked at.
#[derive(Clone, Debug)]
pub struct View<'r> {
    /// The room as it stands.
    pub room: &'r Room,
    /// Unix ms.
    pub now: u64,
    /// State as of now.
    pub state: RoomState,
    /// When the room ended as of now, Unix ms; 0: it has not.
    pub ended_ms: u64,
    /// Why, if it ended.
    pub end_reason: Option<EndReason>,
    /// Host as of now.
    pub host: Option<UserIx>,
    /// Who was lost at this time or earlier, Unix ms, is gone though it still stands as present.
    gone_before: Option<u64>,
    /// The first of them; past these the counts trail, as they do while a write settles them.
    gone: Vec<UserIx>,
}

impl<'r> View<'r> {
    /// A room in which nothing is due: right after it was settled.
    pub fn settled(room: &'r Room, now: u64) -> View<'r> {
        View {
            room,
            now,
            state: room.state,
            ended_ms: room.times.ended_ms,
            end_reason: room.end_reason,
            host: room.host,
            gone_before: None,
            gone: Vec::new(),
        }
    }

    /// A room as it will be once what is due has been settled.
    pub fn as_of(room: &'r Room, env: &Env<'_>) -> View<'r> {
        let mut view = View::settled(room, env.now);
        if room.state.is_over() {
            return view;
        }
        view.gone_before = deadlines::graces_before(room, env);
        if let Some(before_ms) = view.gone_before {
            let gone = room
                .lost
                .range(..=LostMember { since_ms: before_ms, user: UserIx::MAX })
                .take(deadlines::SLICE as usize);
            view.gone = gone.map(|lost| lost.user).collect();
        }
        match deadlines::due_transition(room, env) {
            None => {}
            Some(RoomTransition::HandedOver(successor)) => view.host = Some(successor),
            Some(RoomTransition::Cancelled) => (view.state, view.ended_ms) = (RoomState::Cancelled, env.now),
            Some(RoomTransition::Ended(reason)) => {
                (view.state, view.ended_ms, view.end_reason) = (RoomState::Ended, env.now, Some(reason));
            }
        }
        view
    }

    /// Whether the user is present.
    pub fn is_present(&self, ix: UserIx) -> bool {
        self.room.users.at(ix).is_present() && !self.is_gone(ix)
    }

    fn is_gone(&self, ix: UserIx) -> bool {
        match self.room.users.at(ix).presence {
            Presence::Lost(since) => self.gone_before.is_some_and(|before| since <= before),
            _ => false,
        }
    }

    /// The user's role.
    pub fn role(&self, ix: UserIx) -> Role {
        match self.room.users.at(ix).role {
            _ if self.host == Some(ix) => Role::Host,
            Role::Host => Role::Cohost,
            Role::Speaker if self.is_gone(ix) => Role::Listener,
            role => role,
        }
    }

    /// Until when the user may accept an offer, Unix ms; 0: it has none.
    pub fn offer_until_ms(&self, ix: UserIx) -> u64 {
        match self.room.offer(ix, self.now) {
            Some(offer) if !self.is_gone(ix) && !self.state.is_over() => offer.until_ms,
            _ => 0,
        }
    }

    /// Place of the user's hand, from 1; 0: not raised.
    pub fn hand(&self, user: &User, ix: UserIx) -> u64 {
        match user.hand() {
            0 => 0,
            _ if self.is_gone(ix) => 0,
            ticket => {
                let gone = self
                    .gone
                    .iter()
                    .filter(|&&other| (1..ticket).contains(&self.room.users.at(other).hand()));
                self.room.hands.place_of(ticket) - gone.count() as u64
            }
        }
    }

    /// Members present.
    pub fn present(&self) -> u64 {
        self.room.present().saturating_sub(self.gone.len() as u64)
    }

    /// The stage in order of entry.
    pub fn stage(&self) -> impl Iterator<Item = (u64, UserIx)> + '_ {
        self.room.stage.iter().map(|(&order, &ix)| (order, ix)).filter(|&(_, ix)| !self.is_gone(ix))
    }

    /// How many are on stage.
    pub fn stage_len(&self) -> u64 {
        let gone = self.gone.iter().filter(|&&ix| self.room.users.at(ix).is_on_stage()).count();
        (self.room.stage.len() - gone) as u64
    }

    /// Raised hands.
    pub fn hands_len(&self) -> u64 {
        self.room.hands.len()
            - self.gone.iter().filter(|&&ix| self.room.users.at(ix).hand() > 0).count() as u64
    }

    /// Raised hands after a ticket, in order.
    pub fn hands_after(&self, ticket: u64) -> impl Iterator<Item = (u64, UserIx)> + '_ {
        self.room.hands.iter_after(ticket).filter(|&(_, ix)| !self.is_gone(ix))
    }

    /// Whether a poll takes votes.
    pub fn is_open(&self, poll: &Poll) -> bool {
        poll.is_open(self.now) && !self.state.is_over()
    }
}
