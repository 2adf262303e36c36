//! Lists of bounded length, one per owner, in one vector.
//!
//! Each entry knows the next entry of its owner, and the last one knows the oldest: the entries of an owner form a ring.
//! The owner remembers its last entry. When the list of an owner is full, its new entry overwrites the oldest one. So a
//! push moves nothing and searches nothing.

use super::chunked_vec::ChunkedVec;

/// What an entry says of its ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The owner.
    pub owner: u32,
    /// The number of the entry among all entries that the owner ever had, from 1. 0: the entry is in no ring yet.
    pub nth: u32,
    /// The place of the owner's next entry. For its last entry: the place of its oldest one.
    next: u32,
}

impl Link {
    /// The link of an entry that is not in a ring yet. [`Rings::push`] completes it.
    pub fn of(owner: u32) -> Link {
        Link { owner, nth: 0, next: 0 }
    }

    /// The link of a saved entry. [`Rings::restore`] completes it.
    pub fn saved(owner: u32, nth: u32) -> Link {
        Link { owner, nth, next: 0 }
    }
}

/// An entry of a ring.
pub trait Linked {
    /// Its link.
    fn link(&self) -> &Link;
    /// Its link, mutable.
    fn link_mut(&mut self) -> &mut Link;
}

/// The entries of all owners, at most `MOST` of each. The last entry of an owner is its place plus 1; 0: the owner has
/// none.
#[derive(Clone, Debug)]
pub struct Rings<T, const MOST: u32> {
    entries: ChunkedVec<T>,
}

impl<T, const MOST: u32> Default for Rings<T, MOST> {
    fn default() -> Self {
        Rings { entries: ChunkedVec::default() }
    }
}

impl<T: Linked, const MOST: u32> Rings<T, MOST> {
    /// Adds an entry. `last`: the last entry of its owner, which this entry becomes. Overwrites the oldest entry of an
    /// owner that already keeps the most.
    pub fn push(&mut self, last: &mut u32, mut entry: T) {
        let end = self.entries.len() as u32;
        let before = last.checked_sub(1).and_then(|at| self.entries.get_mut(at)).map(Linked::link_mut);
        let Some(before) = before else {
            (entry.link_mut().nth, entry.link_mut().next) = (1, end);
            *last = self.entries.push(entry) + 1;
            return;
        };
        let (nth, oldest) = (before.nth.saturating_add(1), before.next);
        entry.link_mut().nth = nth;
        if nth > MOST {
            if let Some(old) = self.entries.get_mut(oldest) {
                entry.link_mut().next = old.link().next;
                *old = entry;
                *last = oldest + 1;
            }
            return;
        }
        before.next = end;
        entry.link_mut().next = oldest;
        *last = self.entries.push(entry) + 1;
    }

    /// How many entries an owner ever had. `last`: its last entry.
    pub fn counted(&self, last: u32) -> u32 {
        last.checked_sub(1).and_then(|at| self.entries.get(at)).map_or(0, |entry| entry.link().nth)
    }

    /// How many entries of an owner were overwritten. `last`: its last entry.
    pub fn dropped(&self, last: u32) -> u32 {
        self.counted(last).saturating_sub(MOST)
    }

    /// Appends a saved entry without a ring. [`Rings::restore`] makes the rings of all entries.
    pub fn append(&mut self, entry: T) {
        self.entries.push(entry);
    }

    /// Makes the rings of entries that were appended in the order of [`Rings::iter`]. `last` is the last entry of an
    /// owner, 0 at first. False: no pushes could have made these entries.
    pub fn restore<O>(&mut self, owners: &mut O, last: impl Fn(&mut O, u32) -> Option<&mut u32>) -> bool {
        // An owner that keeps its most entries has them in the order of their places too, but from another one on.
        for at in 0..self.entries.len() as u32 {
            let Some(Link { owner, .. }) = self.entries.get(at).map(|entry| *entry.link()) else {
                return false;
            };
            let Some(last) = last(owners, owner) else { return false };
            let before = last.checked_sub(1).and_then(|before| self.entries.get_mut(before));
            let oldest = before.map_or(at, |before| std::mem::replace(&mut before.link_mut().next, at));
            *last = at + 1;
            if let Some(entry) = self.entries.get_mut(at) {
                entry.link_mut().next = oldest;
            }
        }
        for at in 0..self.entries.len() as u32 {
            let Some(Link { owner, nth, .. }) = self.entries.get(at).map(|entry| *entry.link()) else {
                return false;
            };
            let Some(last) = last(owners, owner) else { return false };
            if nth > self.counted(*last) {
                *last = at + 1;
            }
        }
        (0..self.entries.len() as u32).all(|at| {
            let Some(&Link { owner, nth, next }) = self.entries.get(at).map(Linked::link) else {
                return false;
            };
            let Some(next) = self.entries.get(next).map(|next| next.link().nth) else { return false };
            let is_last = last(owners, owner).is_some_and(|last| *last == at + 1);
            match is_last {
                // The next one is the oldest.
                true => next == nth.saturating_sub(MOST) + 1 && nth > 0,
                false => nth.checked_add(1) == Some(next),
            }
        })
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry at a place, mutable; None: there is no such entry.
    pub fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.entries.get_mut(at)
    }

