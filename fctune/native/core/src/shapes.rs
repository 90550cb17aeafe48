//! What rows share, by number: tool list, called names, lesson, language, and what else there is.
//!
//! Rows of one shape are told of to Python once (`fctune.dataset.ready.Shape`); after that a number
//! does. Numbers count from 0 until the bound is met, and then from 0 again.

use crate::seeded::Map;

const MAX_SHAPES: usize = 1 << 16;
const MAX_NAMES: usize = 16 << 20;

/// What a row shares with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Number of the tool list, whether it was judged here or told of by Python.
    pub list: u32,
    /// Number of the called names, see `Context::calls`.
    pub calls: u32,
    /// Number of the codes of what audits found, in order, counted with the names.
    pub codes: u32,
    pub lesson: u8,
    pub language: u8,
    pub flags: u8,
}

/// The shapes met so far, bounded.
#[derive(Default)]
pub struct Shapes {
    known: Map<Shape, u32>,
    /// Bytes of the names of all of them.
    size: usize,
}

impl Shapes {
    /// Forget all, where they are too many; the next one has the number 0.
    pub fn bound(&mut self) {
        if self.known.len() >= MAX_SHAPES || self.size >= MAX_NAMES {
            self.known.clear();
            self.size = 0;
        }
    }

    /// How many there are: the number of the next one.
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// The number of a shape with called names of some size, and whether it is new.
    pub fn number(&mut self, shape: Shape, names: usize) -> (u32, bool) {
        let next = self.known.len() as u32;
        let number = *self.known.entry(shape).or_insert(next);
        if number == next {
            self.size += names;
        }
        (number, number == next)
    }
}
