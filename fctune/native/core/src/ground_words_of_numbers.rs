//! Number words; follows `_english` of `fctune/conversations/grounding_numbers.py`.
//!
//! Input: a folded text. Output: the numbers that its words state, alone and joined: `twenty five`
//! is 20, 5 and 25. Words are runs of the letters a to z; most are told from number words by one
//! look into a table.

use std::sync::LazyLock;

use crate::ground_numbers::MAX_EXACT;

const BITS: u32 = 12;
// The letters of a word among the eight bytes from its start, by its size.
const HEADS: [u64; 9] =
    [0, 0xff, 0xffff, 0xff_ffff, 0xffff_ffff, 0xff_ffff_ffff, 0xffff_ffff_ffff, u64::MAX >> 8, u64::MAX];
const UNITS: &str = "zero one two three four five six seven eight nine ten eleven twelve thirteen \
                     fourteen fifteen sixteen seventeen eighteen nineteen";
const TENS: &str = "twenty thirty forty fifty sixty seventy eighty ninety";
const ORDINALS: &str = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh \
                        twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth \
                        nineteenth twentieth";
const MULTIPLES: &[(&str, f64)] =
    &[("hundred", 1e2), ("thousand", 1e3), ("million", 1e6), ("billion", 1e9), ("dozen", 12.0)];
const IMPLIED: &[(&str, &[f64])] = &[
    ("half", &[0.5, 30.0]),
    ("quarter", &[0.25, 15.0, 3.0]),
    ("couple", &[2.0]),
    ("pair", &[2.0]),
    ("both", &[2.0]),
    ("twice", &[2.0]),
    ("double", &[2.0]),
    ("triple", &[3.0]),
    ("thrice", &[3.0]),
    ("single", &[1.0]),
    ("dozen", &[12.0]),
    ("week", &[7.0]),
    ("weeks", &[7.0]),
    ("weekly", &[7.0, 52.0]),
    ("fortnight", &[14.0]),
    ("weekend", &[2.0]),
    ("month", &[30.0, 31.0]),
    ("months", &[30.0, 31.0]),
    ("monthly", &[12.0, 30.0]),
    ("year", &[365.0, 12.0, 52.0]),
    ("years", &[365.0, 12.0, 52.0]),
    ("yearly", &[365.0, 12.0]),
    ("annual", &[1.0, 12.0, 365.0]),
    ("annually", &[1.0, 12.0]),
    ("quarterly", &[4.0, 3.0]),
    ("day", &[24.0]),
    ("days", &[24.0]),
    ("daily", &[365.0, 24.0]),
    ("hour", &[60.0, 3600.0]),
    ("hours", &[60.0, 3600.0]),
    ("minute", &[60.0]),
    ("minutes", &[60.0]),
    ("decade", &[10.0]),
    ("decades", &[10.0]),
    ("century", &[100.0]),
    ("wife", &[2.0]),
    ("husband", &[2.0]),
    ("girlfriend", &[2.0]),
    ("boyfriend", &[2.0]),
    ("partner", &[2.0]),
    ("spouse", &[2.0]),
    ("semester", &[6.0]),
    ("midnight", &[0.0, 24.0]),
    ("noon", &[12.0]),
];

#[derive(Clone, Default)]
struct Word {
    name: &'static str,
    value: Option<f64>,
    multiple: Option<f64>,
    implied: &'static [f64],
}

struct Table {
    factor: u64,
    slots: Box<[u8; 1 << BITS]>,
    words: Vec<Word>,
}

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

impl Table {
    fn new() -> Table {
        // The first word is none: an empty slot leads to it.
        let mut words = vec![Word::default()];
        let mut known = |name, change: &dyn Fn(&mut Word)| {
            let at = words.iter().position(|word: &Word| word.name == name).unwrap_or(words.len());
            if at == words.len() {
                words.push(Word { name, ..Word::default() });
            }
            change(&mut words[at]);
        };
        let units = UNITS.split_whitespace().enumerate().map(|(at, word)| (word, at));
        let tens = TENS.split_whitespace().enumerate().map(|(at, word)| (word, 20 + 10 * at));
        let ordinals = ORDINALS.split_whitespace().enumerate().map(|(at, word)| (word, 1 + at));
        for (word, value) in units.chain(tens).chain(ordinals).chain([("thirtieth", 30)]) {
            known(word, &|entry| entry.value = Some(value as f64));
        }
        for (word, factor) in MULTIPLES {
            known(word, &|entry| entry.multiple = Some(*factor));
        }
        for (word, values) in IMPLIED {
            known(word, &|entry| entry.implied = values);
        }
        Table::placed(words)
    }

