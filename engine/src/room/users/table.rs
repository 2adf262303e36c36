//! The table of users: its rows, the index of their names, and the forgotten rows.

use super::{Flag, User, UserIx};
use crate::collections::chunked_vec::ChunkedVec;
use crate::collections::name_index::NameIndex;
use std::cell::Cell;

/// The table of users.
#[derive(Clone, Debug, Default)]
pub struct Users {
    rows: ChunkedVec<User>,
    names: NameIndex,
    /// The user that was found last. One command looks up the same user several times.
    last: Cell<UserIx>,
    /// Forgotten rows that may be reused.
    free: Chain,
    /// Forgotten rows that a waiting event may name.
    named: Chain,
    /// How many rows are in the two chains.
    forgotten: usize,
}

/// A list of forgotten rows. Each row holds the next one in [`User::last_visit`].
#[derive(Clone, Copy, Debug, Default)]
struct Chain {
    /// The first row, plus 1; 0: the list is empty.
    first: u32,
    /// The last row, plus 1.
    last: u32,
}

impl Users {
    /// The index of a user; None: the room does not know the user.
    pub fn find(&self, name: &str) -> Option<UserIx> {
        let last = self.last.get();
        if self.rows.get(last).is_some_and(|user| *user.name == *name && !user.has(Flag::Forgotten)) {
            return Some(last);
        }
        let found = self.names.find(name, |ix| self.rows.get(ix).is_some_and(|user| *user.name == *name));
        if let Some(ix) = found {
            self.last.set(ix);
        }
        found
    }

    /// The row of a user; None: the room does not know the user.
    pub fn by_name(&self, name: &str) -> Option<&User> {
        self.rows.get(self.find(name)?)
    }

    /// The index of a user. If the room does not know the user, it gets a forgotten row or a new one.
    pub fn find_or_insert(&mut self, name: &str) -> UserIx {
        self.find(name).or_else(|| self.reuse(name)).unwrap_or_else(|| self.push(User::new(name)))
    }

    /// Appends a row. Its name must be new; the codec checks this with [`Users::find`]. A forgotten row is not found by
    /// its name, and must be added to a list by [`Users::append_forgotten`].
    pub fn push(&mut self, user: User) -> UserIx {
        let hash = self.names.hash(&user.name);
        let is_found = !user.has(Flag::Forgotten);
        let ix = self.rows.push(User { hash, ..user });
        if is_found {
            self.names.insert(ix, |ix| self.rows.get(ix).map_or(0, |user| user.hash));
        }
        ix
    }

    /// Gives the first free row to a new user. None: no row is free.
    fn reuse(&mut self, name: &str) -> Option<UserIx> {
        let ix = self.free.first.checked_sub(1)?;
        let hash = self.names.hash(name);
        let row = self.rows.get_mut(ix)?;
        self.free.first = row.last_visit;
        *row = User { hash, flags: Flag::Reused as u8, ..User::new(name) };
        self.forgotten -= 1;
        self.names.insert(ix, |ix| self.rows.get(ix).map_or(0, |user| user.hash));
        Some(ix)
    }

    /// Forgets a user. `named`: a waiting event may name it. Then its row is not reused before
    /// [`Users::events_are_sent`].
    pub fn forget(&mut self, ix: UserIx, named: bool) {
        let chain = if named { &mut self.named } else { &mut self.free };
        let Some(row) = self.rows.get_mut(ix).filter(|row| !row.has(Flag::Forgotten)) else { return };
        self.names.remove(ix, row.hash);
        let name = std::mem::take(&mut row.name);
        let forgotten = User { name, flags: Flag::Forgotten as u8, last_visit: chain.first, ..User::new("") };
        *row = forgotten;
        if chain.first == 0 {
            chain.last = ix + 1;
        }
        chain.first = ix + 1;
        self.forgotten += 1;
    }

    /// No event waits any more, so no event names a forgotten row.
    pub fn events_are_sent(&mut self) {
        let Some(row) = self.named.last.checked_sub(1).and_then(|last| self.rows.get_mut(last)) else {
            return;
        };
        row.last_visit = self.free.first;
        let last = if self.free.first == 0 { self.named.last } else { self.free.last };
        self.free = Chain { first: self.named.first, last };
        self.named = Chain::default();
    }

