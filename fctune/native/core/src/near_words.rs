//! Words for the search for near duplicates: without case, accents, width and punctuation.
//!
//! Input: texts. Output: their words, one behind the other, or `None` where a character is in
//! doubt. Follows `words_of`, `_numbers` and `_length` of `fctune/dataset/near_signature.py`. In
//! scripts without blanks each character is a word. Characters outside of the lists below and of
//! `chars.rs` are in doubt: other scripts, Hangul, and marks that stand alone.

use crate::chars::{char_at, class, compatible, Change, Class};

/// So many characters of scripts without blanks stand for a word.
const CJK_CHARACTERS: f64 = 3.0;
const DOUBT: char = '?';
const BLANK: char = ' ';

/// What stands for the characters from the first one on; see `DOUBT` and `BLANK`.
#[rustfmt::skip]
const PLAIN: [(u32, &str); 8] = [
    (0xa0, "          a       23 μ   1o     aaaaaaæceeeeiiiiðnooooo øuuuuyþ?aaaaaaæceeeeiiiiðnooooo \
øuuuuyþyaaaaaaccccccccddđđeeeeeeeeeegggggggghhħħiiiiiiiiiı??jjkkĸllllll  łłnnnnnn?ŋŋooooooœœrrrrrr\
ssssssssttttŧŧuuuuuuuuuuuuwwyyyzzzzzzs"),
    (0x386, "α εηι?ο?υωιαβγδεζηθικλμνξοπρ?στυφχψωιυαεηιυαβγδεζηθικλμνξοπρσστυφχψωιυουω"),
    (0x400, "ееђгєѕііјљњћкиуџабвгдежзииклмнопрстуфхцчшщъыьэюяабвгдежзииклмнопрстуфхцчшщъыьэюяее\
ђгєѕііјљњћкиуџ"),
    (0x1ea0, "aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy"),
    (0x3041, "ぁあぃいぅうぇえぉおかかききくくけけここささししすすせせそそたたちちっつつててととなにぬねのはははひひひ\
ふふふへへへほほほまみむめもゃやゅゆょよらりるれろゎわゐゑをんうゕゖ"),
    (0x309d, "ゝゝ"),
    (0x30a1, "ァアィイゥウェエォオカカキキククケケココササシシススセセソソタタチチッツツテテトトナニヌネノハハハヒヒヒ\
フフフヘヘヘホホホマミムメモャヤュユョヨラリルレロヮワヰヱヲンウヵヶワヰヱヲ ーヽヽ"),
    (0x1a0, "oo?????????????uu"),
];

/// Of each byte of ASCII its lower case where words have it, else a blank.
static IN_WORDS: [u8; 128] = in_words();

const fn in_words() -> [u8; 128] {
    let mut table = [b' '; 128];
    let mut at = 0;
    while at < 128 {
        let byte = at as u8;
        if byte.is_ascii_alphanumeric() {
            table[at] = byte.to_ascii_lowercase();
        }
        at += 1;
    }
    table
}

/// A word: where it stands, and what it is.
#[derive(Debug, Clone, Copy)]
struct Word {
    begin: u32,
    end: u32,
    /// It has a character that is no letter, or is a number in letters.
    is_number: bool,
    /// A single character outside of ASCII.
    is_character: bool,
}

/// Words with one blank between them.
#[derive(Debug, Default)]
pub struct Words {
    text: Vec<u8>,
    words: Vec<Word>,
    open: bool,
    begin: usize,
    has_digit: bool,
}

