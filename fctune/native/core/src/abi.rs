//! The C interface: what Python calls through `ctypes`.
//!
//! Every function takes and gives bytes. A panic within is caught and told as `FAILED`, so that the
//! caller takes its own way; no fault in a row ends the process.

use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::columns;
use crate::context::Context;
use crate::json;
use crate::probe;
use crate::utf8::is_utf8;

/// The result is in `out`.
pub const DONE: i32 = 0;
/// In doubt: there is no result.
pub const DOUBT: i32 = 1;
/// A fault of this library; there is no result.
pub const FAILED: i32 = 2;
/// Of this interface; Python refuses a library with another.
pub const VERSION: i32 = 5;

/// Bytes that this library owns until `fctune_release` is called with them.
#[repr(C)]
pub struct Bytes {
    data: *mut u8,
    size: usize,
    capacity: usize,
}

/// Bytes that are lent.
#[repr(C)]
pub struct Part {
    data: *const u8,
    size: usize,
}

/// Asks Python for what is to be told of a tool list or a system text.
pub type Asked = unsafe extern "C" fn(i32, *const u8, usize, *mut Part) -> i32;

impl Bytes {
    pub fn of(bytes: Vec<u8>) -> Bytes {
        let mut kept = std::mem::ManuallyDrop::new(bytes);
        Bytes { data: kept.as_mut_ptr(), size: kept.len(), capacity: kept.capacity() }
    }
}

/// # Safety
/// `data` and `size` must describe readable memory that outlives the use of the result.
pub unsafe fn taken<'a>(data: *const u8, size: usize) -> &'a [u8] {
    if size == 0 {
        return &[];
    }
    // SAFETY: promised by the caller.
    unsafe { std::slice::from_raw_parts(data, size) }
}

/// The text that some bytes are; `None` where they are no UTF-8.
pub fn text_of(bytes: &[u8]) -> Option<&str> {
    // SAFETY: `is_utf8` says what `std::str::from_utf8` says; a test holds it against Python's.
    is_utf8(bytes).then(|| unsafe { std::str::from_utf8_unchecked(bytes) })
}

/// Run `work`, put what it gives into `out`, and tell how it ended.
///
/// # Safety
/// `out` must point to writable memory of a `Bytes`.
pub unsafe fn answered(out: *mut Bytes, work: impl FnOnce() -> Option<Vec<u8>>) -> i32 {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Some(bytes)) => {
            // SAFETY: promised by the caller.
            unsafe { out.write(Bytes::of(bytes)) };
            DONE
        }
        Ok(None) => DOUBT,
        Err(_) => FAILED,
    }
}

#[no_mangle]
pub extern "C" fn fctune_version() -> i32 {
    // Panics are told by their status; Rust would also print each.
    std::panic::set_hook(Box::new(|_| {}));
    VERSION
}

/// # Safety
/// `bytes` must come from this library, and be released once.
#[no_mangle]
pub unsafe extern "C" fn fctune_release(bytes: Bytes) {
    // SAFETY: promised by the caller; the parts are those of a `Vec`.
    drop(unsafe { Vec::from_raw_parts(bytes.data, bytes.size, bytes.capacity) });
}

/// # Safety
/// The pointers must describe readable memory, and `out` writable memory of a `Bytes`.
#[no_mangle]
pub unsafe extern "C" fn fctune_probe(
    name: *const u8,
    name_size: usize,
    given: *const u8,
    given_size: usize,
    out: *mut Bytes,
) -> i32 {
    // SAFETY: promised by the caller.
    let (name, given) = unsafe { (taken(name, name_size), taken(given, given_size)) };
    // SAFETY: promised by the caller.
    unsafe {
        answered(out, || {
            let (name, given) = (std::str::from_utf8(name).ok()?, std::str::from_utf8(given).ok()?);
            probe::call(name, &json::parse(given)?).map(String::into_bytes)
        })
    }
}

/// # Safety
/// `given` must describe readable memory. The result is null, or to be freed by `fctune_free`.
#[no_mangle]
pub unsafe extern "C" fn fctune_new(given: *const u8, size: usize) -> *mut Context {
    // SAFETY: promised by the caller.
    let given = unsafe { taken(given, size) };
    let made = catch_unwind(|| {
        let settings = json::parse(std::str::from_utf8(given).ok()?)?;
        Context::of(&settings)
    });
    match made {
        Ok(Some(context)) => Box::into_raw(Box::new(context)),
        _ => std::ptr::null_mut(),
    }
}

/// # Safety
/// `context` must come from `fctune_new`, and be freed once.
#[no_mangle]
pub unsafe extern "C" fn fctune_free(context: *mut Context) {
    // SAFETY: promised by the caller.
    drop(unsafe { Box::from_raw(context) });
}

/// # Safety
/// `context` must come from `fctune_new` and be used by one thread at a time; `given` must describe
/// readable memory.
#[no_mangle]
pub unsafe extern "C" fn fctune_tell(context: *mut Context, given: *const u8, size: usize) -> i32 {
    // SAFETY: promised by the caller.
    let (context, given) = unsafe { (&mut *context, taken(given, size)) };
    match catch_unwind(AssertUnwindSafe(|| tell(context, given))) {
        Ok(Some(())) => DONE,
        Ok(None) => DOUBT,
        Err(_) => FAILED,
    }
}

fn tell(context: &mut Context, given: &[u8]) -> Option<()> {
    context.tell(&json::parse(std::str::from_utf8(given).ok()?)?)
}

/// # Safety
/// As `fctune_tell`; `block` must describe readable memory, `out` writable memory of
/// `columns::PARTS` parts. What `ask` gives must be readable until it is asked again. The parts are
/// good until the context is used again.
#[no_mangle]
pub unsafe extern "C" fn fctune_scan(
    context: *mut Context,
    block: *const u8,
    size: usize,
    begin: usize,
    ask: Asked,
    out: *mut Part,
) -> i32 {
    // SAFETY: promised by the caller.
    let (context, block) = unsafe { (&mut *context, taken(block, size)) };
    let mut asked = |status: u8, line: &[u8], context: &mut Context| {
        let given = if status == columns::TOOLS { context.lacking.as_bytes() } else { line };
        let mut answer = Part { data: std::ptr::null(), size: 0 };
        // SAFETY: the memory is there during the call.
        if unsafe { ask(i32::from(status), given.as_ptr(), given.len(), &mut answer) } != DONE {
            return false;
        }
        // SAFETY: promised by the caller.
        tell(context, unsafe { taken(answer.data, answer.size) }).is_some()
    };
    match catch_unwind(AssertUnwindSafe(|| columns::scan_all(block, begin, context, &mut asked))) {
        Ok(Some(())) => {}
        Ok(None) => return DOUBT,
        Err(_) => return FAILED,
    }
    for (at, part) in context.columns.parts().into_iter().enumerate() {
        // SAFETY: promised by the caller.
        unsafe { out.add(at).write(Part { data: part.as_ptr(), size: part.len() }) };
    }
    DONE
}
