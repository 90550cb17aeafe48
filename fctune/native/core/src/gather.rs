//! The rows of a file of the dataset: heads from the files of segments, each with its ending.
//!
//! Follows `write_file` of `fctune/dataset/deliver.py`, which says what is gathered and falls back
//! on its own reading where anything here fails.

use std::fs::File;
use std::mem::ManuallyDrop;

/// Bytes between two heads of one file that are read rather than asked for apart.
const GAP: u64 = 1 << 13;

/// One row: where its head lies, and its ending among the endings. As numpy lays it out.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Piece {
    pub start: u64,
    pub file: i32,
    pub size: u32,
    pub ending: u32,
    pub ending_size: u32,
}

impl Piece {
    fn end(&self) -> u64 {
        self.start + u64::from(self.size)
    }

    fn follows(&self, before: &Piece) -> bool {
        self.file == before.file && (before.end()..=before.end() + GAP).contains(&self.start)
    }
}

/// Write heads and endings into the beginning of `room`; return how many bytes they are.
///
/// What is left of the room behind them is used to read heads that follow one another at once.
pub fn gather(
    pieces: &[Piece],
    endings: &[u8],
    room: &mut [u8],
    opened: impl Fn(i32) -> ManuallyDrop<File>,
) -> Option<usize> {
    let total = pieces.iter().map(|one| one.size as usize + one.ending_size as usize).sum();
    let (mut out, scratch) = room.split_at_mut_checked(total)?;
    let mut left = pieces;
    while let Some(first) = left.first() {
        let file = opened(first.file);
        let (run, rest) = left.split_at(run_of(left, scratch.len() as u64));
        if run.len() == 1 {
            let (head, behind) = out.split_at_mut_checked(first.size as usize)?;
            read_at(&file, first.start, head)?;
            out = put(behind, ending_of(first, endings)?)?;
        } else {
            let read = scratch.get_mut(..(run.last()?.end() - first.start) as usize)?;
            read_at(&file, first.start, read)?;
            for one in run {
                let at = (one.start - first.start) as usize;
                out = put(out, read.get(at..at + one.size as usize)?)?;
                out = put(out, ending_of(one, endings)?)?;
            }
        }
        left = rest;
    }
    Some(total)
}

/// How many of the first pieces follow one another within so many bytes of one file; at least one.
fn run_of(pieces: &[Piece], most: u64) -> usize {
    let begin = pieces[0].start;
    let joined = |two: &[Piece]| two[1].follows(&two[0]) && two[1].end() - begin <= most;
    1 + pieces.windows(2).take_while(|two| joined(two)).count()
}

fn ending_of<'a>(piece: &Piece, endings: &'a [u8]) -> Option<&'a [u8]> {
    let at = piece.ending as usize;
    endings.get(at..at + piece.ending_size as usize)
}

fn put<'a>(out: &'a mut [u8], piece: &[u8]) -> Option<&'a mut [u8]> {
    let (here, behind) = out.split_at_mut_checked(piece.len())?;
    here.copy_from_slice(piece);
    Some(behind)
}

/// Fill bytes from a place of a file.
#[cfg(unix)]
pub fn read_at(file: &File, start: u64, into: &mut [u8]) -> Option<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, start).ok()
}

#[cfg(not(unix))]
pub fn read_at(_: &File, _: u64, _: &mut [u8]) -> Option<()> {
    None
}
