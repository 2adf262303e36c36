//! A smaller server for tests of the saved form: it keeps what each turn leaves, saves and loads.

pub mod mix;
pub mod parts;
pub mod server;
pub mod spoil;
