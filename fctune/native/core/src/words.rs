//! The wording of texts, their language, and the hashes of calls.
//!
//! Input: texts and calls. Output: wordings (UTF-8), the language and hashes, or `None` where a
//! character is in doubt. Follows `fctune/conversations/hashes.py`, and `value_hash` of
//! `fctune/conversations/identity.py`.

use crate::chars::{char_at, class, compatible, is_decimal, is_word, Change, Class};
use crate::hash::xxh3_64;
use crate::json::{write_sorted, write_text, Entry};

const MAX_FOREIGN: f64 = 0.05;
/// Of all characters that words have here, those from this one on take two columns.
pub const FIRST_WIDE: char = '\u{2e80}';

/// Of each byte of ASCII its lower case where words have it, else a blank; of the bytes of U+4000
/// to U+9FFF themselves; 0 of others.
static IN_WORDS: [u8; 256] = in_words();

const fn in_words() -> [u8; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        if byte.is_ascii_alphanumeric() {
            table[at] = byte.to_ascii_lowercase();
        } else if byte.is_ascii() {
            table[at] = b' ';
        } else if byte <= 0xbf || (byte >= 0xe4 && byte <= 0xe9) {
            table[at] = byte;
        }
        at += 1;
    }
    table
}

/// The wording of a text: `hashes.words_in`.
pub fn words_in(text: &str) -> Option<Vec<u8>> {
    let mut found = Vec::new();
    push_words(text, &mut found)?;
    Some(found)
}

/// Add the wording of a text to others.
pub fn push_words(text: &str, found: &mut Vec<u8>) -> Option<()> {
    let bytes = text.as_bytes();
    let begin = found.len();
    // The most that a character grows by: ½ is 1 and 2.
    found.resize(begin + bytes.len() + bytes.len() / 2 + BLOCK, 0);
    let mut words = Words { bytes: &mut found[begin..], size: 0 };
    let mut at = words.push_run(bytes)?;
    while at < bytes.len() {
        let char = char_at(text, at)?;
        words.push_rare(char)?;
        at += char.len_utf8();
        at += words.push_run(&bytes[at..])?;
    }
    let size = words.size - usize::from(words.size > 0 && words.last() == b' ');
    found.truncate(begin + size);
    Some(())
}

/// What is looked at together.
const BLOCK: usize = 16;

/// A block of bytes as words have them. Of its other parts each byte is 1 or 0.
struct Block {
    signs: u128,
    /// Blanks behind a blank.
    needless: u128,
    /// Bytes of rare characters, and the second one of U+4DC0 to U+4DFF.
    ends: u128,
}

impl Block {
    /// A block, by itself and by the bytes that stand one place before it.
    #[inline(always)]
    fn of(block: &[u8; BLOCK], before: &[u8; BLOCK]) -> Block {
        let (mut signs, mut needless, mut ends) = ([0; BLOCK], [0; BLOCK], [0; BLOCK]);
        for at in 0..BLOCK {
            let (byte, last) = (block[at], before[at]);
            let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
            let is_digit = byte.wrapping_sub(b'0') < 10;
            let is_blank = !(is_letter | is_digit | (byte >= 0x80));
            let was_word = ((last | 0x20).wrapping_sub(b'a') < 26) | (last.wrapping_sub(b'0') < 10);
            let was_blank = !(was_word | (last >= 0x80));
            let is_rare = (byte >= 0xc0) & (byte.wrapping_sub(0xe4) > 5);
            let is_hexagram = (last == 0xe4) & (byte == 0xb7);
            signs[at] = if is_blank { b' ' } else { byte | (u8::from(is_letter) << 5) };
            needless[at] = u8::from(is_blank & was_blank);
            ends[at] = u8::from(is_rare | is_hexagram);
        }
        let [signs, needless, ends] = [signs, needless, ends].map(u128::from_le_bytes);
        Block { signs, needless, ends }
    }

    /// Leave out the needless blanks before a place, and return where it is then.
    #[inline(always)]
    fn tidy(&mut self, mut end: usize) -> usize {
        loop {
            let first = self.needless.trailing_zeros();
            if first >= 8 * end as u32 {
                return end;
            }
            let before = (1 << first) - 1;
            self.signs = self.signs & before | self.signs >> 8 & !before;
            self.needless = self.needless >> 8 & !before;
            end -= 1;
        }
    }
}

/// Words with one blank between them, in a place that is long enough.
struct Words<'b> {
    bytes: &'b mut [u8],
    size: usize,
}

