//! E-mail addresses in a text.
//!
//! Follows `_EMAIL` and `_emails` of `fctune/conversations/personal_patterns.py`.

use crate::personal::Span;

const RESERVED: [&str; 7] =
    ["example.com", "example.org", "example.net", "example", "test", "invalid", "localhost"];
const FILES: [&str; 15] = [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "json", "htm", "html", "py", "txt", "pdf", "md",
];
const MAX_LOCAL: usize = 64;
const MAX_LABEL: usize = 63;
const MAX_LABELS: usize = 8;

/// All addresses about an `@` at some places, from left to right; the value of one that nobody can
/// have is "".
pub fn emails(text: &str, places: &[usize]) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut found: Vec<Span> = Vec::new();
    let mut from = 0;
    for at in places.iter().copied().filter(|at| bytes[*at] == b'@') {
        let Some(start) = local_start(bytes, from, at) else { continue };
        let Some(end) = domain_end(bytes, at + 1) else { continue };
        let value = text[start..end].to_ascii_lowercase();
        let free = value.starts_with("git@") || is_free(&value[at - start + 1..]);
        let value = if free { String::new() } else { value };
        found.push(Span { code: "personal-email", start, end, value });
        from = end;
    }
    found
}

fn is_local(sign: u8) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, b'.' | b'_' | b'%' | b'+' | b'-')
}

/// Where the part before an `@` begins; `None` where it is no such part.
fn local_start(bytes: &[u8], from: usize, at: usize) -> Option<usize> {
    let mut start = at;
    while start > 0 && is_local(bytes[start - 1]) {
        start -= 1;
        if at - start > MAX_LOCAL {
            return None;
        }
    }
    let before = start.checked_sub(1).map(|place| bytes[place]);
    if start == at || before == Some(b'@') || start < from || !bytes[start].is_ascii_alphanumeric() {
        return None;
    }
    let last = bytes[at - 1];
    (last.is_ascii_alphanumeric() || matches!(last, b'_' | b'+' | b'-')).then_some(start)
}

/// Where the domain that begins here ends; the one of most labels that may stand there.
fn domain_end(bytes: &[u8], begin: usize) -> Option<usize> {
    let mut best = None;
    let mut at = begin;
    for _ in 0..MAX_LABELS {
        let end = label_end(bytes, at)?;
        if bytes.get(end) != Some(&b'.') {
            break;
        }
        at = end + 1;
        best = top_end(bytes, at).or(best);
        if label_end(bytes, at).is_none() {
            break;
        }
    }
    best
}

/// Where a label of letters, digits and inner hyphens ends, which must be at its last sign.
fn label_end(bytes: &[u8], begin: usize) -> Option<usize> {
    let rest = &bytes[begin..];
    let size = rest.iter().take_while(|sign| sign.is_ascii_alphanumeric() || **sign == b'-').count();
    let label = &rest[..size];
    let whole = size > 0 && size <= MAX_LABEL && label[0] != b'-' && label[size - 1] != b'-';
    whole.then_some(begin + size)
}

fn top_end(bytes: &[u8], begin: usize) -> Option<usize> {
    let rest = &bytes[begin..];
    let size = rest.iter().take_while(|sign| sign.is_ascii_alphabetic()).count();
    if !(2..=24).contains(&size) {
        return None;
    }
    let is_word = |sign: &u8| sign.is_ascii_alphanumeric() || *sign == b'_';
    let touched = match rest.get(size) {
        Some(b'@') => true,
        Some(b'-') => rest.get(size + 1).is_some_and(is_word),
        Some(sign) => sign.is_ascii_digit(),
        None => false,
    };
    (!touched).then_some(begin + size)
}

fn is_free(domain: &str) -> bool {
    let reserved =
        |name: &&str| domain.strip_suffix(*name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let ending = domain.rsplit_once('.').map_or("", |(_, ending)| ending);
    RESERVED.iter().any(|name| reserved(&name)) || FILES.contains(&ending) || ending == "local"
}
