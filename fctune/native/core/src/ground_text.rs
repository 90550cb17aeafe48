//! What was said before a call, folded so that values can be looked for, for the grounding audit.
//!
//! Input: the pieces of a conversation, in order. Output: `Said`, of which each view is made when it
//! is first asked for, of the pieces that are new since. `None` where a character is not known.
//! Follows `fctune/conversations/grounding_text.py`.

use std::borrow::Cow;

use crate::chars;
use crate::ground_folds::{is_joined, push_compact, push_spaced, start_of, stem, words};
use crate::ground_numbers;
use crate::ground_patterns::{asks_language, has_latin_name};
use crate::ground_signs::{han_count, is_alphabetic, last_of};
use crate::ground_stated::Stated;
use crate::search::{find, has};

/// Bytes that may be read in search of the values of one row; beyond, Python decides.
const MAX_WORK: usize = 64 << 20;
/// Characters at the end that tell of which language the talk is.
const MAX_READ: usize = 4000;
/// No find of `asks_language` is longer, in bytes.
const LANGUAGE: usize = 32;
/// Words up to this size are looked for without memory of their own.
const ROOM: usize = 64;

/// What was said before a call; it grows as the conversation goes on.
#[derive(Default)]
pub struct Said<'a> {
    /// What was said, in order; none of it empty.
    pub pieces: Vec<Cow<'a, str>>,
    /// How many of them stand before the talk: 1 where there is a system text, else 0.
    talk_from: usize,
    /// In lower case, a line end before each piece.
    lowered: String,
    lowered_ends: Vec<usize>,
    /// In lower case and half-width, likewise, once a piece is not ASCII.
    folded: String,
    folded_ends: Vec<usize>,
    /// Some piece that was lowered is not ASCII.
    is_wide: bool,
    /// Letters and digits, a line end before each piece.
    compact: Vec<u8>,
    /// All words, with blanks around each.
    spaced: Vec<u8>,
    numbers: Stated,
    /// How many pieces `compact`, `spaced` and `numbers` have.
    read: [usize; 3],
    /// How much of the text was read for a language, and whether one is asked for.
    language: (usize, bool),
    /// The Chinese characters at the end of so many pieces.
    chinese: (usize, usize),
    work: usize,
}