    /// The entries from a place on, by place.
    pub fn iter_from(&self, at: u32) -> impl Iterator<Item = &T> + '_ {
        self.entries.iter_from(at)
    }

    /// All entries, by place.
    pub fn iter(&self) -> impl Iterator<Item = &T> + '_ {
        self.entries.iter()
    }

    /// The number of bytes that it takes. Allocations of the entries are not counted.
    pub fn memory(&self) -> usize {
        self.entries.memory()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Entry {
        link: Link,
        value: u32,
    }

    impl Linked for Entry {
        fn link(&self) -> &Link {
            &self.link
        }

        fn link_mut(&mut self) -> &mut Link {
            &mut self.link
        }
    }

    const MOST: u32 = 5;

    /// Pushes the values 0, 1, 2 … of three owners in turn, the second owner half as often.
    fn filled(pushes: u32) -> (Rings<Entry, MOST>, [u32; 3]) {
        let (mut rings, mut lasts) = (Rings::default(), [0; 3]);
        for value in 0..pushes {
            for owner in [0, 1, 2].into_iter().filter(|owner| owner % 2 == 0 || value % 2 == 0) {
                rings.push(&mut lasts[owner as usize], Entry { link: Link::of(owner), value });
            }
        }
        (rings, lasts)
    }

    fn values(rings: &Rings<Entry, MOST>, owner: u32) -> Vec<u32> {
        let mut kept: Vec<&Entry> = rings.iter().filter(|entry| entry.link.owner == owner).collect();
        kept.sort_by_key(|entry| entry.link.nth);
        kept.into_iter().map(|entry| entry.value).collect()
    }

    #[test]
    fn the_last_entries_of_each_owner_are_kept() {
        let (rings, lasts) = filled(13);
        assert_eq!(values(&rings, 0), [8, 9, 10, 11, 12]);
        assert_eq!(values(&rings, 1), [4, 6, 8, 10, 12]);
        assert_eq!(rings.len(), 15);
        assert_eq!(lasts.map(|last| rings.counted(last)), [13, 7, 13]);
        assert_eq!(lasts.map(|last| rings.dropped(last)), [8, 2, 8]);
        assert_eq!((rings.counted(0), rings.dropped(0)), (0, 0));
    }

    fn restored(entries: impl Iterator<Item = Entry>) -> Option<(Rings<Entry, MOST>, [u32; 3])> {
        let (mut rings, mut lasts) = (Rings::default(), [0; 3]);
        entries.for_each(|entry| {
            rings.append(Entry { link: Link::saved(entry.link.owner, entry.link.nth), ..entry })
        });
        rings.restore(&mut lasts, |lasts, owner| lasts.get_mut(owner as usize)).then_some((rings, lasts))
    }

    #[test]
    fn saved_entries_form_the_same_rings_again() {
        for pushes in 0..30 {
            let (mut rings, mut lasts) = filled(pushes);
            let (mut again, mut lasts_again) =
                restored(rings.iter().copied()).expect("the entries are valid");
            assert!(again.iter().eq(rings.iter()) && lasts == lasts_again);
            for (owner, value) in [(0, 100), (1, 101), (2, 102)] {
                let entry = Entry { link: Link::of(owner), value };
                rings.push(&mut lasts[owner as usize], entry);
                again.push(&mut lasts_again[owner as usize], entry);
            }
            assert!(again.iter().eq(rings.iter()) && lasts == lasts_again);
        }
    }

    #[test]
    fn entries_that_no_push_made_are_refused() {
        let (rings, _) = filled(9);
        let entries: Vec<Entry> = rings.iter().copied().collect();
        assert!(restored(entries.iter().copied()).is_some());
        assert!(restored(entries.iter().skip(1).copied()).is_none(), "one is missing");
        for (at, nth) in [(0, 0), (0, 99), (3, 1), (7, u32::MAX)] {
            let mut changed = entries.clone();
            changed[at].link.nth = nth;
            assert!(restored(changed.into_iter()).is_none(), "{at} {nth}");
        }
        let stranger = Entry { link: Link::saved(3, 1), value: 0 };
        assert!(restored(entries.into_iter().chain([stranger])).is_none(), "an unknown owner");
    }
}
