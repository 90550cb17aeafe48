//! What a row is compared with others by: the hashes of its wordings, of its prompt, of its frame.
//!
//! Input: the turns of a row and its list. Output: the hashes, or `None` where a character is in
//! doubt. Follows what `fctune/conversations/quick_steps.py` does with `hashes.py`.

use crate::chars::is_word;
use crate::context::Listed;
use crate::frames::{frame_of, strings_in};
use crate::hash::xxh3_64;
use crate::row::{Kind, Turn};
use crate::words::{push_words, FIRST_WIDE};

/// Later wordings of a row count from this weight on; `hashes.MIN_WEIGHT`.
const MIN_WEIGHT: usize = 24;

/// The hashes of the wordings, of the prompt and of the frame; what is needed for them is kept.
pub fn hashes_of(turns: &[Turn<'_>], listed: &Listed, words: &mut Vec<u8>) -> Option<(Vec<u64>, u64, u64)> {
    words.clear();
    let prompt = prompt_of(&listed.fingerprint, &[&turns[0].text], words);
    let users = || turns.iter().filter(|turn| turn.kind == Kind::User);
    let (size, count) = users().fold((0, 0), |(size, count), turn| (size + turn.text.len(), count + 1));
    words.clear();
    words.reserve(size + size / 2 + 64);
    let mut ends = Vec::with_capacity(count + 1);
    ends.push(0);
    for turn in users() {
        push_words(&turn.text, words)?;
        ends.push(words.len());
    }
    let wordings = || ends.windows(2).map(|pair| &words[pair[0]..pair[1]]);
    let mut values = Vec::with_capacity(8);
    for call in turns.iter().filter_map(|turn| turn.call.as_ref()) {
        call.arguments.iter().for_each(|(_, value)| strings_in(value, &mut values));
    }
    let frame = frame_of(wordings().next()?, &values)?;
    Some((wording_hashes(wordings())?, prompt, frame))
}

/// The hashes of those wordings of a row that count: `hashes.hashes_of_words`, and none for none.
pub fn wording_hashes<'w>(words: impl Iterator<Item = &'w [u8]>) -> Option<Vec<u64>> {
    let mut found = Vec::with_capacity(words.size_hint().0);
    for (at, words) in words.enumerate() {
        if at == 0 || (words.len() >= MIN_WEIGHT && (words.is_ascii() || weighs(words)?)) {
            found.push(xxh3_64(words));
        }
    }
    Some(found)
}

/// Whether the words of a later turn weigh enough to tie rows; `hashes._weighs`.
fn weighs(words: &[u8]) -> Option<bool> {
    if words.len() >= 4 * MIN_WEIGHT {
        return Some(true);
    }
    let mut weight = 0;
    for char in std::str::from_utf8(words).ok()?.chars() {
        is_word(char)?;
        weight += if char >= FIRST_WIDE { 2 } else { 1 };
    }
    Some(weight >= MIN_WEIGHT)
}

/// The hash of the tools and of the user's texts up to the first decision: `hashes.prompt_hash`.
pub fn prompt_hash(fingerprint: &str, texts: &[&str]) -> u64 {
    prompt_of(fingerprint, texts, &mut Vec::new())
}

fn prompt_of(fingerprint: &str, texts: &[&str], all: &mut Vec<u8>) -> u64 {
    all.extend_from_slice(fingerprint.as_bytes());
    for text in texts {
        all.push(0);
        all.extend_from_slice(text.as_bytes());
    }
    xxh3_64(all)
}
