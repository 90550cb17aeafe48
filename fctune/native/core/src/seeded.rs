//! A quick hash for tables whose keys come from files.
//!
//! Input: bytes. Output: 64 bits that differ from process to process, as those of the standard
//! library do, so that no file can be made to hit one place of a table. Follows nothing in Python;
//! nothing that is written depends on it.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use crate::hash::{folded_product, read_64};

const LANES: usize = 4;
const BLOCK: usize = 16 * LANES;

/// A map of keys from files.
pub type Map<K, V> = HashMap<K, V, Seeds>;

/// What the hashes of one table begin with.
#[derive(Debug, Clone)]
pub struct Seeds {
    states: [u64; LANES],
    keys: [u64; LANES],
}

impl Default for Seeds {
    fn default() -> Seeds {
        let random = RandomState::new();
        let of = |from: u64| [from, from + 1, from + 2, from + 3].map(|number| random.hash_one(number));
        Seeds { states: of(0), keys: of(LANES as u64) }
    }
}

impl BuildHasher for Seeds {
    type Hasher = Seeded;

    fn build_hasher(&self) -> Seeded {
        Seeded { seeds: self.clone(), state: self.states[0] }
    }
}

/// The hash of a key that is being read.
pub struct Seeded {
    seeds: Seeds,
    state: u64,
}

impl Hasher for Seeded {
    fn finish(&self) -> u64 {
        folded_product(self.state ^ self.seeds.keys[1], self.seeds.keys[2])
    }

    fn write(&mut self, bytes: &[u8]) {
        let keys = &self.seeds.keys;
        let mut states = self.seeds.states;
        states[0] = self.state ^ bytes.len() as u64;
        let mut blocks = bytes.chunks_exact(BLOCK);
        for block in &mut blocks {
            for lane in 0..LANES {
                let (one, other) = (read_64(block, 16 * lane), read_64(block, 16 * lane + 8));
                states[lane] = folded_product(one ^ keys[lane], other ^ states[lane]);
            }
        }
        let mut state = states[0] ^ states[1].rotate_left(16) ^ states[2].rotate_left(32);
        state ^= states[3].rotate_left(48);
        for rest in blocks.remainder().chunks(16) {
            let mut padded = [0; 16];
            padded[..rest.len()].copy_from_slice(rest);
            state = folded_product(read_64(&padded, 0) ^ keys[0], read_64(&padded, 8) ^ state);
        }
        self.state = state;
    }

    fn write_u8(&mut self, byte: u8) {
        self.state = self.state.rotate_left(8) ^ u64::from(byte);
    }

    fn write_usize(&mut self, number: usize) {
        self.state ^= number as u64;
    }
}
