//! The regular expressions of the grounding audit, matched by hand.
//!
//! Input: texts of which each character has a known class (`ground_signs::is_word`). Output: what
//! the expression finds. Follows the patterns of `fctune/conversations/grounding_words.py`.

use crate::chars::is_space;
use crate::ground_signs::is_word;
use crate::search::find;

#[rustfmt::skip]
const LANGUAGES: [&str; 9] =
    ["spanish", "french", "german", "italian", "portuguese", "chinese", "japanese", "korean", "russian"];

/// Whether a word character stands before a place.
pub fn ends_word(text: &str, at: usize) -> Option<bool> {
    text[..at].chars().next_back().map_or(Some(false), is_word)
}

/// Whether a word character stands at a place.
pub fn begins_word(text: &str, at: usize) -> Option<bool> {
    text[at..].chars().next().map_or(Some(false), is_word)
}

/// `_REFERENCE.fullmatch`.
pub fn is_reference(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'a') => text.strip_prefix("api_call_").is_some_and(is_numbered_call),
        Some(b'$') => is_variable(&text[1..]),
        Some(b'{') => {
            let inner = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
            inner.is_some_and(|inner| is_between(inner, 1, 60) && !inner.contains('\n'))
        }
        Some(b'<') => is_bracketed(text, '<', '>'),
        Some(b'[') => is_bracketed(text, '[', ']'),
        _ => false,
    }
}

fn is_between(text: &str, least: usize, most: usize) -> bool {
    if text.len() > 4 * most {
        return false;
    }
    (least..=most).contains(&text.chars().count())
}

fn is_numbered_call(rest: &str) -> bool {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && is_between(&rest[digits..], 0, 40) && !rest.contains('\n')
}

fn is_variable(rest: &str) -> bool {
    let mut most = 60;
    most += usize::from(rest.starts_with('{')) + usize::from(rest.ends_with('}'));
    is_between(rest, 1, most) && !rest.contains('\n')
}

fn is_bracketed(text: &str, open: char, close: char) -> bool {
    let inner = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    inner.is_some_and(|inner| is_between(inner, 1, 60) && !inner.contains([open, close]))
}

