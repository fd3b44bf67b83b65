//! What each identifier's own standard says of a value: check digits, dates that exist, regions that are assigned.
//!
//! A check takes the value as capitals and digits without separators ([`compact`]) and answers [`Verdict`]. Sources are
//! named beside each; where an authority publishes no rule, the check says so by [`Verdict::Unknown`].

use super::sums::*;

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The standard's check holds.
    Valid,
    /// Nothing speaks against it, and nothing can prove it.
    Unknown,
    /// It cannot be one, and why.
    Invalid(&'static str),
}

use Verdict::{Invalid, Unknown, Valid};

/// Letters and digits alone, letters as capitals.
pub fn compact(value: &[u8]) -> Vec<u8> {
    value.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase).collect()
}

/// The reason that a check digit gives.
pub const CHECK: &str = "its check digit is wrong";
const LENGTH: &str = "it has another length or other characters";
const DATE: &str = "it names a day that does not exist";
const REGION: &str = "it names a region that does not exist";

fn proved(holds: bool) -> Verdict {
    if holds { Valid } else { Invalid(CHECK) }
}

/// The digits of a value of that many digits.
fn exactly(value: &[u8], count: usize) -> Option<Vec<u32>> {
    digits(value).filter(|d| d.len() == count)
}

/// Nothing to check beyond the form; rows of one digit and rising rows are examples.
pub fn form(value: &[u8]) -> Verdict {
    if value.iter().all(u8::is_ascii_digit) && is_filler(value) { Invalid("it is an example") } else { Unknown }
}

/// The form alone says it: fixed letters and signs.
pub fn sure(_: &[u8]) -> Verdict {
    Unknown
}

/// Departments of motor vehicles of the United States: as many forms as states, all with four digits or more.
pub fn us_licence(value: &[u8]) -> Verdict {
    // "in 2019" is a word and a number
    if value.contains(&b' ') && value.iter().any(u8::is_ascii_lowercase) {
        return Invalid(LENGTH);
    }
    let value = &compact(value);
    let count = value.iter().filter(|b| b.is_ascii_digit()).count();
    // Washington's: three letters, then nine of either
    let least = if value.starts_with(b"WDL") && value.len() == 12 { 1 } else { 4 };
    if count < least || !(5..=16).contains(&value.len()) { Invalid(LENGTH) } else { form(value) }
}

/// American Bankers Association: weights 3, 7, 1; first two digits by Federal Reserve district.
pub fn aba(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 9) else { return Invalid(LENGTH) };
    match number(value, 0, 2) {
        Some(1..=12 | 21..=32 | 61..=72 | 80) => {}
        _ => return Invalid(REGION),
    }
    proved(weighted(&d, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10))
}

/// Australian Business Register: modulus 89 after one is taken from the first digit.
pub fn au_abn(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 11) else { return Invalid(LENGTH) };
    let sum = weighted(&d, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    proved(d.first() != Some(&0) && (sum - 10).is_multiple_of(89))
}

/// Australian Securities and Investments Commission: weights 8 to 1.
pub fn au_acn(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 9) else { return Invalid(LENGTH) };
    proved(!is_filler(value) && (10 - weighted(&d, &[8, 7, 6, 5, 4, 3, 2, 1]) % 10) % 10 == *d.last().unwrap_or(&10))
}

/// Services Australia: first digit 2 to 6, ninth checks the first eight.
pub fn au_medicare(value: &[u8]) -> Verdict {
    let Some(d) = digits(value).filter(|d| matches!(d.len(), 10 | 11)) else { return Invalid(LENGTH) };
    let first = d.first().is_some_and(|d| (2..=6).contains(d));
    proved(first && Some(&(weighted(&d, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10)) == d.get(8))
}

/// Australian Taxation Office: modulus 11.
pub fn au_tfn(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 9) else { return Invalid(LENGTH) };
    proved(!is_filler(value) && weighted(&d, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11))
}

/// Canada: Luhn; 0 and 8 are not given out.
pub fn ca_sin(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 9) else { return Invalid(LENGTH) };
    if matches!(d.first(), Some(0 | 8)) {
        return Invalid("such a first digit is not given out");
    }
    if is_filler(value) { Invalid("it is an example") } else { proved(luhn(&d)) }
}