impl Words {
    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Add the words of a text; `None` in doubt.
    pub fn push(&mut self, text: &str) -> Option<()> {
        u32::try_from(self.text.len() + 3 * text.len() + 8).ok()?;
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            if byte.is_ascii() {
                match IN_WORDS[usize::from(byte)] {
                    b' ' => self.close(),
                    sign => self.push_ascii(sign),
                }
                at += 1;
            } else {
                let char = char_at(text, at)?;
                self.push_rare(char)?;
                at += char.len_utf8();
            }
        }
        self.close();
        Some(())
    }

    /// The words from one on, with blanks between them.
    pub fn text_from(&self, first: usize) -> &[u8] {
        self.words.get(first).map_or(&[], |word| &self.text[word.begin as usize..])
    }

    /// Hand over each number among the words from one on.
    pub fn numbers_from(&self, first: usize) -> impl Iterator<Item = &[u8]> {
        let numbers = self.words[first..].iter().filter(|word| word.is_number);
        numbers.map(|word| &self.text[word.begin as usize..word.end as usize])
    }

    /// How long the text from one word on is: `_length`.
    pub fn length_from(&self, first: usize) -> f64 {
        let words = &self.words[first..];
        let characters = words.iter().filter(|word| word.is_character).count();
        (words.len() - characters) as f64 + characters as f64 / CJK_CHARACTERS
    }

    /// Forget the words from one on.
    pub fn truncate(&mut self, first: usize) {
        if let Some(word) = self.words.get(first) {
            // With the blank before it.
            self.text.truncate((word.begin as usize).saturating_sub(1));
            self.words.truncate(first);
        }
    }

    /// Runs of three words; of fewer words all in one.
    pub fn shingles(&self) -> impl Iterator<Item = &[u8]> {
        let few = (self.words.len() < 3).then_some(self.text.as_slice());
        let runs = self.words.windows(3);
        few.into_iter().chain(runs.map(|run| &self.text[run[0].begin as usize..run[2].end as usize]))
    }

    #[inline]
    fn begin(&mut self) {
        if !self.open {
            if !self.text.is_empty() {
                self.text.push(b' ');
            }
            self.open = true;
            self.begin = self.text.len();
            self.has_digit = false;
        }
    }

    #[inline]
    fn push_ascii(&mut self, sign: u8) {
        self.begin();
        self.has_digit |= sign.is_ascii_digit();
        self.text.push(sign);
    }

    #[inline]
    fn close(&mut self) {
        if self.open {
            self.open = false;
            let word = &self.text[self.begin..];
            // A character outside of ASCII has two bytes and more, the first alone from 0xc0 on.
            let characters = word.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
            self.words.push(Word {
                begin: self.begin as u32,
                end: self.text.len() as u32,
                is_number: self.has_digit || is_number(word),
                is_character: characters == 1 && word.len() > 1,
            });
        }
    }

    /// Add a letter outside of ASCII; one of a script without blanks is a word.
    fn push_letter(&mut self, char: char) {
        let alone = is_cjk(char);
        if alone {
            self.close();
        }
        self.begin();
        let mut buffer = [0; 4];
        self.text.extend(char.encode_utf8(&mut buffer).as_bytes());
        if alone {
            self.close();
        }
    }

    /// Add what stands for a character outside of ASCII.
    fn push_rare(&mut self, char: char) -> Option<()> {
        let code = char as u32;
        if matches!(code, 0x4e00..=0x9fef | 0x3400..=0x4db5) {
            self.push_letter(char);
            return Some(());
        }
        match listed(code)? {
            Listed::Plain(BLANK) => self.close(),
            Listed::Plain(one) => self.push_any(one),
            Listed::Other => match class(char) {
                Class::Sign => self.close(),
                Class::Compatible => self.push_changed(char)?,
                _ => return None,
            },
        }
        Some(())
    }

    /// Add a character that is written otherwise; one that words do not have parts them.
    fn push_changed(&mut self, char: char) -> Option<()> {
        let mut buffer = [0; 4];
        let changed = match compatible(char)? {
            Change::Same => return None,
            Change::One(one) => &*one.encode_utf8(&mut buffer),
            Change::Some(some) => some,
        };
        if changed.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            changed.bytes().for_each(|byte| self.push_ascii(byte));
        } else if changed.chars().any(|one| one.is_ascii() && !one.is_ascii_alphanumeric())
            || changed.chars().count() == 1
        {
            self.close();
        } else {
            return None;
        }
        Some(())
    }

    fn push_any(&mut self, char: char) {
        match u8::try_from(char) {
            Ok(byte) if byte.is_ascii() => self.push_ascii(byte),
            _ => self.push_letter(char),
        }
    }
}

enum Listed {
    Plain(char),
    Other,
}

/// What the lists have for a character; `None` where they say that it is in doubt.
fn listed(code: u32) -> Option<Listed> {
    static TABLE: std::sync::OnceLock<Vec<char>> = std::sync::OnceLock::new();
    const NOT_LISTED: char = '\0';
    let table = TABLE.get_or_init(|| {
        let mut table = vec![NOT_LISTED; 0x3130];
        for (first, plain) in PLAIN {
            plain.chars().enumerate().for_each(|(at, one)| table[first as usize + at] = one);
        }
        table
    });
    match table.get(code as usize).copied().unwrap_or(NOT_LISTED) {
        DOUBT => None,
        NOT_LISTED => Some(Listed::Other),
        plain => Some(Listed::Plain(plain)),
    }
}

fn is_cjk(char: char) -> bool {
    matches!(char as u32, 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff)
}

/// Whether a word without digits is a number: `_NUMBERS`.
#[rustfmt::skip]
fn is_number(word: &[u8]) -> bool {
    if word.first().is_none_or(|byte| !byte.is_ascii()) {
        let Ok(text) = std::str::from_utf8(word) else { return false };
        return word.len() == 3 && "二三四五六七八九十百千万萬亿億两兩零".contains(text);
    }
    matches!(word,
        b"two" | b"three" | b"four" | b"five" | b"six" | b"seven" | b"eight" | b"nine" | b"ten"
        | b"eleven" | b"twelve" | b"thirteen" | b"fourteen" | b"fifteen" | b"sixteen"
        | b"seventeen" | b"eighteen" | b"nineteen" | b"twenty" | b"thirty" | b"forty" | b"fifty"
        | b"sixty" | b"seventy" | b"eighty" | b"ninety" | b"hundred" | b"thousand" | b"million"
        | b"billion" | b"half" | b"third" | b"quarter" | b"dozen")
}
