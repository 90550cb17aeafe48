//! A table of texts of rows, bounded by the bytes that it holds.
//!
//! Rows may bring any number of texts of any size. Input: texts and what is known of them. Output:
//! what is known, until there are too many of them.

use crate::seeded::Map;

const MOST: usize = 16 << 20;
/// What an entry takes beside its text.
const ENTRY: usize = 64;

/// What is known of texts; all of it is forgotten where they grow too large.
pub struct Bounded<V> {
    known: Map<Box<[u8]>, V>,
    size: usize,
}

impl<V> Default for Bounded<V> {
    fn default() -> Self {
        Bounded { known: Map::default(), size: 0 }
    }
}

impl<V> Bounded<V> {
    /// What is known of a text.
    pub fn get(&self, text: &[u8]) -> Option<&V> {
        self.known.get(text)
    }

    /// Know of a text; the newest one is always known.
    pub fn insert(&mut self, text: &[u8], value: V) {
        if self.size > MOST {
            self.clear();
        }
        self.size += text.len() + ENTRY;
        self.known.insert(text.into(), value);
    }

    pub fn clear(&mut self) {
        self.known = Map::default();
        self.size = 0;
    }
}
