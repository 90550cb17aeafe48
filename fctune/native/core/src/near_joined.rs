//! Rows joined by exact comparison: what candidates for near duplicates come to.
//!
//! Input: pairs of rows, and a file of their briefs. Output: of each row the root of its cluster, and
//! how many pairs were compared. Follows `Joined` in `fctune/dataset/near_joined.py` pair by pair, so
//! that both count the same; briefs are kept as long as there is room, and read again after that.

use std::collections::{HashMap, HashSet};
use std::fs::File;

use crate::gather::read_at;

/// Pairs that are looked at together.
const MOST_PAIRS: usize = 512;
const REMEMBERED_PAIRS: usize = 1 << 16;
/// Numbers of briefs that are kept, 8 bytes each.
const MOST_KEPT: usize = 1 << 21;

/// Where the briefs of rows lie in their file; of rows that are not asked for, anything.
pub struct Places<'a> {
    pub starts: &'a [i64],
    pub sizes: &'a [i32],
}

/// A union-find in which the smallest row is the root.
pub struct Joined {
    parents: Vec<u32>,
    apart: HashSet<(u32, u32)>,
    compared: u64,
    threshold: f64,
    briefs: Briefs,
}

impl Joined {
    /// So many rows, none of them joined.
    pub fn of(rows: u32, threshold: f64, file: File) -> Joined {
        let briefs = Briefs { file, kept: HashMap::new(), numbers: Vec::new(), bytes: Vec::new() };
        Joined { parents: (0..rows).collect(), apart: HashSet::new(), compared: 0, threshold, briefs }
    }

    /// Compare pairs of rows, in their order, and join those that are near; `None` where the file
    /// cannot be read.
    pub fn join(&mut self, left: &[i32], right: &[i32], places: &Places<'_>) -> Option<()> {
        let mut open = Vec::new();
        for (one, other) in left.iter().zip(right) {
            let pair = (u32::try_from(*one).ok()?, u32::try_from(*other).ok()?);
            if self.root(pair.0) != self.root(pair.1) {
                open.push(pair);
            }
        }
        open.chunks(MOST_PAIRS).try_for_each(|piece| self.compare(piece, places))
    }

    /// How many pairs were compared, and the root of each row: the row itself where it is joined with
    /// none before it.
    pub fn roots(&mut self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + 4 * self.parents.len());
        out.extend(self.compared.to_le_bytes());
        for row in 0..self.parents.len() as u32 {
            out.extend(self.root(row).to_le_bytes());
        }
        out
    }

    fn root(&mut self, mut row: u32) -> u32 {
        loop {
            let above = self.parents[row as usize];
            if above == row {
                return row;
            }
            let next = self.parents[above as usize];
            self.parents[row as usize] = next;
            row = next;
        }
    }

    /// Compare some pairs; those that are joined or apart before the first of them are not asked.
    fn compare(&mut self, piece: &[(u32, u32)], places: &Places<'_>) -> Option<()> {
        let mut asked = Vec::with_capacity(piece.len());
        for pair in piece {
            if self.root(pair.0) != self.root(pair.1) && !self.apart.contains(pair) {
                asked.push(*pair);
            }
        }
        for pair in asked {
            if !self.apart.contains(&pair) {
                self.decide(pair, places)?;
            }
        }
        Some(())
    }

    /// Join or part a pair, unless others have joined it meanwhile.
    fn decide(&mut self, pair: (u32, u32), places: &Places<'_>) -> Option<()> {
        let (one, other) = (self.root(pair.0), self.root(pair.1));
        if one == other {
            return Some(());
        }
        self.compared += 1;
        if self.briefs.similarity(pair, places)? >= self.threshold {
            self.parents[one.max(other) as usize] = one.min(other);
            return Some(());
        }
        if self.apart.len() == REMEMBERED_PAIRS {
            self.apart.clear();
        }
        self.apart.insert(pair);
        Some(())
    }
}