/// Kassenärztliche Bundesvereinigung: the first two digits are the region; no check digit.
pub fn de_bsnr(value: &[u8]) -> Verdict {
    let regions = [
        1, 2, 3, 17, 20, 35, 38, 46, 47, 48, 49, 51, 52, 55, 61, 62, 71, 72, 73, 74, 78, 79, 83, 85, 88, 93, 94, 95,
        96, 98, 99,
    ];
    match exactly(value, 9).and_then(|_| number(value, 0, 2)) {
        None => Invalid(LENGTH),
        Some(region) if regions.contains(&region) => Unknown,
        Some(_) => Invalid(REGION),
    }
}

/// GKV-Spitzenverband: the letter as two digits, weights 1 and 2, digit sums.
pub fn de_health(value: &[u8]) -> Verdict {
    let Some((letter, rest)) = value.split_first().filter(|(l, _)| l.is_ascii_uppercase()) else {
        return Invalid(LENGTH);
    };
    let Some(d) = exactly(rest, 9) else { return Invalid(LENGTH) };
    let place = u32::from(letter - b'A') + 1;
    let all: Vec<u32> = [place / 10, place % 10].into_iter().chain(d.iter().copied().take(8)).collect();
    proved(Some(&(cross(&all, &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10)) == d.last())
}

/// German documents: the characters of ICAO 9303 without vowels, check digit last.
pub fn de_document(value: &[u8]) -> Verdict {
    if value.len() != 9 || !value.last().is_some_and(u8::is_ascii_digit) {
        return Invalid(LENGTH);
    }
    proved(icao(value))
}

/// Kassenärztliche Bundesvereinigung: weights 4 and 9 over six digits, then the field of work.
pub fn de_lanr(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 9) else { return Invalid(LENGTH) };
    proved(!is_filler(value) && (10 - weighted(&d, &[4, 9, 4, 9, 4, 9]) % 10) % 10 == *d.get(6).unwrap_or(&10))
}

