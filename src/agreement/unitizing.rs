//! Krippendorff's alpha for units that annotators cut out of a continuum themselves: the form of 1995 and that of 2016.
//!
//! 1995: *On the reliability of unitizing contiguous data*, with the expected disagreement as in *Content Analysis*, 2nd edition
//! (2004), section 11.6: squared differences of ends. 2016 (with Mathet, Bouvry and Widlöcher): lengths of agreeing and
//! disagreeing overlaps; better for more than two annotators, whom the older form misjudges.

use super::continuum::{Continuum, Unit};

/// Alpha of 1995, of all categories and of each.
#[derive(Clone, Debug, PartialEq)]
pub struct Unitizing {
    /// Over all categories; `None` where nothing could disagree by chance.
    pub value: Option<f64>,
    /// Of each category, in order.
    pub categories: Vec<Option<f64>>,
}

/// A stretch that is a unit of the category in question, or a gap between such.
struct Section {
    start: f64,
    length: f64,
    marked: bool,
}

fn sections(units: &[Unit], category: usize, length: f64) -> Vec<Section> {
    let mut all = Vec::new();
    let mut at = 0.0;
    for unit in units.iter().filter(|unit| unit.category == category) {
        if unit.start > at {
            all.push(Section { start: at, length: unit.start - at, marked: false });
        }
        all.push(Section { start: unit.start, length: unit.length(), marked: true });
        at = unit.end.max(at);
    }
    if length > at {
        all.push(Section { start: at, length: length - at, marked: false });
    }
    all
}

/// The squared difference of two sections of two annotators.
fn difference(a: &Section, b: &Section) -> f64 {
    let apart = a.start - b.start;
    match (a.marked, b.marked) {
        (true, true) if -a.length < apart && apart < b.length => apart.powi(2) + (apart + a.length - b.length).powi(2),
        (true, false) if b.length - a.length >= apart && apart >= 0.0 => a.length.powi(2),
        (false, true) if a.length - b.length >= -apart && apart <= 0.0 => b.length.powi(2),
        _ => 0.0,
    }
}

/// Alpha after Krippendorff (1995). `None` for fewer than two annotators.
pub fn alpha_1995(continuum: &Continuum) -> Option<Unitizing> {
    let (m, length) = (continuum.annotators.len() as f64, continuum.length);
    if m < 2.0 || length <= 0.0 {
        return None;
    }
    let (mut observed_all, mut expected_all) = (0.0, 0.0);
    let mut categories = Vec::new();
    for category in 0..continuum.categories.len() {
        let all: Vec<Vec<Section>> = continuum.units.iter().map(|u| sections(u, category, length)).collect();
        let mut observed = 0.0;
        for (i, first) in all.iter().enumerate() {
            for second in all.iter().skip(i + 1) {
                observed +=
                    2.0 * first.iter().map(|a| second.iter().map(|b| difference(a, b)).sum::<f64>()).sum::<f64>();
            }
        }
        observed /= m * (m - 1.0) * length * length;
        let expected = expected_1995(&all, m, length);
        observed_all += observed;
        expected_all += expected;
        categories.push((expected > 0.0).then(|| 1.0 - observed / expected));
    }
    Some(Unitizing { value: (expected_all > 0.0).then(|| 1.0 - observed_all / expected_all), categories })
}

fn expected_1995(all: &[Vec<Section>], m: f64, length: f64) -> f64 {
    let marked = || all.iter().flatten().filter(|section| section.marked);
    let gaps = || all.iter().flatten().filter(|section| !section.marked);
    let units = marked().count() as f64;
    let mut sum = 0.0;
    let mut within = 0.0;
    for unit in marked() {
        let l = unit.length;
        let room: f64 = gaps().filter(|gap| gap.length >= l).map(|gap| gap.length - l + 1.0).sum();
        sum += (units - 1.0) / 3.0 * (2.0 * l * l * l - 3.0 * l * l + l) + l * l * room;
        within += l * (l - 1.0);
    }
    let places = m * length * (m * length - 1.0) - within;
    if places > 0.0 { 2.0 / length * sum / places } else { 0.0 }
}

