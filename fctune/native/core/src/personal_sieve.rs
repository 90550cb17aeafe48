//! Where in a text something of a person may begin, told by one look at its bytes, 64 at a time.
//!
//! Follows `fctune/conversations/personal_sieve.py`. Input: a text. Output: a Sieved; of most texts
//! it is empty, and then they need no other look.

use crate::personal_bits::CHUNK;
use crate::personal_digits::{Digits, Told};

/// Behind the bytes that are looked at together, a sign or the part of a word needs so many.
const AHEAD: usize = 3;
type Chunk = [u8; CHUNK + AHEAD];

const NAME: u8 = 1;
const DIGIT: u8 = 2;
const BEYOND: u8 = 128;

/// What is told of a text.
#[derive(Default)]
pub struct Sieved {
    /// Where each `@` stands, each 密码 and 密钥, and the rarest letter of each word that stands
    /// before secrets, from left to right.
    pub places: Vec<usize>,
    /// Its digits may be a number of somebody, or of a key.
    pub told: Told,
    /// It is written with escapes of characters, or with full-width digits or signs.
    pub is_disguised: bool,
    /// It has letters other than those of ASCII that patterns take for some of those.
    pub has_odd_letters: bool,
}

/// Look at a text.
pub fn sieve(text: &str) -> Sieved {
    let mut found = Sieved::default();
    let mut digits = Digits::default();
    let (mut rest, mut at) = (text.as_bytes(), 0);
    while let Some(chunk) = rest.first_chunk() {
        look(text, at, chunk, &mut digits, &mut found);
        (rest, at) = (&rest[CHUNK..], at + CHUNK);
    }
    while !rest.is_empty() {
        let mut padded = [0; CHUNK + AHEAD];
        padded[..rest.len()].copy_from_slice(rest);
        look(text, at, &padded, &mut digits, &mut found);
        (rest, at) = (rest.get(CHUNK..).unwrap_or_default(), at + CHUNK);
    }
    found.told = digits.told(text);
    found
}

#[inline(always)]
fn look(text: &str, at: usize, chunk: &Chunk, digits: &mut Digits, found: &mut Sieved) {
    let kinds = kinds_of(chunk);
    if kinds & DIGIT != 0 {
        if let Some(bytes) = chunk.first_chunk() {
            digits.add(text, at, bytes);
        }
    }
    if kinds & NAME != 0 && holds_name(chunk) || kinds & BEYOND != 0 && holds_special(chunk) {
        note(text.as_bytes(), at, found);
    }
}

/// All bits where two bytes are the same, so that what is asked of many at once has no branch.
#[inline(always)]
fn is(left: u8, right: u8) -> u8 {
    if left == right {
        u8::MAX
    } else {
        0
    }
}

#[inline(always)]
fn is_below(left: u8, right: u8) -> u8 {
    if left < right {
        u8::MAX
    } else {
        0
    }
}

/// Which kinds of signs may stand in a chunk. Alone, so that the compiler sees that it can compare
/// many bytes at once.
#[inline(never)]
fn kinds_of(chunk: &Chunk) -> u8 {
    let (firsts, seconds) = (&chunk[..CHUNK], &chunk[1..=CHUNK]);
    let mut kinds = 0;
    for at in 0..CHUNK {
        let first = firsts[at];
        let (a, b) = (first | 32, seconds[at] | 32);
        // Of `token` and `key`, of `passw`, of `secret`.
        let name = is(a, b'k') & is(b, b'e') | is(a, b's') & is(b, b'w') | is(a, b'c') & is(b, b'r');
        let sign = is(first, b'@') | is(first, b'\\');
        let digit = is_below(first.wrapping_sub(b'0'), 10);
        kinds |= (name | sign) & NAME | digit & DIGIT | first & BEYOND;
    }
    kinds
}

/// Whether a word that stands before secrets may be about a chunk, or an `@` or an escape in it.
#[inline(never)]
fn holds_name(chunk: &Chunk) -> bool {
    let (firsts, seconds) = (&chunk[..CHUNK], &chunk[1..=CHUNK]);
    let (thirds, fourths) = (&chunk[2..CHUNK + 2], &chunk[3..]);
    let mut found = 0;
    for at in 0..CHUNK {
        let (a, b, c) = (firsts[at] | 32, seconds[at] | 32, thirds[at] | 32);
        let key = is(a, b'k') & is(b, b'e') & (is(c, b'n') | is(c, b'y'));
        let passw = is(a, b's') & is(b, b'w') & (is(c, b'o') | is(c, b'd'));
        let secret = is(a, b'c') & is(b, b'r') & is(c, b'e') & is(fourths[at] | 32, b't');
        let sign = is(firsts[at], b'@') | is(firsts[at], b'\\') & is(b, b'u');
        found |= (key | passw | secret | sign) & 1;
    }
    found != 0
}

