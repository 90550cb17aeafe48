//! Whether a text may hold personal data at all, told by one look at its bytes, eight at a time.
//!
//! Follows `fctune/conversations/personal_sieve.py`. Input: a text. Output: a Sieved; what is clean
//! needs no other look.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES << 7;
const CASE: u64 = ONES << 5;
const WIDTH: usize = 8;
/// Keys of known makers have a word of so many letters and digits.
const LONG_WORD: usize = 16;
/// No number of a person has fewer digits.
const FEWEST_DIGITS: u32 = 7;

/// A key of a known maker begins, or is announced, so far before its long word.
const REACH: usize = 120;
const KEYS: [&[u8]; 18] = [
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
    b"earer",
];

/// What is told of a text.
#[derive(Default)]
pub struct Sieved {
    /// An address or a secret may stand in it, or it is written with escapes and wide signs.
    pub is_marked: bool,
    /// It has as many digits as a number of a person.
    pub has_digits: bool,
    /// A key of a known maker may stand in it.
    pub may_hold_key: bool,
}

/// Look at a text.
pub fn sieve(text: &str) -> Sieved {
    let bytes = text.as_bytes();
    let mut found = Sieved { is_marked: holds_sign(bytes), ..Sieved::default() };
    let (mut digits, mut seen) = (0, 0);
    let mut padded = [0; WIDTH];
    for at in (0..bytes.len()).step_by(WIDTH) {
        let word = match bytes.get(at..at + WIDTH) {
            Some(eight) => eight,
            None => {
                padded[..bytes.len() - at].copy_from_slice(&bytes[at..]);
                &padded
            }
        };
        let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
        let digit = digits_of(word);
        if digit != 0 && digits < FEWEST_DIGITS {
            digits += digit.count_ones();
        }
        if at >= seen && digit | letters_of(word) == HIGHS {
            let (begin, end) = run_about(bytes, at);
            found.may_hold_key = found.may_hold_key || may_be_key(bytes, begin, end);
            seen = end;
        }
        let mut names = rare_of(word);
        while names != 0 && !found.is_marked {
            found.is_marked = is_name(bytes, at + names.trailing_zeros() as usize / 8);
            names &= names - 1;
        }
    }
    found.has_digits = digits >= FEWEST_DIGITS;
    found
}

/// Whether an `@`, an escape or a full-width sign stands in a text.
fn holds_sign(bytes: &[u8]) -> bool {
    if bytes.contains(&b'@') {
        return true;
    }
    let escaped = bytes.contains(&b'\\') && bytes.windows(2).any(|pair| pair == b"\\u");
    escaped || (!bytes.is_ascii() && holds_special(bytes))
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
    let near = &bytes[begin.saturating_sub(REACH)..(begin + LONG_WORD).min(bytes.len())];
    let holds = |key: &&[u8]| near.windows(key.len()).any(|part| part.eq_ignore_ascii_case(key));
    KEYS.iter().any(|key| holds(&key))
}

/// The high bit of each byte that is a c, a k or a w.
fn rare_of(word: u64) -> u64 {
    let folded = word | CASE;
    let either = (folded & !(ONES << 3)) ^ (ONES * 0x63); // k is c and one bit more
    let last = folded ^ (ONES * 0x77);
    let other = |found: u64| ((found & !HIGHS) + !HIGHS) | found;
    (!other(either) | !other(last)) & HIGHS
}

fn digits_of(word: u64) -> u64 {
    let other = word ^ (ONES * 0x30);
    !(((other & !HIGHS) + ONES * 0x76) | other) & HIGHS
}

fn letters_of(word: u64) -> u64 {
    let low = (word | CASE) & !HIGHS;
    let from_a = low + ONES * (0x80 - 0x61);
    let behind_z = low + ONES * (0x80 - 0x7b);
    from_a & !behind_z & !word & HIGHS
}

/// Whether one of the words that stand before secrets is about this place: the rarest letter of
/// each, which is its k, w or c.
pub fn is_name(bytes: &[u8], at: usize) -> bool {
    let before = |word: &[u8]| at >= word.len() && bytes[at - word.len()..at].eq_ignore_ascii_case(word);
    let behind = |word: &[u8]| {
        bytes.get(at + 1..at + 1 + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word))
    };
    match bytes[at] | 32 {
        b'k' if behind(b"en") => before(b"to"),
        // Of `key` only that of `api key`; in `secret key` the first word is found itself.
        b'k' if behind(b"ey") => (1..=2)
            .any(|back| at.checked_sub(back).is_some_and(|place| bytes[place].eq_ignore_ascii_case(&b'i'))),
        b'w' => before(b"pass"),
        b'c' => behind(b"ret") && before(b"se"),
        _ => false,
    }
}

const CHUNK: usize = 64;

/// Whether a full-width digit or sign, 密, or a letter with a small form in ASCII stands in a text.
fn holds_special(bytes: &[u8]) -> bool {
    let padded = [bytes, &[0, 0]].concat();
    let (first, second, third) = (&padded[..bytes.len()], &padded[1..], &padded[2..]);
    let chunks = first.chunks(CHUNK).zip(second.chunks(CHUNK)).zip(third.chunks(CHUNK));
    // Chunk by chunk, without a branch within, so that the compiler compares many bytes at once.
    chunks.into_iter().any(|((first, second), third)| {
        let signs = first.iter().zip(second).zip(third);
        signs.fold(false, |found, ((first, second), third)| found | is_special(*first, *second, *third))
    })
}

fn is_special(first: u8, second: u8, third: u8) -> bool {
    let digit = third.wrapping_sub(0x90) < 10;
    let sign = (third == 0x8b) | (third == 0x8d) | (third == 0x8e) | (third == 0x8f) | (third == 0xa0);
    let wide = (first == 0xef) & (second == 0xbc) & (digit | sign);
    let secret = (first == 0xe5) & (second == 0xaf) & (third == 0x86);
    let kelvin = (first == 0xe2) & (second == 0x84) & (third == 0xaa);
    wide | secret | kelvin | ((first == 0xc5) & (second == 0xbf)) | ((first == 0xc4) & (second == 0xb1))
}
