//! The C interface of the search for near duplicates; see `abi.rs`.
//!
//! As there, every function gives bytes or a status, and a panic within is told as `FAILED`.

use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::abi::{answered, taken, Bytes, DONE, DOUBT, FAILED};
use crate::near_joined::{promising, Joined, Places};
use crate::near_rows;
use crate::near_sketch;

/// # Safety
/// `block` and `ends` must describe readable memory, `ends` that of `count` numbers, and `out`
/// writable memory of a `Bytes`.
#[no_mangle]
pub unsafe extern "C" fn fctune_briefs(
    block: *const u8,
    size: usize,
    ends: *const u64,
    count: usize,
    out: *mut Bytes,
) -> i32 {
    if count == 0 {
        return DOUBT;
    }
    // SAFETY: promised by the caller.
    let (block, ends) = unsafe { (taken(block, size), std::slice::from_raw_parts(ends, count)) };
    // SAFETY: promised by the caller.
    unsafe { answered(out, || near_rows::briefs(block, ends)) }
}

/// # Safety
/// `file` must be the number of an open file. The result is null, or to be freed by
/// `fctune_joined_free`.
#[no_mangle]
pub unsafe extern "C" fn fctune_joined_new(rows: u32, threshold: f64, file: i32) -> *mut Joined {
    #[cfg(unix)]
    {
        let made = catch_unwind(|| {
            // SAFETY: promised by the caller.
            let file = unsafe { std::os::fd::BorrowedFd::borrow_raw(file) };
            let file = file.try_clone_to_owned().ok()?;
            Some(Box::into_raw(Box::new(Joined::of(rows, threshold, file.into()))))
        });
        made.ok().flatten().unwrap_or(std::ptr::null_mut())
    }
    #[cfg(not(unix))]
    {
        let _ = (rows, threshold, file);
        std::ptr::null_mut()
    }
}

/// # Safety
/// `joined` must come from `fctune_joined_new`, and be freed once.
#[no_mangle]
pub unsafe extern "C" fn fctune_joined_free(joined: *mut Joined) {
    // SAFETY: promised by the caller.
    drop(unsafe { Box::from_raw(joined) });
}

/// # Safety
/// `joined` must come from `fctune_joined_new`; `left` and `right` must describe `count` readable
/// numbers, `starts` and `sizes` `rows` of them.
#[no_mangle]
pub unsafe extern "C" fn fctune_joined_add(
    joined: *mut Joined,
    left: *const i32,
    right: *const i32,
    count: usize,
    starts: *const i64,
    sizes: *const i32,
    rows: usize,
) -> i32 {
    if count == 0 || rows == 0 {
        return DONE;
    }
    // SAFETY: promised by the caller.
    let (joined, left, right, places) = unsafe {
        let places = Places { starts: numbers(starts, rows), sizes: numbers(sizes, rows) };
        (&mut *joined, numbers(left, count), numbers(right, count), places)
    };
    match catch_unwind(AssertUnwindSafe(|| joined.join(left, right, &places))) {
        Ok(Some(())) => DONE,
        _ => FAILED,
    }
}

/// # Safety
/// `joined` must come from `fctune_joined_new`, and `out` describe writable memory of a `Bytes`.
#[no_mangle]
pub unsafe extern "C" fn fctune_joined_roots(joined: *mut Joined, out: *mut Bytes) -> i32 {
    // SAFETY: promised by the caller.
    let joined = unsafe { &mut *joined };
    // SAFETY: promised by the caller.
    unsafe { answered(out, || Some(joined.roots())) }
}

/// # Safety
/// `signatures` must describe readable memory, `left` and `right` that of `count` numbers, and `out`
/// writable memory of a `Bytes`.
#[no_mangle]
pub unsafe extern "C" fn fctune_promising(
    signatures: *const u8,
    size: usize,
    left: *const i32,
    right: *const i32,
    count: usize,
    most: u32,
    out: *mut Bytes,
) -> i32 {
    if count == 0 {
        return DOUBT;
    }
    // SAFETY: promised by the caller.
    let (signatures, left, right) =
        unsafe { (taken(signatures, size), numbers(left, count), numbers(right, count)) };
    // SAFETY: promised by the caller.
    unsafe { answered(out, || promising(signatures, left, right, most)) }
}

/// # Safety
/// As `taken`, of at least one number; they must be aligned.
unsafe fn numbers<'a, T>(data: *const T, count: usize) -> &'a [T] {
    // SAFETY: promised by the caller.
    unsafe { std::slice::from_raw_parts(data, count) }
}

/// # Safety
/// `digests` and `facts` must describe readable memory, and `out` writable memory of a `Bytes`.
#[no_mangle]
pub unsafe extern "C" fn fctune_signatures(
    digests: *const u8,
    digests_size: usize,
    facts: *const u8,
    facts_size: usize,
    out: *mut Bytes,
) -> i32 {
    // SAFETY: promised by the caller.
    let (digests, facts) = unsafe { (taken(digests, digests_size), taken(facts, facts_size)) };
    // SAFETY: promised by the caller.
    unsafe { answered(out, || near_sketch::signatures(digests, facts)) }
}
