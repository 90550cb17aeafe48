//! What a row is compared with others by: the hashes of its wordings, of its prompt, of its frame.
//!
//! Input: the turns of a row and its list. Output: the hashes, or `None` where a character is in
//! doubt. Follows `QuickReader._hashes` of `fctune/conversations/quick.py`.

use crate::context::Listed;
use crate::frames::{frame_of, strings_in};
use crate::row::{Kind, Turn};
use crate::words::{prompt_hash, push_words, wording_hashes};

/// The hashes of the wordings, of the prompt and of the frame.
pub fn hashes_of(turns: &[Turn<'_>], listed: &Listed) -> Option<(Vec<u64>, u64, u64)> {
    let users = || turns.iter().filter(|turn| turn.kind == Kind::User);
    let (size, count) = users().fold((0, 0), |(size, count), turn| (size + turn.text.len(), count + 1));
    let (mut words, mut ends) = (Vec::with_capacity(size + size / 2 + 64), Vec::with_capacity(count + 1));
    ends.push(0);
    for turn in users() {
        push_words(&turn.text, &mut words)?;
        ends.push(words.len());
    }
    let wordings = || ends.windows(2).map(|pair| &words[pair[0]..pair[1]]);
    let mut values = Vec::with_capacity(8);
    for call in turns.iter().filter_map(|turn| turn.call.as_ref()) {
        call.arguments.iter().for_each(|(_, value)| strings_in(value, &mut values));
    }
    let frame = frame_of(wordings().next()?, &values)?;
    let prompt = prompt_hash(&listed.fingerprint, &[&turns[0].text]);
    Some((wording_hashes(wordings())?, prompt, frame))
}
