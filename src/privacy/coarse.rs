//! Coarser and moved values: bands of ages, the first digits of postcodes, years, moved days, small differences.
//!
//! Each gives nothing for a value it cannot read, and then something else has to cover it.

/// Three-digit areas with 20,000 people or fewer (45 CFR 164.514(b)(2)(i)(B); Census 2000, as HHS lists them). The Census of
/// 2010 and 2020 gives others: who releases under Safe Harbor looks them up anew.
const SMALL_AREAS: [&str; 17] = [
    "036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884", "890",
    "893",
];

/// A coarser value: ages in bands of five years and 90+, US postcodes by three digits, dates by year, networks by /24 and
/// /48.
pub fn generalise(entity: &str, value: &str) -> Option<String> {
    match entity {
        "AGE" => {
            let age: u32 = value.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()?;
            Some(if age >= 90 { "90+".to_owned() } else { format!("{}-{}", age / 5 * 5, age / 5 * 5 + 4) })
        }
        "ZIP_CODE" => {
            let area = value.trim().get(..3).filter(|a| a.bytes().all(|b| b.is_ascii_digit()))?;
            Some(if SMALL_AREAS.contains(&area) { "000**".to_owned() } else { format!("{area}**") })
        }
        "DATE_TIME" => {
            let mut runs = value.split(|c: char| !c.is_ascii_digit());
            runs.find(|run| {
                run.len() == 4 && matches!(run.as_bytes(), [b'1', b'5'..=b'9', ..] | [b'2', b'0' | b'1', ..])
            })
            .map(str::to_owned)
        }
        "IP_ADDRESS" => match value.parse().ok()? {
            std::net::IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                Some(format!("{a}.{b}.{c}.0/24"))
            }
            std::net::IpAddr::V6(v6) => {
                let [a, b, c, ..] = v6.segments();
                Some(format!("{a:x}:{b:x}:{c:x}::/48"))
            }
        },
        _ => None,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar (H. Hinnant, chrono-Compatible Low-Level Date Algorithms).
pub fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month, day of days since 1970-01-01.
fn day_at(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// A date moved by days, in its own layout; what stands after it (a time) stays. Year first, or year of four digits last
/// with the day before the month unless that cannot be.
pub fn shift(value: &str, by: i64) -> Option<String> {
    let end = value
        .char_indices()
        .find(|(i, c)| *i >= 6 && !c.is_ascii_digit() && !matches!(c, '-' | '/' | '.'))
        .map_or(value.len(), |(i, _)| i);
    let (date, rest) = value.split_at_checked(end)?;
    let sign = date.chars().find(|c| !c.is_ascii_digit())?;
    let parts: Vec<&str> = date.split(sign).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let number = |text: &str| text.parse::<i64>().ok();
    let (first, second, third) = (number(a)?, number(b)?, number(c)?);
    let year_first = a.len() == 4;
    if !year_first && c.len() != 4 {
        return None;
    }
    // 5/20/2021 can only be month first
    let month_first = !year_first && (second > 12 || (sign == '/' && first <= 12));
    let (year, month, day) = if year_first {
        (first, second, third)
    } else if month_first {
        (third, first, second)
    } else {
        (third, second, first)
    };
    let real =
        super::recognize::sums::is_day(u32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?);
    let (y, m, d) = real.then(|| day_at(days_of(year, month, day) + by))?;
    let pad = |n: i64, like: &str| if like.len() == 2 { format!("{n:02}") } else { n.to_string() };
    let moved = if year_first {
        [format!("{y:04}"), pad(m, b), pad(d, c)]
    } else if month_first {
        [pad(m, a), pad(d, b), format!("{y:04}")]
    } else {
        [pad(d, a), pad(m, b), format!("{y:04}")]
    };
    Some(moved.join(&sign.to_string()) + rest)
}

/// A whole number with a difference of one to three, up or down, never below zero.
pub fn noise(value: &str, bits: u64) -> Option<String> {
    let number: i64 = value.trim().parse().ok()?;
    let by = (bits >> 1) as i64 % 3 + 1;
    let moved = if bits & 1 == 0 && number >= by { number - by } else { number.checked_add(by)? };
    Some(moved.to_string())
}
