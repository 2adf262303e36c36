//! Gateways and their leases. A lease lists the sessions that end with one gateway process.
//!
//! When a gateway is dropped or stops sending BEAT, its lease is *retired* in one step, for any number of sessions. The
//! sessions are then released slice by slice. If the gateway joins members again, it gets a new lease.

use crate::collections::chunked_vec::ChunkedVec;
use crate::collections::sorted_chunks::SortedChunks;
use crate::room::users::UserIx;
use std::collections::{BTreeMap, VecDeque};

/// The lease of a gateway.
#[derive(Clone, Debug, Default)]
pub struct Lease {
    /// The id of the gateway.
    pub gateway: Box<str>,
    /// The users of its sessions. [`Session::place`](crate::room::users::Session::place) is the index here.
    pub sessions: ChunkedVec<UserIx>,
    /// The hands of its members by ticket, for [`list_hand`](crate::room::Room::list_hand).
    pub hands: SortedChunks<UserIx>,
    /// How the lease was retired; None: it is in force.
    pub retired: Option<Retired>,
    /// When the gateway last sent BEAT or JOIN, Unix ms. Local to a server.
    pub beat_ms: u64,
}

/// How and when a lease was retired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retired {
    /// True: its members become lost. False: they leave.
    pub lost: bool,
    /// When it was retired, Unix ms.
    pub at_ms: u64,
}

/// All leases of a room.
#[derive(Clone, Debug, Default)]
pub struct Leases {
    /// Leases by number. A freed number is None and is used again.
    pub slots: Vec<Option<Lease>>,
    /// The number of each gateway's lease in force.
    pub gateways: BTreeMap<Box<str>, u32>,
    /// Numbers of retired leases that still hold sessions, oldest first.
    pub retired: VecDeque<u32>,
}

impl Leases {
    /// The lease with this number; None: the number is free.
    pub fn get(&self, lease: u32) -> Option<&Lease> {
        self.slots.get(lease as usize)?.as_ref()
    }

    /// The lease with this number, mutable; None: the number is free.
    pub fn get_mut(&mut self, lease: u32) -> Option<&mut Lease> {
        self.slots.get_mut(lease as usize)?.as_mut()
    }

    /// The number of the gateway's lease in force; None: the gateway has none.
    pub fn of(&self, gateway: &str) -> Option<u32> {
        self.gateways.get(gateway).copied()
    }

    /// The number of the gateway's lease in force. Grants a lease if the gateway has none.
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

    /// Retires a lease, so that no session can join under it. Frees it if it holds no session.
    pub fn retire(&mut self, number: u32, how: Retired) {
        let Some(lease) = self.get_mut(number) else { return };
        lease.retired = Some(how);
        let gateway = lease.gateway.clone();
        self.gateways.remove(&gateway);
        self.retired.push_back(number);
        self.free_if_empty(number);
    }

    /// Frees a lease that holds no session.
    pub fn free_if_empty(&mut self, number: u32) {
        let Some(lease) = self.get(number) else { return };
        if !lease.sessions.is_empty() {
            return;
        }
        let gateway = lease.gateway.clone();
        if self.of(&gateway) == Some(number) {
            self.gateways.remove(&gateway);
        }
        self.retired.retain(|&other| other != number);
        if let Some(slot) = self.slots.get_mut(number as usize) {
            *slot = None;
        }
    }

    /// The approximate number of bytes that it takes.
    pub fn memory(&self) -> usize {
        let sessions: usize = self
            .slots
            .iter()
            .flatten()
            .map(|lease| lease.sessions.memory() + lease.hands.memory() + lease.gateway.len())
            .sum();
        sessions + self.slots.capacity() * size_of::<Option<Lease>>() + self.gateways.len() * 48
    }
}
