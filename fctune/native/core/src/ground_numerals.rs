//! Chinese numerals; follows `_chinese` and `chinese_number` of
//! `fctune/conversations/grounding_numbers.py`.
//!
//! Input: a text whose characters are certain. Output: the numbers that its numerals and words for
//! spans of time state.

use crate::ground_numbers::MAX_EXACT;

const MAX_RUN: usize = 24;
const SINGLE: &str = "一二两三四五六七八九十";
const COUNTED: &str = "个位人天年月周次张份点小分岁件元块杯名间晚号楼层日星本篇条米公千万百英倍折成";
const IMPLIED: [(&str, &[f64]); 12] = [
    ("夫妻", &[2.0]),
    ("一半", &[0.5]),
    ("半", &[0.5, 30.0]),
    ("周", &[7.0]),
    ("星期", &[7.0]),
    ("月", &[30.0, 31.0]),
    ("年", &[365.0, 12.0]),
    ("天", &[24.0]),
    ("小时", &[60.0, 3600.0]),
    ("双", &[2.0]),
    ("妻子", &[2.0]),
    ("丈夫", &[2.0]),
];

const FIRST: u32 = 0x4e00;
const BITS: usize = 0x5200 / 64;

/// Characters from U+4E00 on, a bit each.
static SPECIAL: [u64; BITS] =
    marked("零一二三四五六七八九两十百千万亿点壹贰叁肆伍陆柒捌玖拾佰仟夫半周星月年天小双妻丈");

const fn marked(signs: &str) -> [u64; BITS] {
    let bytes = signs.as_bytes();
    let mut bits = [0; BITS];
    let mut at = 0;
    while at + 2 < bytes.len() {
        let place = (code_at(bytes, at) - FIRST) as usize;
        bits[place / 64] |= 1 << (place % 64);
        at += 3;
    }
    bits
}

/// The code of a character of three bytes.
const fn code_at(bytes: &[u8], at: usize) -> u32 {
    (bytes[at] as u32 & 0xf) << 12 | (bytes[at + 1] as u32 & 0x3f) << 6 | bytes[at + 2] as u32 & 0x3f
}

fn is_special(code: u32) -> bool {
    let place = code.wrapping_sub(FIRST) as usize;
    (place < 64 * BITS && SPECIAL[place / 64] >> (place % 64) & 1 == 1) || code == 0x3007
}

/// Append the numbers that the Chinese words and numerals of a text state; `None` is doubt.
pub fn chinese(text: &str, out: &mut Vec<f64>) -> Option<()> {
    let bytes = text.as_bytes();
    let (mut implied, mut numerals, mut at) = (0_u16, Vec::new(), 0);
    while at < bytes.len() {
        match bytes[at] {
            0..=0xbf => at += 1,
            0xe3..=0xe9 => {
                if is_special(code_at(bytes, at)) {
                    let (is_numeral, marks) = meant_by(&text[at..at + 3], &text[at + 3..]);
                    implied |= marks;
                    if is_numeral {
                        numerals.push(at);
                    }
                }
                at += 3;
            }
            0xc0..=0xdf => at += 2,
            0xe0..=0xef => at += 3,
            _ => at += 4,
        }
    }
    for (place, (_, values)) in IMPLIED.iter().enumerate() {
        if implied >> place & 1 == 1 {
            out.extend(*values);
        }
    }
    counted(text, &numerals, out)
}

/// Whether a special character is a numeral, and the places in `IMPLIED` of what it begins.
fn meant_by(sign: &str, rest: &str) -> (bool, u16) {
    let if_next = |next: &str, place: u16| u16::from(rest.starts_with(next)) << place;
    match sign {
        "夫" => (false, if_next("妻", 0)),
        "一" => (true, if_next("半", 1)),
        "半" => (false, 1 << 2),
        "周" => (false, 1 << 3),
        "星" => (false, if_next("期", 4)),
        "月" => (false, 1 << 5),
        "年" => (false, 1 << 6),
        "天" => (false, 1 << 7),
        "小" => (false, if_next("时", 8)),
        "双" => (false, 1 << 9),
        "妻" => (false, if_next("子", 10)),
        "丈" => (false, if_next("夫", 11)),
        _ => (true, 0),
    }
}

/// Append what the numerals at these places write, in runs and where one counts something.
fn counted(text: &str, numerals: &[usize], out: &mut Vec<f64>) -> Option<()> {
    let mut index = 0;
    while let Some(start) = numerals.get(index) {
        let next_to = |(size, place): (usize, &usize)| *place == start + 3 * size;
        let size = numerals[index..].iter().take(MAX_RUN).enumerate().take_while(|one| next_to(*one)).count();
        index += size;
        let found = &text[*start..start + 3 * size];
        if size == 1 && !is_counting(text, *start) {
            continue;
        }
        out.extend(chinese_number(found)?);
        if size > 4 {
            for part in found.split(['零', '〇']) {
                out.extend(chinese_number(part)?);
            }
        }
    }
    Some(())
}

fn is_counting(text: &str, start: usize) -> bool {
    let mut signs = text[start..].chars();
    let single = signs.next().and_then(|sign| SINGLE.chars().find(|single| *single == sign));
    single.is_some() && signs.next().is_some_and(|sign| COUNTED.chars().any(|counted| counted == sign))
}

fn unit_of(sign: char) -> Option<i64> {
    Some(match sign {
        '零' | '〇' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn scale_of(sign: char) -> Option<i64> {
    Some(match sign {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1000,
        _ => return None,
    })
}

/// The number that Chinese numerals write; `Some(None)` where they write none, `None` is doubt.
pub fn chinese_number(text: &str) -> Option<Option<f64>> {
    if let Some((whole, rest)) = text.split_once('点') {
        let digits: String =
            rest.chars().filter_map(unit_of).map(|digit| (b'0' + digit as u8) as char).collect();
        let head = if whole.is_empty() { Some(0.0) } else { chinese_number(whole)? };
        let fraction = (!digits.is_empty()).then(|| format!("0.{digits}").parse::<f64>().ok());
        return Some(match (head, fraction) {
            (Some(head), Some(fraction)) => Some(head + fraction?),
            _ => None,
        });
    }
    if text.is_empty() {
        return Some(None);
    }
    let value = match text.chars().try_fold(0_i64, |value, sign| with_digit(value, unit_of(sign)?)) {
        Some(value) => value,
        None if text.chars().all(|sign| unit_of(sign).is_some()) => return None, // too large
        None => in_sections(text)?,
    };
    let value = value as f64;
    (value < MAX_EXACT).then_some(Some(value))
}

fn with_digit(value: i64, digit: i64) -> Option<i64> {
    value.checked_mul(10)?.checked_add(digit)
}

fn in_sections(text: &str) -> Option<i64> {
    let (mut total, mut section, mut digit) = (0_i64, 0_i64, 0_i64);
    for sign in text.chars() {
        if let Some(unit) = unit_of(sign) {
            digit = unit;
        } else if let Some(scale) = scale_of(sign) {
            let count = if digit != 0 { digit } else { i64::from(section == 0) };
            section = section.checked_add(count * scale)?;
            digit = 0;
        } else {
            let factor = if sign == '万' { 10_000 } else { 100_000_000 };
            let sum = total.checked_add(section)?.checked_add(digit)?;
            total = if sum == 0 { 1 } else { sum }.checked_mul(factor)?;
            (section, digit) = (0, 0);
        }
    }
    total.checked_add(section)?.checked_add(digit)
}
