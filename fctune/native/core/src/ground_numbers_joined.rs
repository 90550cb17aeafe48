//! Numbers that digits state together with what stands beside them; follows `_patterned` of
//! `fctune/conversations/grounding_numbers.py`.
//!
//! Input: a folded text whose characters are certain. Output: hours after noon, numbers within a
//! range, prices folded and decades.

use std::sync::LazyLock;

use crate::ground_chars::is_space;
use crate::ground_numbers::{digits_at, next_digit, past_space, read};
use crate::ground_numerals::chinese_number;
use crate::patterns::{sign_at, sign_before, Pattern};

const NIGHTS: [&str; 5] = ["下午", "晚上", "傍晚", "今晚", "明晚"];
const MAX_RANGE: u32 = 40;

static FOLDED: LazyLock<Pattern> = LazyLock::new(|| Pattern::new("([1-9一二三四五六七八九])折"));
static DECADE: LazyLock<Pattern> = LazyLock::new(|| Pattern::new(r"(?<!\d)(?:19|20)?(\d0)(?:'?s\b|年代)"));

/// Hours after noon, numbers within a range, prices folded and decades.
pub fn patterned(text: &str, is_ascii: bool, out: &mut Vec<f64>) -> Option<()> {
    if text.contains("pm")
        || text.contains("p.m")
        || (!is_ascii && NIGHTS.iter().any(|word| text.contains(word)))
    {
        afternoons(text, out);
    }
    ranges(text, out)?;
    if !is_ascii && text.contains('折') {
        for found in FOLDED.each(text) {
            let part = found.get(1);
            let digit = part.as_bytes()[0];
            let known = if digit.is_ascii() { Some(f64::from(digit - b'0')) } else { chinese_number(part)? };
            if let Some(tenths) = known.filter(|tenths| *tenths != 0.0) {
                out.extend([100.0 - 10.0 * tenths, 10.0 * tenths]);
            }
        }
    }
    if text.contains("0s") || text.contains("0'") || (!is_ascii && text.contains("年代")) {
        for found in DECADE.each(text) {
            let decade: f64 = found.get(1).parse().ok()?;
            out.extend([1900.0 + decade, 1909.0 + decade, 2000.0 + decade, 2009.0 + decade]);
        }
    }
    Some(())
}

/// Hours after noon: `3:30 pm`, `下午 3点`.
fn afternoons(text: &str, out: &mut Vec<f64>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let (start, is_digit) = match bytes[at] {
            b'0'..=b'9' => (at, true),
            0xe4..=0xe6 => match NIGHTS.iter().find(|word| bytes[at..].starts_with(word.as_bytes())) {
                Some(word) => (past_space(text, at + word.len()), false),
                None => (at, false),
            },
            _ => (at, false),
        };
        let size = digits_at(bytes, start, 3);
        if size == 0 {
            at += 1;
            continue;
        }
        let end = start + size;
        let found = match is_digit {
            _ if size > 2 => None,
            true => noon_end(text, end),
            false => is_hour_behind(text, end).then_some(end),
        };
        at = match found {
            Some(next) => {
                out.push(read(&bytes[start..end]) + 12.0);
                next
            }
            None if is_digit => start + digits_at(bytes, start, usize::MAX),
            None => at + 3,
        };
    }
}

fn is_hour_behind(text: &str, at: usize) -> bool {
    matches!(sign_at(text, at), Some('点' | '时' | ':' | '：'))
}

/// Where `:30 pm` ends, or ` p.m`.
fn noon_end(text: &str, end: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = match sign_at(text, end) {
        Some(sign @ (':' | '：')) => end + sign.len_utf8(),
        _ => end,
    };
    if at > end {
        at = (digits_at(bytes, at, 2) == 2).then_some(at + 2)?;
    }
    at = past_space(text, at);
    let size = ["pm", "p.m"].iter().find(|word| bytes[at..].starts_with(word.as_bytes()))?.len();
    Some(at + size)
}

fn ranges(text: &str, out: &mut Vec<f64>) -> Option<()> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(start) = next_digit(bytes, at) {
        let end = start + digits_at(bytes, start, usize::MAX);
        at = end;
        let second = match joined(text, end) {
            Some(second) if end - start <= 6 && sign_before(text, start) != Some('-') => second,
            _ => continue,
        };
        let size = digits_at(bytes, second, 7);
        if size > 6 || bytes.get(second + size) == Some(&b'-') {
            continue;
        }
        at = second + size;
        let (first, last): (u32, u32) = (text[start..end].parse().ok()?, text[second..at].parse().ok()?);
        if last > first && last - first <= MAX_RANGE {
            out.extend((first + 1..last).map(f64::from));
        }
    }
    Some(())
}

/// Where the number begins to which a word or sign leads that stands behind another number.
fn joined(text: &str, end: usize) -> Option<usize> {
    let first = sign_at(text, end)?;
    if first.is_ascii() && !matches!(first, ' ' | 't' | 'a' | '-' | '~' | '\t'..='\r' | '\x1c'..='\x1f') {
        return None;
    }
    let at = if is_space(first) { end + first.len_utf8() } else { end };
    let rest = text.get(at..)?;
    let words = ["to", "through", "and", "-", "–", "~", "到", "至"];
    let size = words.iter().find(|word| rest.starts_with(**word))?.len();
    let next = past_space(text, at + size);
    text.as_bytes().get(next)?.is_ascii_digit().then_some(next)
}
