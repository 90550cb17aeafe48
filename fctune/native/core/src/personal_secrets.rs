//! Keys, tokens and passwords in a text.
//!
//! Follows `fctune/conversations/personal_secrets.py`. Keys of known makers are left to Python
//! (`personal_sieve`); what is given to a name such as `password` is told here.

use crate::chars::is_space;
use crate::patterns::sign_at;
use crate::personal::Span;

const MASK: &str = "EXAMPLE";
const PLACES: [&str; 11] = [
    "your",
    "xxxx",
    "**",
    "...",
    "example",
    "placeholder",
    "redacted",
    "dummy",
    "changeme",
    "hidden",
    "string",
];
const FEWEST: usize = 6;
const MOST: usize = 512;
const NAME_BEGINS: usize = 24;

/// What is given to names, from left to right; each has one of some places in it.
pub fn secrets(view: &str, places: &[usize]) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    for place in places.iter().filter(|place| view.as_bytes()[**place] != b'@') {
        at = at.max(place.saturating_sub(NAME_BEGINS));
        while at <= *place {
            match named(view, at) {
                Some(one) => {
                    at = one.end;
                    found.extend(judged(view, &one));
                }
                None => at += 1,
            }
        }
    }
    found
}

/// Whether something is given to the name that has this place in it.
pub fn is_given(view: &str, place: usize) -> bool {
    let bytes = view.as_bytes();
    let behind = match (bytes[place] | 32, bytes.get(place + 1).map(|sign| sign | 32)) {
        (b'k', _) => 3,
        (b'w', Some(b'o')) => 4,
        (b'w', _) => 2,
        (b'c', _) => return is_given_secret(view, place - 2),
        _ => "密码".len(),
    };
    given(view, place, place + behind).is_some()
}

/// The same of `secret`, which may be more than this word.
fn is_given_secret(view: &str, at: usize) -> bool {
    let sizes = [Some("secret".len()), secret_key(&view.as_bytes()[at..])];
    sizes.into_iter().flatten().any(|size| given(view, at, at + size).is_some())
}

struct Named<'t> {
    name: &'t str,
    quoted: bool,
    /// Where the value begins and ends.
    start: usize,
    end: usize,
}

/// What a name that begins here is given to.
fn named(view: &str, at: usize) -> Option<Named<'_>> {
    let bytes = view.as_bytes().get(at..)?;
    let may_begin = matches!(bytes.first()? | 32, b'a' | b's' | b'c' | b'r' | b'p' | b't');
    if !may_begin && bytes[0] != 0xe5 {
        return None;
    }
    // In the order of the pattern: the first that is given something counts.
    names(bytes).into_iter().flatten().find_map(|size| given(view, at, at + size))
}

/// The sizes of the names that begin a text, in the order of the pattern.
fn names(bytes: &[u8]) -> [Option<usize>; 3] {
    let plain = |name: &str| starts(bytes, name).then_some(name.len());
    match bytes[0] | 32 {
        b'a' => [joined(bytes, "api", "key"), token(bytes, &["access", "auth", "api"]), None],
        b's' => [secret_key(bytes), token(bytes, &["session"]), plain("secret")],
        b'c' => [joined(bytes, "client", "secret"), None, None],
        b'r' => [token(bytes, &["refresh"]), None, None],
        b'p' => [plain("password"), plain("passwd"), None],
        b't' => [plain("token"), None, None],
        _ => [plain("密码"), plain("密钥"), None],
    }
}

fn token(bytes: &[u8], firsts: &[&str]) -> Option<usize> {
    firsts.iter().find_map(|word| joined(bytes, word, "token"))
}

fn secret_key(bytes: &[u8]) -> Option<usize> {
    joined(bytes, "secret", "key").or_else(|| after_gap(bytes, joined(bytes, "secret", "access")?, "key"))
}

/// The size of two words with at most a blank, an underscore or a hyphen between them.
fn joined(bytes: &[u8], first: &str, last: &str) -> Option<usize> {
    if !starts(bytes, first) {
        return None;
    }
    after_gap(bytes, first.len(), last)
}

fn after_gap(bytes: &[u8], at: usize, last: &str) -> Option<usize> {
    let gap = usize::from(matches!(bytes.get(at), Some(b' ' | b'_' | b'-')));
    starts(&bytes[at + gap..], last).then_some(at + gap + last.len())
}

fn starts(bytes: &[u8], name: &str) -> bool {
    bytes.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name.as_bytes()))
}

/// The value that is given to a name which ends here.
fn given(view: &str, name_at: usize, name_end: usize) -> Option<Named<'_>> {
    let mut at = name_end;
    if let Some(quote) = sign_at(view, at).filter(|sign| matches!(sign, '"' | '\'' | '”' | '’' | '`')) {
        at += quote.len_utf8();
    }
    at = past_spaces(view, at, 3);
    for end in separators(view, at).into_iter().flatten() {
        let mut start = past_spaces(view, end, 3);
        let quote = sign_at(view, start).filter(|sign| matches!(sign, '"' | '\'' | '“' | '‘' | '`'));
        start += quote.map_or(0, char::len_utf8);
        let value = view[start..].char_indices().take_while(|(_, sign)| is_value(*sign)).take(MOST);
        let (count, size) = value.fold((0, 0), |(count, _), (at, sign)| (count + 1, at + sign.len_utf8()));
        if count >= FEWEST {
            let name = &view[name_at..name_end];
            return Some(Named { name, quoted: quote.is_some(), start, end: start + size });
        }
    }
    None
}

