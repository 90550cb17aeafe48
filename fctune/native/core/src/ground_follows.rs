//! Whether a number follows from others; follows `fctune/conversations/grounding_numbers.py`.
//!
//! Input: a number and those that were said. Output: whether it is one of them, or computed from one
//! or two of them. Every operation is that of Python, in its order, so that the digits are the same.

use std::sync::LazyLock;

use crate::json::python_float;

const MAX_NUMBERS: usize = 400;
const MAX_PAIRED: usize = 40;
const TENS: [f64; 7] = [1.0, 10.0, 1e2, 1e3, 1e4, 1e5, 1e6];
// Below it, 16 digits leave more than six behind the point.
const MANY_BEHIND: f64 = 1e8;
const FACTORS: [f64; 23] = [
    10.0,
    100.0,
    1000.0,
    1e6,
    1e9,
    60.0,
    3600.0,
    86400.0,
    24.0,
    7.0,
    12.0,
    52.0,
    365.0,
    30.0,
    1024.0,
    1_048_576.0,
    1_073_741_824.0,
    1e4,
    1.609344,
    2.54,
    30.48,
    0.3048,
    0.45359237,
];

static RATIOS: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let mut ratios = vec![1.0];
    ratios.extend(FACTORS);
    ratios.extend(FACTORS.map(|factor| 1.0 / factor));
    ratios.sort_by(f64::total_cmp);
    ratios
});

/// Tell whether a number is stated, or computed from stated ones (each once, in order); `None` is doubt.
pub fn follows(value: f64, stated: &[f64]) -> Option<bool> {
    let wanted = value.abs();
    if wanted == 0.0 || wanted == 1.0 || !wanted.is_finite() {
        return Some(true);
    }
    let known = &stated[..stated.len().min(MAX_NUMBERS)];
    if known.iter().any(|number| number.abs() == wanted) {
        return Some(true);
    }
    if known.iter().any(|number| !number.is_finite()) {
        return None;
    }
    let slack = match if wanted % 1.0 == 0.0 { 0 } else { fraction_of(wanted)? } {
        fraction @ 1..=6 => 0.51 / TENS[fraction],
        _ => wanted * 0.003,
    };
    if known.iter().any(|number| is_scaled(wanted, slack, number.abs())) {
        return Some(true);
    }
    is_paired(wanted, known)
}

/// How many characters Python writes behind the point; of more than six, some number beyond six.
fn fraction_of(wanted: f64) -> Option<usize> {
    match python_float(wanted) {
        Some(written) => Some(written.split_once('.').map_or(0, |(_, behind)| behind.len())),
        // It has 16 digits or more.
        None => (wanted < MANY_BEHIND).then_some(7),
    }
}

/// Whether a number is a known one in another unit, as a percentage, or rounded.
fn is_scaled(wanted: f64, slack: f64, number: f64) -> bool {
    if number == 0.0 {
        return false;
    }
    let (ratio, room) = (wanted / number, slack / number);
    let ratios = &*RATIOS;
    let at = ratios.partition_point(|known| *known < ratio - room);
    at < ratios.len() && ratios[at] <= ratio + room
        || (wanted - number.trunc()).abs() <= slack
        || (wanted - number.round_ties_even()).abs() <= slack
        || (wanted - (number * 1.8 + 32.0)).abs() <= slack
        || (wanted - (100.0 - number)).abs() <= slack
        || (wanted - (number - 32.0) / 1.8).abs() <= slack
}

/// Whether a number is the sum, difference, product or quotient of two known ones.
fn is_paired(wanted: f64, known: &[f64]) -> Option<bool> {
    let mut chosen: Vec<f64> = known
        .iter()
        .rev()
        .map(|number| number.abs())
        .filter(|number| *number != 0.0)
        .take(MAX_PAIRED)
        .collect();
    chosen.reverse();
    let mut exact: Vec<f64> = chosen.iter().map(|number| rounded(*number)).collect();
    exact.sort_by(f64::total_cmp);
    for number in &chosen {
        let less = wanted - number;
        let results = [less, -less, wanted + number, wanted * number, wanted / number, number / wanted];
        if results.iter().any(|result| is_among(*result, &exact)) {
            return Some(true);
        }
    }
    if chosen.len() < 3 {
        return Some(false);
    }
    let sum: f64 = chosen.iter().fold(0.0, |sum, number| sum + number);
    let (apart, most) = ((sum - wanted).abs(), wanted.max(sum.abs()));
    // Releases of Python add differently in the last digits.
    match apart / (1e-6 * most) {
        share if share < 0.999 => Some(true),
        share if share > 1.001 => Some(false),
        _ => None,
    }
}

/// Whether a result, rounded, is one of the sorted numbers.
fn is_among(result: f64, exact: &[f64]) -> bool {
    if !result.is_finite() {
        return false;
    }
    // Rounding moves it less than this.
    let room = 1e-6 + result.abs() * 1e-15;
    let at = exact.partition_point(|number| *number < result - room);
    if at == exact.len() || exact[at] > result + room {
        return false;
    }
    let near = rounded(result);
    exact[at..].iter().take_while(|number| **number <= result + room).any(|number| *number == near)
}

/// `round(number, 6)` of Python.
fn rounded(number: f64) -> f64 {
    if number.trunc() == number {
        return number;
    }
    format!("{number:.6}").parse().unwrap_or(number)
}
