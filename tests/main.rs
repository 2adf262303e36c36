//! Black-box tests: real servers with the module loaded.
//!
//! Each concern is a module of one binary, so that it is linked once. `scripts/test NAME...` runs the tests of some
//! modules, by the filter `black_box::NAME::`.

// Tests report failures by panics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod black_box {
    mod acl;
    mod arguments;
    mod busiest;
    mod cluster;
    mod commands_meta;
    mod comments;
    mod config;
    mod events;
    mod exactness;
    mod export;
    mod failover;
    mod gateways;
    mod harness;
    mod host;
    mod hostile;
    mod idle;
    mod info;
    mod internal;
    mod keys;
    mod keyspace;
    mod lifecycle;
    mod listing;
    mod maxmemory;
    mod memory;
    mod moderation;
    mod peers;
    mod persistence;
    mod polls;
    mod powers;
    mod presence;
    mod private;
    mod reactions;
    mod reads;
    mod recovery;
    mod replicas;
    mod roles;
    mod scheduled;
    mod settings;
    mod stage;
    mod text;
    mod time;
    mod transactions;
}

mod support;

// The competitors of the benchmark, for `black_box::peers`.
#[path = "../benches/peers/mod.rs"]
mod peers;
#[path = "../benches/wire.rs"]
mod wire;