/// Where what parts a name from its value may end, in the order of the pattern.
fn separators(view: &str, at: usize) -> [Option<usize>; 3] {
    let rest = &view[at..];
    let first = sign_at(view, at);
    let sign = first.filter(|sign| matches!(sign, ':' | '=' | '：')).map(|sign| at + sign.len_utf8());
    if sign.is_some() {
        return [sign, rest.starts_with("=>").then_some(at + 2), None];
    }
    let word = if starts(rest.as_bytes(), "is") {
        at + 2
    } else if matches!(first, Some('为' | '是')) {
        at + 3
    } else {
        return [None; 3];
    };
    let colon = past_spaces(view, word, 2);
    let with = sign_at(view, colon).filter(|sign| matches!(sign, ':' | '：'));
    [with.map(|sign| colon + sign.len_utf8()), Some(word), None]
}

fn past_spaces(view: &str, at: usize, most: usize) -> usize {
    let spaces = view[at..].chars().take_while(|sign| is_space(*sign)).take(most);
    at + spaces.map(char::len_utf8).sum::<usize>()
}

fn is_value(sign: char) -> bool {
    !is_space(sign)
        && !matches!(sign, '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | '，' | '。' | '；' | ',' | ';')
        && !matches!(sign, '<' | '>' | '{' | '}' | '(' | ')' | '[' | ']')
}

fn judged(view: &str, one: &Named<'_>) -> Option<Span> {
    let closers: &[char] = if one.quoted { &['.'] } else { &['.', '?', ':'] };
    let mut value = view[one.start..one.end].trim_end_matches(closers);
    if let Some(end) = value.find(|sign: char| !('\x21'..='\x7e').contains(&sign)) {
        if !value.is_ascii() {
            value = &value[..end];
        }
    }
    let end = one.start + value.len();
    if one.quoted && matches!(sign_at(view, end), Some(' ' | '(')) {
        return None; // a sentence in quotes
    }
    if value.len() < FEWEST {
        return None;
    }
    let kept = if is_mask(value) {
        ""
    } else if is_secret(&one.name.to_ascii_lowercase(), value) {
        value
    } else {
        return None;
    };
    Some(Span { code: "secret-key", start: one.start, end, value: kept.to_owned() })
}

fn is_secret(name: &str, value: &str) -> bool {
    let mut different: Vec<u8> = value.bytes().collect();
    different.sort_unstable();
    different.dedup();
    if is_place(value) || different.len() < 3 {
        return false;
    }
    let digit = value.bytes().any(|sign| sign.is_ascii_digit());
    let letter = value.bytes().any(|sign| sign.is_ascii_alphabetic());
    match name {
        "token" => digit && letter && value.len() >= 12,
        "password" | "passwd" | "密码" => {
            let lower = value.bytes().any(|sign| sign.is_ascii_lowercase());
            let upper = value.bytes().any(|sign| sign.is_ascii_uppercase());
            let special = value.contains(|sign| "!@#$%^&*+=?~".contains(sign)) && (letter || digit);
            digit || special || (lower && upper && value.len() >= 8 && !is_title(value))
        }
        _ => digit && letter,
    }
}

/// As `str.istitle`, of ASCII.
fn is_title(value: &str) -> bool {
    let (mut cased, mut met) = (false, false);
    for sign in value.bytes() {
        if sign.is_ascii_uppercase() == cased && sign.is_ascii_alphabetic() {
            return false;
        }
        cased = sign.is_ascii_alphabetic();
        met |= cased;
    }
    met
}

fn is_mask(value: &str) -> bool {
    let zeros = value.strip_prefix('9').and_then(|rest| rest.get(..rest.len().checked_sub(2)?));
    let ends = value.bytes().rev().take(2).all(|sign| sign.is_ascii_digit());
    value.to_ascii_uppercase().contains(MASK)
        || ends && zeros.is_some_and(|zeros| !zeros.is_empty() && zeros.bytes().all(|sign| sign == b'0'))
}

fn is_place(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    PLACES.iter().any(|place| lower.contains(place)) || is_variable(value.as_bytes())
}

/// Whether a variable such as `%NAME%` or `$name%` stands in a value.
fn is_variable(value: &[u8]) -> bool {
    let is_word = |sign: &u8| sign.is_ascii_alphanumeric() || *sign == b'_';
    value.iter().enumerate().any(|(at, sign)| {
        let behind = value[at + 1..].iter().find(|sign| !is_word(sign));
        matches!(sign, b'$' | b'%') && behind == Some(&b'%')
    })
}
