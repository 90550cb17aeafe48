//! Days of the calendar, numbered, as `datetime.date` of Python has them.
//!
//! Input: year, month and day. Output: the day, its number and its weekday.

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// Days since the one before 1 January of the year 1.
    pub number: i64,
}

impl Date {
    /// The day, `Some(None)` where the calendar has none, `None` where Python cannot tell.
    pub fn of(year: i64, month: i64, day: i64) -> Option<Option<Date>> {
        if [year, month, day].into_iter().any(|part| i32::try_from(part).is_err()) {
            return None;
        }
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > days_in(year, month)
        {
            return Some(None);
        }
        let before = year - 1;
        let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
        Some(Some(Date { number: before * 365 + before / 4 - before / 100 + before / 400 + months + day }))
    }

    /// Monday is 0.
    pub fn weekday(self) -> i64 {
        (self.number + 6) % 7
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
