//! Numbers, each once in the order in which they were stated, for the grounding audit.
//!
//! Input: the numbers of one piece after another. Output: those that are new, behind the others. A
//! Python dictionary of numbers has the same order.

use std::collections::HashSet;

/// Up to so many are compared one by one.
const FEW: usize = 48;

/// Numbers, each once.
#[derive(Default)]
pub struct Stated {
    pub all: Vec<f64>,
    /// The numbers of a piece, for `take_fresh`.
    pub fresh: Vec<f64>,
    /// The bits of `all`, once they are many.
    known: HashSet<u64>,
}

impl Stated {
    /// Room for the numbers of a piece.
    pub fn room(&mut self) -> Vec<f64> {
        let mut room = std::mem::take(&mut self.fresh);
        room.clear();
        room.reserve(FEW);
        room
    }

    /// Take the numbers of a piece that are new.
    pub fn take_fresh(&mut self) {
        self.all.reserve(self.fresh.len().min(FEW));
        for number in &self.fresh {
            if self.all.len() < FEW {
                if !self.all.contains(number) {
                    self.all.push(*number);
                }
                continue;
            }
            if self.known.is_empty() {
                self.known.extend(self.all.iter().map(|known| bits(*known)));
            }
            if self.known.insert(bits(*number)) {
                self.all.push(*number);
            }
        }
    }
}

/// The bits of a number; 0 and -0 are the same.
fn bits(number: f64) -> u64 {
    (number + 0.0).to_bits()
}
