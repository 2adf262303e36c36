//! A room as reads see it at a given time.
//!
//! Only writes and the timer of a master settle deadlines. A read shows the room with due deadlines settled, but must
//! not change it: a replica would diverge from its master, and a paused server may not write. So every read goes
//! through a view. The view leaves out members whose grace is over, and shows the host and the state that the room has
//! once its deadlines are settled.

use crate::env::Env;
use crate::room::deadlines::{self, RoomTransition};
use crate::room::hands::TOP_HANDS;
use crate::room::polls::Poll;
use crate::room::users::{Presence, User, UserIx};
use crate::room::{LostMember, Room};
use crate::terms::{Role, RoomState};

/// A room at a given time.
#[derive(Clone, Debug)]
pub struct View<'r> {
    /// The room, with due deadlines not settled.
    pub room: &'r Room,
    /// The time of the view, Unix ms.
    pub now: u64,
    /// The state at that time.
    pub state: RoomState,
    /// When the room ended or was cancelled, Unix ms; 0: it is not over.
    pub ended_ms: u64,
    /// The host at that time.
    pub host: Option<UserIx>,
    /// Members lost at or before this time (Unix ms) are treated as absent, even though the room still lists them as
    /// present. None: no grace is over.
    gone_before: Option<u64>,
    /// The first of these members, at most a slice. The counts leave out no more than these, as they do while a
    /// write settles them slice by slice.
    gone: Vec<UserIx>,
}

impl<'r> View<'r> {
    /// A view at `now` (Unix ms) of a room that was just settled, or whose due deadlines are to be left out.
    pub fn settled(room: &'r Room, now: u64) -> View<'r> {
        View {
            room,
            now,
            state: room.state,
            ended_ms: room.times.ended_ms,
            host: room.host,
            gone_before: None,
            gone: Vec::new(),
        }
    }

    /// A view that shows the deadlines due at `env.now` as settled.
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
                .take(env.slice as usize);
            view.gone = gone.map(|lost| lost.user).collect();
        }
        match deadlines::due_transition(room, env) {
            None => {}
            Some(RoomTransition::HandedOver(successor)) => view.host = Some(successor),
            Some(RoomTransition::Cancelled) => (view.state, view.ended_ms) = (RoomState::Cancelled, env.now),
            Some(RoomTransition::Ended(_)) => (view.state, view.ended_ms) = (RoomState::Ended, env.now),
        }
        view
    }

    /// Whether the user is present: it has a session or is in its grace.
    pub fn is_present(&self, ix: UserIx) -> bool {
        self.room.users.at(ix).is_present() && !self.is_gone(ix)
    }

    fn is_gone(&self, ix: UserIx) -> bool {
        match self.room.users.at(ix).presence {
            Presence::Lost(since) => self.gone_before.is_some_and(|before| since <= before),
            _ => false,
        }
    }

    /// The role of the user.
    pub fn role(&self, ix: UserIx) -> Role {
        match self.room.users.at(ix).role {
            _ if self.host == Some(ix) => Role::Host,
            Role::Host => Role::Cohost,
            Role::Speaker if self.is_gone(ix) => Role::Listener,
            role => role,
        }
    }

    /// Whether the user's microphone is held closed. A change of role ends a hold.
    pub fn is_held(&self, ix: UserIx) -> bool {
        let user = self.room.users.at(ix);
        user.is_held() && self.role(ix) == user.role
    }

    /// Whether the user was asked to open its microphone and has not answered.
    pub fn is_unmute_asked(&self, ix: UserIx) -> bool {
        self.room.users.at(ix).is_unmute_asked() && !self.is_gone(ix)
    }

    /// When the user's offer expires, Unix ms; 0: the user has no offer.
    pub fn offer_until_ms(&self, ix: UserIx) -> u64 {
        match self.room.offer(ix, self.now) {
            Some(offer) if !self.is_gone(ix) && !self.state.is_over() => offer.until_ms,
            _ => 0,
        }
    }

    /// The place of the user's hand, from 1; 0: the hand is not raised.
    pub fn hand(&self, user: &User, ix: UserIx) -> u64 {
        match self.room.hand(user) {
            0 => 0,
            _ if self.lost_hand(ix) => 0,
            ticket => self.room.hands.place_of(ticket) - self.lost_hands_before(ticket),
        }
    }

    /// How many members are present.
    pub fn present(&self) -> u64 {
        self.room.present().saturating_sub(self.gone.len() as u64)
    }

    /// The users on stage by the number of their entry.
    pub fn stage(&self) -> impl Iterator<Item = (u64, UserIx)> + '_ {
        self.room.stage.iter().map(|(&entry, &ix)| (entry, ix)).filter(|&(_, ix)| !self.is_gone(ix))
    }

    /// The number of the user's entry to the stage; 0: off stage.
    pub fn stage_entry(&self, ix: UserIx) -> u64 {
        let activity = self.room.users.at(ix).activity.as_ref().filter(|_| !self.is_gone(ix));
        activity.map_or(0, |activity| activity.stage)
    }

    /// Whether the view shows a deadline as settled that the room has not settled yet.
    pub fn settles(&self) -> bool {
        let closes = |poll: &Poll| !poll.closed && !self.is_open(poll);
        !self.gone.is_empty()
            || self.state != self.room.state
            || self.host != self.room.host
            || self.room.polls.iter().any(closes)
    }

    /// How many users are on stage.
    pub fn stage_len(&self) -> u64 {
        let gone = self.gone.iter().filter(|&&ix| self.room.users.at(ix).is_on_stage()).count();
        (self.room.stage.len() - gone) as u64
    }

    /// How many hands are raised.
    pub fn hands_len(&self) -> u64 {
        self.room.hands.len() - self.lost_hands_before(u64::MAX)
    }

    /// Whether the user lost its hand because it is gone. While the room is scheduled, a member who goes keeps its hand.
    fn lost_hand(&self, ix: UserIx) -> bool {
        self.room.state != RoomState::Scheduled && self.is_gone(ix)
    }

    /// How many hands with a lower ticket belong to members whose grace is over.
    fn lost_hands_before(&self, ticket: u64) -> u64 {
        if self.room.state == RoomState::Scheduled {
            return 0;
        }
        let hands = self.gone.iter().map(|&ix| self.room.hand(self.room.users.at(ix)));
        hands.filter(|hand| (1..ticket).contains(hand)).count() as u64
    }

    /// The first raised hands.
    pub fn top_hands(&self) -> Vec<UserIx> {
        let top = |hands: &mut dyn Iterator<Item = (u64, UserIx)>| {
            hands.take(TOP_HANDS).map(|(_, ix)| ix).collect()
        };
        // The first hands of the queue may all belong to members who are gone.
        match self.gone.is_empty() || self.room.state == RoomState::Scheduled {
            true => top(&mut self.room.hands.iter_after(0)),
            false => top(&mut self.room.hands_not_gone(0, self.gone_before)),
        }
    }

    /// A page of `count` raised hands after a ticket, with their tickets, in order; None in place of a hand that its
    /// user lost.
    pub fn page_of_hands(&self, ticket: u64, count: usize) -> Vec<(u64, Option<UserIx>)> {
        let hands = self.room.hands.iter_after(ticket).take(count);
        hands.map(|(ticket, ix)| (ticket, Some(ix).filter(|&ix| !self.lost_hand(ix)))).collect()
    }

    /// Whether the poll takes votes.
    pub fn is_open(&self, poll: &Poll) -> bool {
        poll.is_open(self.now) && !self.state.is_over()
    }
}
