//! Random damage to the chunks of a room.

/// A small random generator (xorshift64*). A number reproduces its case.
pub struct Dice(pub u64);

impl Dice {
    /// A random number below `below`.
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below.max(1)
    }
}

/// Damages one of the chunks, or their order.
pub fn spoil(chunks: &mut Vec<Vec<u8>>, dice: &mut Dice) {
    let at = dice.roll(chunks.len());
    let len = chunks[at].len();
    if len == 0 {
        return;
    }
    match dice.roll(16) {
        // A small number replaces a small number, so most rows can still be read.
        12..=15 => {
            let place = dice.roll(len);
            let byte = &mut chunks[at][place];
            *byte = match dice.roll(3) {
                _ if *byte > 250 => *byte,
                0 => byte.wrapping_add(1),
                1 => byte.wrapping_sub(1),
                _ => dice.roll(12) as u8,
            };
        }
        0..=4 => {
            for _ in 0..=dice.roll(3) {
                let place = dice.roll(len);
                chunks[at][place] ^= 1 << dice.roll(8);
            }
        }
        5 => chunks[at].truncate(dice.roll(len)),
        6 => drop(chunks.remove(at)),
        7 => {
            let twice = chunks[at].clone();
            chunks.insert(dice.roll(chunks.len() + 1), twice);
        }
        8 => {
            let other = dice.roll(chunks.len());
            chunks.swap(at, other);
        }
        9 => {
            let noise: Vec<u8> = (0..dice.roll(20)).map(|_| dice.roll(256) as u8).collect();
            let place = dice.roll(len);
            chunks[at].splice(place..place, noise);
        }
        10 => {
            let place = dice.roll(len);
            let value = [0, 1, 2, 250, 251, 252, 253, 254, 255][dice.roll(9)];
            chunks[at][place] = value;
        }
        _ => {
            let place = dice.roll(len);
            chunks[at].drain(place..(place + dice.roll(9)).min(len));
        }
    }
}