impl Words<'_> {
    #[inline]
    fn push(&mut self, encoded: &[u8]) {
        let end = self.size + encoded.len();
        self.bytes[self.size..end].copy_from_slice(encoded);
        self.size = end;
    }

    /// Add what a piece begins with up to a rare character, and return its length; `None` where
    /// U+4DC0 to U+4DFF is in it: of U+4000 to U+9FFF those that no word has.
    #[inline]
    fn push_run(&mut self, piece: &[u8]) -> Option<usize> {
        let Some(first) = piece.first() else { return Some(0) };
        if !self.push_byte(*first) {
            return Some(0);
        }
        let mut at = 1;
        while at + BLOCK <= piece.len() {
            let before = piece[at - 1..at - 1 + BLOCK].try_into().ok()?;
            let mut block = Block::of(piece[at..at + BLOCK].try_into().ok()?, before);
            let mut end = BLOCK;
            if block.ends != 0 {
                end = block.ends.trailing_zeros() as usize / 8;
            }
            let size = if block.needless == 0 { end } else { block.tidy(end) };
            self.bytes[self.size..self.size + BLOCK].copy_from_slice(&block.signs.to_le_bytes());
            self.size += size;
            at += end;
            if end < BLOCK {
                return (IN_WORDS[usize::from(piece[at])] == 0).then_some(at);
            }
        }
        while at < piece.len() {
            if piece[at] == 0xb7 && piece[at - 1] == 0xe4 {
                return None;
            }
            if !self.push_byte(piece[at]) {
                break;
            }
            at += 1;
        }
        Some(at)
    }

    /// Add a byte; `false` where it is of a rare character.
    #[inline]
    fn push_byte(&mut self, byte: u8) -> bool {
        let sign = IN_WORDS[usize::from(byte)];
        if sign == 0 {
            return false;
        }
        let last = self.last();
        self.bytes[self.size] = sign;
        self.size += usize::from(sign != b' ' || last != b' ');
        true
    }

    /// The last byte; a blank where there is none.
    fn last(&self) -> u8 {
        if self.size == 0 {
            return b' ';
        }
        self.bytes[self.size - 1]
    }

    /// Add a character outside of ASCII.
    fn push_rare(&mut self, char: char) -> Option<()> {
        match class(char) {
            Class::Word => self.push_word(char),
            Class::Sign => self.push_blank(),
            Class::Unknown => return None,
            Class::Compatible => match compatible(char)? {
                Change::One(one) => self.push_any(one)?,
                Change::Some(some) => some.chars().try_for_each(|one| self.push_any(one))?,
                Change::Same => return None,
            },
        }
        Some(())
    }

    /// Add a letter in the form that `str.casefold` gives it.
    fn push_word(&mut self, char: char) {
        match char {
            FIRST_WIDE.. => self.push_char(char),
            'ß' => self.push(b"ss"),
            'ς' => self.push_char('σ'),
            _ => char.to_lowercase().for_each(|lower| self.push_char(lower)),
        }
    }

    fn push_any(&mut self, char: char) -> Option<()> {
        if char.is_ascii() {
            self.push_byte(char as u8);
        } else if is_word(char)? {
            self.push_word(char);
        } else {
            self.push_blank();
        }
        Some(())
    }

    fn push_char(&mut self, char: char) {
        self.push(char.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn push_blank(&mut self) {
        if self.last() != b' ' {
            self.push(b" ");
        }
    }
}

/// `zh`, `en` or `other`: `hashes.language`.
pub fn language(text: &str) -> Option<&'static str> {
    if text.is_ascii() {
        return Some("en");
    }
    let (mut chinese, mut other) = (false, false);
    // U+3400 to U+9FFF without U+4DC0 to U+4DFF; U+3040 to U+30FF and at least U+AC00 to U+D7AF.
    for (one, two) in text.bytes().zip(text.bytes().skip(1)) {
        chinese |= (one == 0xe3) & (two >= 0x90) | (one == 0xe4) & (two != 0xb7);
        chinese |= (one >= 0xe5) & (one <= 0xe9);
        other |= (one == 0xe3) & (two >= 0x81) & (two <= 0x83) | (one >= 0xea) & (one <= 0xed);
    }
    if !chinese {
        return is_foreign(text).map(|foreign| if foreign { "other" } else { "en" });
    }
    Some(if other && text.contains(is_other_east_asian) { "other" } else { "zh" })
}

fn is_other_east_asian(char: char) -> bool {
    matches!(char, '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7af}')
}

/// Whether a text without Chinese has many letters outside of ASCII.
fn is_foreign(text: &str) -> Option<bool> {
    let (mut foreign, mut size) = (0, 0);
    for char in text.chars() {
        size += 1;
        if !char.is_ascii() {
            foreign += u32::from(is_word(char)? && !is_decimal(char)?);
        }
    }
    Some(f64::from(foreign) > MAX_FOREIGN * f64::from(size))
}

/// The hash of a call, whatever the order of its keys: `identity.number_of([name, arguments])`.
pub fn value_hash(name: &str, arguments: &[Entry<'_>]) -> Option<u64> {
    let mut sorted: Vec<_> = arguments.iter().collect();
    sorted.sort_unstable_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
    if sorted.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return None;
    }
    let mut out = String::with_capacity(256);
    out.push('[');
    write_text(name, &mut out);
    out.push_str(",{");
    for (at, (key, value)) in sorted.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_text(key, &mut out);
        out.push(':');
        write_sorted(value, &mut out)?;
    }
    out.push_str("}]");
    Some(xxh3_64(out.as_bytes()))
}