/// Deutsche Rentenversicherung (§ 147 SGB VI): area, birthday, letter, serial, check digit.
pub fn de_social(value: &[u8]) -> Verdict {
    let letter = value.get(8).copied().filter(u8::is_ascii_uppercase);
    let (Some(letter), Some(head), Some(tail)) =
        (letter, value.get(..8).and_then(digits), value.get(9..).and_then(digits))
    else {
        return Invalid(LENGTH);
    };
    let (Some(day), Some(month), Some(year)) = (number(value, 2, 4), number(value, 4, 6), number(value, 6, 8)) else {
        return Invalid(LENGTH);
    };
    if tail.len() != 3 || !(is_short_day(year, month, day) || is_short_day(year, month, day.wrapping_sub(50))) {
        return Invalid(if tail.len() == 3 { DATE } else { LENGTH });
    }
    let place = u32::from(letter - b'A') + 1;
    let all: Vec<u32> = head.into_iter().chain([place / 10, place % 10]).chain(tail.iter().copied().take(2)).collect();
    proved(Some(&(cross(&all, &[2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10)) == tail.last())
}

/// Bundeszentralamt für Steuern (§ 139b AO): ISO 7064 MOD 11,10; no digit more than three times among the first ten.
pub fn de_tax_id(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 11) else { return Invalid(LENGTH) };
    let often = (0..10).any(|n| d.iter().take(10).filter(|d| **d == n).count() > 3);
    proved(d.first() != Some(&0) && !often && mod_11_10(&d))
}

/// Bundeszentralamt für Steuern: ISO 7064 MOD 11,10 over nine digits, the first of them not 0.
pub fn de_vat(value: &[u8]) -> Verdict {
    let Some(d) = value.strip_prefix(b"DE").and_then(|v| exactly(v, 9)) else { return Invalid(LENGTH) };
    proved(d.first() != Some(&0) && mod_11_10(&d))
}

/// A postcode of Germany: 01001 to 99998.
pub fn de_plz(value: &[u8]) -> Verdict {
    match number(value, 0, 5) {
        Some(1001..=99998) if value.len() == 5 => Unknown,
        _ => Invalid(REGION),
    }
}

/// Tax offices of Germany: ten or eleven digits with slashes, or the unified form of thirteen.
pub fn de_tax_number(value: &[u8]) -> Verdict {
    match value.len() {
        10 | 11 => Unknown,
        13 if !is_filler(value) => Unknown,
        _ => Invalid(LENGTH),
    }
}

/// Ministerio del Interior: the letter by remainder of 23.
fn spanish(number: Option<u32>, letter: Option<&u8>) -> Verdict {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    match (number, letter) {
        (Some(n), Some(letter)) => proved(LETTERS.get((n % 23) as usize) == Some(letter)),
        _ => Invalid(LENGTH),
    }
}

/// Spain's number of citizens.
pub fn es_nif(value: &[u8]) -> Verdict {
    let last = value.len().saturating_sub(1);
    spanish(number(value, 0, last).filter(|_| matches!(last, 7 | 8)), value.last())
}

/// Spain's number of foreigners: X, Y, Z stand for 0, 1, 2.
pub fn es_nie(value: &[u8]) -> Verdict {
    let lead = value.first().and_then(|b| b.checked_sub(b'X')).filter(|n| *n < 3);
    let rest = number(value, 1, 8).filter(|_| value.len() == 9);
    spanish(lead.zip(rest).map(|(lead, rest)| u32::from(lead) * 10_000_000 + rest), value.last())
}

/// Digital and Population Data Services Agency of Finland: birthday and a control character by remainder of 31.
pub fn fi_hetu(value: &[u8]) -> Verdict {
    const CONTROL: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let (day, month, year) = (number(value, 0, 2), number(value, 2, 4), number(value, 4, 6));
    let (Some(day), Some(month), Some(year)) = (day, month, year) else { return Invalid(LENGTH) };
    // `compact` drops the signs + and - and keeps the letters that stand for a century
    let rest = if value.len() == 11 { value.get(7..) } else { value.get(6..) }.unwrap_or(&[]);
    let Some(serial) = number(rest, 0, 3).filter(|_| rest.len() == 4) else { return Invalid(LENGTH) };
    if !is_short_day(year, month, day) {
        return Invalid(DATE);
    }
    let whole = number(value, 0, 6).unwrap_or(0) * 1000 + serial;
    proved(CONTROL.get((whole % 31) as usize) == rest.last())
}

/// Unique Identification Authority of India: Verhoeff, first digit 2 to 9, not the same read backwards.
pub fn in_aadhaar(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 12) else { return Invalid(LENGTH) };
    let mirrored = d.iter().eq(d.iter().rev());
    proved(d.first().is_some_and(|d| *d > 1) && !mirrored && verhoeff(&d))
}

/// Goods and Services Tax Network: state 01 to 37, a PAN, entity, `Z`, check character. Numbers seen in the wild and in
/// manuals often carry a wrong check character, so the form alone is taken as well.
pub fn in_gstin(value: &[u8]) -> Verdict {
    match number(value, 0, 2) {
        _ if value.len() != 15 => Invalid(LENGTH),
        Some(1..=37) => Valid,
        _ => Invalid(REGION),
    }
}

/// Indian states' letters on plates.
pub fn in_vehicle(value: &[u8]) -> Verdict {
    const STATES: &str = " AN AP AR AS BR CH CG DD DL DN GA GJ HR HP JH JK KA KL LA LD MH ML MN MP MZ NL OD OR PB PY RJ SK TN TR TS UK UP WB ";
    let state = value.get(..2).and_then(|s| std::str::from_utf8(s).ok()).unwrap_or("");
    if value.get(2..4) == Some(b"BH") || STATES.contains(&format!(" {state} ")) { Unknown } else { Invalid(REGION) }
}

/// Agenzia delle Entrate: each place of the 15 has a value of its own when it is odd; the sum gives the last letter.
pub fn it_fiscal(value: &[u8]) -> Verdict {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    if value.len() != 16 {
        return Invalid(LENGTH);
    }
    let place = |b: u8| if b.is_ascii_digit() { u32::from(b - b'0') } else { u32::from(b.wrapping_sub(b'A')) };
    let sum: u32 = value
        .iter()
        .take(15)
        .enumerate()
        .map(|(i, b)| match i % 2 {
            0 => ODD.get(place(*b) as usize).copied().unwrap_or(0),
            _ => place(*b),
        })
        .sum();
    proved(value.last().map(|b| place(*b)) == Some(sum % 26))
}

