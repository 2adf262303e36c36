//! The format of a `DUMP` of a room. A dump can be changed inside and signed again.

/// RDB opcodes: the type of a module's value, a string in it, its end.
const MODULE: u8 = 7;
const STRING: u64 = 5;
const END: u64 = 0;
/// Sizes of the RDB version and of the checksum.
const VERSION: usize = 2;
const CHECKSUM: usize = 8;

/// A parsed dump. It must have been made with `rdbcompression no`.
#[derive(Clone)]
pub struct Dump {
    /// The bytes before the first chunk.
    head: Vec<u8>,
    /// The room's chunks, without the empty one at the end.
    pub chunks: Vec<Vec<u8>>,
    version: [u8; VERSION],
}

impl Dump {
    pub fn of(dump: &[u8]) -> Dump {
        let (body, checksum) = dump.split_at(dump.len() - CHECKSUM);
        assert_eq!(crc64(body).to_le_bytes(), checksum, "the checksums agree");
        let mut rest = &body[1..body.len() - VERSION];
        assert_eq!(body[0], MODULE);
        length(&mut rest);
        let head = body[..body.len() - VERSION - rest.len()].to_vec();
        let mut chunks = Vec::new();
        loop {
            assert_eq!(length(&mut rest), STRING);
            let len = length(&mut rest) as usize;
            if len == 0 {
                break;
            }
            chunks.push(rest[..len].to_vec());
            rest = &rest[len..];
        }
        assert_eq!((length(&mut rest), rest), (END, &[][..]));
        Dump { head, chunks, version: body[body.len() - VERSION..].try_into().unwrap() }
    }

    /// The body without its footer.
    pub fn body(&self) -> Vec<u8> {
        let mut body = self.head.clone();
        for chunk in self.chunks.iter().filter(|chunk| !chunk.is_empty()) {
            body.extend([STRING as u8, 0x80]);
            body.extend((chunk.len() as u32).to_be_bytes());
            body.extend(chunk);
        }
        body.extend([STRING as u8, 0, END as u8]);
        body
    }

    /// Adds a valid footer to a body.
    pub fn sign(&self, mut body: Vec<u8>) -> Vec<u8> {
        body.extend(self.version);
        let checksum = crc64(&body);
        body.extend(checksum.to_le_bytes());
        body
    }
}

/// A length in RDB encoding.
fn length(rest: &mut &[u8]) -> u64 {
    let mut take = |len: usize| {
        let (taken, left) = rest.split_at(len);
        *rest = left;
        taken.iter().fold(0, |number, &byte| (number << 8) | u64::from(byte))
    };
    match take(1) {
        small @ 0..=0x3f => small,
        high @ 0x40..=0x7f => ((high & 0x3f) << 8) | take(1),
        0x80 => take(4),
        0x81 => take(8),
        other => panic!("a length of form {other:#x}"),
    }
}

/// CRC-64 Jones, reflected, initial value 0.
fn crc64(bytes: &[u8]) -> u64 {
    const TABLE: [u64; 256] = {
        let mut table = [0; 256];
        let mut at = 0;
        while at < 256 {
            let mut bit = 0;
            table[at] = at as u64;
            while bit < 8 {
                table[at] = (table[at] >> 1) ^ ((table[at] & 1) * 0x95ac_9329_ac4b_c9b5);
                bit += 1;
            }
            at += 1;
        }
        table
    };
    bytes.iter().fold(0, |crc, &byte| TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8))
}
