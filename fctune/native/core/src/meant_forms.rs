//! The forms of a call in words: written out, or announced.
//!
//! Input: a text whose characters are certain, a name, and where it stands. Output: begin and end of
//! each find. Follows `_patterns_of` of `fctune/conversations/meant.py`.

use std::sync::LazyLock;

use crate::claim_text::end_of;
use crate::ground_chars::{is_space, is_word};
use crate::patterns::{is_edge, sign_at, sign_before, Pattern};

const KEYS: [&str; 7] = ["name", "tool", "tool_name", "function", "action", "api", "function_name"];
const OPENINGS: [&str; 9] =
    ["Calling ", "calling ", "Invoking ", "invoking ", "I ", "I'", "I’", "Let me ", "let me "];
/// No announcement is longer, in bytes.
const REACH: usize = 100;
const ANNOUNCED: &str =
    "(?:[Cc]alling|[Ii]nvoking|(?:I['’]ll|I will|I['’]m going to|I am going to|[Ll]et me) \
    (?:now )?(?:use|call|invoke|run|execute)|I(?: have|['’]ve)? (?:just )?(?:used|called)) \
    (?:the )?(?:following )?(?:(?:function|tool|api|method)(?: named| called| call)?:? ?)?";
const CHINESE: &str = "(?:调用|使用|执行|运行)(?:了)?(?:函数|工具|接口|方法|名为|：|:|\\s){0,3}";
const QUOTES: &str = "[`'\"*“「]{0,3}";

/// The announcements, Latin and Chinese, up to the name.
struct Announcements {
    latin: Pattern,
    chinese: Pattern,
}

// Of a name, and of a plain word, which is announced only where it is marked as a name.
static NAMED: LazyLock<Announcements> = LazyLock::new(|| Announcements::of(QUOTES, QUOTES));
static MARKED: LazyLock<Announcements> = LazyLock::new(|| Announcements::of("[`'\"]", "[`'\"「]"));

impl Announcements {
    fn of(latin: &str, chinese: &str) -> Announcements {
        let (latin, chinese) = ([ANNOUNCED, latin].concat(), [CHINESE, chinese].concat());
        Announcements { latin: Pattern::new(&latin), chinese: Pattern::new(&chinese) }
    }
}

/// What writes a call out.
pub fn written(text: &str, name: &str, places: &[usize]) -> Vec<(usize, usize)> {
    let mut finds = Vec::new();
    for at in places {
        let end = at + name.len();
        finds.extend(arguments_end(text, end).map(|end| (*at, end)));
        finds.extend(label_start(text, *at).map(|start| (start, end)));
        finds.extend(keyed(text, *at, end));
    }
    finds
}

/// Where arguments end that begin at a place: `(city="Oslo")`, `()`, `({`, `("Oslo")`.
fn arguments_end(text: &str, at: usize) -> Option<usize> {
    let begin = after(text, at, '(')?;
    if sign_at(text, begin) == Some(')') {
        return Some(begin + 1);
    }
    let begin = end_of(text, begin, 4, is_space);
    let is_argument = |sign| !matches!(sign, '(' | ')' | '\n');
    match sign_at(text, begin)? {
        '{' => Some(begin + 1),
        '"' | '\'' => after(text, end_of(text, begin + 1, 200, is_argument), ')'),
        _ => {
            let end = end_of(text, begin, 64, is_word);
            let equals = after(text, past_space(text, end), '=').filter(|_| end > begin)?;
            let end = end_of(text, equals, 200, is_argument);
            Some(after(text, end, ')').unwrap_or(end))
        }
    }
}

fn after(text: &str, at: usize, sign: char) -> Option<usize> {
    (sign_at(text, at) == Some(sign)).then_some(at + sign.len_utf8())
}

fn past_space(text: &str, at: usize) -> usize {
    end_of(text, at, 1, is_space)
}

/// The part of a text before a place, without one space at its end.
fn less_space(text: &str) -> &str {
    text.strip_suffix(is_space).unwrap_or(text)
}

