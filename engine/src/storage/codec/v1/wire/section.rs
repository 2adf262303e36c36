//! The sections of a room.

/// Sections in the order in which they are written. A section's number is its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// One [`HeadV1`](super::HeadV1).
    Head,
    /// A [`LeaseV1`](super::LeaseV1) for each lease number, or None for a free number.
    Leases,
    /// A [`UserV1`](super::UserV1) for each user. Other rows refer to a user by its position here.
    Users,
    /// [`InvitationV1`](super::InvitationV1).
    Invitations,
    /// [`InterestV1`](super::InterestV1).
    Interests,
    /// [`BlockV1`](super::BlockV1).
    Blocks,
    /// [`PollV1`](super::PollV1).
    Polls,
    /// [`VoteV1`](super::VoteV1).
    Votes,
    /// [`CommentV1`](super::CommentV1) that everyone sees.
    Comments,
    /// [`CommentV1`](super::CommentV1) under a shadow block.
    Shadow,
    /// [`TokenV1`](super::TokenV1), oldest first. Those of shadow-blocked users come last.
    Tokens,
    /// [`SpanV1`](super::SpanV1): closed visits.
    Visits,
    /// [`SpanV1`](super::SpanV1): closed times on stage.
    StageSpans,
    /// [`PastRequestV1`](super::PastRequestV1): hands that are down again.
    Hands,
    /// [`PastRequestV1`](super::PastRequestV1): offers that are closed.
    Offers,
    /// [`MinuteV1`](super::MinuteV1).
    Timeline,
    /// [`ActionV1`](super::ActionV1).
    Log,
    /// [`WaitingEventV1`](super::WaitingEventV1).
    Queue,
    /// [`WaitingFoldV1`](super::WaitingFoldV1).
    Folds,
    /// [`EntryV1`](super::EntryV1). This section and the next are saved but not digested.
    History,
    /// One [`EndV1`](super::EndV1).
    End,
}

/// All sections by number.
pub const SECTIONS: [Section; 21] = [
    Section::Head,
    Section::Leases,
    Section::Users,
    Section::Invitations,
    Section::Interests,
    Section::Blocks,
    Section::Polls,
    Section::Votes,
    Section::Comments,
    Section::Shadow,
    Section::Tokens,
    Section::Visits,
    Section::StageSpans,
    Section::Hands,
    Section::Offers,
    Section::Timeline,
    Section::Log,
    Section::Queue,
    Section::Folds,
    Section::History,
    Section::End,
];