    /// Find a factor that gives each word a slot of its own.
    fn placed(words: Vec<Word>) -> Table {
        let mut factor = 0x9e37_79b9_7f4a_7c15_u64;
        loop {
            let mut slots = Box::new([0_u8; 1 << BITS]);
            let is_free = words.iter().enumerate().skip(1).all(|(at, word)| {
                let slot = &mut slots[slot_of(word.name.as_bytes(), 0, word.name.len(), factor)];
                std::mem::replace(slot, at as u8) == 0
            });
            if is_free {
                return Table { factor, slots, words };
            }
            factor = factor.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f) | 1;
        }
    }

    fn find(&self, bytes: &[u8], start: usize, end: usize) -> Option<&Word> {
        let at = self.slots[slot_of(bytes, start, end, self.factor)];
        if at == 0 {
            return None;
        }
        let word = &self.words[at as usize];
        (word.name.as_bytes() == &bytes[start..end]).then_some(word)
    }
}

/// The slot of the word between two places of a text: of its first eight letters and its length.
fn slot_of(bytes: &[u8], start: usize, end: usize, factor: u64) -> usize {
    let size = end - start;
    let head = match bytes.get(start..start + 8).map(TryInto::try_into) {
        Some(Ok(eight)) => u64::from_le_bytes(eight) & HEADS[size.min(8)],
        _ => bytes[start..end].iter().take(8).rev().fold(0, |head, byte| head << 8 | u64::from(*byte)),
    };
    (head.wrapping_add(size as u64).wrapping_mul(factor) >> (64 - BITS)) as usize
}

/// Call `act` with the start and end of each run of the letters a to z; it may stop with `None`.
pub fn each_word(bytes: &[u8], mut act: impl FnMut(usize, usize) -> Option<()>) -> Option<()> {
    let (mut open, mut start, mut at) = (0_u64, 0, 0);
    let mut rest = [0_u8; 64];
    while at < bytes.len() {
        let chunk = match bytes.get(at..at + 64).map(TryInto::try_into) {
            Some(Ok(chunk)) => chunk,
            _ => {
                rest[..bytes.len() - at].copy_from_slice(&bytes[at..]);
                &rest
            }
        };
        let letters = letters_of(chunk);
        let behind = letters << 1 | open;
        let (mut starts, mut ends) = (letters & !behind, behind & !letters);
        if open == 0 {
            start = at + starts.trailing_zeros() as usize;
            starts &= starts.wrapping_sub(1);
        }
        while ends != 0 {
            act(start, at + ends.trailing_zeros() as usize)?;
            ends &= ends - 1;
            start = at + starts.trailing_zeros() as usize;
            starts &= starts.wrapping_sub(1);
        }
        open = letters >> 63;
        at += 64;
    }
    // A chunk that is not full ends with what is no letter.
    if open == 1 {
        act(start, bytes.len())
    } else {
        Some(())
    }
}

/// A bit for each letter of 64 bytes.
fn letters_of(chunk: &[u8; 64]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (mut letters, mut place) = (0, 0);
    for eight in chunk.chunks_exact(8) {
        let Ok(eight) = eight.try_into().map(u64::from_le_bytes) else { continue };
        let low = eight & (0x7f * ONES);
        let found = (low + (0x80 - 0x61) * ONES) & !(low + (0x80 - 0x7b) * ONES) & !eight & (0x80 * ONES);
        letters |= ((found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << place;
        place += 8;
    }
    letters
}

/// Append the numbers that the words of a text state.
pub fn english(bytes: &[u8], out: &mut Vec<f64>) -> Option<()> {
    let table = &*TABLE;
    let mut joined = Joined::default();
    each_word(bytes, |start, end| {
        if let Some(word) = table.find(bytes, start, end) {
            return joined.take(word, out);
        }
        if joined.running {
            joined.pass(&bytes[start..end], out);
        }
        Some(())
    })
}

/// What the words so far make together.
#[derive(Default)]
struct Joined {
    total: f64,
    current: f64,
    running: bool,
}

impl Joined {
    fn take(&mut self, word: &Word, out: &mut Vec<f64>) -> Option<()> {
        out.extend(word.implied);
        if let Some(value) = word.value {
            out.push(value);
            let fits =
                self.running && (self.current % 100.0 == 0.0 || (self.current % 10.0 == 0.0 && value < 10.0));
            self.current = if fits { self.current + value } else { value };
            self.running = true;
        } else if let Some(factor) = word.multiple {
            self.current = self.current.max(1.0) * factor;
            self.running = true;
            out.push(self.current);
            if factor > 100.0 {
                (self.total, self.current) = (self.total + self.current, 0.0);
            }
        } else {
            *self = Joined::default();
        }
        if self.running {
            out.push(self.total + self.current);
        }
        (self.total + self.current < MAX_EXACT).then_some(())
    }

    /// Go past a word that is no number, after one that is.
    fn pass(&mut self, word: &[u8], out: &mut Vec<f64>) {
        if word == b"and" {
            out.push(self.total + self.current);
        } else {
            *self = Joined::default();
        }
    }
}
