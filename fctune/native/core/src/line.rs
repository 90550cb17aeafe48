//! A line of ShareGPT, taken apart: what its turns say, and where it is written.
//!
//! Input: the bytes of a line. Output: a Line, and what its strings say in a Space; `None` where
//! the line is none of a clean row. What the line says is known to be UTF-8 when `Raw` has read it.

use crate::json_copy::Buffer;
use crate::plan::{role_called, Role, MAX_TURNS};
use crate::row::Kind;
use crate::sixteen::{Sixteen, WIDTH};

/// What is needed while a line is read, kept for the next.
#[derive(Default)]
pub struct Space {
    /// What the turns say, one behind the other.
    pub said: Buffer,
    /// What the `system` column says.
    pub system: Buffer,
    pub parts: Vec<Part>,
}

/// A turn of a line.
pub struct Part {
    pub role: Role,
    /// Where it ends in `Space::said`.
    pub end: usize,
    /// Where its text begins and ends in the line.
    pub written: (usize, usize),
    /// `orjson` would write the text as the line has it.
    pub is_kept: bool,
}

/// A line that was taken apart.
pub struct Line<'a> {
    pub bytes: &'a [u8],
    /// What stands between the quotes of `tools`; `None` where it is null or missing.
    pub tools: Option<&'a [u8]>,
    /// There is a `system` column that is not null.
    pub has_system: bool,
    /// Where the list of turns begins and ends, if `orjson` would write all of it so.
    pub kept: Option<(usize, usize)>,
}

/// How turns begin in a row of a dataset.
const OPENINGS: [(Kind, &[u8]); 4] = [
    (Kind::User, b"{\"from\":\"human\",\"value\":\""),
    (Kind::Model, b"{\"from\":\"gpt\",\"value\":\""),
    (Kind::Call, b"{\"from\":\"function_call\",\"value\":\""),
    (Kind::Result, b"{\"from\":\"observation\",\"value\":\""),
];
/// Where they differ.
const FIRST: usize = 9;
const KEYS: [&[u8]; 3] = [b"\"conversations\"", b"\"system\"", b"\"tools\""];

/// Take a line apart.
pub fn read<'a>(bytes: &'a [u8], space: &mut Space) -> Option<Line<'a>> {
    space.said.clear(bytes.len());
    space.system.clear(0);
    space.parts.clear();
    let mut line = Line { bytes, tools: None, has_system: false, kept: None };
    let mut place = Place { bytes, at: 0 };
    let mut met = [false; KEYS.len()];
    place.space();
    place.sign(b'{')?;
    loop {
        place.space();
        let key = KEYS.iter().position(|key| place.word(key).is_some())?;
        place.colon()?;
        if std::mem::replace(&mut met[key], true) {
            return None;
        }
        match key {
            0 => line.kept = place.turns(space)?,
            1 => line.has_system = place.system(space)?,
            _ => line.tools = place.tools()?,
        }
        if !place.goes_on(b'}')? {
            break;
        }
    }
    place.space();
    (met[0] && place.at == bytes.len()).then_some(line)
}

/// How far a line was read.
struct Place<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Place<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// A sign; where another stands, the line is in doubt.
    fn sign(&mut self, sign: u8) -> Option<()> {
        let met = self.peek()? == sign;
        self.at += 1;
        met.then_some(())
    }

    /// A word; where another stands, nothing is read.
    fn word(&mut self, word: &[u8]) -> Option<()> {
        let met = self.bytes[self.at..].starts_with(word);
        self.at += if met { word.len() } else { 0 };
        met.then_some(())
    }

    /// A key, in its quotes, with the colon behind it.
    fn key(&mut self, key: &[u8]) -> Option<()> {
        self.space();
        self.word(key)?;
        self.colon()
    }

    fn colon(&mut self) -> Option<()> {
        self.space();
        self.sign(b':')?;
        self.space();
        Some(())
    }

    /// Whether a comma stands here and not the end of a list or an object; `None` for neither.
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        self.space();
        let sign = self.peek()?;
        self.at += 1;
        (sign == b',' || sign == end).then_some(sign == b',')
    }

    /// The list of turns; where it stands if a dataset has it so.
    fn turns(&mut self, space: &mut Space) -> Option<Option<(usize, usize)>> {
        let begin = self.at;
        self.sign(b'[')?;
        let mut is_kept = true;
        loop {
            is_kept &= match self.opening() {
                Some(kind) => self.text(Role::Of(kind), space)?,
                None => {
                    let role = self.role()?;
                    self.text(role, space)?;
                    false
                }
            };
            let end = self.at;
            self.space();
            self.sign(b'}')?;
            let goes_on = self.goes_on(b']')?;
            is_kept &= self.at == end + 2;
            if !goes_on {
                return Some(is_kept.then_some((begin, self.at)));
            }
        }
    }

    /// Who speaks in a turn that begins here as one of a dataset does; else nothing is read.
    fn opening(&mut self) -> Option<Kind> {
        let first = self.bytes.get(self.at + FIRST)?;
        let (kind, opening) = OPENINGS.iter().find(|(_, opening)| opening[FIRST] == *first)?;
        self.word(opening)?;
        Some(*kind)
    }

    /// Who speaks in a turn that begins here, and its opening up to its text.
    fn role(&mut self) -> Option<Role> {
        self.space();
        self.sign(b'{')?;
        self.key(b"\"from\"")?;
        let role = self.string()?;
        self.space();
        self.sign(b',')?;
        self.key(b"\"value\"")?;
        self.sign(b'"')?;
        role_called(role)
    }

    /// The text of a turn; whether `orjson` would write it so.
    fn text(&mut self, role: Role, space: &mut Space) -> Option<bool> {
        let begin = self.at;
        let (end, is_kept) = space.said.copy(self.bytes, begin)?;
        self.at = end + 1;
        if space.parts.len() == MAX_TURNS {
            return None;
        }
        space.parts.push(Part { role, end: space.said.size(), written: (begin, end), is_kept });
        Some(is_kept)
    }

    fn system(&mut self, space: &mut Space) -> Option<bool> {
        if self.word(b"null").is_some() {
            return Some(false);
        }
        self.sign(b'"')?;
        space.system.clear(self.bytes.len());
        self.at = space.system.copy(self.bytes, self.at)?.0 + 1;
        Some(true)
    }

    fn tools(&mut self) -> Option<Option<&'a [u8]>> {
        if self.word(b"null").is_some() {
            return Some(None);
        }
        self.string().map(Some)
    }

    /// What stands between the quotes of a string, as it is.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.sign(b'"')?;
        let begin = self.at;
        self.blocks();
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(&self.bytes[begin..self.at - 1])
    }

    /// Go over blocks of a string, up to its end if no backslash stands beside another.
    fn blocks(&mut self) {
        let mut is_escaped = 0; // of the first byte of a block
        while let Some(block) = self.bytes[self.at..].first_chunk() {
            let block = Sixteen::of(block);
            let slashes = block.is(b'\\').bits();
            let escaped = slashes << 1 | is_escaped;
            let ends = block.is(b'"').or(block.is_at_most(0x1f)).bits() & !escaped;
            if slashes & escaped != 0 {
                break;
            }
            if ends != 0 {
                self.at += ends.trailing_zeros() as usize;
                return;
            }
            is_escaped = slashes >> (WIDTH - 1);
            self.at += WIDTH;
        }
        self.at -= is_escaped as usize;
    }
}
