//! What strings of JSON say, copied one behind the other into one buffer that is used again.
//!
//! Input: the bytes of a line. Output: the same bytes without escapes, and whether `orjson` would
//! write the string just so. Nothing is asked of UTF-8 here: escapes are of ASCII and say whole
//! characters, so what is copied is UTF-8 where the line is.

/// Buffers beyond are given back behind the line that needed them.
const KEPT: usize = 1 << 20;
const BLOCK: usize = 32;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES << 7;

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
        if self.bytes.len() < length + BLOCK {
            self.bytes.resize(length + length / 2 + BLOCK, 0);
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
        let mut is_kept = true;
        loop {
            at = self.copy_plain(line, at);
            match line.get(at)? {
                b'"' => return Some((at, is_kept)),
                b'\\' => {}
                _ => return None,
            }
            let sign = *line.get(at + 1)?;
            at += 2;
            let said = SAID[usize::from(sign)];
            if said != 0 {
                self.bytes[self.size] = said;
                self.size += 1;
                is_kept &= sign != b'/';
            } else if sign == b'u' {
                let (said, end) = unicode(line, at)?;
                self.size += said.encode_utf8(&mut self.bytes[self.size..]).len();
                at = end;
                is_kept = false;
            } else {
                return None;
            }
        }
    }

    /// Copy up to the next quote, backslash or control character, and return where that stands.
    #[inline]
    fn copy_plain(&mut self, line: &[u8], mut at: usize) -> usize {
        let mut to = self.size;
        while let Some(block) = line.get(at..at + BLOCK) {
            // Without a way out within, so that 16 bytes are compared at once.
            if block.iter().fold(0, |found, sign| found | ends(*sign)) != 0 {
                break;
            }
            self.bytes[to..to + BLOCK].copy_from_slice(block);
            at += BLOCK;
            to += BLOCK;
        }
        while let Some(eight) = line.get(at..at + 8) {
            self.bytes[to..to + 8].copy_from_slice(eight);
            let mut word = [0; 8];
            word.copy_from_slice(eight);
            let plain = plain_bytes(u64::from_le_bytes(word));
            at += plain;
            to += plain;
            if plain < 8 {
                self.size = to;
                return at;
            }
        }
        while let Some(sign) = line.get(at).filter(|sign| ends(**sign) == 0) {
            self.bytes[to] = *sign;
            at += 1;
            to += 1;
        }
        self.size = to;
        at
    }
}

#[inline]
fn ends(sign: u8) -> u8 {
    u8::from(sign == b'"') | u8::from(sign == b'\\') | u8::from(sign < 0x20)
}

/// How many of eight bytes stand before the first quote, backslash or control character.
#[inline]
pub fn plain_bytes(word: u64) -> usize {
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let quote = zeros(word ^ (ONES * u64::from(b'"')));
    let slash = zeros(word ^ (ONES * u64::from(b'\\')));
    let ends = (control | quote | slash) & HIGHS;
    ends.trailing_zeros() as usize / 8 // only the first is told for sure
}

/// The high bit of the first byte that is zero is set, and of none before it.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word
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
