//! The form of binary golden files and of the input of fuzzers: parts, each after its length.

/// Parts as one file.
pub fn join(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.iter().flat_map(|part| (part.len() as u32).to_le_bytes().into_iter().chain(part.clone())).collect()
}

/// The parts of a file. A length beyond the end takes the rest.
pub fn split(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    while let Some((len, rest)) = bytes.split_first_chunk() {
        let (part, rest) = rest.split_at(rest.len().min(u32::from_le_bytes(*len) as usize));
        parts.push(part.to_vec());
        bytes = rest;
    }
    parts
}
