//! Rows of leases and users into a room. Each method returns [`Corrupt`] for a row that is not valid.

use super::super::chunks::List;
use super::super::Corrupt;
use super::load::{object, text, LeasedSession, Loader, RaisedHand, ID, KINDS, TEXT};
use super::wire::*;
use crate::collections::kind_counts::KindCounts;
use crate::room::leases::{Lease, Retired};
use crate::room::shadow::{Shadow, ShadowReaction};
use crate::room::users::{Activity, Flag, Presence, Session, User, UserIx, ALL_FLAGS};
use crate::room::Invitation;

/// The most sessions of a member.
const SESSIONS: usize = 16;

impl Loader {
    /// Reads a lease, or a free number.
    pub fn lease(&mut self, row: Option<LeaseV1<'_>>) -> Result<(), Corrupt> {
        let lease = match row {
            None => None,
            Some(row) => Some(Lease {
                gateway: text(row.gateway, ID)?,
                retired: match row.retired {
                    Some((lost, at)) => Some(Retired { lost, at_ms: self.ms(at)? }),
                    None => None,
                },
                ..Lease::default()
            }),
        };
        self.room.leases.slots.push(lease);
        Ok(())
    }

    /// Reads a user.
    pub fn user(&mut self, row: UserV1<'_>) -> Result<(), Corrupt> {
        let name = row.name;
        if name.is_empty()
            || name.len() > ID
            || name.chars().any(char::is_control)
            || matches!(name, "-" | "*")
        {
            return Err(Corrupt("an invalid user id"));
        }
        if self.room.users.find(name).is_some() {
            return Err(Corrupt("a duplicate user"));
        }
        if row.flags & !ALL_FLAGS != 0 {
            return Err(Corrupt("an unknown flag of a user"));
        }
        let ix = self.room.users.len() as UserIx;
        let joined_ms = self.ms(row.joined)?;
        let user = User {
            profile: row.profile.map(|json| object(json, TEXT)).transpose()?,
            presence: self.presence(ix, row.presence)?,
            activity: row.activity.map(|activity| self.activity(ix, activity)).transpose()?,
            order: self.numbers.number(row.order)?,
            joined_ms,
            first_joined_ms: row.first_joined.map_or(Ok(joined_ms), |first| self.ms(first))?,
            present_ms: row.present_ms,
            joins: self.numbers.counter(row.joins)?,
            role: row.role.into(),
            client: row.client,
            lost: self.numbers.counter(row.lost)?,
            flags: row.flags,
            ..User::new(name)
        };
        self.room.users.push(user);
        Ok(())
    }

    /// Reads the invitation of a user.
    pub fn invitation(&mut self, row: InvitationV1<'_>) -> Result<(), Corrupt> {
        let user = self.known(row.user)?;
        let invitation = Invitation { ms: self.ms(row.at)?, by: text(row.by, ID)? };
        if !self.room.users.at(user).has(Flag::Invited) {
            return Err(Corrupt("an invitation of a user without the flag"));
        }
        match self.room.invited.insert(user, invitation) {
            None => Ok(()),
            Some(_) => Err(Corrupt("two invitations of a user")),
        }
    }

    /// Reads since when a user is interested.
    pub fn interest(&mut self, row: InterestV1) -> Result<(), Corrupt> {
        let (user, ms) = (self.known(row.user)?, self.ms(row.at)?);
        if !self.room.users.at(user).has(Flag::Interested) {
            return Err(Corrupt("the interest of a user without the flag"));
        }
        match self.room.interested.insert(user, ms) {
            None => Ok(()),
            Some(_) => Err(Corrupt("a user who is interested twice")),
        }
    }

    fn presence(&mut self, ix: UserIx, row: PresenceV1<'_>) -> Result<Presence, Corrupt> {
        Ok(match row {
            PresenceV1::Absent(at) => Presence::Absent(self.ms(at)?),
            PresenceV1::Lost(at) => Presence::Lost(self.ms(at)?),
            PresenceV1::One(row) => Presence::One(self.session(ix, row)?),
            PresenceV1::Many(List(rows)) => {
                if !(2..=SESSIONS).contains(&rows.len()) {
                    return Err(Corrupt("too few or too many sessions"));
                }
                let sessions: Vec<Session> =
                    rows.into_iter().map(|row| self.session(ix, row)).collect::<Result<_, _>>()?;
                Presence::Many(sessions)
            }
        })
    }

    fn session(&mut self, ix: UserIx, row: SessionV1<'_>) -> Result<Session, Corrupt> {
        let lease = row.lease.wrapping_sub(1);
        if row.lease > 0 {
            self.sessions.push(LeasedSession { lease, place: row.place, user: ix });
        }
        Ok(Session { id: text(row.id, ID)?, lease, place: row.place })
    }

    fn activity(&mut self, ix: UserIx, row: ActivityV1<'_>) -> Result<Box<Activity>, Corrupt> {
        if row.hand > 0 {
            self.hands.push(RaisedHand { ticket: self.numbers.number(row.hand)?, user: ix });
        }
        Ok(Box::new(Activity {
            hand: row.hand,
            hand_ms: self.ms(row.hand_raised)?,
            stage: self.numbers.number(row.stage)?,
            stage_since_ms: self.ms(row.stage_since)?,
            stage_ms: self.numbers.number(row.stage_ms)?,
            unmuted: row.unmuted,
            spoke: row.spoke,
            held: row.held,
            unmute_asked: row.unmute_asked,
            comments: self.numbers.counter(row.comments)?,
            commented_ms: self.ms(row.commented)?,
            reactions: self.counts(row.reactions)?,
            shadow: row.shadow.map(|row| self.shadow(row)).transpose()?.map(Box::new),
            votes: self.numbers.counter(row.votes)?,
            hands: self.numbers.counter(row.hands)?,
            new_kinds: row.new_kinds,
            rates: Default::default(),
            // Rebuilt from the record.
            last_hand: 0,
            last_offer: 0,
            last_stage_span: 0,
            // Rebuilt from the comments.
            places: 0,
            last_comment: 0,
        }))
    }

    fn shadow(&self, row: ShadowV1<'_>) -> Result<Shadow, Corrupt> {
        let mut shadow = Shadow {
            made: self.numbers.counter(row.made)?,
            deleted: self.numbers.counter(row.deleted)?,
            ..Shadow::default()
        };
        for (kind, count) in row.reactions.0 {
            if shadow.reactions.len() >= KINDS || shadow.of(kind).is_some() {
                return Err(Corrupt("too many or duplicate kinds of reaction"));
            }
            let (kind, count) = (text(kind, ID)?, self.numbers.number(count)?);
            shadow.reactions.push(ShadowReaction { kind, count });
        }
        Ok(shadow)
    }

    /// Counts by kind of reaction. Each kind may occur once.
    pub fn counts(&self, List(counts): List<(u8, u64)>) -> Result<KindCounts, Corrupt> {
        let kinds = self.room.reactions.kinds.len();
        let mut seen = 0u64;
        for &(kind, n) in &counts {
            self.numbers.number(n)?;
            if usize::from(kind) >= kinds || seen >> kind & 1 == 1 {
                return Err(Corrupt("an unknown or duplicate kind of reaction"));
            }
            seen |= 1 << kind;
        }
        Ok(counts.into_iter().collect())
    }
}
