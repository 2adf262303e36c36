//! Every field of a room is saved, rebuilt on load, or local to a server. A pattern without `..` does not compile when
//! its type gets a new field. Decide then where the field belongs: in `wire` and `save` and `load`, or in `check`.

use crate::room::comments::{Comment, Comments, Deletion};
use crate::room::history::{Entry, History};
use crate::room::leases::Lease;
use crate::room::moderation::{Action, Block};
use crate::room::pending::{Audience, LastChange, Pending, WaitingFold};
use crate::room::polls::Poll;
use crate::room::record::{Minute, PastRequest, Record, Span};
use crate::room::shadow::{Shadow, ShadowReaction};
use crate::room::tokens::Tokens;
use crate::room::users::{Activity, Session, User};
use crate::room::{Away, Config, Invitation, Offer, PresentInvited, Room, Times};

const _: fn(&Room) = |Room {
                          incarnation: _,
                          epoch: _,
                          previous: _,
                          seq: _,
                          clock: _,
                          state: _,
                          times: _,
                          creator: _,
                          expire_ms: _,
                          end_reason: _,
                          ended_by: _,
                          config: _,
                          users: _,
                          host: _,
                          cohosts: _,
                          stage: _,
                          speakers: _,
                          offers: _,
                          arrivals: _,
                          order: _,
                          stage_entries: _,
                          lost: _,
                          leases: _,
                          host_away: _,
                          empty_since_ms: _,
                          hands: _,
                          announced_hands: _,
                          invited: _,
                          invite_present: _,
                          interested: _,
                          moderation: _,
                          comments: _,
                          reactions: _,
                          polls: _,
                          tokens: _,
                          shadow_tokens: _,
                          record: _,
                          pending: _,
                          history: _,
                          local: _,
                      }| {};
const _: fn(&Times) = |Times { created_ms: _, at_ms: _, first_at_ms: _, started_ms: _, ended_ms: _ }| {};
const _: fn(&Config) = |Config {
                            title: _,
                            private: _,
                            seats: _,
                            capacity: _,
                            meta: _,
                            host_loss: _,
                            comments: _,
                            reactions: _,
                            hands: _,
                            slowmode: _,
                            emojis: _,
                        }| {};
const _: fn(&Invitation) = |Invitation { ms: _, by: _ }| {};
const _: fn(&PresentInvited) = |PresentInvited { arrivals: _, invitation: _ }| {};
const _: fn(&Offer) = |Offer { user: _, from_ms: _, until_ms: _, by: _ }| {};
const _: fn(&Away) = |Away { since_ms: _, left: _ }| {};
const _: fn(&Record) = |Record {
                            visits: _,
                            stage_spans: _,
                            hands: _,
                            offers: _,
                            timeline: _,
                            unique_members: _,
                            peak_present: _,
                            hands_raised: _,
                            speakers: _,
                            speakers_total: _,
                            kicks: _,
                            blocks: _,
                            mutes: _,
                        }| {};
const _: fn(&Minute) =
    |Minute { minute_ms: _, peak_present: _, joins: _, leaves: _, comments: _, reactions: _ }| {};
const _: fn(&Span) = |Span { link: _, from_ms: _, to_ms: _ }| {};
const _: fn(&PastRequest) = |PastRequest { link: _, from_ms: _, to_ms: _, how: _, by: _ }| {};
const _: fn(&User) = |User {
                          name: _,
                          activity: _,
                          presence: _,
                          hash: _,
                          role: _,
                          flags: _,
                          client: _,
                          profile: _,
                          order: _,
                          joined_ms: _,
                          first_joined_ms: _,
                          present_ms: _,
                          joins: _,
                          lost: _,
                          last_visit: _,
                      }| {};
const _: fn(&Activity) = |Activity {
                              reactions: _,
                              rates: _,
                              comments: _,
                              places: _,
                              votes: _,
                              last_comment: _,
                              commented_ms: _,
                              shadow: _,
                              hand: _,
                              hand_ms: _,
                              stage: _,
                              stage_since_ms: _,
                              stage_ms: _,
                              hands: _,
                              last_hand: _,
                              last_offer: _,
                              last_stage_span: _,
                              unmuted: _,
                              spoke: _,
                              new_kinds: _,
                              held: _,
                              unmute_asked: _,
                          }| {};
const _: fn(&Session) = |Session { id: _, lease: _, place: _ }| {};
const _: fn(&Poll) = |Poll {
                          question: _,
                          options: _,
                          multi: _,
                          secret: _,
                          is_final: _,
                          hidden: _,
                          opened_ms: _,
                          closes_ms: _,
                          closed: _,
                          votes: _,
                      }| {};
const _: fn(&Comment) =
    |Comment { user: _, ms: _, text: _, reply: _, before: _, was_pinned: _, deleted: _ }| {};
const _: fn(&Deletion) = |Deletion { ms: _, by: _ }| {};
const _: fn(&Comments) =
    |Comments { all: _, shadow: _, last_id: _, pins: _, bytes: _, deleted: _, dropped: _ }| {};
const _: fn(&Shadow) = |Shadow { ids: _, made: _, deleted: _, reactions: _ }| {};
const _: fn(&ShadowReaction) = |ShadowReaction { kind: _, count: _ }| {};
const _: fn(&Tokens) = |Tokens { replies: _, ages: _, dropped: _ }| {};
const _: fn(&Block) = |Block { until_ms: _, shadow: _, by: _, reason: _ }| {};
const _: fn(&Action) = |Action { ms: _, actor: _, action: _, target: _, reason: _, until_ms: _ }| {};
const _: fn(&Lease) = |Lease { gateway: _, sessions: _, hands: _, retired: _, beat_ms: _ }| {};
const _: fn(&Pending) = |Pending { position: _, queue: _, folds: _, audience: _, urgent: _ }| {};
const _: fn(&WaitingFold) = |WaitingFold { fold: _, last: _ }| {};
const _: fn(&LastChange) = |LastChange { position: _, by: _ }| {};
const _: fn(&Audience) = |Audience { joined: _, left: _, changes: _, partial: _ }| {};
const _: fn(&History) = |History { entries: _, latest: _, floor: _, bytes: _ }| {};
const _: fn(&Entry) = |Entry { seq: _, topic: _, users: _, json: _ }| {};