/// Agenzia delle Entrate: Luhn over eleven digits, not all 0.
pub fn it_vat(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 11) else { return Invalid(LENGTH) };
    proved(d.iter().any(|d| *d > 0) && luhn(&d))
}

/// National Tax Service of Korea: weights 1, 3, 7 and the tens of five times the ninth digit.
pub fn kr_brn(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 10) else { return Invalid(LENGTH) };
    let ninth = d.get(8).copied().unwrap_or(0) * 5;
    let sum = weighted(&d, &[1, 3, 7, 1, 3, 7, 1, 3]) + ninth / 10 + ninth % 10;
    proved((10 - sum % 10) % 10 == *d.last().unwrap_or(&10))
}

/// Korean National Police Agency: the first two digits are the region.
pub fn kr_driver(value: &[u8]) -> Verdict {
    match number(value, 0, 2) {
        Some(11..=28) if value.len() == 12 => Unknown,
        _ => Invalid(REGION),
    }
}

/// Resident numbers of Korea: birthday and the century's digit. Numbers given out since October 2020 have no check digit.
fn kr_person(value: &[u8], centuries: &[u8], base: u32) -> Verdict {
    let Some(d) = exactly(value, 13) else { return Invalid(LENGTH) };
    let day = (number(value, 0, 2), number(value, 2, 4), number(value, 4, 6));
    let (Some(year), Some(month), Some(day)) = day else { return Invalid(LENGTH) };
    if !is_short_day(year, month, day) || is_filler(value) {
        return Invalid(DATE);
    }
    if !value.get(6).is_some_and(|b| centuries.contains(b)) {
        return Invalid("its seventh digit is not of this kind");
    }
    let sum = weighted(&d, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11;
    if Some(&((base - sum) % 10)) == d.last() { Valid } else { Unknown }
}

/// Citizens.
pub fn kr_rrn(value: &[u8]) -> Verdict {
    kr_person(value, b"123490", 11)
}

/// Foreigners.
pub fn kr_frn(value: &[u8]) -> Verdict {
    kr_person(value, b"5678", 13)
}

/// IEEE 802: not the broadcast address and not all zeros.
pub fn mac(value: &[u8]) -> Verdict {
    if value.iter().all(|b| *b == b'F') || value.iter().all(|b| *b == b'0') {
        Invalid("it names no device")
    } else {
        Valid
    }
}

/// Drug Enforcement Administration (21 CFR 1301): odd places and twice the even ones.
pub fn dea(value: &[u8]) -> Verdict {
    let Some(d) = value.get(2..).and_then(|v| exactly(v, 7)) else { return Invalid(LENGTH) };
    proved(weighted(&d, &[1, 2, 1, 2, 1, 2]) % 10 == *d.last().unwrap_or(&10))
}

/// National Identity Management Commission of Nigeria: Verhoeff.
pub fn ng_nin(value: &[u8]) -> Verdict {
    exactly(value, 11).map_or(Invalid(LENGTH), |d| proved(verhoeff(&d)))
}

/// PESEL of Poland: birthday with the century in the month, weights 1, 3, 7, 9.
pub fn pl_pesel(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 11) else { return Invalid(LENGTH) };
    let (year, month, day) = (number(value, 0, 2), number(value, 2, 4), number(value, 4, 6));
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Invalid(LENGTH) };
    if !is_short_day(year, month % 20, day) {
        return Invalid(DATE);
    }
    proved((10 - weighted(&d, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10 == *d.last().unwrap_or(&10))
}

/// Bolagsverket: Luhn, third digit 2 or more.
pub fn se_organisation(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 10) else { return Invalid(LENGTH) };
    if d.get(2).is_none_or(|d| *d < 2) { Invalid("its third digit is that of a person") } else { proved(luhn(&d)) }
}

/// Skatteverket: birthday (60 more for a coordination number) and Luhn over the last ten digits.
pub fn se_person(value: &[u8]) -> Verdict {
    let Some(d) = digits(value).filter(|d| matches!(d.len(), 10 | 12)) else { return Invalid(LENGTH) };
    let short = value.get(value.len() - 10..).unwrap_or(&[]);
    let (year, month, day) = (number(short, 0, 2), number(short, 2, 4), number(short, 4, 6));
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Invalid(LENGTH) };
    let day = if day > 60 { day - 60 } else { day };
    let century = d.len() == 10 || matches!(value.get(..2), Some(b"18" | b"19" | b"20"));
    if !century || !is_short_day(year, month, day) {
        return Invalid(DATE);
    }
    proved(luhn(d.get(d.len() - 10..).unwrap_or(&[])))
}

