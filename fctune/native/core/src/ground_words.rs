//! Whether a text argument follows from what was said, for the grounding audit.
//!
//! Input: a value, the name of its parameter, and what was said. Output: a verdict as Python gives
//! it, or `None` in doubt. Follows `fctune/conversations/grounding_words.py`.

use crate::chars::{self, strip};
use crate::ground_dates::{day_follows, is_time, parse_day, time_follows};
use crate::ground_folds::{compact, words};
use crate::ground_forms::{alias_said, first, initials_of, shortens, stands, within};
use crate::ground_keys as keys;
use crate::ground_numbers::follows;
use crate::ground_patterns as patterns;
use crate::ground_signs::{any_digit, han_count, head, is_digits, is_han, is_word};
use crate::ground_tables::{is_neutral, is_stop_word};
use crate::ground_text::Said;

const MAX_READ: usize = 4000;
const LONG: usize = 60;
/// With more of them, values of a talk in Chinese may be translations.
const MANY_CHINESE: usize = 20;
const MANY: f64 = 6.0;
const COMMON: [&str; 5] = ["http", "https", "www", "com", "org"];

/// What one value is judged by.
struct Judge<'a, 'b> {
    value: &'a str,
    key: &'a str,
    said: &'a mut Said<'b>,
    spec: &'a mut Said<'static>,
}

/// Whether a text follows from what was said or from the tool's own description.
pub fn text_follows(value: &str, key: &str, said: &mut Said<'_>, spec: &mut Said<'static>) -> Option<bool> {
    let value = strip(head(value, MAX_READ));
    if !value.is_ascii() && !value.chars().all(|sign| is_word(sign).is_some()) {
        return None;
    }
    if is_plain(value) && said.chinese_count() > MANY_CHINESE && !key.contains('\n') && !keys::is_exact(key) {
        return Some(true); // surely, as it may be a translation that names nothing special
    }
    let folded = chars::fold(value)?;
    let letters = compact(&folded)?;
    if letters.is_empty() || is_neutral(&folded) || patterns::is_reference(&folded) {
        return Some(true);
    }
    if stands(&letters, said)? || stands(&letters, spec)? || alias_said(&folded, said)? {
        return Some(true);
    }
    Judge { value, key, said, spec }.of(&folded)
}

/// Whether a text has ASCII alone, and neither digits nor what addresses have.
fn is_plain(value: &str) -> bool {
    let is_of_more =
        |byte: &u8| !byte.is_ascii() | byte.is_ascii_digit() | matches!(byte, b'@' | b':' | b'.');
    !value.as_bytes().iter().any(is_of_more)
}

impl Judge<'_, '_> {
    fn of(&mut self, folded: &str) -> Option<bool> {
        if let Some(verdict) = self.of_kind(folded)? {
            return Some(verdict);
        }
        let addresses = patterns::addresses(folded);
        if self.value_is_short() {
            for address in &addresses {
                if !self.said.has_text(address)? {
                    return self.address_follows(folded);
                }
            }
        }
        if self.key.contains('\n') {
            return None;
        }
        if keys::is_exact(self.key) {
            return Some(!addresses.is_empty() || (han_count(self.value) == 0 && self.all_words_said()?));
        }
        if !addresses.is_empty() || self.short_form(folded)? || self.own_language(folded)? {
            return Some(true);
        }
        self.by_words()
    }

    fn value_is_short(&self) -> bool {
        self.value.len() <= LONG || self.value.chars().count() <= LONG
    }