/// Whether a full-width digit or sign, 密, or a letter with a small form in ASCII may stand in a
/// chunk.
#[inline(never)]
fn holds_special(chunk: &Chunk) -> bool {
    let (firsts, seconds, thirds) = (&chunk[..CHUNK], &chunk[1..=CHUNK], &chunk[2..CHUNK + 2]);
    let mut found = 0;
    for at in 0..CHUNK {
        let (first, second, third) = (firsts[at], seconds[at], thirds[at]);
        let wide = is(first, 0xef) & is(second, 0xbc) & is_wide(third);
        let secret = is(second, 0xaf) & is(third, 0x86);
        let kelvin = is(first, 0xe2) & is(second, 0x84);
        found |= (wide | secret | kelvin | is(first & 0xfe, 0xc4)) & 1;
    }
    found != 0
}

/// Of the last byte of a full-width digit, or of a sign such as ＠; those of ，：；？！ are others.
#[inline(always)]
fn is_wide(last: u8) -> u8 {
    is_below(last.wrapping_sub(0x8d), 13) | is(last, 0x8b) | is(last, 0xa0)
}

const MAY_COUNT: [bool; 256] = {
    let (signs, mut table, mut at) = (b"@\\cCkKwW\xc4\xc5\xe2\xe5\xef", [false; 256], 0);
    while at < signs.len() {
        table[signs[at] as usize] = true;
        at += 1;
    }
    table
};

/// Note what stands in a chunk, and at the bytes behind it.
fn note(bytes: &[u8], from: usize, found: &mut Sieved) {
    let seen = found.places.last().map_or(0, |last| last + 1);
    for at in from.max(seen)..bytes.len().min(from + CHUNK + AHEAD) {
        if !MAY_COUNT[usize::from(bytes[at])] {
            continue;
        }
        match &bytes[at..] {
            [b'@', ..] => found.places.push(at),
            [b'k' | b'K' | b'w' | b'W' | b'c' | b'C', ..] if is_name(bytes, at) => found.places.push(at),
            [0xe5, 0xaf, 0x86, 0xe7, 0xa0, 0x81, ..] | [0xe5, 0xaf, 0x86, 0xe9, 0x92, 0xa5, ..] => {
                found.places.push(at);
            }
            [b'\\', b'u', ..] => found.is_disguised = true,
            [0xef, 0xbc, last, ..] if is_wide(*last) != 0 => found.is_disguised = true,
            [0xc4, 0xb0 | 0xb1, ..] | [0xc5, 0xbf, ..] | [0xe2, 0x84, 0xaa, ..] => {
                found.has_odd_letters = true;
            }
            _ => {}
        }
    }
}

/// Whether one of the words that stand before secrets is about this place: the rarest letter of
/// each, which is its k, w or c.
fn is_name(bytes: &[u8], at: usize) -> bool {
    let before = |word: &[u8]| at >= word.len() && bytes[at - word.len()..at].eq_ignore_ascii_case(word);
    let behind = |word: &[u8]| {
        bytes.get(at + 1..at + 1 + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word))
    };
    match bytes[at] | 32 {
        b'k' if behind(b"en") => before(b"to"),
        // Of `key` only that of `api key`; in `secret key` the first word is found itself.
        b'k' if behind(b"ey") => [&b"api"[..], b"api ", b"api_", b"api-"].into_iter().any(before),
        b'w' => before(b"pass") && (behind(b"ord") || behind(b"d")),
        b'c' => behind(b"ret") && before(b"se"),
        _ => false,
    }
}

/// Whether a word that stands before secrets is in a text with odd letters, as patterns read them.
pub fn names_with_odd_letters(text: &str) -> bool {
    let plain = |sign: char| match sign {
        'ſ' => 's',
        'ı' | 'İ' => 'i',
        '\u{212a}' => 'k',
        _ => sign,
    };
    let read: String = text.chars().map(plain).collect();
    let found = sieve(&read);
    found.places.iter().any(|at| read.as_bytes()[*at] != b'@')
}
