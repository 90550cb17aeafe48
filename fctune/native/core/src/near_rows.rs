//! Briefs of rows as a dataset has them: what candidates for near duplicates say.
//!
//! Input: rows up to their `tools`, one behind the other (`segment.py`, `heads.bin`). Output: for
//! each the hash of its facts and the hashes of its shingles; see `fctune/native/near.py`. Follows
//! `_said` in `fctune/dataset/findings.py` for rows of one part. A row with several calls in a turn
//! or with anything that is not plain is in doubt.

use std::borrow::Cow;
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::json::{parse, spaced, Value};
use crate::line::{self, Space};
use crate::near::{said_by, Said};
use crate::raw::Raw;
use crate::row::{Call, Kind};

/// The briefs of rows; `ends` holds where each ends in `block`. First a u32 for each row, how many
/// numbers its brief has, 0 in doubt; then the numbers, 8 bytes each, little-endian.
pub fn briefs(block: &[u8], ends: &[u64]) -> Option<Vec<u8>> {
    let (mut sizes, mut numbers) = (Vec::with_capacity(4 * ends.len()), Vec::new());
    let mut begin = 0;
    let mut space = Space::default();
    for end in ends {
        let end = usize::try_from(*end).ok()?;
        let head = block.get(begin..end)?;
        // A fault of this library in one row is a doubt about that row.
        let said = catch_unwind(AssertUnwindSafe(|| said_in(head, &mut space))).ok().flatten();
        let brief = said.map_or_else(Vec::new, |said| said.brief());
        sizes.extend(u32::try_from(brief.len()).ok()?.to_le_bytes());
        brief.iter().for_each(|number| numbers.extend(number.to_le_bytes()));
        begin = end;
    }
    sizes.append(&mut numbers);
    Some(sizes)
}

/// What a written row says.
fn said_in(head: &[u8], space: &mut Space) -> Option<Said> {
    let text = [head, b"}"].concat();
    let line = line::read(&text, space)?;
    let row = Raw::of(&line, space)?;
    let turns = || row.plan.kinds.iter().zip(&row.texts);
    let told = turns().filter(|(kind, _)| **kind == Kind::Call).map(|(_, text)| Call::of(parse(text)?));
    let calls = told.collect::<Option<Vec<_>>>()?;
    let users = turns().filter(|(kind, _)| **kind == Kind::User).map(|(_, text)| *text);
    said_by(users, calls.iter())
}

/// For tests: what `texts` and `calls` (`[[name, arguments], ...]`) say.
fn said_of(given: &Value<'_>) -> Option<Said> {
    let texts = given.get("texts")?.as_list()?;
    let texts: Vec<&str> = texts.iter().map(Value::as_str).collect::<Option<_>>()?;
    let mut calls = Vec::new();
    for one in given.get("calls")?.as_list()? {
        let [name, arguments] = one.as_list()? else { return None };
        let name = Cow::Borrowed(name.as_str()?);
        calls.push(Call { name, arguments: arguments.as_dict()?.to_vec(), written: None });
    }
    said_by(texts.into_iter(), calls.iter())
}

/// For tests: facts, counts, shingles and their numbers, as JSON.
pub fn shown(given: &Value<'_>) -> Option<String> {
    let said = said_of(given)?;
    let (words, calls) = said.counts();
    let mut shingles = Vec::new();
    for shingle in said.shingles() {
        shingles.push(Value::Str(Cow::Borrowed(std::str::from_utf8(shingle).ok()?)));
    }
    let facts = Value::Str(Cow::Owned(said.facts().to_string()));
    let [words, calls] = [words, calls].map(|count| Value::Int(count as i64));
    let tokens = said.tokens().into_iter().map(|one| Value::Str(Cow::Owned(one.to_string())));
    let lists = [Value::List(shingles), Value::List(tokens.collect())];
    let parts = [facts, words, calls].into_iter().chain(lists).collect();
    spaced(&Value::List(parts))
}
