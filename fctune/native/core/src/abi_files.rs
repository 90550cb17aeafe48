//! The C interface of what writes the files of a dataset; see `abi.rs`.
//!
//! As there, every function gives bytes or a status, and a panic within is told as a failure.

#[cfg(unix)]
use std::fs::File;
#[cfg(unix)]
use std::mem::ManuallyDrop;
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::abi::{answered, taken, Bytes};
#[cfg(unix)]
use crate::gather::{gather, Piece};
use crate::trail::{lines, Line, Texts};

/// Put rows together in the beginning of `room`; return how many bytes they are, or -1 in doubt.
///
/// # Safety
/// `pieces` must describe `count` readable entries whose files are open, `endings` readable and
/// `room` writable memory of those sizes.
#[cfg(unix)]
#[no_mangle]
pub unsafe extern "C" fn fctune_gather(
    pieces: *const Piece,
    count: usize,
    endings: *const u8,
    endings_size: usize,
    room: *mut u8,
    size: usize,
) -> i64 {
    if count == 0 || size == 0 {
        return 0;
    }
    // SAFETY: promised by the caller.
    let (pieces, endings) =
        unsafe { (std::slice::from_raw_parts(pieces, count), taken(endings, endings_size)) };
    // SAFETY: promised by the caller.
    let room = unsafe { std::slice::from_raw_parts_mut(room, size) };
    // SAFETY: promised by the caller; who opened the file closes it.
    let opened = |file| ManuallyDrop::new(unsafe { <File as std::os::fd::FromRawFd>::from_raw_fd(file) });
    let made = catch_unwind(AssertUnwindSafe(|| gather(pieces, endings, room, opened)));
    made.ok().flatten().map_or(-1, |size| size as i64)
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
