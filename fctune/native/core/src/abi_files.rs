//! The C interface of what writes the files of a dataset; see `abi.rs`.
//!
//! As there, every function gives bytes, a status or a count, and a panic within is told as a failure.

#[cfg(unix)]
use std::fs::File;
#[cfg(unix)]
use std::mem::ManuallyDrop;
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::abi::{answered, taken, Bytes};
#[cfg(unix)]
use crate::gather::{gather, Ending, Room, Stage};
use crate::trail::{lines, Line, Texts};

/// What rows are made of, as `Stage` of `fctune/native/gather.py` lends it.
#[cfg(unix)]
#[repr(C)]
pub struct Lent {
    ends: Numbers<i64>,
    first_rows: Numbers<i64>,
    files: Numbers<i32>,
    lists: Numbers<i32>,
    endings: Numbers<Ending>,
    text: Numbers<u8>,
}

/// Numbers of the caller, and how many they are.
#[cfg(unix)]
#[repr(C)]
struct Numbers<T> {
    data: *const T,
    count: usize,
}

#[cfg(unix)]
impl<T> Numbers<T> {
    /// # Safety
    /// They must be readable as long as they are used.
    unsafe fn taken<'a>(&self) -> &'a [T] {
        if self.count == 0 {
            return &[];
        }
        // SAFETY: promised by the caller.
        unsafe { std::slice::from_raw_parts(self.data, self.count) }
    }
}

/// Where the rows of a file wait.
#[cfg(unix)]
#[repr(C)]
pub struct Waiting {
    data: *mut u8,
    size: usize,
    used: usize,
    enough: usize,
}

/// Put rows into the rooms of their files; return how many were taken, or -1 in doubt.
///
/// # Safety
/// `lent` must describe readable memory and open files, `rows` and `which` `count` entries, and
/// `rooms` writable memory of those sizes, `used` bytes of which are in use.
#[cfg(unix)]
#[no_mangle]
pub unsafe extern "C" fn fctune_rows(
    lent: *const Lent,
    rows: *const i64,
    which: *const u8,
    count: usize,
    rooms: *mut Waiting,
    rooms_count: usize,
) -> i64 {
    if count == 0 || rooms_count == 0 {
        return 0;
    }
    // SAFETY: promised by the caller.
    let stage = unsafe {
        let lent = &*lent;
        Stage {
            ends: lent.ends.taken(),
            first_rows: lent.first_rows.taken(),
            files: lent.files.taken(),
            lists: lent.lists.taken(),
            endings: lent.endings.taken(),
            text: lent.text.taken(),
        }
    };
    // SAFETY: promised by the caller.
    let (rows, which, waiting) = unsafe {
        (
            std::slice::from_raw_parts(rows, count),
            std::slice::from_raw_parts(which, count),
            std::slice::from_raw_parts_mut(rooms, rooms_count),
        )
    };
    // SAFETY: promised by the caller; who opened the file closes it.
    let opened = |file| ManuallyDrop::new(unsafe { <File as std::os::fd::FromRawFd>::from_raw_fd(file) });
    let made = catch_unwind(AssertUnwindSafe(|| {
        let taken = waiting.iter().map(|room| {
            let left = room.size.checked_sub(room.used)?;
            // SAFETY: promised by the caller.
            let free = unsafe { std::slice::from_raw_parts_mut(room.data.add(room.used), left) };
            Some(Room { free, used: room.used, enough: room.enough })
        });
        let mut rooms = taken.collect::<Option<Vec<Room>>>()?;
        let done = gather(&stage, rows, which, &mut rooms, opened)?;
        Some((done, rooms.iter().map(|room| room.used).collect::<Vec<usize>>()))
    }));
    let Some((done, used)) = made.ok().flatten() else { return -1 };
    waiting.iter_mut().zip(used).for_each(|(room, used)| room.used = used);
    done as i64
}

/// Some bytes of the caller.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    data: *const u8,
    size: usize,
}

/// The lines of a trail: `opening`, the number of the row, `middle`, and what its line tells.
///
/// # Safety
/// `told` must describe `count` readable lines, the texts readable memory, `ends` that of
/// `ends_count` numbers, and `out` writable memory of a `Bytes`.
#[no_mangle]
pub unsafe extern "C" fn fctune_trail(
    told: *const Line,
    count: usize,
    first: u64,
    texts: *const [Text; 4],
    ends: *const u64,
    ends_count: usize,
    out: *mut Bytes,
) -> i32 {
    if count == 0 || ends_count == 0 {
        return crate::abi::DOUBT;
    }
    // SAFETY: promised by the caller.
    let (told, ends) =
        unsafe { (std::slice::from_raw_parts(told, count), std::slice::from_raw_parts(ends, ends_count)) };
    // SAFETY: promised by the caller.
    let [opening, middle, marks, endings] = unsafe { (*texts).map(|text| taken(text.data, text.size)) };
    let texts = Texts { opening, middle, marks, endings, ends };
    // SAFETY: promised by the caller.
    unsafe { answered(out, || lines(told, first, &texts)) }
}
