//! The simplest of the patterns of JSON Schema: one part behind the other, without a choice.
//!
//! Input: a pattern such as `^P[0-9]{4}$`. Output: whether a text holds it, as `jsonschema-rs` says
//! for `fctune/tools/check.py`; `None` for patterns and texts that need a real engine.

const MANY_PARTS: usize = 32;
const MANY_TIMES: usize = 64;
const LONG: usize = 256;

/// A pattern of ASCII characters that stand for themselves, digits and classes.
#[derive(Debug)]
pub struct Pattern {
    parts: Vec<Part>,
    from_begin: bool,
    to_end: bool,
}

/// Some characters, repeated.
#[derive(Debug)]
struct Part {
    signs: u128,
    least: usize,
    /// `None`: any number.
    most: Option<usize>,
}

impl Pattern {
    /// The pattern that a text is; `None` where it is not as simple.
    pub fn of(text: &str) -> Option<Pattern> {
        let mut rest = text.as_bytes();
        let (mut from_begin, mut to_end) = (false, false);
        if let Some(behind) = rest.strip_prefix(b"^") {
            (from_begin, rest) = (true, behind);
        }
        let mut parts = Vec::new();
        while let Some((&sign, behind)) = rest.split_first() {
            if sign == b'$' {
                to_end = behind.is_empty();
                if !to_end {
                    return None;
                }
                break;
            }
            let (signs, behind) = signs_of(sign, behind)?;
            let (least, most, behind) = times_of(behind)?;
            parts.push(Part { signs, least, most });
            rest = behind;
        }
        (!parts.is_empty() && parts.len() <= MANY_PARTS).then_some(Pattern { parts, from_begin, to_end })
    }

    /// Whether the pattern stands in a text; `None` for long texts.
    pub fn is_in(&self, text: &str) -> Option<bool> {
        if text.len() > LONG {
            return None;
        }
        let signs = text.as_bytes();
        let mut places = vec![!self.from_begin; signs.len() + 1];
        places[0] = true;
        for part in &self.parts {
            places = part.behind(signs, &places);
        }
        Some(if self.to_end { places[signs.len()] } else { places.contains(&true) })
    }
}

impl Part {
    /// The places where the part may end, from the places where it may begin.
    fn behind(&self, signs: &[u8], begins: &[bool]) -> Vec<bool> {
        let mut ends = vec![false; begins.len()];
        for (begin, _) in begins.iter().enumerate().filter(|(_, is)| **is) {
            let most = self.most.unwrap_or(signs.len());
            let fitting = signs[begin..].iter().take(most);
            let reached = fitting.take_while(|sign| **sign < 128 && self.signs >> **sign & 1 == 1).count();
            for end in begin + self.least..=begin + reached {
                ends[end] = true;
            }
        }
        ends
    }
}

/// The characters that the next part of a pattern stands for, and what is behind them.
fn signs_of(sign: u8, behind: &[u8]) -> Option<(u128, &[u8])> {
    match sign {
        b'[' => class(behind),
        b'\\' => {
            let (&escaped, behind) = behind.split_first()?;
            match escaped {
                b'd' => Some((range(b'0', b'9'), behind)),
                b'.' | b'-' | b'+' | b'/' | b'(' | b')' | b'*' | b'?' => Some((1 << escaped, behind)),
                _ => None,
            }
        }
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => Some((1 << sign, behind)),
        b' ' | b'-' | b'_' | b':' | b'/' | b'@' | b',' | b'%' | b'=' => Some((1 << sign, behind)),
        _ => None,
    }
}

fn range(first: u8, last: u8) -> u128 {
    (first..=last).fold(0, |signs, sign| signs | 1 << sign)
}

/// A class such as `[A-Za-z0-9_-]`, of which the bracket was read.
fn class(text: &[u8]) -> Option<(u128, &[u8])> {
    let end = text.iter().position(|sign| *sign == b']')?;
    let (mut inner, behind) = (&text[..end], &text[end + 1..]);
    let mut signs = 0;
    while let Some((&first, rest)) = inner.split_first() {
        match rest {
            [b'-', last, after @ ..] => {
                let alike = [b'0'..=b'9', b'a'..=b'z', b'A'..=b'Z'];
                if first > *last || !alike.iter().any(|kind| kind.contains(&first) && kind.contains(last)) {
                    return None;
                }
                signs |= range(first, *last);
                inner = after;
            }
            _ => {
                let last_dash = first == b'-' && rest.is_empty() && signs != 0;
                if !first.is_ascii_alphanumeric() && !b"_.:/@ ".contains(&first) && !last_dash {
                    return None;
                }
                signs |= 1 << first;
                inner = rest;
            }
        }
    }
    (signs != 0).then_some((signs, behind))
}

/// How often a part stands: at least, at most, and what is behind.
fn times_of(text: &[u8]) -> Option<(usize, Option<usize>, &[u8])> {
    let (least, most, behind) = match text {
        [b'+', behind @ ..] => (1, None, behind),
        [b'*', behind @ ..] => (0, None, behind),
        [b'?', behind @ ..] => (0, Some(1), behind),
        [b'{', behind @ ..] => {
            let end = behind.iter().position(|sign| *sign == b'}')?;
            let inner = std::str::from_utf8(&behind[..end]).ok()?;
            let (least, most) = match inner.split_once(',') {
                Some((least, "")) => (count(least)?, None),
                Some((least, most)) => (count(least)?, Some(count(most)?)),
                None => (count(inner)?, Some(count(inner)?)),
            };
            if most.is_some_and(|most| most < least) {
                return None;
            }
            (least, most, &behind[end + 1..])
        }
        _ => return Some((1, Some(1), text)),
    };
    // Two of them, such as `+?`, mean something else.
    (!matches!(behind.first(), Some(b'+' | b'*' | b'?' | b'{'))).then_some((least, most, behind))
}

fn count(digits: &str) -> Option<usize> {
    if digits.is_empty() || digits.len() > 2 || !digits.bytes().all(|sign| sign.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|count| *count <= MANY_TIMES)
}