/// uα after Krippendorff, Mathet, Bouvry and Widlöcher (2016), over the whole continuum, gaps being a category of their own.
/// `None` for fewer than two annotators, or where nothing could disagree by chance.
pub fn alpha_2016(continuum: &Continuum) -> Option<f64> {
    let (m, length) = (continuum.annotators.len() as f64, continuum.length);
    if m < 2.0 || length <= 0.0 {
        return None;
    }
    let empty = continuum.categories.len();
    let mut of_category = vec![0.0; empty + 1];
    let (mut equal, mut total, mut within_total) = (vec![0.0; empty + 1], 0.0, 0.0);
    let mut within = vec![0.0; empty + 1];
    let whole: Vec<Vec<Unit>> = continuum.units.iter().map(|units| with_gaps(units, empty, length)).collect();
    for (i, first) in whole.iter().enumerate() {
        for unit in first {
            let l = unit.length();
            let own = if unit.category == empty { l } else { l * l };
            within_total += own;
            if let Some(sum) = within.get_mut(unit.category) {
                *sum += own;
            }
        }
        for (_, second) in whole.iter().enumerate().filter(|(j, _)| *j != i) {
            overlaps(first, second, &mut |a, b, both| {
                let both = both / (m - 1.0);
                total += both;
                if let Some(sum) = of_category.get_mut(a) {
                    *sum += both;
                }
                if let Some(sum) = equal.get_mut(a).filter(|_| a == b) {
                    *sum += both;
                }
            });
        }
    }
    let places = total * total - within_total;
    let by_chance: f64 = of_category.iter().zip(&within).map(|(n, own)| total * (n * n - own) / places).sum();
    let expected = total - by_chance;
    (places > 0.0 && expected > 1e-12 * total).then(|| 1.0 - (total - equal.iter().sum::<f64>()) / expected)
}

/// The units with a unit of the category `empty` in each gap.
fn with_gaps(units: &[Unit], empty: usize, length: f64) -> Vec<Unit> {
    let mut all = Vec::with_capacity(units.len() * 2 + 1);
    let mut at = 0.0;
    for unit in units {
        if unit.start > at {
            all.push(Unit { start: at, end: unit.start, category: empty });
        }
        all.push(*unit);
        at = unit.end.max(at);
    }
    if length > at {
        all.push(Unit { start: at, end: length, category: empty });
    }
    all
}

/// Each overlap of a unit of the one with one of the other: categories and length. Both are sorted by start.
fn overlaps(first: &[Unit], second: &[Unit], met: &mut dyn FnMut(usize, usize, f64)) {
    let mut rest = second;
    for a in first {
        while rest.split_first().is_some_and(|(b, _)| b.end <= a.start) {
            rest = rest.split_first().map_or(rest, |(_, later)| later);
        }
        for b in rest.iter().take_while(|b| b.start < a.end) {
            let both = a.end.min(b.end) - a.start.max(b.start);
            if both > 0.0 {
                met(a.category, b.category, both);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::continuum::Mark;
    use super::*;

    fn continuum(marks: &[(&str, f64, f64, &str)], length: f64) -> Continuum {
        let marks: Vec<Mark> = marks
            .iter()
            .map(|(annotator, start, end, label)| Mark {
                item: "doc".into(),
                annotator: (*annotator).into(),
                start: *start,
                end: *end,
                label: (*label).into(),
            })
            .collect();
        Continuum::new(&marks, &["i".to_owned(), "j".to_owned()], Some(length)).unwrap()
    }

    /// Units of 3 at 2 and at 3 on a line of 10. Observed: 2·(1 + 1) / (2·1·100) = .02. Expected: each unit 10 for the other
    /// unit and 9·(3 + 1 + 2) = 54 for the places in gaps, over 20·19 − 2·6 = 368 places: ⅕·128/368.
    #[test]
    fn alpha_1995_by_hand() {
        let made = continuum(&[("i", 2.0, 5.0, "a"), ("j", 3.0, 6.0, "a")], 10.0);
        let expect = 1.0 - 0.02 / (0.2 * 128.0 / 368.0);
        assert!((alpha_1995(&made).unwrap().value.unwrap() - expect).abs() < 1e-12);
    }

    #[test]
    fn equal_units_agree_and_nothing_is_undefined() {
        let same = [("i", 2.0, 5.0, "a"), ("i", 7.0, 9.0, "b"), ("j", 2.0, 5.0, "a"), ("j", 7.0, 9.0, "b")];
        let made = continuum(&same, 12.0);
        assert_eq!(alpha_1995(&made).unwrap().value, Some(1.0));
        assert!((alpha_2016(&made).unwrap() - 1.0).abs() < 1e-12);
        let none = continuum(&[], 12.0);
        assert_eq!((alpha_1995(&none).unwrap().value, alpha_2016(&none)), (None, None));
        let apart = continuum(&[("i", 0.0, 6.0, "a"), ("j", 6.0, 12.0, "a")], 12.0);
        assert!(alpha_1995(&apart).unwrap().value.unwrap() < 0.0 && alpha_2016(&apart).unwrap() < 0.0);
    }
}
