//! Kicks and blocks.

use super::{event_by, Scene};
use crate::command::Role;
use crate::effect::Blocked;
use crate::moderation::Block;
use crate::pending::Event;
use crate::room::{Away, Room};

impl Room {
    pub(super) fn kick(&mut self, by: &str, user: &str, reason: &str, scene: &mut Scene<'_>) {
        let Some(ix) = self.users.find(user) else { return };
        self.record.kicks += 1;
        self.moderation.note(scene.at, by, "kick", user, reason);
        self.remove(ix, by, "kick", reason, scene);
        scene.out.note("room.kick");
    }

    pub(super) fn block(&mut self, block: &Blocked<'_>, scene: &mut Scene<'_>) {
        let Blocked { by, user, until_ms, shadow, clear, reason } = *block;
        let ix = self.users.enter(user);
        self.moderation.block(ix, Block { until_ms, shadow, by: by.into(), reason: reason.into() });
        self.record.blocks += 1;
        self.moderation.note(scene.at, by, if shadow { "shadow_block" } else { "block" }, user, reason);
        // Of a shadow block nothing is told, not even that there is one.
        if !shadow {
            // A hand raised before the start outlives no block either.
            self.drop_hand(ix, crate::record::How::Left, by, scene.at);
            self.remove(ix, by, "block", reason, scene);
            self.strip(ix, by, scene);
            if clear {
                self.clear_comments(ix, by);
                self.pending.push(Event::CommentsCleared { user: ix, by: by.into() });
            }
            scene.out.note("room.block");
        }
    }

    /// Takes host's and cohost's roles from a blocked user. The room then looks for another host.
    fn strip(&mut self, ix: crate::users::UserIx, by: &str, scene: &mut Scene<'_>) {
        if !self.users.at(ix).is_staff() {
            return;
        }
        if self.users.at(ix).role == Role::Host && self.state == crate::command::State::Live {
            self.host_away = Some(Away { since_ms: scene.at, left: true });
        }
        self.give_role(ix, Role::Listener, scene);
        self.pending.push(Event::Stage { members: vec![ix], by: event_by(by) });
    }

    pub(super) fn unblock(&mut self, by: &str, user: &str, scene: &mut Scene<'_>) {
        let Some(ix) = self.users.find(user) else { return };
        let shadow = self.moderation.blocks.get(&ix).is_some_and(|block| block.shadow);
        self.moderation.unblock(ix);
        if !by.is_empty() {
            self.moderation.note(scene.at, by, "unblock", user, "");
        }
        if !shadow {
            scene.out.note("room.unblock");
        }
    }
}
