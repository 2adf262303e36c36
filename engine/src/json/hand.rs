//! A raised hand, as STATE, HANDS and the `hands` event show it.

use crate::room::users::UserIx;
use crate::room::view::View;
use serde::Serialize;

/// A raised hand.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Hand"))]
pub struct HandJson<'a> {
    /// The id of the user.
    pub user: &'a str,
    /// When it was raised, Unix ms.
    pub ms: u64,
    /// The user has a session or is in its grace.
    pub present: bool,
}

impl<'a> HandJson<'a> {
    /// The hand of the user at `ix`, as the view shows it.
    pub fn new(view: &View<'a>, ix: UserIx) -> HandJson<'a> {
        let user = view.room.users.at(ix);
        let ms = user.activity.as_ref().map_or(0, |activity| activity.hand_ms);
        HandJson { user: &user.name, ms, present: view.is_present(ix) }
    }
}
