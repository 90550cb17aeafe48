//! Where a find of a pattern may begin: a sieve before the pattern itself is tried.
//!
//! Input: the steps of a pattern, and a text. Output: the next place whose first bytes a find may
//! have. It may name places where there is none, and leaves out none where there is one.

use crate::patterns::Step;

/// The first of the characters that have a bit of their own, and how many words of bits they take.
const WIDE: u32 = 0x4e00;
const WORDS: usize = 0x5200 / 64;
const ALL: [u64; 4] = [u64::MAX; 4];

/// With what the finds of a pattern may begin.
#[derive(Debug)]
pub struct Starts {
    /// The bytes, and for each the bytes that may be next to it.
    bytes: [bool; 256],
    seconds: Vec<[u64; 4]>,
    /// A bit for each character from U+4E00 to U+9FFF.
    wide: Vec<u64>,
}

/// The first bytes and characters of some steps, and the steps behind each.
struct Firsts {
    found: Vec<(usize, usize)>,
    is_any: bool,
}

impl Starts {
    /// The starts of a pattern.
    pub fn of(steps: &[Step]) -> Starts {
        let mut starts = Starts { bytes: [false; 256], seconds: vec![[0; 4]; 256], wide: vec![0; WORDS] };
        let firsts = Firsts::of(steps, 0);
        if firsts.is_any {
            starts.mark_all();
        }
        for (step, next) in firsts.found {
            starts.mark(&steps[step], &bytes_of(steps, next));
        }
        starts
    }

    /// The next place where a find may begin.
    #[inline]
    pub fn next(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            at += bytes[at..].iter().position(|byte| self.bytes[*byte as usize])?;
            if self.may_begin(&bytes[at..]) {
                return Some(at);
            }
            at += 1; // within a character are no starts
        }
    }

    #[inline]
    fn may_begin(&self, bytes: &[u8]) -> bool {
        match bytes {
            [first @ 0xe4..=0xe9, second, third, ..] => {
                let (first, second) = (u32::from(first & 0xf) << 12, u32::from(second & 0x3f) << 6);
                let code = (first | second | u32::from(third & 0x3f)).wrapping_sub(WIDE) as usize;
                self.wide.get(code / 64).is_none_or(|word| word >> (code % 64) & 1 == 1)
            }
            [first, second, ..] => {
                self.seconds[*first as usize][*second as usize / 64] >> (second % 64) & 1 == 1
            }
            _ => true,
        }
    }

    fn mark_all(&mut self) {
        self.bytes.fill(true);
        self.seconds.fill(ALL);
        self.wide.fill(u64::MAX);
    }

    /// Mark what a step takes, before what may be the next byte.
    fn mark(&mut self, step: &Step, next: &[u64; 4]) {
        match step {
            Step::Sign(sign) => self.mark_range(*sign, *sign, next),
            Step::Of(set) => {
                for code in (0..128_u8).filter(|code| set.has(*code as char)) {
                    self.mark_range(code as char, code as char, next);
                }
                if set.is_open() {
                    self.mark_range('\u{80}', char::MAX, next);
                }
                for (first, last) in &set.beyond {
                    self.mark_range(*first, *last, next);
                }
            }
            _ => self.mark_all(),
        }
    }

    fn mark_range(&mut self, first: char, last: char, next: &[u64; 4]) {
        for byte in first_byte(first)..=first_byte(last) {
            self.bytes[byte] = true;
            for (word, more) in self.seconds[byte].iter_mut().zip(if byte < 0x80 { next } else { &ALL }) {
                *word |= more;
            }
        }
        for code in (first as u32).max(WIDE)..=(last as u32).min(WIDE + 64 * WORDS as u32 - 1) {
            let place = (code - WIDE) as usize;
            self.wide[place / 64] |= 1 << (place % 64);
        }
    }
}

impl Firsts {
    /// The steps that take a first character, from a step on.
    fn of(steps: &[Step], from: usize) -> Firsts {
        let mut seen = vec![false; steps.len()];
        let mut firsts = Firsts { found: Vec::new(), is_any: false };
        let mut open = vec![from];
        while let Some(step) = open.pop() {
            if std::mem::replace(&mut seen[step], true) {
                continue;
            }
            match &steps[step] {
                Step::Sign(_) | Step::Of(_) => firsts.found.push((step, step + 1)),
                Step::Fork(first, second) => open.extend([*first, *second]),
                Step::Jump(target) => open.push(*target),
                Step::Edge | Step::Before(..) | Step::Behind(..) | Step::Mark(_) | Step::Check(_) => {
                    open.push(step + 1);
                }
                Step::NoLineEnd | Step::Done | Step::Same(_) => firsts.is_any = true,
            }
        }
        firsts
    }
}

/// The bytes with which what is left of a pattern may begin, a bit each.
fn bytes_of(steps: &[Step], from: usize) -> [u64; 4] {
    let firsts = Firsts::of(steps, from);
    if firsts.is_any {
        return ALL;
    }
    let mut starts = Starts { bytes: [false; 256], seconds: vec![[0; 4]; 256], wide: vec![0; WORDS] };
    for (step, _) in firsts.found {
        starts.mark(&steps[step], &ALL);
    }
    let mut bits = [0; 4];
    for byte in (0..256).filter(|byte| starts.bytes[*byte]) {
        bits[byte / 64] |= 1 << (byte % 64);
    }
    bits
}

fn first_byte(sign: char) -> usize {
    sign.encode_utf8(&mut [0; 4]).as_bytes()[0] as usize
}
