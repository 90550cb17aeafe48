//! What is written of a row, and what is told of that: its number and its length.
//!
//! Follows `fctune/conversations/quick_write.py`, `number_of_items` of `identity.py` and
//! `fctune/dataset/estimates.py`. What the line has as `orjson` writes it is copied as it stands.

use crate::context::Listed;
use crate::hash;
use crate::json::write_text;
use crate::numerals::write_hex;
use crate::plan::role_of;
use crate::raw::Raw;
use crate::row::Kind;
use crate::scan::Decoded;

/// Bytes of a buffer that are kept for the next row.
const KEPT: usize = 1 << 20;
const ROW: f64 = 4.0;
const PER_ASCII: f64 = 0.2;
const PER_WIDE: f64 = 0.65;
const PER_QUOTE: f64 = 1.0;

/// What rows are written to; kept for the next.
#[derive(Default)]
pub struct Buffers {
    /// Given away with a row; who has copied it may put it back.
    pub head: Vec<u8>,
    pub content: Vec<u8>,
}

impl Buffers {
    /// An empty one of either; much memory is given back.
    fn emptied(buffer: &mut Vec<u8>, size: usize) -> Vec<u8> {
        let mut taken = std::mem::take(buffer);
        taken.clear();
        if taken.capacity() > KEPT.max(size) {
            taken = Vec::new();
        }
        taken.reserve(size);
        taken
    }
}

/// The row of a dataset up to its tools, as `orjson` writes it.
pub fn head_of(row: &Raw<'_>, calls: &[Decoded<'_>], system: &str, buffer: &mut Vec<u8>) -> Vec<u8> {
    let line = row.line;
    let mut head = Buffers::emptied(buffer, line.bytes.len() + system.len() + 64);
    match line.kept {
        Some((begin, end)) if calls.iter().all(|call| call.1.is_none()) => {
            head.extend_from_slice(b"{\"conversations\":");
            head.extend_from_slice(&line.bytes[begin..end]);
        }
        _ => write_turns(row, calls, &mut head),
    }
    head.extend_from_slice(b",\"system\":");
    write_text(system, &mut head);
    head
}

fn write_turns(row: &Raw<'_>, calls: &[Decoded<'_>], head: &mut Vec<u8>) {
    let mut calls = calls.iter();
    head.extend_from_slice(b"{\"conversations\":[");
    for (at, (part, kind)) in row.parts.iter().zip(&row.plan.kinds).enumerate() {
        let written = if *kind == Kind::Call { calls.next().and_then(|one| one.1.as_deref()) } else { None };
        head.extend_from_slice(if at > 0 { b",{\"from\":\"" } else { b"{\"from\":\"" });
        head.extend_from_slice(role_of(*kind).as_bytes());
        head.extend_from_slice(b"\",\"value\":");
        match written {
            None if part.is_kept => {
                head.extend_from_slice(&row.line.bytes[part.written.0 - 1..=part.written.1]);
            }
            _ => write_text(written.unwrap_or(row.texts[at]), head),
        }
        head.push(b'}');
    }
    head.push(b']');
}

/// The number of a row, by what it says.
pub fn identity(row: &Raw<'_>, listed: &Listed, system: &str, values: &[u64], buffer: &mut Vec<u8>) -> u64 {
    let mut content = Buffers::emptied(buffer, row.line.bytes.len() + system.len() + 100);
    content.extend_from_slice(system.as_bytes());
    content.push(0);
    content.extend_from_slice(listed.fingerprint.as_bytes());
    content.push(0);
    row.plan.add_shape(&mut content);
    let mut values = values.iter();
    for (kind, text) in row.plan.kinds.iter().zip(&row.texts) {
        content.push(0);
        if *kind == Kind::Call {
            content.push(0);
            write_hex(values.next().copied().unwrap_or_default(), 1, &mut content);
        } else {
            content.extend_from_slice(text.as_bytes());
        }
    }
    *buffer = content;
    hash::xxh3_64(buffer)
}

/// The names of calls, with zeros between them.
pub fn names_of(calls: &[Decoded<'_>]) -> String {
    let mut names = String::with_capacity(64);
    for (at, (call, _)) in calls.iter().enumerate() {
        names.push_str(if at > 0 { "\0" } else { "" });
        names.push_str(&call.name);
    }
    names
}

/// The length of a row without its tools; see `fctune.dataset.estimates`.
pub fn estimate(head: &[u8]) -> i64 {
    let (mut behind, mut slashes) = (0, 0);
    for block in head.chunks(128) {
        // Counted in bytes, sixteen at a time: a block has fewer than one can hold.
        let (mut own, mut other) = (0_u8, 0_u8);
        for sign in block {
            own = own.wrapping_add(u8::from(sign & 0xc0 == 0x80));
            other = other.wrapping_add(u8::from(*sign == b'\\'));
        }
        behind += usize::from(own);
        slashes += usize::from(other);
    }
    let wide = behind as f64 / 2.0;
    let plain = head.len() as f64 - 3.0 * wide;
    (ROW + body_of(plain, wide, slashes as f64)).round_ties_even() as i64
}

/// The tokens of a text by its signs of ASCII, wide ones, and quotes within quotes.
pub fn body_of(plain: f64, wide: f64, quotes: f64) -> f64 {
    PER_ASCII * plain + PER_WIDE * wide + PER_QUOTE * quotes
}
