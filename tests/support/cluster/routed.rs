//! Clients and followers of a cluster. They find the node of a key.

use super::{slots, Cluster, Side, PAUSE};
use crate::support::follower::Source;
use crate::support::subscriber::Kind;
use crate::support::{channel, deadline, wait_for, Args, Client, Follower, Reply, Server, Subscriber};
use std::collections::btree_map::{BTreeMap, Entry};
use std::time::Instant;

impl Cluster {
    /// A client that finds each key's node.
    pub fn routed(&self) -> Routed {
        let ports = self.nodes.iter().map(Server::port).collect();
        Routed { ports, owners: BTreeMap::new(), connections: BTreeMap::new(), redirections: 0 }
    }

    /// A follower that listens on this side, and subscribes again after the slot or its master changed.
    #[track_caller]
    pub fn follower(&self, key: &str, side: Side) -> Follower {
        let mut source = At { routed: self.routed(), side, port: 0 };
        let subscriber = source.listen(key);
        Follower::of(Box::new(source), subscriber, 0, key)
    }
}

/// A client of a cluster that follows MOVED and ASK.
pub struct Routed {
    ports: Vec<u16>,
    /// The port that served a key last.
    owners: BTreeMap<Vec<u8>, u16>,
    connections: BTreeMap<u16, Client>,
    /// Number of MOVED and ASK replies.
    pub redirections: usize,
}

impl Routed {
    /// Sends a command with its key as the first argument. None: the connection broke before the reply, so the command
    /// may or may not have run.
    #[track_caller]
    pub fn try_cmd<A: Args + ?Sized>(&mut self, args: &A) -> Option<Reply> {
        let parts = args.parts();
        let key = parts[1].clone();
        let asked = parts.iter().map(|part| String::from_utf8_lossy(part)).collect::<Vec<_>>().join(" ");
        let until = Instant::now() + deadline();
        let (mut asking, mut last) = (None, String::new());
        while Instant::now() < until {
            let port = asking.unwrap_or_else(|| self.owners.get(&key).copied().unwrap_or(self.ports[0]));
            let Some(client) = self.connected(port) else {
                // Nothing was sent. Another node may know the key's owner.
                "no answer".clone_into(&mut last);
                (asking, _) = (None, self.owners.insert(key.clone(), self.after(port)));
                std::thread::sleep(PAUSE);
                continue;
            };
            let sent = match asking.take() {
                Some(_) => client.try_cmd("ASKING").and_then(|_| client.try_cmd(&parts)),
                None => client.try_cmd(&parts),
            };
            let Ok(value) = sent else {
                self.connections.remove(&port);
                return None;
            };
            let reply = Reply { asked: asked.clone(), value };
            let Some(error) = reply.error() else {
                self.owners.entry(key).or_insert(port);
                return Some(reply);
            };
            let words: Vec<&str> = error.split(' ').collect();
            let named = words.get(2).and_then(|node| node.rsplit(':').next()?.parse().ok());
            match (words[0], named) {
                ("MOVED", Some(port)) => {
                    self.redirections += 1;
                    // An outdated node may name an owner that is gone.
                    if self.owners.insert(key.clone(), port) == Some(port) {
                        std::thread::sleep(PAUSE);
                    }
                }
                ("ASK", Some(port)) => {
                    self.redirections += 1;
                    asking = Some(port);
                }
                ("TRYAGAIN" | "CLUSTERDOWN" | "LOADING" | "MASTERDOWN", _) => std::thread::sleep(PAUSE),
                _ => return Some(reply),
            }
            last = error;
        }
        panic!("{asked}: redirected for {:?}, last by {last}", deadline());
    }

    /// The same for a command that may run twice.
    #[track_caller]
    pub fn cmd<A: Args + ?Sized>(&mut self, args: &A) -> Reply {
        wait_for("a reply", || self.try_cmd(args))
    }

    /// The connection to the node that served a key last.
    #[track_caller]
    pub fn node_of(&mut self, key: &str) -> &mut Client {
        let port = self.owners[key.as_bytes()];
        self.connected(port).expect("the node that just answered")
    }

    fn connected(&mut self, port: u16) -> Option<&mut Client> {
        match self.connections.entry(port) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(new) => Some(new.insert(Client::try_connect(port).ok()?)),
        }
    }

    fn after(&self, port: u16) -> u16 {
        let place = self.ports.iter().position(|other| *other == port).unwrap_or(0);
        self.ports[(place + 1) % self.ports.len()]
    }

    /// The ports that serve a slot, as the first answering node sees them.
    fn serving(&mut self, slot: u16) -> Option<Vec<u16>> {
        let ports = self.ports.clone();
        let map = ports.into_iter().find_map(|port| {
            let map = slots(self.connected(port)?);
            if map.is_none() {
                self.connections.remove(&port);
            }
            map
        })?;
        map.into_iter().find(|(range, _)| range.contains(&slot)).map(|(_, ports)| ports)
    }

    fn slot(&mut self, key: &str) -> Option<u16> {
        let ports = self.ports.clone();
        let value = ports
            .into_iter()
            .find_map(|port| self.connected(port)?.try_cmd(&["CLUSTER", "KEYSLOT", key]).ok())?;
        Some(Reply { asked: "CLUSTER KEYSLOT".to_owned(), value }.int() as u16)
    }
}

/// A follower's place in a cluster. It always asks the master, because a replica's answer may be older than the frame
/// that caused the question.
struct At {
    routed: Routed,
    side: Side,
    /// The node of its subscription.
    port: u16,
}

impl At {
    #[track_caller]
    fn listen(&mut self, key: &str) -> Subscriber {
        let slot = wait_for("a node that knows the key's slot", || self.routed.slot(key));
        wait_for("a subscription at the slot's node", || {
            let ports = self.routed.serving(slot)?;
            let seats = if self.side == Side::Replica { ports.last() } else { ports.first() };
            self.port = *seats?;
            Subscriber::try_start(self.port, Kind::Shard, &channel(0, key)).ok()
        })
    }
}

impl Source for At {
    #[track_caller]
    fn ask(&mut self, command: &[&str]) -> Option<Reply> {
        Some(self.routed.cmd(command))
    }

    /// Asks the node of its subscription, which may be a replica.
    #[track_caller]
    fn look(&mut self, command: &[&str]) -> Option<Reply> {
        let here = self.routed.connected(self.port).and_then(|client| {
            client.try_cmd("READONLY").ok()?;
            client.try_cmd(command).ok()
        });
        match here {
            Some(value) => {
                let reply = Reply { asked: command.join(" "), value };
                let elsewhere = reply.error().is_some_and(|error| {
                    ["MOVED ", "ASK ", "CLUSTERDOWN ", "MASTERDOWN ", "LOADING "]
                        .iter()
                        .any(|code| error.starts_with(code))
                });
                if elsewhere {
                    self.ask(command)
                } else {
                    Some(reply)
                }
            }
            None => {
                self.routed.connections.remove(&self.port);
                self.ask(command)
            }
        }
    }

    #[track_caller]
    fn listen_again(&mut self, key: &str) -> Option<Subscriber> {
        Some(self.listen(key))
    }
}
