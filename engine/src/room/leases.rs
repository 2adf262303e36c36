//! Gateways and their leases: which sessions stand or fall with one process.
//!
//! A gateway that is dropped, or stops beating, *retires* its lease in one step however many sessions stand under it;
//! the sessions themselves are then released slice by slice. A gateway that comes again gets a new lease.

use crate::collections::chunked_vec::ChunkedVec;
use crate::room::users::UserIx;
use std::collections::{BTreeMap, VecDeque};

/// One lease.
#[derive(Clone, Debug, Default)]
pub struct Lease {
    /// The gateway's id.
    pub gateway: Box<str>,
    /// Users of the sessions under it; a session knows its place here.
    pub sessions: ChunkedVec<UserIx>,
    /// Set once it is retired.
    pub retired: Option<Retired>,
    /// When the gateway last beat or joined somebody, Unix ms; local to a server.
    pub beat_ms: u64,
}

/// How a lease came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retired {
    /// Its members are lost, not gone.
    pub lost: bool,
    /// When, Unix ms.
    pub at_ms: u64,
}

/// All leases of a room.
#[derive(Clone, Debug, Default)]
pub struct Leases {
    /// By number; a freed number is None.
    pub slots: Vec<Option<Lease>>,
    /// The lease in force of each gateway.
    pub gateways: BTreeMap<Box<str>, u32>,
    /// Retired leases that still hold sessions, oldest first.
    pub retired: VecDeque<u32>,
}

impl Leases {
    /// The lease with this number.
    pub fn get(&self, lease: u32) -> Option<&Lease> {
        self.slots.get(lease as usize)?.as_ref()
    }

    /// The lease with this number, to change it.
    pub fn get_mut(&mut self, lease: u32) -> Option<&mut Lease> {
        self.slots.get_mut(lease as usize)?.as_mut()
    }

    /// Number of the gateway's lease in force.
    pub fn of(&self, gateway: &str) -> Option<u32> {
        self.gateways.get(gateway).copied()
    }

    /// Number of the gateway's lease in force, granted now if need be.
    pub fn grant(&mut self, gateway: &str) -> u32 {
        if let Some(lease) = self.of(gateway) {
            return lease;
        }
        let lease = Lease { gateway: gateway.into(), ..Lease::default() };
        let free = self.slots.iter().position(Option::is_none);
        let number = match free.and_then(|at| self.slots.get_mut(at).map(|slot| (at, slot))) {
            Some((at, slot)) => {
                *slot = Some(lease);
                at as u32
            }
            None => {
                self.slots.push(Some(lease));
                (self.slots.len() - 1) as u32
            }
        };
        self.gateways.insert(gateway.into(), number);
        number
    }

    /// Retires a lease: no session can come under it any more. An empty one is freed.
    pub fn retire(&mut self, lease: u32, how: Retired) {
        let Some(held) = self.get_mut(lease) else { return };
        held.retired = Some(how);
        let gateway = held.gateway.clone();
        self.gateways.remove(&gateway);
        self.retired.push_back(lease);
        self.free_if_done(lease);
    }

    /// Frees a lease without sessions, unless it is in force and its gateway may join others.
    pub fn free_if_done(&mut self, lease: u32) {
        let Some(held) = self.get(lease) else { return };
        if !held.sessions.is_empty() {
            return;
        }
        let gateway = held.gateway.clone();
        if self.of(&gateway) == Some(lease) {
            self.gateways.remove(&gateway);
        }
        self.retired.retain(|&other| other != lease);
        if let Some(slot) = self.slots.get_mut(lease as usize) {
            *slot = None;
        }
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        let sessions: usize =
            self.slots.iter().flatten().map(|lease| lease.sessions.memory() + lease.gateway.len()).sum();
        sessions + self.slots.capacity() * size_of::<Option<Lease>>() + self.gateways.len() * 48
    }
}