/// Immigration and Checkpoints Authority of Singapore. The check letter's rule is not official, so a number that fails
/// it is not proved and not refused.
pub fn sg_nric(value: &[u8]) -> Verdict {
    let (Some(kind), Some(d)) = (value.first(), value.get(1..8).and_then(digits)) else { return Invalid(LENGTH) };
    let (offset, letters): (u32, &[u8; 11]) = match kind {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        _ => (3, b"KLJNPQRTUWX"),
    };
    let sum = (weighted(&d, &[2, 7, 6, 5, 4, 3, 2]) + offset) % 11;
    if letters.get(sum as usize) == value.last() { Valid } else { Unknown }
}

/// Accounting and Corporate Regulatory Authority of Singapore: three forms, each with its check letter.
pub fn sg_uen(value: &[u8]) -> Verdict {
    const OTHER: &[u8; 33] = b"ABCDEFGHJKLMNPQRSTUVWX0123456789?";
    let last = value.last().copied();
    let of = |count: usize| value.get(..count).and_then(digits).filter(|_| value.len() == count + 1);
    let lead = value.first().is_some_and(u8::is_ascii_alphabetic);
    let letter = if let Some(d) = of(8) {
        b"XMKECAWLJDB".get((weighted(&d, &[10, 4, 9, 3, 8, 2, 7, 1]) % 11) as usize)
    } else if let Some(d) = of(9) {
        b"ZKCMDNERGWH".get((weighted(&d, &[10, 8, 6, 4, 9, 7, 5, 3, 1]) % 11) as usize)
    } else if lead && value.len() == 10 {
        let places = value.iter().take(9).map(|b| OTHER.iter().position(|o| o == b).map(|at| at as u32));
        let Some(places) = places.collect::<Option<Vec<u32>>>() else { return Invalid(LENGTH) };
        OTHER.get(((weighted(&places, &[4, 3, 5, 3, 10, 2, 2, 5, 7]) + 6) % 11) as usize)
    } else {
        return Invalid(LENGTH);
    };
    proved(letter.copied() == last)
}

/// Department of Provincial Administration of Thailand: first digit 1 to 8, a province, weights 13 to 2.
pub fn th_tnin(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 13) else { return Invalid(LENGTH) };
    let province =
        matches!(number(value, 1, 3), Some(10..=27 | 30..=49 | 50..=58 | 60..=67 | 70..=77 | 80..=86 | 90..=96));
    if !province || !matches!(d.first(), Some(1..=8)) || value.iter().all(|b| Some(b) == value.first()) {
        return Invalid(REGION);
    }
    let sum = weighted(&d, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    proved((11 - sum % 11) % 10 == *d.last().unwrap_or(&10))
}

/// General Directorate of Security of Türkiye: provinces 01 to 81.
pub fn tr_plate(value: &[u8]) -> Verdict {
    if matches!(number(value, 0, 2), Some(1..=81)) { Unknown } else { Invalid(REGION) }
}

/// General Directorate of Civil Registration of Türkiye: two check digits.
pub fn tr_national(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 11).filter(|d| d.first() != Some(&0)) else { return Invalid(LENGTH) };
    let pick = |start: usize, end: usize| d.iter().take(end).skip(start).step_by(2).sum::<u32>();
    let tenth = (pick(0, 9) * 7 + 90 - pick(1, 8)) % 10;
    let eleventh = d.iter().take(10).sum::<u32>() % 10;
    proved(d.get(9) == Some(&tenth) && d.get(10) == Some(&eleventh))
}

/// Driver and Vehicle Licensing Agency: surname filled with 9, birthday with 5 more in the month's tens for women.
pub fn uk_driving(value: &[u8]) -> Verdict {
    let (month, day) = (number(value, 6, 8), number(value, 8, 10));
    let (Some(month), Some(day)) = (month, day) else { return Invalid(LENGTH) };
    let surname = value.get(..5).unwrap_or(&[]);
    let filled = surname.iter().skip_while(|b| b.is_ascii_alphabetic()).all(|b| *b == b'9');
    let first = surname.first().is_some_and(u8::is_ascii_alphabetic);
    let month = if month > 50 { month - 50 } else { month };
    if !is_day(2000, month, day) {
        return Invalid(DATE);
    }
    if first && filled { Valid } else { Invalid(LENGTH) }
}

