//! What tools say, kept from row to row: rows of one set share their tools.
//!
//! Input: a tool, and what is to be judged by its words. Output: the judgement. What is kept is
//! bounded by the number of tools and by the bytes of their texts.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use crate::ground_text::Said;
use crate::hash::xxh3_64;
use crate::json::{parse_spaced, write_spaced};
use crate::tools::Tool;

const MAX_SPECS: usize = 4096;
const MAX_SIZE: usize = 4 << 20;

thread_local! {
    /// What each tool says, by the hash of its text.
    static SPECS: RefCell<Specs> = RefCell::default();
}

/// What tools say, and how many bytes their texts have.
#[derive(Default)]
struct Specs {
    known: HashMap<u64, Spec>,
    size: usize,
}

impl Specs {
    /// Take out what is known of a tool.
    fn take(&mut self, hash: u64, text: &str) -> Option<Spec> {
        let spec = self.known.remove(&hash)?;
        self.size -= spec.text.len();
        (spec.text == text).then_some(spec)
    }

    fn put(&mut self, hash: u64, spec: Spec) {
        if self.known.len() >= MAX_SPECS || self.size > MAX_SIZE {
            *self = Specs::default();
        }
        self.size += spec.text.len();
        self.known.insert(hash, spec);
    }
}

/// The text of a tool, and what it says.
struct Spec {
    text: String,
    said: Said<'static>,
}

/// Judge with the words of a tool, remembered.
pub fn with_spec<T>(tool: &Tool, judge: impl FnOnce(&mut Said<'static>) -> Option<T>) -> Option<T> {
    let (text, hash) = (tool.spec(), xxh3_64(tool.spec().as_bytes()));
    let known = SPECS.with_borrow_mut(|specs| specs.take(hash, text));
    let mut spec = match known {
        Some(spec) => spec,
        None => Spec { text: text.to_owned(), said: Said::of(Cow::Owned(written(text)?), 1) },
    };
    // In doubt what was read of it is half made, and forgotten.
    let judged = judge(&mut spec.said)?;
    SPECS.with_borrow_mut(|specs| specs.put(hash, spec));
    Some(judged)
}

/// A tool as the model sees it.
fn written(spec: &str) -> Option<String> {
    let (value, is_spaced) = parse_spaced(spec)?;
    let keys = value.as_dict()?.iter().map(|(key, _)| key.as_ref());
    if !keys.eq(["name", "description", "parameters"]) {
        return None;
    }
    if is_spaced {
        return Some(spec.to_owned());
    }
    let mut written = String::with_capacity(spec.len());
    write_spaced(&value, &mut written)?;
    Some(written)
}
