//! Where the digits of a text stand: patterns of days and times are tried there alone.
//!
//! Input: a text. Output: its runs of digits, with what is behind each.

use crate::ground_numbers::{digits_at, next_digit};
use crate::patterns::{Find, Pattern};

/// Digits that stand together.
pub struct Run {
    pub start: usize,
    pub end: usize,
    /// The byte behind them; 0 at the end of the text.
    next: u8,
}

/// The runs of digits of a text.
pub fn runs(text: &str) -> Vec<Run> {
    let (bytes, mut at, mut found) = (text.as_bytes(), 0, Vec::new());
    while let Some(start) = next_digit(bytes, at) {
        at = start + digits_at(bytes, start, usize::MAX);
        found.push(Run { start, end: at, next: bytes.get(at).copied().unwrap_or(0) });
    }
    found
}

impl Run {
    /// How many digits they are.
    pub fn size(&self) -> usize {
        self.end - self.start
    }

    /// Whether a character is behind them that is not ASCII.
    pub fn is_before_wide(&self) -> bool {
        !self.next.is_ascii()
    }

    /// Whether one of these may be behind them; any that is not ASCII may, and a blank is any space.
    pub fn may_lead_to(&self, signs: &[u8]) -> bool {
        self.is_before_wide()
            || signs.contains(&self.next)
            || (signs.contains(&b' ') && matches!(self.next, 9..=13 | 28..=31))
    }
}

/// The finds of a pattern that can begin only with runs, and with those that are wanted.
pub fn each_of<'p, 't: 'p>(
    pattern: &'p Pattern,
    text: &'t str,
    runs: &'p [Run],
    is_wanted: impl Fn(&Run) -> bool + 'p,
) -> impl Iterator<Item = Find<'t>> + 'p {
    pattern.each_at(text, runs.iter().filter(move |run| is_wanted(run)).map(|run| run.start))
}
