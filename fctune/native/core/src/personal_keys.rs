//! Keys of known makers, which are left to Python, as a sieve: it tells for sure that none is there.
//!
//! Follows `KEYS` of `fctune/conversations/personal_sieve.py`. Each key has a long word with a digit
//! in it. Input: the places of digits in a text. Output: whether one may be in a key.

/// A key of a known maker has a word of so many letters and digits, and begins, or is announced, at
/// most so far before it.
const LONG_WORD: usize = 16;
const REACH: usize = 120;
const KEYS: [&[u8]; 17] = [
    b"AKIA",
    b"ASIA",
    b"ghp_",
    b"gho_",
    b"ghu_",
    b"ghs_",
    b"ghr_",
    b"github_pat_",
    b"glpat-",
    b"hf_",
    b"npm_",
    b"_live_",
    b"sk-",
    b"xox",
    b"AIza",
    b"eyJ",
    b"PRIVATE KEY-----",
];
/// So many bytes are looked at together.
pub const WIDTH: usize = 8;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES << 7;

/// Eight bytes as a number, the first of them lowest.
pub fn word_of(eight: &[u8]) -> u64 {
    eight.try_into().map_or(0, u64::from_le_bytes)
}

/// The high bit of each byte that is a digit.
pub fn digits_of(word: u64) -> u64 {
    let other = word ^ (ONES * 0x30);
    !(((other & !HIGHS) + ONES * 0x76) | other) & HIGHS
}

/// How many bytes have their high bit, in a number in which no other bit is set.
pub fn count_of(highs: u64) -> usize {
    ((highs >> 7).wrapping_mul(ONES) >> 56) as usize
}

/// The long words of a text, as its digits lead to them.
#[derive(Default)]
pub struct LongWords {
    seen: usize,
}

impl LongWords {
    /// Whether one of the digits in eight bytes may be of a key; to be asked in order.
    pub fn may_be_key(&mut self, bytes: &[u8], at: usize, word: u64, digits: u64) -> bool {
        // A long word with a digit holds these eight bytes, those before them or those behind them.
        let others = !(letters_of(word) | digits) & HIGHS;
        if others == 0 {
            return self.is_key_about(bytes, at);
        }
        let reaches_back = digits.trailing_zeros() < others.trailing_zeros();
        let reaches_on = digits.leading_zeros() < others.leading_zeros();
        reaches_back && at >= WIDTH && self.is_key_about(bytes, at - WIDTH)
            || reaches_on && self.is_key_about(bytes, at + WIDTH)
    }

    fn is_key_about(&mut self, bytes: &[u8], at: usize) -> bool {
        let Some(eight) = bytes.get(at..at + WIDTH) else { return false };
        if at < self.seen || !eight.iter().all(u8::is_ascii_alphanumeric) {
            return false;
        }
        let (begin, end) = run_about(bytes, at);
        self.seen = end;
        may_be_key(bytes, begin, end)
    }
}

/// The high bit of each byte that is a letter.
fn letters_of(word: u64) -> u64 {
    let low = (word | ONES << 5) & !HIGHS;
    let from_a = low + ONES * (0x80 - 0x61);
    let behind_z = low + ONES * (0x80 - 0x7b);
    from_a & !behind_z & !word & HIGHS
}

/// Where the letters and digits about a place begin and end; before it, few are left to look at.
fn run_about(bytes: &[u8], at: usize) -> (usize, usize) {
    let is_word = |sign: &&u8| sign.is_ascii_alphanumeric();
    let before = bytes[..at].iter().rev().take_while(is_word).count();
    (at - before, at + bytes[at..].iter().take_while(is_word).count())
}

/// Whether a long word has a digit in it, and the beginning of a key before it.
fn may_be_key(bytes: &[u8], begin: usize, end: usize) -> bool {
    if end - begin < LONG_WORD || !bytes[begin..end].iter().any(u8::is_ascii_digit) {
        return false;
    }
    let near = &bytes[begin.saturating_sub(REACH)..begin + LONG_WORD];
    // Each begins in another way, so that a look at one letter turns most places down.
    near.iter().enumerate().any(|(at, sign)| match sign {
        b'A' | b'g' | b'h' | b'n' | b'_' | b's' | b'x' | b'e' | b'P' => {
            KEYS.iter().any(|key| near[at..].starts_with(key)) || announces(&near[at..])
        }
        b'E' => announces(&near[at..]),
        _ => false,
    })
}

/// Whether a text begins with the end of `bearer`.
fn announces(text: &[u8]) -> bool {
    text.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"earer"))
}
