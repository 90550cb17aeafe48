//! Where a text stands in another.
//!
//! Input: two texts as bytes, which are UTF-8. Output: places. Of 32 places at a time those are
//! looked at that have the two rarest bytes of what is wanted; where too many have them, the
//! library's own search goes on, whose time is linear.

const BLOCK: usize = 32;
const MOST_RANKED: usize = 24;
/// Bytes that may be compared in vain, for each byte of the text and at all.
const MOST_VAIN: usize = 4;
const FEW: usize = 4096;
/// Letters and signs by how often texts have them, the most frequent last.
const FREQUENT: &[u8; 45] = b"zqxjkv;98764530?21)(bpygw,.f-\"umcldhsrinoate ";

/// How often texts have a byte, roughly.
static RANKS: [u8; 256] = ranks();

const fn ranks() -> [u8; 256] {
    let mut ranks = [0; 256];
    let mut byte = 0x80;
    while byte < 256 {
        // What begins a Chinese character begins most; what ends it tells it apart.
        ranks[byte] = if byte < 0xc0 { 20 } else { 60 };
        byte += 1;
    }
    let mut at = 0;
    while at < FREQUENT.len() {
        ranks[FREQUENT[at] as usize] = at as u8 + 10;
        at += 1;
    }
    ranks
}

/// Whether a text stands in another.
#[inline]
pub fn has(text: &[u8], wanted: &[u8]) -> bool {
    find(text, wanted, 0).is_some()
}

/// Where a text stands first in another, from a place on.
pub fn find(text: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let end = (text.len() + 1).checked_sub(wanted.len()).filter(|end| from < *end)?;
    let (one, two) = match wanted.len() {
        0 => return Some(from),
        1 => (0, 0),
        _ => rarest(wanted),
    };
    let (first, second) = (wanted[one], wanted[two]);
    if end - from < BLOCK {
        let (ones, twos) = (&text[from + one..end + one], &text[from + two..end + two]);
        return among(text, wanted, from, pairs(ones, twos, first, second), &mut 0);
    }
    let (mut at, mut vain) = (from, 0);
    loop {
        let (ones, twos) = (&text[at + one..at + one + BLOCK], &text[at + two..at + two + BLOCK]);
        // Without a way out, so that the compiler compares all at once.
        if pairs(ones, twos, first, second).fold(false, |found, hit| found | hit) {
            let found = among(text, wanted, at, pairs(ones, twos, first, second), &mut vain);
            if found.is_some() {
                return found;
            }
            if vain > FEW + MOST_VAIN * (at - from) {
                return by_library(text, wanted, at + 1);
            }
        }
        match end - at {
            BLOCK => return None,
            left => at += BLOCK.min(left - BLOCK),
        }
    }
}

/// Of each place, whether the two bytes stand there.
#[inline(always)]
fn pairs<'t>(ones: &'t [u8], twos: &'t [u8], first: u8, second: u8) -> impl Iterator<Item = bool> + 't {
    ones.iter().zip(twos).map(move |(one, two)| (*one == first) & (*two == second))
}

/// The first of some places where the text stands.
#[inline]
fn among(
    text: &[u8],
    wanted: &[u8],
    from: usize,
    hits: impl Iterator<Item = bool>,
    vain: &mut usize,
) -> Option<usize> {
    for (more, _) in hits.enumerate().filter(|(_, hit)| *hit) {
        if text[from + more..].starts_with(wanted) {
            return Some(from + more);
        }
        *vain += wanted.len();
    }
    None
}

/// The places of the two rarest bytes of a text of two or more.
fn rarest(wanted: &[u8]) -> (usize, usize) {
    let rank = |at: usize| RANKS[wanted[at] as usize];
    let (mut one, mut two) = if rank(1) < rank(0) { (1, 0) } else { (0, 1) };
    for at in 2..wanted.len().min(MOST_RANKED) {
        if rank(at) < rank(two) {
            two = at;
            if rank(two) < rank(one) {
                (one, two) = (two, one);
            }
        }
    }
    (one, two)
}

fn by_library(text: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let inner = text[from..].iter().take_while(|byte| **byte & 0xc0 == 0x80).count();
    let rest = std::str::from_utf8(&text[from + inner..]).ok()?;
    Some(from + inner + rest.find(std::str::from_utf8(wanted).ok()?)?)
}