impl<'a> Said<'a> {
    /// Begin with nothing said but an opening, such as the system text.
    pub fn of(opening: Cow<'a, str>, pieces: usize) -> Said<'a> {
        let mut said = Said { pieces: Vec::with_capacity(pieces + 1), ..Said::default() };
        said.add(opening);
        said.talk_from = said.pieces.len();
        said
    }

    /// Add what was said next.
    pub fn add(&mut self, piece: Cow<'a, str>) {
        if !piece.is_empty() {
            self.pieces.push(piece);
        }
    }

    /// Begin to count anew what is read.
    pub fn rest(&mut self) {
        self.work = 0;
    }

    /// Note that so many bytes are read.
    pub fn spend(&mut self, bytes: usize) -> Option<()> {
        self.work += bytes;
        (self.work <= MAX_WORK).then_some(())
    }

    /// Make `text` complete.
    pub fn see_text(&mut self) -> Option<()> {
        let fresh = &self.pieces[self.lowered_ends.len()..];
        self.lowered.reserve(fresh.iter().map(|piece| piece.len() + 1).sum());
        for piece in fresh {
            self.lowered.push('\n');
            let begin = self.lowered.len();
            if piece.is_ascii() {
                self.lowered.push_str(piece);
                self.lowered[begin..].make_ascii_lowercase();
            } else {
                self.is_wide = true;
                chars::push_lower(piece, &mut self.lowered)?;
            }
            self.lowered_ends.push(self.lowered.len());
        }
        Some(())
    }

    /// What was said in lower case, as far as it was seen, a line end between the pieces.
    pub fn text(&self) -> &str {
        self.lowered.get(1..).unwrap_or_default()
    }

    /// Whether all that was seen is ASCII.
    pub fn is_ascii(&self) -> bool {
        !self.is_wide
    }

    /// Whether `text` has a piece of text.
    pub fn has_text(&mut self, wanted: &str) -> Option<bool> {
        self.see_text()?;
        self.spend(self.lowered.len())?;
        Some(has(self.text().as_bytes(), wanted.as_bytes()))
    }

    /// Make `folded` complete. ASCII is folded where it is in lower case.
    pub fn see_folded(&mut self) -> Option<()> {
        self.see_text()?;
        if !self.is_wide {
            return Some(());
        }
        self.folded.reserve((self.lowered.len() + ROOM).saturating_sub(self.folded.len()));
        for at in self.folded_ends.len()..self.pieces.len() {
            let piece = &self.pieces[at];
            self.folded.push('\n');
            if piece.is_ascii() {
                let end = self.lowered_ends[at];
                self.folded.push_str(&self.lowered[end - piece.len()..end]);
            } else {
                chars::push_folded(piece, &mut self.folded)?;
            }
            self.folded_ends.push(self.folded.len());
        }
        Some(())
    }

    /// In lower case and half-width, as far as it was seen, a line end before each piece.
    pub fn folded(&self) -> &str {
        if self.is_wide {
            &self.folded
        } else {
            &self.lowered
        }
    }

    fn folded_piece(&self, at: usize) -> &str {
        let ends = if self.is_wide { &self.folded_ends } else { &self.lowered_ends };
        let begin = if at == 0 { 0 } else { ends[at - 1] };
        &self.folded()[begin + 1..ends[at]]
    }

    /// Whether letters stand within what was said without spaces.
    pub fn has_letters(&mut self, letters: &str) -> Option<bool> {
        self.see_folded()?;
        let mut out = std::mem::take(&mut self.compact);
        out.reserve(self.folded().len().saturating_sub(out.len()));
        for at in self.read[0]..self.pieces.len() {
            out.push(b'\n');
            push_compact(self.folded_piece(at), &mut out)?;
        }
        self.compact = out;
        self.read[0] = self.pieces.len();
        self.spend(self.compact.len())?;
        Some(has(&self.compact, letters.as_bytes()))
    }

    fn see_spaced(&mut self) -> Option<()> {
        if self.read[1] == self.pieces.len() && !self.spaced.is_empty() {
            return Some(());
        }
        self.see_folded()?;
        let mut out = std::mem::take(&mut self.spaced);
        out.reserve((self.folded().len() + ROOM).saturating_sub(out.len()));
        for at in self.read[1]..self.pieces.len() {
            out.push(b' ');
            push_spaced(self.folded_piece(at), &mut out);
            if is_joined(&self.pieces[at]) {
                out.push(b' ');
                out.extend_from_slice(words(&self.pieces[at])?.as_bytes());
            }
        }
        out.push(b' ');
        self.spaced = out;
        self.read[1] = self.pieces.len();
        Some(())
    }

    /// All words that were said, between blanks.
    pub fn all_words(&mut self) -> Option<impl Iterator<Item = &[u8]>> {
        self.see_spaced()?;
        Some(self.spaced.split(|byte| *byte == b' ').filter(|word| !word.is_empty()))
    }

    /// The numbers stated, in order, each once.
    pub fn numbers(&mut self) -> Option<&[f64]> {
        self.see_folded()?;
        for at in self.read[2]..self.pieces.len() {
            let mut found = self.numbers.room();
            ground_numbers::numbers_of(self.folded_piece(at), &mut found)?;
            self.numbers.fresh = found;
            self.numbers.take_fresh();
        }
        self.read[2] = self.pieces.len();
        Some(&self.numbers.all)
    }

    /// `folded` and the numbers, as far as they were seen.
    pub fn folded_and_numbers(&self) -> (&str, &[f64]) {
        (self.folded(), &self.numbers.all)
    }

    /// Whether another language is asked for.
    pub fn asks_language(&mut self) -> Option<bool> {
        self.see_text()?;
        let (read, known) = self.language;
        if known || read == self.lowered.len() {
            return Some(known);
        }
        // What is new, and what may go on in it.
        let mut from = read.saturating_sub(LANGUAGE);
        while !self.lowered.is_char_boundary(from) {
            from -= 1;
        }
        let found = asks_language(&self.lowered, from)?;
        self.language = (self.lowered.len(), found);
        Some(found)
    }

    /// How many of the last characters are of a language that writes without spaces.
    pub fn chinese_count(&mut self) -> usize {
        if self.chinese.0 != self.pieces.len() {
            let count = if self.is_wide || self.lowered_ends.len() < self.pieces.len() {
                last_of(&self.pieces, MAX_READ).map(han_count).sum()
            } else {
                0
            };
            self.chinese = (self.pieces.len(), count);
        }
        self.chinese.1
    }

    /// Whether the last characters of the talk have a name in Latin letters.
    pub fn has_latin_name(&self) -> bool {
        let talk = self.pieces.get(self.talk_from..).unwrap_or_default();
        last_of(talk, MAX_READ).any(has_latin_name)
    }

    /// Whether a word was said as it is.
    pub fn has(&mut self, word: &str) -> Option<bool> {
        self.see_spaced()?;
        self.spend(self.spaced.len())?;
        let mut room = [b' '; ROOM];
        if word.len() + 2 <= ROOM {
            room[1..=word.len()].copy_from_slice(word.as_bytes());
            return Some(has(&self.spaced, &room[..word.len() + 2]));
        }
        Some(has(&self.spaced, [" ", word, " "].concat().as_bytes()))
    }

    /// Whether a word was said, in any of its forms.
    pub fn has_word(&mut self, word: &str) -> Option<bool> {
        if self.has(word)? {
            return Some(true);
        }
        if !is_alphabetic(word)? {
            return Some(false); // of user10 and user12, neither is a form of the other
        }
        let (root, start) = (stem(word), start_of(word));
        self.spend(self.folded().len())?;
        let is_in = |form: &str| has(self.folded().as_bytes(), form.as_bytes());
        if !is_in(root) && (start.is_empty() || !is_in(start)) {
            return Some(false);
        }
        Some(self.has_form(root)? || (!start.is_empty() && self.has_form(start)?))
    }

    /// Whether a form is the stem or the start of a word that was said.
    fn has_form(&mut self, form: &str) -> Option<bool> {
        self.spend(2 * self.spaced.len())?;
        let wanted = [" ", form].concat();
        let mut from = 0;
        while let Some(at) = find(&self.spaced, wanted.as_bytes(), from) {
            let rest = &self.spaced[at + 1..];
            let size = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
            let word = std::str::from_utf8(&rest[..size]).ok()?;
            if stem(word) == form || start_of(word) == form {
                return Some(true);
            }
            from = at + 1;
        }
        Some(false)
    }
}
