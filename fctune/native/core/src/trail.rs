//! The lines of the trail of a dataset: where each row came from.
//!
//! Follows `_trail` of `fctune/dataset/trail.py`, which says what is told and falls back on its own
//! words where anything here fails.

use crate::numerals::{write_decimal, write_hex};

/// What is told of one row; its marks and its ending are places in `Texts`. As numpy lays it out.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Line {
    pub id: u64,
    pub marks: u64,
    pub marks_size: u32,
    pub line: u32,
    pub tokens: u32,
    pub part: u32,
    pub ending: u32,
    pub unused: u32,
}

/// What the lines are made of: `endings` stand one behind the other, each up to its entry in `ends`,
/// which begins with the 0 before them.
pub struct Texts<'a> {
    pub opening: &'a [u8],
    pub middle: &'a [u8],
    pub marks: &'a [u8],
    pub endings: &'a [u8],
    pub ends: &'a [u64],
}

const WIDTH: usize = 96; // of what is not text: numbers, and the words between them

/// Write the lines of rows that are numbered from `first` on.
#[must_use]
pub fn lines(told: &[Line], first: u64, texts: &Texts<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(told.len() * (texts.opening.len() + texts.middle.len() + 2 * WIDTH));
    for (number, line) in (first..).zip(told) {
        out.extend_from_slice(texts.opening);
        write_decimal(number, 1, &mut out);
        out.extend_from_slice(texts.middle);
        write_decimal(line.line.into(), 1, &mut out);
        out.extend_from_slice(b"\",\"part\":");
        write_decimal(line.part.into(), 1, &mut out);
        out.extend_from_slice(b",\"id\":\"");
        write_hex(line.id, 16, &mut out);
        out.push(b'"');
        if line.marks_size > 0 {
            let begin = line.marks as usize;
            out.extend_from_slice(b",\"marks\":");
            out.extend_from_slice(texts.marks.get(begin..begin + line.marks_size as usize)?);
        }
        let ending = line.ending as usize;
        let (begin, end) = (*texts.ends.get(ending)?, *texts.ends.get(ending + 1)?);
        out.extend_from_slice(texts.endings.get(begin as usize..end as usize)?);
        write_decimal(line.tokens.into(), 1, &mut out);
        out.extend_from_slice(b"}\n");
    }
    Some(out)
}
