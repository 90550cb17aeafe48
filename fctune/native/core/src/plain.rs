//! Whether a text is words and nothing else.
//!
//! Follows `fctune/conversations/quick_write.py` (`holds_mark`), `quick_steps.py` (`is_plain`) and
//! `quick_turns.py` (`starts_plain`). What is not plain takes the full way of Python.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::chars::is_space;
use crate::row::Kind;
use crate::sixteen::{Sixteen, WIDTH};
use crate::word_lists::{words_of, CODE_TAGS};

const SIGNS_OF_PROMPTS: [&str; 4] = ["Action Input", "动作输入", "行动输入", "task_instruction"];
const LABELS: [&str; 7] = ["Thought", "Action", "**Thought", "**Action", "思考", "动作", "行动"];
const CLOSERS: &str = " \t\n\"'”’」』)）*_.";
const LIST_SIGNS: [&str; 5] = ["param", "nput", "descr", "tool_name", "\\u"];

/// Tell whether a text may hold a mark of a template; one that is not ASCII behind a `<` may be.
pub fn holds_mark(text: &str) -> bool {
    let bytes = text.as_bytes();
    holds(bytes, begins_mark, |place| is_mark(bytes, place))
}

/// What is looked at together.
const BLOCK: usize = 4 * WIDTH;

/// Whether anything that is sought stands in a text: `may` tells of bytes, by those behind them, where
/// it may begin, and `is` of a place whether it does.
#[inline(always)]
fn holds(bytes: &[u8], may: impl Fn(Sixteen, Sixteen) -> Sixteen, is: impl Fn(usize) -> bool) -> bool {
    let is_in = |block: &[u8; BLOCK + 1], begin: usize| {
        let mut places = places_of(block, &may);
        while places != 0 {
            if is(begin + places.trailing_zeros() as usize) {
                return true;
            }
            places &= places - 1;
        }
        false
    };
    let mut at = 0;
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        if is_in(block, at) {
            return true;
        }
        at += BLOCK;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let mut block = [b' '; BLOCK + 1];
    block[..rest.len()].copy_from_slice(rest);
    is_in(&block, at)
}

/// Where something may begin in a block, as bits.
#[inline(always)]
fn places_of(block: &[u8; BLOCK + 1], may: impl Fn(Sixteen, Sixteen) -> Sixteen) -> u64 {
    let (ones, twos) = (block[..BLOCK].as_chunks().0, block[1..].as_chunks().0);
    let of = |at: usize| u64::from(may(Sixteen::of(&ones[at]), Sixteen::of(&twos[at])).bits());
    of(0) | of(1) << 16 | of(2) << 32 | of(3) << 48
}

fn begins_mark(one: Sixteen, two: Sixteen) -> Sixteen {
    let opens = one.is(b'<').or(one.is(b'{').and(two.is(b'{')));
    opens.or(two.is(b']'))
}

fn is_mark(bytes: &[u8], place: usize) -> bool {
    let behind = &bytes[place + 1..];
    match bytes[place] {
        b'<' => opens(behind),
        b'{' => behind.first() == Some(&b'{'),
        b'S' | b'T' | b'K' | b'|' => behind.first() == Some(&b']'),
        _ => false,
    }
}

/// Tags of pages and data, types and headers of programs: no template and no reader of rows knows them.
static CODE: LazyLock<HashSet<&'static [u8]>> =
    LazyLock::new(|| words_of(CODE_TAGS).map(str::as_bytes).collect());

/// Whether a tag of a page or of a program opens or closes here.
fn is_code(behind: &[u8]) -> bool {
    let behind = behind.strip_prefix(b"/").unwrap_or(behind);
    let size = behind.iter().take_while(|sign| is_word(**sign)).count();
    // What stands behind ASCII begins a character, so no byte is taken for a space beyond ASCII.
    let ends = behind.get(size).is_some_and(|sign| *sign == b'>' || is_space(char::from(*sign)));
    ends && CODE.contains(&behind[..size])
}

/// What may follow a `<` of a tag: a sign, or a word without what code and addresses have there.
fn opens(behind: &[u8]) -> bool {
    let Some(first) = behind.first() else { return true };
    let shifts = *first == b'<' && behind.get(1).is_some_and(|sign| !matches!(sign, b'/' | b'S'));
    if shifts || is_code(behind) {
        return false;
    }
    if !first.is_ascii() {
        return true;
    }
    if !is_word(*first) {
        return !(is_space(char::from(*first)) || matches!(first, b'=' | b'?' | b'-'));
    }
    let size = behind.iter().take_while(|sign| is_word(**sign)).count();
    match behind.get(size) {
        None => true,
        Some(b':') => behind.get(size + 1) != Some(&b':'), // a type, as `<std::vector`
        Some(next) => !matches!(next, b'@' | b'.' | b',' | b';' | b'(' | b')' | b'+' | b'*'),
    }
}

fn is_word(sign: u8) -> bool {
    sign.is_ascii_alphanumeric() || sign == b'_'
}

/// Tell whether a text is empty, or white space and nothing else.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_space)
}

/// Tell whether all texts of a row in one piece, and its first text, hold no sign of more.
pub fn is_plain_row(raw: &str, first: &str) -> bool {
    let bytes = raw.as_bytes();
    let may = |one: Sixteen, two: Sixteen| {
        let calls = one.is(b'l').and(two.is(b'_'));
        begins_mark(one, two).or(calls).or(one.is(0))
    };
    let is = |place: usize| match bytes[place] {
        0 => true,
        b'l' => bytes[place.saturating_sub(3)..].starts_with(b"tool_call:"),
        _ => is_mark(bytes, place),
    };
    !holds(bytes, may, is) && !is_of_prompts(first)
}

fn is_of_prompts(text: &str) -> bool {
    // Two bytes of each sign, of which the last two have the same.
    let may = |one: Sixteen, two: Sixteen| {
        let english = one.is(b'n').and(two.is(b'p')).or(one.is(b'k').and(two.is(b'_')));
        english.or(one.is(0x93).and(two.is(0xe5)))
    };
    holds(text.as_bytes(), may, |_| true) && SIGNS_OF_PROMPTS.iter().any(|sign| text.contains(sign))
}

/// Tell whether a turn begins as words do.
pub fn starts_plain(kind: Kind, text: &str, lists_tools: bool) -> bool {
    match kind {
        Kind::User => !is_blank(text),
        Kind::Model => {
            let blank = text.chars().next().is_none_or(is_space);
            // In a row without tools JSON and code are answers.
            let code = lists_tools && text.starts_with(['{', '[', '`']);
            !blank && !code && !LABELS.iter().any(|label| text.starts_with(label))
        }
        _ => true,
    }
}

/// Tell whether a text may hold a list of tools; follows `fctune/conversations/prompt_tools.py`.
pub fn may_list_tools(text: &str) -> bool {
    text.contains('{')
        && text.contains("name")
        && LIST_SIGNS.iter().any(|key| text.contains(key))
        && text.match_indices('{').any(|(at, _)| may_begin_list(&text[..at]))
}

/// Whether an object behind these words is the first of a list, or begins a line.
fn may_begin_list(before: &str) -> bool {
    before.is_empty() || before.ends_with('\n') || before.trim_end_matches(is_space).ends_with('[')
}

/// Tell whether words of the model end with a question.
pub fn asks(text: &str) -> bool {
    text.trim_end_matches(|sign| CLOSERS.contains(sign)).ends_with(['?', '？'])
}
