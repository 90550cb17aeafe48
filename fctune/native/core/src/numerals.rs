//! Whole numbers in figures, of ten or of sixteen.
//!
//! Input: a number. Output: what Python writes for it by `str`, `{:x}` or with zeros before it.

use crate::json_write::Output;

/// The most figures that a number of 64 bits has.
pub const MOST: usize = 20;

/// Write at least so many figures of ten at the end of a room; returns where they begin.
#[inline]
pub fn decimal(mut number: u64, least: usize, room: &mut [u8; MOST]) -> usize {
    let mut at = room.len();
    while number > 0 || at + least > room.len() {
        at -= 1;
        room[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    at
}

/// Write at least so many figures of ten.
#[inline]
pub fn write_decimal(number: u64, least: usize, out: &mut impl Output) {
    let mut room = [0; MOST];
    let at = decimal(number, least, &mut room);
    out.put_ascii(&room[at..]);
}

/// Write at least so many figures of sixteen, up to 16.
#[inline]
pub fn write_hex(number: u64, least: usize, out: &mut Vec<u8>) {
    let mut room = [0; 16];
    for (at, figure) in room.iter_mut().enumerate() {
        *figure = b"0123456789abcdef"[(number >> (60 - 4 * at)) as usize & 15];
    }
    let zeros = number.leading_zeros() as usize / 4;
    out.extend_from_slice(&room[zeros.min(room.len() - least)..]);
}