/// Where the label before a name begins: `Action: `, `Tool call: "`.
fn label_start(text: &str, at: usize) -> Option<usize> {
    let mut rest = &text[..at];
    for _ in 0..3 {
        rest = rest.strip_suffix(['`', '\'', '"', '*', '“', '「']).unwrap_or(rest);
    }
    let rest = less_space(rest).strip_suffix([':', '：'])?;
    let rest = rest.strip_suffix(" call").unwrap_or(rest);
    let labels = ["Action", "action", "Function", "function", "Tool", "tool"];
    let start = labels.iter().find_map(|label| rest.strip_suffix(label))?.len();
    is_edge(text, start).then_some(start)
}

/// JSON with the name: `{"name": "get_weather", "arguments": ...`, from its key on.
fn keyed(text: &str, at: usize, end: usize) -> Option<(usize, usize)> {
    let quotes = ['"', '\''];
    let rest = less_space(text[..at].strip_suffix(quotes)?).strip_suffix(':')?;
    let rest = less_space(rest).strip_suffix(quotes)?;
    let mut starts = KEYS.iter().filter_map(|key| rest.strip_suffix(key)?.strip_suffix(quotes));
    let start = starts.next()?.len();
    let begin = end + usize::from(text[end..].starts_with(quotes));
    let limit = end_of(text, begin, 40, |sign| sign != '\n');
    let word = "arguments";
    let reach = end_of(text, limit, word.len() + 1, |_| true);
    // The last one that begins within reach; its first quote may stand at the limit.
    let near = text[begin..reach].match_indices(word).map(|(at, _)| begin + at);
    let near = near.filter(|at| {
        let has_before = *at > begin && text[begin..*at].ends_with(quotes);
        has_before && text[at + word.len()..].starts_with(quotes)
    });
    let last = near.filter(|_| begin > end).last()?;
    Some((start, last + word.len() + 1))
}

/// What only announces a call: `Calling get_weather`.
pub fn announced(text: &str, name: &str, places: &[usize]) -> Vec<(usize, usize)> {
    let is_marked = is_word_of_language(name);
    let forms: &Announcements = if is_marked { &MARKED } else { &NAMED };
    let mut finds = Vec::new();
    for at in places {
        let end = at + name.len();
        let latin_end = if is_marked { end + 1 } else { end };
        let may_latin = !is_marked || text[end..].starts_with(['`', '\'', '"']);
        let mut low = at.saturating_sub(REACH);
        while !text.is_char_boundary(low) {
            low += 1;
        }
        for (step, sign) in text[low..*at].char_indices() {
            let start = low + step;
            let words = &text[start..*at];
            match sign {
                'C' | 'c' | 'I' | 'i' | 'L' | 'l' if may_latin => {
                    let opens = OPENINGS.iter().any(|opening| words.starts_with(opening));
                    let is_begin = opens && !sign_before(text, start).is_some_and(is_word);
                    if is_begin && forms.latin.full(words).is_some() {
                        finds.push((start, latin_end));
                    }
                }
                '调' | '使' | '执' | '运' if forms.chinese.full(words).is_some() => {
                    finds.push((start, end))
                }
                _ => {}
            }
        }
    }
    finds
}

/// Whether a name is a word as languages write it: `isalpha`, and `islower` or `istitle`.
fn is_word_of_language(name: &str) -> bool {
    let is_letter = |sign: char| !sign.is_ascii() || sign.is_ascii_alphabetic();
    if !name.chars().all(is_letter) || !name.bytes().any(|sign| sign.is_ascii_alphabetic()) {
        return false;
    }
    let mut is_behind = false; // behind a letter that has a case
    let is_title = name.chars().all(|sign| {
        let fits = !sign.is_ascii() || sign.is_ascii_lowercase() == is_behind;
        is_behind = sign.is_ascii();
        fits
    });
    is_title || !name.bytes().any(|sign| sign.is_ascii_uppercase())
}
