//! JSON, as Python and `orjson` write it.
//!
//! Input: a `Value`. Output: its text, or `None` where releases of Python or `orjson` may write a
//! number differently.

use crate::json::{Entry, Value};
use crate::json_strings::plain_length;
use crate::numerals::write_decimal;

/// Digits behind the point of numbers that are written the short way.
const MOST_PLACES: usize = 6;

/// How lists and objects are written; numbers and texts are each writer's own.
pub struct Form {
    pub comma: &'static str,
    pub colon: &'static str,
    pub key: fn(&str, &mut String),
}

/// As Python writes by default, but for characters beyond ASCII.
pub const SPACED: Form = Form { comma: ", ", colon: ": ", key: write_text };
/// As `orjson` writes.
pub const COMPACT: Form = Form { comma: ",", colon: ":", key: write_text };

type Write = fn(&Value<'_>, &mut String) -> Option<()>;

impl Form {
    /// Write a list, each item as another function writes it.
    pub fn list(&self, items: &[Value<'_>], out: &mut String, write: Write) -> Option<()> {
        out.push('[');
        for (at, item) in items.iter().enumerate() {
            out.push_str(if at > 0 { self.comma } else { "" });
            write(item, out)?;
        }
        out.push(']');
        Some(())
    }

    /// Write an object as it is.
    pub fn dict(&self, entries: &[Entry<'_>], out: &mut String, write: Write) -> Option<()> {
        self.entries(entries.iter(), out, write)
    }

    /// Write an object by its keys.
    pub fn sorted(&self, entries: &[Entry<'_>], out: &mut String, write: Write) -> Option<()> {
        let mut sorted: Vec<_> = entries.iter().collect();
        sorted.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
        self.entries(sorted.into_iter(), out, write)
    }

    fn entries<'e, 'a: 'e>(
        &self,
        entries: impl Iterator<Item = &'e Entry<'a>>,
        out: &mut String,
        write: Write,
    ) -> Option<()> {
        out.push('{');
        for (at, (key, item)) in entries.enumerate() {
            out.push_str(if at > 0 { self.comma } else { "" });
            (self.key)(key, out);
            out.push_str(self.colon);
            write(item, out)?;
        }
        out.push('}');
        Some(())
    }
}

/// Write as Python's `json.dumps(value, ensure_ascii=False)` does; `None` where that is in doubt.
#[must_use]
pub fn write_spaced(value: &Value<'_>, out: &mut String) -> Option<()> {
    match value {
        Value::List(items) => return SPACED.list(items, out, write_spaced),
        Value::Dict(entries) => return SPACED.dict(entries, out, write_spaced),
        Value::Float(number) => out.push_str(&python_float(*number)?),
        _ => write_plain(value, out),
    }
    Some(())
}

/// What `write_spaced` writes of a value.
#[must_use]
pub fn spaced(value: &Value<'_>) -> Option<String> {
    let mut out = String::new();
    write_spaced(value, &mut out)?;
    Some(out)
}

/// Write as `orjson.dumps(value, option=orjson.OPT_SORT_KEYS)` does; `None` where it holds a number
/// that releases of `orjson` write differently (1e+16 and 1e16).
#[must_use]
pub fn write_sorted(value: &Value<'_>, out: &mut String) -> Option<()> {
    match value {
        Value::List(items) => return COMPACT.list(items, out, write_sorted),
        Value::Dict(entries) => return COMPACT.sorted(entries, out, write_sorted),
        Value::Float(number) => {
            if *number != 0.0 && !(1e-4..1e16).contains(&number.abs()) {
                return None;
            }
            out.push_str(&python_float(*number)?);
        }
        _ => write_plain(value, out),
    }
    Some(())
}

fn write_plain(value: &Value<'_>, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(number) => write_whole(*number, out),
        Value::Str(text) => write_text(text, out),
        _ => unreachable!("lists, objects and floats are written by the caller"),
    }
}

fn write_whole(number: i64, out: &mut String) {
    if number < 0 {
        out.push('-');
    }
    write_decimal(number.unsigned_abs(), 1, out);
}

/// What is written to: a text, or its bytes.
pub trait Output {
    fn put(&mut self, text: &str);

    /// The same of ASCII.
    fn put_ascii(&mut self, signs: &[u8]);
}

impl Output for String {
    #[inline]
    fn put(&mut self, text: &str) {
        self.push_str(text);
    }

    #[inline]
    fn put_ascii(&mut self, signs: &[u8]) {
        self.push_str(std::str::from_utf8(signs).unwrap_or_default());
    }
}

impl Output for Vec<u8> {
    #[inline]
    fn put(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }

    #[inline]
    fn put_ascii(&mut self, signs: &[u8]) {
        self.extend_from_slice(signs);
    }
}

/// Write a text as a JSON string, escaping what must be and nothing else.
pub fn write_text(text: &str, out: &mut impl Output) {
    out.put("\"");
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let end = at + plain_length(&bytes[at..]);
        out.put(&text[at..end]);
        let Some(sign) = bytes.get(end) else { break };
        at = end + 1;
        match sign {
            b'"' => out.put("\\\""),
            b'\\' => out.put("\\\\"),
            b'\n' => out.put("\\n"),
            b'\r' => out.put("\\r"),
            b'\t' => out.put("\\t"),
            8 => out.put("\\b"),
            12 => out.put("\\f"),
            _ => out.put(&format!("\\u{sign:04x}")),
        }
    }
    out.put("\"");
}

/// The shortest digits of a finite number, and the place of its point behind the first of them.
fn digits_of(number: f64) -> (bool, String, i32) {
    let written = format!("{:e}", number.abs());
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    (number.is_sign_negative(), digits, exponent.parse().unwrap_or(0))
}

/// A number as Python's `repr` writes it; `None` for one of 16 digits or more, of which two may be
/// equally near: Python then takes the even one.
pub fn python_float(number: f64) -> Option<String> {
    if let Some(found) = short_float(number) {
        return Some(found);
    }
    let (negative, digits, exponent) = digits_of(number);
    if digits.len() >= 16 {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    if !(-4..16).contains(&exponent) {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let side = if exponent < 0 { '-' } else { '+' };
        return Some(format!("{sign}{first}{point}{rest}e{side}{:02}", exponent.abs()));
    }
    Some(format!("{sign}{}", positional(&digits, exponent)))
}

/// The same of a number with few digits behind its point. A quotient of two whole numbers is the
/// number that their decimal form is read as, and up to 15 digits there is no other of that length.
fn short_float(number: f64) -> Option<String> {
    let size = number.abs();
    if !(1e-4..1e15).contains(&size) {
        return None;
    }
    let (mut places, mut power) = (0, 1_u64);
    let whole = loop {
        let whole = (size * power as f64).round();
        if whole >= 1e15 || places > MOST_PLACES {
            return None;
        }
        if whole / power as f64 == size {
            break whole as u64;
        }
        (places, power) = (places + 1, power * 10);
    };
    let mut written = String::with_capacity(24);
    written.push_str(if number < 0.0 { "-" } else { "" });
    write_decimal(whole / power, 1, &mut written);
    written.push('.');
    write_decimal(whole % power, places.max(1), &mut written);
    Some(written)
}

/// Whether a number with a point or an exponent is known to stand as `python_float` writes it: up to
/// 15 digits tell numbers apart, so no shorter ones are the same number.
pub fn is_python_float(text: &str) -> bool {
    let Some((whole, part)) = text.trim_start_matches('-').split_once('.') else { return false };
    let digits = whole.len() + part.len() <= 15 && part.bytes().all(|sign| sign.is_ascii_digit());
    let is_small = whole == "0" && part.bytes().take(4).all(|digit| digit == b'0');
    digits && (part == "0" || !(part.ends_with('0') || is_small))
}

fn positional(digits: &str, exponent: i32) -> String {
    if exponent < 0 {
        return format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize));
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{digits}{}.0", "0".repeat(whole - digits.len()));
    }
    format!("{}.{}", &digits[..whole], &digits[whole..])
}
