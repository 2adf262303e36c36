//! The sections of a room.

/// Sections in the order in which they are written; a section's number is its place here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    Head,
    Leases,
    Users,
    Blocks,
    Polls,
    Votes,
    Comments,
    Shadow,
    Tokens,
    Visits,
    StageSpans,
    Hands,
    Offers,
    Timeline,
    Log,
    Queue,
    Folds,
    History,
    End,
}

pub const SECTIONS: [Section; 19] = [
    Section::Head,
    Section::Leases,
    Section::Users,
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