    fn all_words_said(&mut self) -> Option<bool> {
        for word in words(self.value)?.split_terminator(' ') {
            if !self.said.has_word(word)? {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Judge dates, times and numbers; `Some(None)` for anything else.
    fn of_kind(&mut self, folded: &str) -> Option<Option<bool>> {
        if !folded.bytes().any(|sign| sign.is_ascii_digit()) {
            return Some(None);
        }
        if let Some((day, time)) = parse_day(folded)? {
            self.said.numbers()?;
            let (text, numbers) = self.said.folded_and_numbers();
            if !day_follows(day, text, numbers)? {
                return Some(Some(false));
            }
            return Some(Some(time.is_empty() || time_follows(time, text, numbers)?));
        }
        if is_time(folded)? {
            self.said.numbers()?;
            let (text, numbers) = self.said.folded_and_numbers();
            return Some(Some(time_follows(folded, text, numbers)?));
        }
        match patterns::number(folded) {
            Some((whole, fraction)) if whole.len() < 9 && !folded.starts_with('0') => {
                let number = [&whole.replace(',', ""), fraction].concat().parse().ok()?;
                Some(Some(self.number_follows(number)?))
            }
            _ => Some(None),
        }
    }

    fn number_follows(&mut self, number: f64) -> Option<bool> {
        Some(follows(number, self.said.numbers()?)? || follows(number, self.spec.numbers()?)?)
    }

    /// Whether the parts of an address were said, apart from the ends that all have.
    fn address_follows(&mut self, folded: &str) -> Option<bool> {
        if han_count(folded) > 0 {
            return Some(false);
        }
        let (mut found, mut total) = (0, 0);
        for part in words(folded)?.split_terminator(' ').filter(|part| !COMMON.contains(part)) {
            total += 1;
            found += usize::from(self.said.has(part)? || within(part, self.said)?);
        }
        if folded.contains('@') || found == total {
            return Some(found == total && total > 0);
        }
        Some(found >= total.saturating_sub(1).max(1))
    }

    /// Whether a code shortens words that were said, or words that were said shorten it.
    fn short_form(&mut self, folded: &str) -> Option<bool> {
        if (2..=5).contains(&self.value.len()) && self.value.bytes().all(|sign| sign.is_ascii_uppercase()) {
            if self.said.all_words()?.any(|word| shortens(folded, word)) {
                return Some(true);
            }
            let initials = words(head(&first(&self.said.pieces, MAX_READ), MAX_READ))?;
            return Some(initials_of(&initials).contains(folded));
        }
        let parts = words(self.value)?;
        let parted = parts.split_terminator(' ').nth(1).is_some();
        Some(parted && self.said.has(&initials_of(&parts))?)
    }

    /// Whether a value names the language that is spoken.
    fn own_language(&mut self, folded: &str) -> Option<bool> {
        match folded {
            "en" | "english" | "en-us" | "en_us" | "eng" => self.said.has("the"),
            "zh" | "chinese" | "zh-cn" | "zh_cn" | "中文" => {
                self.said.see_text()?;
                Some(han_count(head(self.said.text(), 500)) > 0)
            }
            _ => Some(false),
        }
    }

    /// Judge a phrase by the share of its words that were said.
    fn by_words(&mut self) -> Option<bool> {
        let parts = words(self.value)?;
        let parts: Vec<&str> = parts.split_terminator(' ').filter(|part| !is_stop_word(part)).collect();
        let signs: Vec<char> = self.value.chars().filter(|sign| is_han(*sign)).collect();
        if self.is_translated(parts.is_empty(), signs.is_empty())? {
            return Some(!self.has_specifics()?);
        }
        let (mut hits, mut digit_missing) = (0.0, false);
        for part in &parts {
            if self.is_known(part)? {
                hits += 1.0;
            } else {
                digit_missing = digit_missing || any_digit(part)?;
            }
        }
        let mut found = 0;
        for sign in &signs {
            found += usize::from(self.said.has_text(sign.encode_utf8(&mut [0; 4]))?);
        }
        let total = parts.len() as f64 + signs.len() as f64 / 2.0;
        if total == 0.0 {
            return Some(true);
        }
        self.by_share((hits + found as f64 / 2.0) / total, total, digit_missing)
    }

    fn by_share(&mut self, share: f64, total: f64, digit_missing: bool) -> Option<bool> {
        if keys::is_free(self.key) || !self.value_is_short() || total >= MANY {
            return Some(share >= 0.5 || !self.has_specifics()?);
        }
        if keys::is_search(self.key)? {
            return Some(share >= 1.0 / 3.0);
        }
        if digit_missing {
            return Some(false);
        }
        Some(if keys::is_name(self.key) { share > 0.7 } else { share >= 0.5 })
    }

    fn is_known(&mut self, part: &str) -> Option<bool> {
        if self.said.has_word(part)? || self.spec.has_word(part)? {
            return Some(true);
        }
        if let Some(letters) = patterns::numbered(part) {
            return self.said.has_word(letters);
        }
        if is_digits(part)? {
            return Some(part.len() < 9 && follows(part.parse().ok()?, self.said.numbers()?)?);
        }
        Some(within(part, self.said)? || alias_said(part, self.said)?)
    }

    /// Whether a value may be a translation of what was said: other script, or asked for.
    fn is_translated(&mut self, no_parts: bool, no_signs: bool) -> Option<bool> {
        let count = self.said.chinese_count();
        if !no_signs && no_parts {
            // A name such as John, said in Latin letters, is written in Chinese ones.
            return Some(count < 3 || self.said.has_latin_name());
        }
        Some(count > MANY_CHINESE || self.said.asks_language()?)
    }

    /// Whether a text has numbers, addresses or names that were never said.
    fn has_specifics(&mut self) -> Option<bool> {
        for number in patterns::long_digits(self.value) {
            if !self.said.has_text(number)? {
                if !follows(number[..number.len().min(12)].parse().ok()?, self.said.numbers()?)? {
                    return Some(true);
                }
            }
        }
        for address in patterns::addresses(&chars::fold(self.value)?) {
            if !self.said.has_text(address)? {
                return Some(true);
            }
        }
        self.said.see_text()?;
        if !self.said.is_ascii() {
            return Some(false);
        }
        for name in patterns::named(self.value) {
            if !self.is_known(&name.to_ascii_lowercase())? {
                return Some(true);
            }
        }
        Some(false)
    }
}