/// Briefs as `Said::brief` makes them, one behind the other.
struct Briefs {
    file: File,
    /// Row to where its brief begins and ends in `numbers`.
    kept: HashMap<u32, (usize, usize)>,
    numbers: Vec<i64>,
    bytes: Vec<u8>,
}

impl Briefs {
    fn similarity(&mut self, pair: (u32, u32), places: &Places<'_>) -> Option<f64> {
        if self.numbers.len() > MOST_KEPT {
            self.kept.clear();
            self.numbers.clear();
        }
        let (one, other) = (self.place(pair.0, places)?, self.place(pair.1, places)?);
        jaccard(&self.numbers[one.0..one.1], &self.numbers[other.0..other.1])
    }

    /// Where the brief of a row stands; it is read where it does not yet.
    fn place(&mut self, row: u32, places: &Places<'_>) -> Option<(usize, usize)> {
        if let Some(found) = self.kept.get(&row) {
            return Some(*found);
        }
        let start = u64::try_from(*places.starts.get(row as usize)?).ok()?;
        let size = usize::try_from(*places.sizes.get(row as usize)?).ok()?;
        self.bytes.resize(size, 0);
        read_at(&self.file, start, &mut self.bytes)?;
        let first = self.numbers.len();
        let numbers =
            self.bytes.chunks_exact(8).filter_map(|one| Some(i64::from_le_bytes(one.try_into().ok()?)));
        self.numbers.extend(numbers);
        let found = (first, self.numbers.len());
        self.kept.insert(row, found);
        Some(found)
    }
}

/// The Jaccard similarity of the shingles of two briefs; 0 where their facts differ.
fn jaccard(left: &[i64], right: &[i64]) -> Option<f64> {
    let ((stated, left), (other, right)) = (left.split_first()?, right.split_first()?);
    if stated != other {
        return Some(0.0);
    }
    let (mut one, mut two, mut shared) = (0, 0, 0);
    while one < left.len() && two < right.len() {
        let (first, second) = (left[one], right[two]);
        shared += usize::from(first == second);
        one += usize::from(first <= second);
        two += usize::from(second <= first);
    }
    let union = left.len() + right.len() - shared;
    Some(if union > 0 { shared as f64 / union as f64 } else { 1.0 })
}

/// Of each pair 1 where at most so many pieces of 4 bits of its sketches differ, else 0. Follows
/// `estimates` in `fctune/dataset/near_signature.py`.
pub fn promising(signatures: &[u8], left: &[i32], right: &[i32], most: u32) -> Option<Vec<u8>> {
    let pairs = left.iter().zip(right);
    pairs.map(|(one, other)| Some(u8::from(differing(signatures, *one, *other)? <= most))).collect()
}

const SIGNATURE: usize = 64;
const LOWEST_BITS: u64 = 0x1111_1111_1111_1111;

fn differing(signatures: &[u8], one: i32, other: i32) -> Option<u32> {
    let sketch = |row: i32| {
        let begin = usize::try_from(row).ok()? * SIGNATURE;
        signatures.get(begin + SIGNATURE / 2..begin + SIGNATURE)
    };
    let words = sketch(one)?.chunks_exact(8).zip(sketch(other)?.chunks_exact(8));
    let mut sums = 0;
    for (first, second) in words {
        let (first, second) = (first.try_into().ok()?, second.try_into().ok()?);
        let mut bits = u64::from_le_bytes(first) ^ u64::from_le_bytes(second);
        bits |= bits >> 1;
        bits |= bits >> 2;
        // Four words give sums of up to 4 in each 4 bits.
        sums += bits & LOWEST_BITS;
    }
    let pairs = (sums & 0x0f0f_0f0f_0f0f_0f0f) + (sums >> 4 & 0x0f0f_0f0f_0f0f_0f0f);
    Some((pairs.wrapping_mul(0x0101_0101_0101_0101) >> 56) as u32)
}
