//! The rows of files of the dataset that are written side by side: heads from the files of
//! segments, each with its ending.
//!
//! Follows `RowFiles` of `fctune/dataset/deliver.py`, which says what is gathered and falls back on
//! its own reading where anything here fails.

use std::fs::File;
use std::io::{ErrorKind, IoSliceMut, Read, Seek, SeekFrom};
use std::mem::{take, ManuallyDrop};

/// Bytes between two heads of one file that are read rather than asked for apart.
const GAP: usize = 1 << 13;
/// Bytes between heads that are read at once, all together.
const GAPS: usize = 1 << 14;
/// Rows that are looked up at once: memory gives the places of many in the time of one.
const LOOKED_UP: usize = 64;
/// Pieces that systems fill at once.
const AT_ONCE: usize = 1024;

/// Where an ending stands in the text of all; as numpy lays it out.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Ending {
    pub start: u32,
    pub size: u32,
}

/// What rows are made of; see `Stage` of `fctune/native/gather.py`.
pub struct Stage<'a> {
    pub ends: &'a [i64],
    pub first_rows: &'a [i64],
    pub files: &'a [i32],
    pub lists: &'a [i32],
    pub endings: &'a [Ending],
    pub text: &'a [u8],
}

/// Memory in which the rows of one file wait; so many of its bytes are enough.
pub struct Room<'a> {
    pub free: &'a mut [u8],
    pub used: usize,
    pub enough: usize,
}

impl<'a> Room<'a> {
    fn takes(&self, size: usize) -> bool {
        self.used < self.enough && size <= self.free.len()
    }

    fn cut(&mut self, size: usize) -> Option<&'a mut [u8]> {
        let (here, behind) = take(&mut self.free).split_at_mut_checked(size)?;
        self.free = behind;
        self.used += size;
        Some(here)
    }
}

/// A row: the segment of its head, where that lies in it, and the ending.
struct Row<'a> {
    home: usize,
    start: usize,
    size: usize,
    ending: &'a [u8],
}

impl<'a> Stage<'a> {
    fn row(&self, number: i64) -> Option<Row<'a>> {
        let at = usize::try_from(number).ok()?;
        let home = self.first_rows.partition_point(|first| *first <= number).checked_sub(1)?;
        let base = self.ends.get(usize::try_from(*self.first_rows.get(home)?).ok()?)?;
        let (start, end) = (self.ends.get(at)?, self.ends.get(at + 1)?);
        // The last one is that of rows without tools.
        let list = usize::try_from(*self.lists.get(at)?).unwrap_or(self.endings.len().checked_sub(1)?);
        let ending = self.endings.get(list)?;
        Some(Row {
            home,
            start: usize::try_from(start - base).ok()?,
            size: usize::try_from(end - start).ok()?,
            ending: self.text.get(ending.start as usize..)?.get(..ending.size as usize)?,
        })
    }
}

/// Put rows into the rooms of their files, until a row does not go in; return how many rows.
///
/// `which` says for each row which rooms it goes into, a bit for each.
pub fn gather(
    stage: &Stage,
    rows: &[i64],
    which: &[u8],
    rooms: &mut [Room],
    opened: impl Fn(i32) -> ManuallyDrop<File>,
) -> Option<usize> {
    let mut gaps = [0; GAPS];
    let mut done = 0;
    for (numbers, which) in rows.chunks(LOOKED_UP).zip(which.chunks(LOOKED_UP)) {
        let found = numbers.iter().map(|number| stage.row(*number)).collect::<Option<Vec<Row>>>()?;
        let mut left = found.as_slice();
        let mut files = which;
        while let Some(first) = left.first() {
            let mut run = Run { reads: Vec::new(), copies: Vec::new(), gaps: &mut gaps, end: first.start };
            let taken = run.add_all(left, files, rooms)?;
            if taken == 0 {
                return Some(done);
            }
            run.read(&opened(*stage.files.get(first.home)?), first.start)?;
            (left, files) = (left.get(taken..)?, files.get(taken..)?);
            done += taken;
        }
    }
    Some(done)
}