/// What `_ADDRESS.findall` finds.
pub fn addresses(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    if !text.contains('@') && !text.contains("://") && !text.contains("www.") {
        return found;
    }
    let mut at = 0;
    while at < text.len() {
        if let Some(size) = mail_at(&text[at..]).or_else(|| link_at(&text[at..])) {
            found.push(&text[at..at + size]);
            at += size;
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

fn is_of_link(sign: char) -> bool {
    !is_space(sign) && !matches!(sign, '<' | '>' | ',' | ';' | '"' | '\'' | '(' | ')')
}

fn is_of_mail(sign: char) -> bool {
    is_of_link(sign) && sign != '@' && sign != ':'
}

/// The bytes of the longest run of characters at the start of a text, `most` at most.
fn run(text: &str, most: usize, fits: fn(char) -> bool) -> usize {
    let mut signs = text.char_indices().take(most);
    signs
        .find(|(_, sign)| !fits(*sign))
        .map_or_else(|| text.char_indices().nth(most).map_or(text.len(), |(at, _)| at), |(at, _)| at)
}

fn mail_at(text: &str) -> Option<usize> {
    let local = run(text, 80, is_of_mail);
    let domain = text[local..].strip_prefix('@')?;
    let size = domain[..run(domain, 80, is_of_mail)].trim_end_matches('.').len();
    (local > 0 && size > 0).then_some(local + 1 + size)
}

fn link_at(text: &str) -> Option<usize> {
    let begin = ["http://", "https://", "www."].into_iter().find(|begin| text.starts_with(begin))?;
    let rest = &text[begin.len()..];
    let size = rest[..run(rest, 400, is_of_link)].trim_end_matches('.').len();
    (size > 0).then_some(begin.len() + size)
}

/// What `_NUMBER.fullmatch` reads: the whole digits, and the fraction with its point.
pub fn number(text: &str) -> Option<(&str, &str)> {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    rest = rest.strip_prefix(['$', '¥', '€', '£', '₹', '￥']).unwrap_or(rest);
    rest = rest.strip_prefix(is_space).unwrap_or(rest);
    rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    let (whole, rest) = rest.split_at(whole_digits(rest)?);
    let size = rest.strip_prefix('.').map_or(0, |rest| 1 + digits(rest));
    if size == 1 || size > 21 {
        return None;
    }
    let (fraction, rest) = rest.split_at(size);
    let unit = rest.strip_prefix(is_space).unwrap_or(rest);
    let is_unit =
        unit.chars().all(|sign| matches!(sign, 'a'..='z' | '°' | '/' | '$' | '¥' | '€' | '£' | '元'));
    (unit == "%" || (is_unit && is_between(unit, 0, 12))).then_some((whole, fraction))
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn whole_digits(text: &str) -> Option<usize> {
    let first = digits(text);
    if text.as_bytes().get(first) != Some(&b',') {
        return (1..=20).contains(&first).then_some(first);
    }
    let mut at = first;
    while text.as_bytes().get(at) == Some(&b',') && digits(&text[at + 1..]) == 3 {
        at += 4;
    }
    ((1..=3).contains(&first) && (4..=24).contains(&(at - first))).then_some(at)
}

/// The letters of a word that `_NUMBERED` matches, without its digits.
pub fn numbered(word: &str) -> Option<&str> {
    let letters = word.trim_end_matches(|sign: char| sign.is_ascii_digit());
    let fits = (3..=30).contains(&letters.len()) && letters.bytes().all(|sign| sign.is_ascii_lowercase());
    (fits && (1..=2).contains(&(word.len() - letters.len()))).then_some(letters)
}

/// What `_DIGITS.findall` finds.
pub fn long_digits(text: &str) -> Vec<&str> {
    let runs = text.split(|sign: char| !sign.is_ascii_digit());
    let parts = runs.flat_map(|run| (0..run.len()).step_by(40).map(|at| &run[at..run.len().min(at + 40)]));
    parts.filter(|part| part.len() > 1).collect()
}

/// What `_NAMED.findall` finds: capitalised words within a sentence.
pub fn named(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut before = None;
    let mut until = 0;
    for (at, sign) in text.char_indices() {
        if at >= until && is_space(sign) && !matches!(before, Some('.' | '!' | '?' | '。' | ':' | '\n')) {
            let begin = at + sign.len_utf8();
            let size = capitalised(&text[begin..]);
            if size > 0 {
                found.push(&text[begin..begin + size]);
                until = begin + size;
            }
        }
        before = Some(sign);
    }
    found
}

/// The bytes that `[A-Z][a-z]{2,20}` matches at the start of a text; 0 for none.
fn capitalised(text: &str) -> usize {
    let mut signs = text.bytes();
    if !signs.next().is_some_and(|sign| sign.is_ascii_uppercase()) {
        return 0;
    }
    let small = signs.take(20).take_while(u8::is_ascii_lowercase).count();
    if small < 2 {
        0
    } else {
        1 + small
    }
}

/// `_LATIN_NAME.search`.
pub fn has_latin_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let behind = bytes.get(1..).unwrap_or_default();
    let may_begin = |one: &u8, two: &u8| one.is_ascii_uppercase() & two.is_ascii_lowercase();
    // Without a way out, so that the compiler compares all at once.
    if !bytes.iter().zip(behind).fold(false, |found, (one, two)| found | may_begin(one, two)) {
        return false;
    }
    bytes.windows(3).enumerate().any(|(at, signs)| {
        signs[0].is_ascii_uppercase()
            && signs[1].is_ascii_lowercase()
            && signs[2].is_ascii_lowercase()
            && (at == 0 || !bytes[at - 1].is_ascii_alphabetic())
    })
}

/// `_LANGUAGE.search`, of finds from a place on; `None` where a word character is not known.
pub fn asks_language(text: &str, from: usize) -> Option<bool> {
    if find(text.as_bytes(), b"translat", from).is_some() {
        return Some(true);
    }
    for at in places(text, "in ", from) {
        let rest = &text[at + 3..];
        for language in LANGUAGES.iter().filter(|language| rest.starts_with(*language)) {
            if !begins_word(rest, language.len())? {
                return Some(true);
            }
        }
    }
    for language in &LANGUAGES[..2] {
        for at in places(text, language, from) {
            let rest = &text[at + language.len()..];
            let joined = rest.strip_prefix(is_space).is_some_and(|rest| rest.starts_with("and"));
            if (joined || rest.starts_with(',')) && !ends_word(text, at)? {
                return Some(true);
            }
        }
    }
    Some(false)
}

/// The places of a word, from one on.
fn places<'t>(text: &'t str, word: &'t str, from: usize) -> impl Iterator<Item = usize> + 't {
    let mut next = from;
    std::iter::from_fn(move || {
        let found = find(text.as_bytes(), word.as_bytes(), next)?;
        next = found + word.len();
        Some(found)
    })
}
