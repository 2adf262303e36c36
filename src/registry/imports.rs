//! Slots that are being imported: Valkey 9 migrates a slot to this server, or to its master, as a whole.

use std::ops::RangeInclusive;

use room_engine::channel;

/// The name of a slot migration, as Valkey gives it.
pub type ImportName = [u8; 41];

#[derive(Debug)]
struct Import {
    name: ImportName,
    slots: Vec<RangeInclusive<u16>>,
}

/// The imports that are running.
#[derive(Debug, Default)]
pub struct Imports(Vec<Import>);

impl Imports {
    /// An import of these slots starts.
    pub fn start(&mut self, name: ImportName, slots: Vec<RangeInclusive<u16>>) {
        self.0.push(Import { name, slots });
    }

    /// An import ends, completed or aborted.
    pub fn end(&mut self, name: ImportName) {
        self.0.retain(|import| import.name != name);
    }

    /// Whether the key is in a slot that is being imported.
    pub fn contain(&self, key: &[u8]) -> bool {
        let contain =
            |slot: u16| self.0.iter().any(|import| import.slots.iter().any(|slots| slots.contains(&slot)));
        !self.0.is_empty() && contain(channel::slot(key))
    }
}