/// Heads that follow one another in a file, and are read at once.
struct Run<'a> {
    reads: Vec<IoSliceMut<'a>>,
    copies: Vec<(usize, &'a mut [u8])>,
    gaps: &'a mut [u8],
    end: usize,
}

impl<'a> Run<'a> {
    /// Take the first of some rows, as long as they follow one another; return how many.
    fn add_all<'b: 'a>(&mut self, rows: &[Row], which: &[u8], rooms: &mut [Room<'b>]) -> Option<usize> {
        let mut taken = 0;
        for (row, files) in rows.iter().zip(which) {
            if row.home != rows[0].home || !self.takes(row, *files, rooms) {
                break;
            }
            self.add(row, *files, rooms)?;
            taken += 1;
        }
        Some(taken)
    }

    /// Whether a row is near enough, and there is room for it.
    fn takes(&self, row: &Row, files: u8, rooms: &mut [Room]) -> bool {
        let near = (self.end..=self.end + GAP.min(self.gaps.len())).contains(&row.start);
        near && chosen(files, rooms).all(|room| room.takes(row.size + row.ending.len()))
    }

    /// Find the place of a row in each of its files, and end it there.
    fn add<'b: 'a>(&mut self, row: &Row, files: u8, rooms: &mut [Room<'b>]) -> Option<()> {
        if row.start > self.end {
            let (gap, behind) = take(&mut self.gaps).split_at_mut_checked(row.start - self.end)?;
            self.gaps = behind;
            self.reads.push(IoSliceMut::new(gap));
        }
        let mut read = None;
        for room in chosen(files, rooms) {
            let head = room.cut(row.size)?;
            room.cut(row.ending.len())?.copy_from_slice(row.ending);
            match read {
                Some(at) => self.copies.push((at, head)),
                None => {
                    read = Some(self.reads.len());
                    self.reads.push(IoSliceMut::new(head));
                }
            }
        }
        self.end = row.start + row.size;
        read.map(|_| ())
    }

    fn read(mut self, file: &File, begin: usize) -> Option<()> {
        match self.reads.as_mut_slice() {
            [one] => read_at(file, begin as u64, one)?,
            several => read_all(file, begin as u64, several)?,
        }
        for (at, copy) in self.copies {
            copy.copy_from_slice(self.reads.get(at)?);
        }
        Some(())
    }
}

fn chosen<'r, 'a>(files: u8, rooms: &'r mut [Room<'a>]) -> impl Iterator<Item = &'r mut Room<'a>> {
    rooms.iter_mut().enumerate().filter(move |(at, _)| files >> at & 1 == 1).map(|(_, room)| room)
}

/// Fill pieces of memory, one after another, from a place of a file on.
fn read_all(mut file: &File, start: u64, pieces: &mut [IoSliceMut]) -> Option<()> {
    file.seek(SeekFrom::Start(start)).ok()?;
    for some in pieces.chunks_mut(AT_ONCE) {
        let wanted: usize = some.iter().map(|piece| piece.len()).sum();
        let read = loop {
            match file.read_vectored(some) {
                Err(fault) if fault.kind() == ErrorKind::Interrupted => {}
                read => break read.ok()?,
            }
        };
        if read != wanted {
            fill_behind(file, read, some)?;
        }
    }
    Some(())
}

/// Fill what a system left of some pieces, of which it filled so many bytes.
fn fill_behind(mut file: &File, filled: usize, pieces: &mut [IoSliceMut]) -> Option<()> {
    let mut filled = filled;
    for piece in pieces {
        let here = filled.min(piece.len());
        file.read_exact(&mut piece[here..]).ok()?;
        filled -= here;
    }
    Some(())
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
