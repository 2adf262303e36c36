//! The state of the search for rooms that moved to another key. `renames` runs the search and says when it is needed.

use std::sync::Weak;

use crate::api::Scan;

/// The search for rooms whose new keys are not in the registry.
#[derive(Default)]
pub struct RenameSearch {
    /// Values that were still alive when their keys had lost them. The next search looks for them.
    pub lost: Vec<Weak<()>>,
    /// The database and the scan where a running search continues. None: no search is running.
    pub position: Option<(u32, Scan)>,
    /// When the search starts or continues, Unix ms. None: there is nothing to search for.
    pub next_ms: Option<u64>,
}