    /// Adds a forgotten row to the end of a list. The codec rebuilds the lists this way, each row once.
    pub fn append_forgotten(&mut self, ix: UserIx, named: bool) {
        let chain = if named { &mut self.named } else { &mut self.free };
        match chain.last.checked_sub(1).and_then(|last| self.rows.get_mut(last)) {
            Some(last) => last.last_visit = ix + 1,
            None => chain.first = ix + 1,
        }
        chain.last = ix + 1;
        self.forgotten += 1;
    }

    /// The forgotten rows in the order of their lists: those that may be reused, then those that a waiting event may
    /// name, marked by true.
    pub fn forgotten(&self) -> impl Iterator<Item = (UserIx, bool)> + '_ {
        let chain = |first: u32, named: bool| {
            let next = |ix: &UserIx| self.rows.get(*ix)?.last_visit.checked_sub(1);
            std::iter::successors(first.checked_sub(1), next).map(move |ix| (ix, named))
        };
        chain(self.free.first, false).chain(chain(self.named.first, true))
    }

    /// The row at `ix`; None: there is no such row.
    pub fn get(&self, ix: UserIx) -> Option<&User> {
        self.rows.get(ix)
    }

    /// The row at `ix`, mutable; None: there is no such row.
    pub fn get_mut(&mut self, ix: UserIx) -> Option<&mut User> {
        self.rows.get_mut(ix)
    }

    /// The row at an index that this table returned.
    ///
    /// # Panics
    /// If there is no such row. Every index comes from this table (the codec checks those that it reads) and rows are
    /// never removed, so this is a defect of the engine. The glue catches the panic and takes the room out of service.
    #[allow(clippy::panic, reason = "see above")]
    pub fn at(&self, ix: UserIx) -> &User {
        match self.rows.get(ix) {
            Some(user) => user,
            None => panic!("no user {ix}"),
        }
    }

    /// The row at an index that this table returned, mutable.
    ///
    /// # Panics
    /// Like [`Users::at`].
    #[allow(clippy::panic, reason = "see above")]
    pub fn at_mut(&mut self, ix: UserIx) -> &mut User {
        match self.get_mut(ix) {
            Some(user) => user,
            None => panic!("no user {ix}"),
        }
    }

    /// How many users the room knows.
    pub(crate) fn known(&self) -> usize {
        self.rows.len() - self.forgotten
    }

    /// How many rows there are, forgotten ones included.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The rows from `ix` on, forgotten ones included.
    pub fn iter_from(&self, ix: UserIx) -> impl Iterator<Item = (UserIx, &User)> + '_ {
        // `zip` asks the rows first, so it ends before the index overflows.
        self.rows.iter_from(ix).zip(ix..).map(|(user, ix)| (ix, user))
    }

    /// Bytes that the rows and the index take. Allocations of the rows are not counted.
    pub fn memory(&self) -> usize {
        self.rows.memory() + self.names.memory()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_user_is_found_after_many_splits() {
        let mut users = Users::default();
        for n in 0..50_000u32 {
            assert_eq!(users.find_or_insert(&format!("user{n}")), n);
        }
        for n in 0..50_000u32 {
            assert_eq!(users.find(&format!("user{n}")), Some(n));
            assert_eq!(users.find_or_insert(&format!("user{n}")), n);
        }
        assert_eq!(users.find("user50000"), None);
    }

    #[test]
    fn forgotten_rows_are_reused_and_named_ones_only_later() {
        let mut users = Users::default();
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| users.find_or_insert(name));
        assert_eq!(users.find("a"), Some(a));
        users.forget(a, true);
        users.forget(b, false);
        users.forget(c, true);
        users.forget(c, false);
        assert_eq!((users.find("a"), users.find("d"), users.known()), (None, Some(d), 1));
        assert_eq!(users.at(a).name, "a", "a waiting event can name it");
        assert_eq!(users.forgotten().collect::<Vec<_>>(), [(b, false), (c, true), (a, true)]);
        assert_eq!(users.find_or_insert("a"), b, "not its own row, because an event names that");
        assert!(users.at(b).has(Flag::Reused));
        assert_eq!(users.find_or_insert("e"), 4, "no row is free");
        users.events_are_sent();
        users.forget(d, false);
        users.events_are_sent();
        assert_eq!(users.forgotten().collect::<Vec<_>>(), [(d, false), (c, false), (a, false)]);
        assert_eq!(["f", "g", "h", "i"].map(|name| users.find_or_insert(name)), [d, c, a, 5]);
        assert_eq!((users.known(), users.len(), users.forgotten().count()), (6, 6, 0));
        users.forget(5, true);
        users.events_are_sent();
        assert_eq!(users.find_or_insert("j"), 5);
    }
}
