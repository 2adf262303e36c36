//! The changes of an effect on the wire.
//!
//! The types mirror those of [`crate::effect`], and both conversions are exhaustive: a new live change without a wire
//! form does not compile. Fields mean the same as there. Lists are generic, so that a change is written from borrowed
//! slices and read into vectors.

use super::wire::{EndReasonV1, HostLossV1, RoleV1};
use crate::effect::{Change, ConfigChange, PollOpened, RoomCreated, UserBlocked};
use bincode::enc::Encoder;
use bincode::error::EncodeError;
use bincode::{BorrowDecode, Encode};

/// A change to be written. It allocates nothing.
pub type ChangeWritten<'a> = ChangeV1<'a, &'a [&'a str], ConfigSlice<'a>>;

/// A change that was read.
pub type ChangeRead<'a> = ChangeV1<'a, Vec<&'a str>, Vec<ConfigChangeV1<'a, Vec<&'a str>>>>;

/// A [`Change`]. `Texts` is a list of texts, `Fields` a list of [`ConfigChangeV1`].
#[derive(Encode, BorrowDecode)]
pub enum ChangeV1<'a, Texts, Fields> {
    Create(RoomCreatedV1<'a>),
    Takeover { epoch: u64 },
    Flush,
    Extend { expire_ms: u64 },
    Config { by: &'a str, fields: Fields, expire_ms: u64 },
    Start { by: &'a str },
    Cancel { by: &'a str, expire_ms: u64 },
    End { by: &'a str, reason: EndReasonV1, expire_ms: u64 },
    Rsvp { user: &'a str, yes: bool },
    Invite { by: &'a str, users: Texts },
    Uninvite { by: &'a str, users: Texts, remove: bool },
    InvitePresent { members: u32 },
    Join { user: &'a str, gateway: &'a str, session: &'a str, profile: Option<&'a str>, client: &'a str },
    Leave { user: &'a str, session: Option<&'a str>, gateway: Option<&'a str>, lost: bool },
    Drop { gateway: &'a str, lost: bool },
    Release { sessions: u32 },
    ReleaseOf { user: &'a str },
    GracesOver { before_ms: u64, members: u32 },
    GraceOver { user: &'a str },
    RaiseHand { user: &'a str },
    LowerHand { by: &'a str, user: &'a str },
    RecordHands { hands: u32 },
    Next { by: &'a str, user: &'a str, token: &'a str },
    Promote { by: &'a str, user: &'a str },
    Offer { by: &'a str, user: &'a str, until_ms: u64 },
    Accept { user: &'a str },
    Decline { user: &'a str },
    OfferOver { user: &'a str },
    Role { by: &'a str, user: &'a str, role: RoleV1 },
    Handover { user: &'a str },
    Mute { by: &'a str, user: &'a str, hold: bool },
    Unmute { user: &'a str },
    AskUnmute { by: &'a str, user: &'a str },
    Kick { by: &'a str, user: &'a str, reason: &'a str },
    Block(UserBlockedV1<'a>),
    Unblock { by: &'a str, user: &'a str },
    Comment { by: &'a str, text: &'a str, reply: u64, token: &'a str },
    DelComment { by: &'a str, id: u64 },
    Pin { by: &'a str, id: u64 },
    Unpin { by: &'a str, id: u64 },
    React { user: &'a str, kind: &'a str, count: u32 },
    PollOpen(PollOpenedV1<'a, Texts>),
    PollVote { user: &'a str, poll: u64, options: u64 },
    PollClose { poll: u64 },
    StepDown { by: &'a str, user: &'a str },
}

/// A [`RoomCreated`].
#[derive(Encode, BorrowDecode)]
pub struct RoomCreatedV1<'a> {
    incarnation: u64,
    epoch: u64,
    by: &'a str,
    title: &'a str,
    at_ms: u64,
    private: bool,
    seats: u32,
    capacity: u32,
    meta: Option<&'a str>,
    host_loss: HostLossV1,
    expire_ms: u64,
}

/// A [`ConfigChange`].
#[derive(Encode, BorrowDecode)]
pub enum ConfigChangeV1<'a, Texts> {
    Title(&'a str),
    Private(bool),
    Seats(u32),
    Capacity(u32),
    Meta(&'a str),
    HostLoss(HostLossV1),
    Comments(bool),
    Reactions(bool),
    Hands(bool),
    SlowMode(u32),
    Emojis(Texts),
    At(u64),
}

/// A [`UserBlocked`].
#[derive(Encode, BorrowDecode)]
pub struct UserBlockedV1<'a> {
    by: &'a str,
    user: &'a str,
    until_ms: u64,
    shadow: bool,
    clear: bool,
    reason: &'a str,
}

/// A [`PollOpened`].
#[derive(Encode, BorrowDecode)]
pub struct PollOpenedV1<'a, Texts> {
    by: &'a str,
    question: &'a str,
    options: Texts,
    multi: u8,
    secret: bool,
    is_final: bool,
    hidden: bool,
    closes_ms: u64,
    token: &'a str,
}

/// Live config changes, written as a list of [`ConfigChangeV1`].
pub struct ConfigSlice<'a>(&'a [ConfigChange<'a>]);

impl Encode for ConfigSlice<'_> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        (self.0.len() as u64).encode(encoder)?;
        self.0.iter().try_for_each(|field| ConfigChangeV1::from(field).encode(encoder))
    }
}

impl<'a> From<&'a Change<'_>> for ChangeWritten<'a> {
    fn from(change: &'a Change<'_>) -> Self {
        match *change {
            Change::Create(ref room) => ChangeV1::Create(room.into()),
            Change::Takeover { epoch } => ChangeV1::Takeover { epoch },
            Change::Flush => ChangeV1::Flush,
            Change::Extend { expire_ms } => ChangeV1::Extend { expire_ms },
            Change::Config { by, ref fields, expire_ms } => {
                ChangeV1::Config { by, fields: ConfigSlice(fields), expire_ms }
            }
            Change::Start { by } => ChangeV1::Start { by },
            Change::Cancel { by, expire_ms } => ChangeV1::Cancel { by, expire_ms },
            Change::End { by, reason, expire_ms } => ChangeV1::End { by, reason: reason.into(), expire_ms },
            Change::Rsvp { user, yes } => ChangeV1::Rsvp { user, yes },
            Change::Invite { by, ref users } => ChangeV1::Invite { by, users },
            Change::Uninvite { by, ref users, remove } => ChangeV1::Uninvite { by, users, remove },
            Change::InvitePresent { members } => ChangeV1::InvitePresent { members },
            Change::Join { user, gateway, session, profile, client } => {
                ChangeV1::Join { user, gateway, session, profile, client }
            }
            Change::Leave { user, session, gateway, lost } => {
                ChangeV1::Leave { user, session, gateway, lost }
            }
            Change::Drop { gateway, lost } => ChangeV1::Drop { gateway, lost },
            Change::Release { sessions } => ChangeV1::Release { sessions },
            Change::ReleaseOf { user } => ChangeV1::ReleaseOf { user },
            Change::GracesOver { before_ms, members } => ChangeV1::GracesOver { before_ms, members },
            Change::GraceOver { user } => ChangeV1::GraceOver { user },
            Change::RaiseHand { user } => ChangeV1::RaiseHand { user },
            Change::LowerHand { by, user } => ChangeV1::LowerHand { by, user },
            Change::RecordHands { hands } => ChangeV1::RecordHands { hands },
            Change::Next { by, user, token } => ChangeV1::Next { by, user, token },
            Change::Promote { by, user } => ChangeV1::Promote { by, user },
            Change::Offer { by, user, until_ms } => ChangeV1::Offer { by, user, until_ms },
            Change::Accept { user } => ChangeV1::Accept { user },
            Change::Decline { user } => ChangeV1::Decline { user },
            Change::OfferOver { user } => ChangeV1::OfferOver { user },
            Change::Role { by, user, role } => ChangeV1::Role { by, user, role: role.into() },
            Change::Handover { user } => ChangeV1::Handover { user },
            Change::Mute { by, user, hold } => ChangeV1::Mute { by, user, hold },
            Change::Unmute { user } => ChangeV1::Unmute { user },
            Change::AskUnmute { by, user } => ChangeV1::AskUnmute { by, user },
            Change::Kick { by, user, reason } => ChangeV1::Kick { by, user, reason },
            Change::Block(ref block) => ChangeV1::Block(block.into()),
            Change::Unblock { by, user } => ChangeV1::Unblock { by, user },
            Change::Comment { by, text, reply, token } => ChangeV1::Comment { by, text, reply, token },
            Change::DelComment { by, id } => ChangeV1::DelComment { by, id },
            Change::Pin { by, id } => ChangeV1::Pin { by, id },
            Change::Unpin { by, id } => ChangeV1::Unpin { by, id },
            Change::React { user, kind, count } => ChangeV1::React { user, kind, count },
            Change::PollOpen(ref poll) => ChangeV1::PollOpen(poll.into()),
            Change::PollVote { user, poll, options } => ChangeV1::PollVote { user, poll, options },
            Change::PollClose { poll } => ChangeV1::PollClose { poll },
            Change::StepDown { by, user } => ChangeV1::StepDown { by, user },
        }
    }
}

impl<'a> From<ChangeRead<'a>> for Change<'a> {
    fn from(change: ChangeRead<'a>) -> Self {
        match change {
            ChangeV1::Create(room) => Change::Create(room.into()),
            ChangeV1::Takeover { epoch } => Change::Takeover { epoch },
            ChangeV1::Flush => Change::Flush,
            ChangeV1::Extend { expire_ms } => Change::Extend { expire_ms },
            ChangeV1::Config { by, fields, expire_ms } => {
                Change::Config { by, fields: fields.into_iter().map(Into::into).collect(), expire_ms }
            }
            ChangeV1::Start { by } => Change::Start { by },
            ChangeV1::Cancel { by, expire_ms } => Change::Cancel { by, expire_ms },
            ChangeV1::End { by, reason, expire_ms } => Change::End { by, reason: reason.into(), expire_ms },
            ChangeV1::Rsvp { user, yes } => Change::Rsvp { user, yes },
            ChangeV1::Invite { by, users } => Change::Invite { by, users },
            ChangeV1::Uninvite { by, users, remove } => Change::Uninvite { by, users, remove },
            ChangeV1::InvitePresent { members } => Change::InvitePresent { members },
            ChangeV1::Join { user, gateway, session, profile, client } => {
                Change::Join { user, gateway, session, profile, client }
            }
            ChangeV1::Leave { user, session, gateway, lost } => {
                Change::Leave { user, session, gateway, lost }
            }
            ChangeV1::Drop { gateway, lost } => Change::Drop { gateway, lost },
            ChangeV1::Release { sessions } => Change::Release { sessions },
            ChangeV1::ReleaseOf { user } => Change::ReleaseOf { user },
            ChangeV1::GracesOver { before_ms, members } => Change::GracesOver { before_ms, members },
            ChangeV1::GraceOver { user } => Change::GraceOver { user },
            ChangeV1::RaiseHand { user } => Change::RaiseHand { user },
            ChangeV1::LowerHand { by, user } => Change::LowerHand { by, user },
            ChangeV1::RecordHands { hands } => Change::RecordHands { hands },
            ChangeV1::Next { by, user, token } => Change::Next { by, user, token },
            ChangeV1::Promote { by, user } => Change::Promote { by, user },
            ChangeV1::Offer { by, user, until_ms } => Change::Offer { by, user, until_ms },
            ChangeV1::Accept { user } => Change::Accept { user },
            ChangeV1::Decline { user } => Change::Decline { user },
            ChangeV1::OfferOver { user } => Change::OfferOver { user },
            ChangeV1::Role { by, user, role } => Change::Role { by, user, role: role.into() },
            ChangeV1::Handover { user } => Change::Handover { user },
            ChangeV1::Mute { by, user, hold } => Change::Mute { by, user, hold },
            ChangeV1::Unmute { user } => Change::Unmute { user },
            ChangeV1::AskUnmute { by, user } => Change::AskUnmute { by, user },
            ChangeV1::Kick { by, user, reason } => Change::Kick { by, user, reason },
            ChangeV1::Block(block) => Change::Block(block.into()),
            ChangeV1::Unblock { by, user } => Change::Unblock { by, user },
            ChangeV1::Comment { by, text, reply, token } => Change::Comment { by, text, reply, token },
            ChangeV1::DelComment { by, id } => Change::DelComment { by, id },
            ChangeV1::Pin { by, id } => Change::Pin { by, id },
            ChangeV1::Unpin { by, id } => Change::Unpin { by, id },
            ChangeV1::React { user, kind, count } => Change::React { user, kind, count },
            ChangeV1::PollOpen(poll) => Change::PollOpen(poll.into()),
            ChangeV1::PollVote { user, poll, options } => Change::PollVote { user, poll, options },
            ChangeV1::PollClose { poll } => Change::PollClose { poll },
            ChangeV1::StepDown { by, user } => Change::StepDown { by, user },
        }
    }
}

impl<'a> From<&'a RoomCreated<'_>> for RoomCreatedV1<'a> {
    fn from(room: &'a RoomCreated<'_>) -> Self {
        let RoomCreated {
            incarnation,
            epoch,
            by,
            title,
            at_ms,
            private,
            seats,
            capacity,
            meta,
            host_loss,
            expire_ms,
        } = *room;
        RoomCreatedV1 {
            incarnation,
            epoch,
            by,
            title,
            at_ms,
            private,
            seats,
            capacity,
            meta,
            host_loss: host_loss.into(),
            expire_ms,
        }
    }
}

impl<'a> From<RoomCreatedV1<'a>> for RoomCreated<'a> {
    fn from(room: RoomCreatedV1<'a>) -> Self {
        let RoomCreatedV1 {
            incarnation,
            epoch,
            by,
            title,
            at_ms,
            private,
            seats,
            capacity,
            meta,
            host_loss,
            expire_ms,
        } = room;
        RoomCreated {
            incarnation,
            epoch,
            by,
            title,
            at_ms,
            private,
            seats,
            capacity,
            meta,
            host_loss: host_loss.into(),
            expire_ms,
        }
    }
}

impl<'a> From<&'a ConfigChange<'_>> for ConfigChangeV1<'a, &'a [&'a str]> {
    fn from(field: &'a ConfigChange<'_>) -> Self {
        match *field {
            ConfigChange::Title(title) => ConfigChangeV1::Title(title),
            ConfigChange::Private(on) => ConfigChangeV1::Private(on),
            ConfigChange::Seats(seats) => ConfigChangeV1::Seats(seats),
            ConfigChange::Capacity(capacity) => ConfigChangeV1::Capacity(capacity),
            ConfigChange::Meta(meta) => ConfigChangeV1::Meta(meta),
            ConfigChange::HostLoss(host_loss) => ConfigChangeV1::HostLoss(host_loss.into()),
            ConfigChange::Comments(on) => ConfigChangeV1::Comments(on),
            ConfigChange::Reactions(on) => ConfigChangeV1::Reactions(on),
            ConfigChange::Hands(on) => ConfigChangeV1::Hands(on),
            ConfigChange::SlowMode(seconds) => ConfigChangeV1::SlowMode(seconds),
            ConfigChange::Emojis(ref kinds) => ConfigChangeV1::Emojis(kinds),
            ConfigChange::At(at_ms) => ConfigChangeV1::At(at_ms),
        }
    }
}

impl<'a> From<ConfigChangeV1<'a, Vec<&'a str>>> for ConfigChange<'a> {
    fn from(field: ConfigChangeV1<'a, Vec<&'a str>>) -> Self {
        match field {
            ConfigChangeV1::Title(title) => ConfigChange::Title(title),
            ConfigChangeV1::Private(on) => ConfigChange::Private(on),
            ConfigChangeV1::Seats(seats) => ConfigChange::Seats(seats),
            ConfigChangeV1::Capacity(capacity) => ConfigChange::Capacity(capacity),
            ConfigChangeV1::Meta(meta) => ConfigChange::Meta(meta),
            ConfigChangeV1::HostLoss(host_loss) => ConfigChange::HostLoss(host_loss.into()),
            ConfigChangeV1::Comments(on) => ConfigChange::Comments(on),
            ConfigChangeV1::Reactions(on) => ConfigChange::Reactions(on),
            ConfigChangeV1::Hands(on) => ConfigChange::Hands(on),
            ConfigChangeV1::SlowMode(seconds) => ConfigChange::SlowMode(seconds),
            ConfigChangeV1::Emojis(kinds) => ConfigChange::Emojis(kinds),
            ConfigChangeV1::At(at_ms) => ConfigChange::At(at_ms),
        }
    }
}

impl<'a> From<&'a UserBlocked<'_>> for UserBlockedV1<'a> {
    fn from(block: &'a UserBlocked<'_>) -> Self {
        let UserBlocked { by, user, until_ms, shadow, clear, reason } = *block;
        UserBlockedV1 { by, user, until_ms, shadow, clear, reason }
    }
}

impl<'a> From<UserBlockedV1<'a>> for UserBlocked<'a> {
    fn from(block: UserBlockedV1<'a>) -> Self {
        let UserBlockedV1 { by, user, until_ms, shadow, clear, reason } = block;
        UserBlocked { by, user, until_ms, shadow, clear, reason }
    }
}

impl<'a> From<&'a PollOpened<'_>> for PollOpenedV1<'a, &'a [&'a str]> {
    fn from(poll: &'a PollOpened<'_>) -> Self {
        let PollOpened { by, question, ref options, multi, secret, is_final, hidden, closes_ms, token } =
            *poll;
        PollOpenedV1 { by, question, options, multi, secret, is_final, hidden, closes_ms, token }
    }
}

impl<'a> From<PollOpenedV1<'a, Vec<&'a str>>> for PollOpened<'a> {
    fn from(poll: PollOpenedV1<'a, Vec<&'a str>>) -> Self {
        let PollOpenedV1 { by, question, options, multi, secret, is_final, hidden, closes_ms, token } = poll;
        PollOpened { by, question, options, multi, secret, is_final, hidden, closes_ms, token }
    }
}
