//! The signature of what a row says: 64 bytes, of which near duplicates share a part.
//!
//! Input: shingles as bytes; then digests of a MinHash, and the hashes of the facts. Output: the
//! numbers that stand for shingles; then 8 band hashes and a sketch of 4 bits a permutation. The
//! MinHash between the two is rensa's, which Python asks (`fctune/native/near.py`). Follows
//! `signature` in `fctune/dataset/near_signature.py`; tokens are hashed as `rustc-hash` 2 hashes
//! bytes, as rensa 0.5 does. Python compares both on samples before it relies on them.

use crate::hash::{folded_product, read_32, read_64, xxh3_64_of_32};

const PERMUTATIONS: usize = 64;
const BANDS: usize = 8;
/// Bytes of a digest.
const DIGEST: usize = 4 * PERMUTATIONS;
const PER_BAND: usize = DIGEST / BANDS;

const FACTOR: u64 = 0xf135_7aea_2e62_a9c5;
const TURNED: u32 = 26;
const STARTS: [u64; 2] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344];
const NOT_ZERO: u64 = 0xa409_3822_299f_31d0;

/// The signatures of digests (u32, little-endian); of each the hash of its facts (u64) in `facts`.
pub fn signatures(digests: &[u8], facts: &[u8]) -> Option<Vec<u8>> {
    if digests.len() / DIGEST != facts.len() / 8 || digests.len() % DIGEST + facts.len() % 8 != 0 {
        return None;
    }
    let mut found = Vec::with_capacity(digests.len() / 4);
    for (at, digest) in digests.chunks_exact(DIGEST).enumerate() {
        let seed = read_64(facts, 8 * at);
        for band in digest.chunks_exact(PER_BAND) {
            let hash = xxh3_64_of_32(band.try_into().ok()?, seed) as u32;
            found.extend(hash.max(1).to_le_bytes());
        }
        found.extend(digest.chunks_exact(8).map(|pair| pair[0] & 15 | (pair[4] & 15) << 4));
    }
    Some(found)
}

/// The number that stands for a shingle.
pub fn token_hash(bytes: &[u8]) -> u64 {
    let size = bytes.len();
    let [mut one, mut two] = STARTS;
    match size {
        0 => {}
        1..=3 => {
            one ^= u64::from(bytes[0]);
            two ^= u64::from(bytes[size - 1]) << 8 | u64::from(bytes[size / 2]);
        }
        4..=7 => {
            one ^= u64::from(read_32(bytes, 0));
            two ^= u64::from(read_32(bytes, size - 4));
        }
        8..=16 => {
            one ^= read_64(bytes, 0);
            two ^= read_64(bytes, size - 8);
        }
        _ => {
            for at in (0..size - 16).step_by(16) {
                let mixed = folded_product(one ^ read_64(bytes, at), NOT_ZERO ^ read_64(bytes, at + 8));
                (one, two) = (two, mixed);
            }
            one ^= read_64(bytes, size - 16);
            two ^= read_64(bytes, size - 8);
        }
    }
    let hash = folded_product(one, two) ^ size as u64;
    hash.wrapping_mul(FACTOR).rotate_left(TURNED)
}
