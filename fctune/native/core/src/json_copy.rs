//! What strings of JSON say, copied one behind the other into one buffer that is used again.
//!
//! Input: the bytes of a line. Output: the same bytes without escapes, and whether `orjson` would
//! write the string just so. Nothing is asked of UTF-8 here: escapes are of ASCII and say whole
//! characters, so what is copied is UTF-8 where the line is.

use crate::sixteen::{Sixteen, WIDTH};

/// Buffers beyond are given back behind the line that needed them.
const KEPT: usize = 1 << 20;

/// Bytes of which the first `size` count.
#[derive(Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    size: usize,
}

impl Buffer {
    /// Empty it, with room for what a line of a length can say.
    pub fn clear(&mut self, length: usize) {
        if self.bytes.len() > KEPT.max(4 * length) {
            self.bytes = Vec::new();
        }
        if self.bytes.len() < length + WIDTH {
            self.bytes.resize(length + length / 2 + WIDTH, 0);
        }
        self.size = 0;
    }

    pub fn size(&self) -> usize {
        self.size
    }

    pub fn filled(&self) -> &[u8] {
        &self.bytes[..self.size]
    }

    /// Copy the string whose first byte behind the quote is at `at`. Returns where its closing quote
    /// stands, and whether it has no escape but those that are written; `None` where it is none.
    pub fn copy(&mut self, line: &[u8], mut at: usize) -> Option<(usize, bool)> {
        let (bytes, mut to) = (self.bytes.as_mut_slice(), self.size);
        let mut is_kept = true;
        loop {
            let plain = copy_plain(line.get(at..)?, bytes.get_mut(to..)?);
            at += plain;
            to += plain;
            match line.get(at)? {
                b'"' => break,
                b'\\' => {}
                _ => return None,
            }
            let sign = *line.get(at + 1)?;
            at += 2;
            let said = SAID[usize::from(sign)];
            if said != 0 {
                bytes[to] = said;
                to += 1;
                is_kept &= sign != b'/';
            } else if sign == b'u' {
                let (said, end) = unicode(line, at)?;
                to += said.encode_utf8(&mut bytes[to..]).len();
                at = end;
                is_kept = false;
            } else {
                return None;
            }
        }
        self.size = to;
        Some((at, is_kept))
    }
}

/// Copy up to the next quote, backslash or control character, and return how many bytes that is.
#[inline(always)]
fn copy_plain(from: &[u8], to: &mut [u8]) -> usize {
    let mut at = 0;
    for (block, place) in from.as_chunks::<WIDTH>().0.iter().zip(to.as_chunks_mut::<WIDTH>().0) {
        *place = *block;
        let plain = plain_of(block);
        at += plain;
        if plain < WIDTH {
            return at;
        }
    }
    let rest = from[at..].iter().zip(&mut to[at..]);
    for (sign, place) in rest.take_while(|(sign, _)| !ends(**sign)) {
        *place = *sign;
        at += 1;
    }
    at
}

/// How many bytes of a block stand before the first that ends plain text.
#[inline(always)]
fn plain_of(block: &[u8; WIDTH]) -> usize {
    let block = Sixteen::of(block);
    let ends = block.is(b'"').or(block.is(b'\\')).or(block.is_at_most(0x1f)).bits();
    (ends | 1 << WIDTH).trailing_zeros() as usize
}

#[inline(always)]
fn ends(sign: u8) -> bool {
    matches!(sign, b'"' | b'\\' | 0..0x20)
}

/// What stands for what behind a backslash; 0: nothing, or more than this sign tells.
static SAID: [u8; 256] = {
    let mut table = [0; 256];
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table[b'/' as usize] = b'/';
    table[b'b' as usize] = 8;
    table[b'f' as usize] = 12;
    table[b'n' as usize] = b'\n';
    table[b'r' as usize] = b'\r';
    table[b't' as usize] = b'\t';
    table
};

/// The character whose digits begin at a place, and where they end; `None` for half a pair.
fn unicode(line: &[u8], at: usize) -> Option<(char, usize)> {
    let first = hex(line, at)?;
    if !(0xd800..0xe000).contains(&first) {
        return Some((char::from_u32(first)?, at + 4));
    }
    if first >= 0xdc00 || !line[at + 4..].starts_with(b"\\u") {
        return None;
    }
    let second = hex(line, at + 6)?;
    if !(0xdc00..0xe000).contains(&second) {
        return None;
    }
    Some((char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))?, at + 10))
}

fn hex(line: &[u8], at: usize) -> Option<u32> {
    let digits = line.get(at..at + 4)?;
    digits.iter().try_fold(0, |code, digit| Some(code * 16 + (*digit as char).to_digit(16)?))
}