/// National Health Service: modulus 11.
pub fn uk_nhs(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 10) else { return Invalid(LENGTH) };
    let check = 11 - weighted(&d, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    proved(!is_filler(value) && Some(&(check % 11)) == d.last())
}

/// HM Revenue and Customs (NIM39110): prefixes that are not given out.
pub fn uk_nino(value: &[u8]) -> Verdict {
    match value.get(..2) {
        Some(b"BG" | b"GB" | b"KN" | b"NK" | b"NT" | b"TN" | b"ZZ") => Invalid("such a prefix is not given out"),
        _ => Unknown,
    }
}

/// Internal Revenue Service: groups 50 to 65, 70 to 88, 90 to 92, 94 to 99.
pub fn us_itin(value: &[u8]) -> Verdict {
    match number(value, 3, 5) {
        Some(50..=65 | 70..=88 | 90..=92 | 94..=99) if value.len() == 9 => Unknown,
        _ => Invalid("such a group is not given out"),
    }
}

/// Centers for Medicare & Medicaid Services: Luhn with 80840 in front, first digit 1 or 2.
pub fn us_npi(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 10) else { return Invalid(LENGTH) };
    if is_filler(value) {
        return Invalid("it is an example");
    }
    let whole: Vec<u32> = [8, 0, 8, 4, 0].into_iter().chain(d.iter().copied()).collect();
    proved(matches!(d.first(), Some(1 | 2)) && luhn(&whole))
}

/// Department of Home Affairs of South Africa: birthday, status 0 to 2, Luhn.
pub fn za_id(value: &[u8]) -> Verdict {
    let Some(d) = exactly(value, 13) else { return Invalid(LENGTH) };
    let (year, month, day) = (number(value, 0, 2), number(value, 2, 4), number(value, 4, 6));
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Invalid(LENGTH) };
    if !is_short_day(year, month, day) {
        return Invalid(DATE);
    }
    proved(d.get(10).is_some_and(|d| *d < 3) && luhn(&d))
}

/// Bitcoin: Base58Check, Bech32 or Bech32m.
pub fn crypto(value: &[u8]) -> Verdict {
    proved(base58_check(value) || bech32(&value.to_ascii_lowercase()))
}

/// Days that exist, written with numbers: year first, or day and month in either order.
pub fn date(value: &[u8]) -> Verdict {
    let d = |from: usize, to: usize| number(value, from, to).unwrap_or(0);
    let either = |year: u32, a: u32, b: u32| is_day(year, a, b) || is_day(year, b, a);
    let exists = match value.len() {
        8.. if matches!(d(0, 4), 1000..=2999) && is_day(d(0, 4), d(4, 6), d(6, 8)) => true,
        8 => either(d(4, 8), d(0, 2), d(2, 4)),
        7 => {
            either(d(3, 7), d(0, 1), d(1, 3)) || either(d(3, 7), d(0, 2), d(2, 3)) || either(d(0, 4), d(4, 5), d(5, 7))
        }
        6 => {
            let year = 2000 + d(4, 6);
            either(year, d(0, 2), d(2, 4))
                || either(d(2, 6), d(0, 1), d(1, 2))
                || (1..=12).contains(&d(0, 2))
                || (1..=12).contains(&d(4, 6))
        }
        5 => {
            let year = 2000 + d(3, 5);
            either(year, d(0, 1), d(1, 3)) || either(year, d(0, 2), d(2, 3)) || (1..=12).contains(&d(0, 1))
        }
        4 => either(2000, d(0, 2), d(2, 4)) || either(2000 + d(2, 4), d(0, 1), d(1, 2)),
        3 => either(2000, d(0, 1), d(1, 3)) || either(2000, d(0, 2), d(2, 3)),
        2 => either(2000, d(0, 1), d(1, 2)),
        _ => false,
    };
    if exists { Valid } else { Invalid(DATE) }
}
