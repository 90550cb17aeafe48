//! Which of 64 bytes are of a kind, a bit each.
//!
//! Input: 64 bytes of a text. Output: a number whose lowest bit stands for the first of them. There
//! are no branches, so that the compiler compares many bytes at once.

/// So many bytes are looked at together.
pub const CHUNK: usize = 64;
const ONES: u64 = 0x0101_0101_0101_0101;

/// The digits of ASCII.
#[inline(never)]
pub fn digits_in(bytes: &[u8; CHUNK]) -> u64 {
    let mut marks = [0; CHUNK];
    for (at, mark) in marks.iter_mut().enumerate() {
        *mark = mark_if(at, bytes[at].wrapping_sub(b'0') < 10);
    }
    packed(&marks)
}

/// The letters of ASCII.
#[inline(never)]
pub fn letters_in(bytes: &[u8; CHUNK]) -> u64 {
    let mut marks = [0; CHUNK];
    for (at, mark) in marks.iter_mut().enumerate() {
        *mark = mark_if(at, (bytes[at] | 32).wrapping_sub(b'a') < 26);
    }
    packed(&marks)
}

/// The bit of a byte among the eight that it stands with.
#[inline(always)]
fn mark_if(at: usize, is_of: bool) -> u8 {
    if is_of {
        1 << (at % 8)
    } else {
        0
    }
}

/// The bits of eight bytes after another.
#[inline(always)]
fn packed(marks: &[u8; CHUNK]) -> u64 {
    let mut bits = 0;
    for (at, eight) in marks.chunks_exact(8).enumerate() {
        let word = eight.try_into().map_or(0, u64::from_le_bytes);
        bits |= (word.wrapping_mul(ONES) >> 56) << (8 * at);
    }
    bits
}
