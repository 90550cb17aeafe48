//! Whether bytes are UTF-8, sixteen at a time.
//!
//! Says exactly what `std::str::from_utf8` says, which looks at one character after the other: of
//! Chinese that takes as long as all else that is done to read a line.

use crate::sixteen::{Sixteen, WIDTH};

const BLOCK: usize = 64;
/// Bytes before a byte that tell what it must be.
const BEFORE: usize = 3;

/// Whether bytes are UTF-8.
pub fn is_utf8(bytes: &[u8]) -> bool {
    let mut padded = [0; BEFORE + BLOCK];
    let first = bytes.len().min(BLOCK);
    padded[BEFORE..BEFORE + first].copy_from_slice(&bytes[..first]);
    if has_fault(&padded) {
        return false;
    }
    let mut at = BLOCK;
    while let Some(Ok(block)) = bytes.get(at - BEFORE..at + BLOCK).map(TryInto::try_into) {
        if has_fault(block) {
            return false;
        }
        at += BLOCK;
    }
    // Zeros behind the end tell a character that is cut off; a short text has them already.
    let Some(rest) = bytes.get(at - BEFORE..) else { return true };
    padded = [0; BEFORE + BLOCK];
    padded[..rest.len()].copy_from_slice(rest);
    !has_fault(&padded)
}

/// Whether all characters are of ASCII or U+1000 to U+FFFF without U+D000 to U+DFFF, which are all
/// others of most texts.
fn is_common(block: &[u8; BEFORE + BLOCK]) -> bool {
    let (mut plain, mut within, mut common, mut rare) = (0, 0, 0, 0);
    for (at, part) in block[BEFORE..].as_chunks().0.iter().enumerate() {
        let part = Sixteen::of(part);
        let bits = |of: Sixteen| u64::from(of.bits()) << (at * WIDTH);
        plain |= bits(part.is_at_most(0x7f));
        within |= bits(part.is_at_most(0xbf));
        common |= bits(part.is_at_most(0xef));
        rare |= bits(part.is_at_most(0xe0).or(part.is(0xed)));
    }
    let begins = !within;
    let began = |at: usize| u64::from(block[at] >= 0xc0);
    let must = begins << 1 | begins << 2 | began(2) | began(2) << 1 | began(1);
    let is_rare = |byte: &u8| matches!(byte, 0xc0..=0xe0 | 0xed | 0xf0..);
    begins & (rare | !common) == 0 && within & !plain == must && !block[..BEFORE].iter().any(is_rare)
}

/// Whether a byte is none that may follow the three before it, which were looked at before.
fn has_fault(block: &[u8; BEFORE + BLOCK]) -> bool {
    if block.is_ascii() || is_common(block) {
        return false;
    }
    let mut found = false;
    for at in BEFORE..BEFORE + BLOCK {
        let (one, last, second, third) = (block[at], block[at - 1], block[at - 2], block[at - 3]);
        let follows = one & 0xc0 == 0x80;
        let must = (last >= 0xc0) | (second >= 0xe0) | (third >= 0xf0);
        found |= (follows != must) | (one & 0xfe == 0xc0) | (one >= 0xf5);
        // Too long a form, half of a surrogate pair, beyond the last character.
        found |= ((last == 0xe0) & (one < 0xa0)) | ((last == 0xed) & (one >= 0xa0));
        found |= ((last == 0xf0) & (one < 0x90)) | ((last == 0xf4) & (one >= 0x90));
    }
    found
}
