//! What was said before a call, folded so that values can be looked for, for the grounding audit.
//!
//! Input: the pieces of a conversation, in order. Output: `Said`, of which each view is made when it
//! is first asked for. `None` where a character is not known.
//! Follows `fctune/conversations/grounding_text.py`.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::chars;
use crate::ground_folds::{is_joined, push_compact, push_words, start_of, stem, words};
use crate::ground_numbers;
use crate::ground_signs::is_alphabetic;

/// Bytes that may be read in search of the values of one row; beyond, Python decides.
const MAX_WORK: usize = 64 << 20;

/// What was said before a call; it grows as the conversation goes on.
#[derive(Default)]
pub struct Said<'a> {
    /// What was said, in order; none of it empty.
    pub pieces: Vec<Cow<'a, str>>,
    /// How many of them stand before the talk: 1 where there is a system text, else 0.
    pub talk_from: usize,
    /// Lower case; see `see_text`.
    pub text: String,
    /// Lower case and half-width, a line end before each piece; see `see_folded`.
    pub folded: String,
    /// Letters and digits, a line end before each piece; see `see_compact`.
    pub compact: String,
    /// All words, with blanks around each; see `see_spaced`.
    pub spaced: String,
    /// The numbers stated, in order, each once; see `see_numbers`.
    pub numbers: Vec<f64>,
    known_numbers: HashSet<u64>,
    ends: Vec<usize>,
    read: [usize; 4],
    language: Option<(usize, bool)>,
    work: usize,
}

impl<'a> Said<'a> {
    /// Begin with nothing said but an opening, such as the system text.
    pub fn of(opening: Cow<'a, str>) -> Said<'a> {
        let mut said = Said::default();
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

    /// Whether `text` has a piece of text.
    pub fn has_text(&mut self, wanted: &str) -> Option<bool> {
        self.see_text()?;
        self.spend(self.text.len())?;
        Some(self.text.contains(wanted))
    }

    /// Make `text` complete.
    pub fn see_text(&mut self) -> Option<()> {
        for piece in &self.pieces[self.read[0]..] {
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            self.text.push_str(&chars::lower(piece)?);
        }
        self.read[0] = self.pieces.len();
        Some(())
    }

    /// Make `folded` complete.
    pub fn see_folded(&mut self) -> Option<()> {
        for piece in &self.pieces[self.ends.len()..] {
            let folded = chars::fold(piece)?;
            self.folded.push('\n');
            self.folded.push_str(&folded);
            self.ends.push(self.folded.len());
        }
        Some(())
    }

    fn piece(&self, at: usize) -> &str {
        let begin = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.folded[begin + 1..self.ends[at]]
    }

    /// Make `compact` complete.
    pub fn see_compact(&mut self) -> Option<()> {
        self.see_folded()?;
        let mut out = std::mem::take(&mut self.compact);
        for at in self.read[1]..self.pieces.len() {
            out.push('\n');
            push_compact(self.piece(at), &mut out)?;
        }
        self.compact = out;
        self.read[1] = self.pieces.len();
        Some(())
    }

    /// Make `spaced` complete.
    pub fn see_spaced(&mut self) -> Option<()> {
        self.see_folded()?;
        let mut out = std::mem::take(&mut self.spaced);
        if out.is_empty() {
            out.push(' ');
        }
        for at in self.read[2]..self.pieces.len() {
            push_words(self.piece(at), &mut out);
            if is_joined(&self.pieces[at]) {
                out.push_str(&words(&self.pieces[at])?);
            }
        }
        self.spaced = out;
        self.read[2] = self.pieces.len();
        Some(())
    }

    /// Make `numbers` complete.
    pub fn see_numbers(&mut self) -> Option<()> {
        self.see_folded()?;
        let mut found = Vec::new();
        for at in self.read[3]..self.pieces.len() {
            found.clear();
            ground_numbers::numbers_of(self.piece(at), &mut found)?;
            for number in &found {
                if self.known_numbers.insert((number + 0.0).to_bits()) {
                    self.numbers.push(*number);
                }
            }
        }
        self.read[3] = self.pieces.len();
        Some(())
    }

    /// Whether another language is asked for, by `judge` of the text; remembered.
    pub fn asks_language(&mut self, judge: impl Fn(&str) -> Option<bool>) -> Option<bool> {
        self.see_text()?;
        if let Some((size, known)) = self.language {
            if size == self.text.len() {
                return Some(known);
            }
        }
        let found = judge(&self.text)?;
        self.language = Some((self.text.len(), found));
        Some(found)
    }

    /// Whether a word was said as it is.
    pub fn has(&mut self, word: &str) -> Option<bool> {
        self.see_spaced()?;
        self.spend(self.spaced.len())?;
        let wanted = [" ", word, " "].concat();
        Some(self.spaced.contains(&wanted))
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
        self.spend(self.folded.len())?;
        if !self.folded.contains(root) && (start.is_empty() || !self.folded.contains(start)) {
            return Some(false);
        }
        Some(self.has_form(root)? || (!start.is_empty() && self.has_form(start)?))
    }

    /// Whether a form is the stem or the start of a word that was said.
    fn has_form(&mut self, form: &str) -> Option<bool> {
        self.spend(2 * self.spaced.len())?;
        let wanted = [" ", form].concat();
        let mut found = self.spaced.match_indices(&wanted);
        Some(found.any(|(at, _)| {
            let rest = &self.spaced[at + 1..];
            let word = &rest[..rest.find(' ').unwrap_or(rest.len())];
            stem(word) == form || start_of(word) == form
        }))
    }
}
