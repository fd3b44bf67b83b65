//! Ages, titles, postcodes and nationalities: a word that announces them, and a value that fits.

use super::features::Sight;
use super::token::Shape;
use super::{Hit, same_line};
use std::collections::HashSet;
use std::sync::OnceLock;

const AGE: u16 = 4;
const TITLE: u16 = 5;
const ZIP: u16 = 6;
const NRP: u16 = 7;
const DATE: u16 = 8;

/// Forms of address before a name, in English, Spanish, German, French, Italian, Dutch, Swedish.
const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "madam",
    "madame",
    "rev",
    "reverend",
    "hon",
    "judge",
    "capt",
    "captain",
    "sgt",
    "lt",
    "col",
    "gen",
    "maj",
    "herr",
    "frau",
    "hr",
    "fr",
    "senor",
    "senora",
    "senorita",
    "sr",
    "sra",
    "srta",
    "don",
    "dona",
    "dra",
    "dna",
    "monsieur",
    "mme",
    "mlle",
    "maitre",
    "signor",
    "signora",
    "sig",
    "dott",
    "dottore",
    "ing",
    "meneer",
    "mevrouw",
    "mw",
    "dhr",
    "fru",
    "mag",
];

/// Nationalities, peoples and religions, in English.
const PEOPLES: &str = "afghan albanian algerian american andorran angolan antiguan argentine argentinean argentinian armenian aruban belizian greenlander icelander chechen new-zealander ossetian tatar inuit uyghur australian \
austrian azerbaijani bahamian bahraini bangladeshi barbadian basque belarusian belgian belizean beninese bermudian bhutanese bolivian bosnian \
botswanan brazilian british bruneian bulgarian burkinabe burmese burundian cambodian cameroonian canadian catalan chadian chilean chinese \
colombian comorian congolese croatian croat cuban cypriot czech danish djiboutian dominican dutch ecuadorian egyptian emirati english eritrean \
estonian ethiopian faroese fijian filipino finnish french gabonese gambian georgian german ghanaian gibraltarian greek greenlandic grenadian \
guatemalan guinean guyanese haitian honduran hungarian icelandic indian indonesian iranian iraqi irish israeli italian ivorian jamaican \
japanese jordanian kazakh kazakhstani kenyan korean kosovar kurdish kuwaiti kyrgyz lao laotian latvian lebanese liberian libyan liechtensteiner \
lithuanian luxembourger macedonian malagasy malawian malaysian maldivian malian maltese mauritanian mauritian mexican micronesian moldovan \
monegasque mongolian montenegrin moroccan mozambican namibian nauruan nepalese nepali nicaraguan nigerian nigerien norwegian omani pakistani \
palauan palestinian panamanian paraguayan persian peruvian polish portuguese qatari romanian russian rwandan salvadoran samoan saudi scottish \
senegalese serbian serb seychellois singaporean slovak slovakian slovene slovenian somali somalian spaniard spanish sudanese surinamese swazi \
swedish swiss syrian tahitian taiwanese tajik tanzanian thai tibetan togolese tongan trinidadian tunisian turkish turkmen tuvaluan ugandan \
ukrainian uruguayan uzbek vanuatuan venezuelan vietnamese welsh yemeni yemenite zambian zimbabwean african asian european hispanic latino latina \
caucasian scandinavian arab romani christian catholic protestant lutheran baptist methodist presbyterian evangelical mormon jewish jew muslim \
islamic hindu sikh buddhist atheist agnostic anglican orthodox sunni shia shiite republican democrat socialist communist";

fn titles() -> &'static HashSet<&'static [u8]> {
    static SET: OnceLock<HashSet<&'static [u8]>> = OnceLock::new();
    SET.get_or_init(|| TITLES.iter().map(|t| t.as_bytes()).collect())
}

fn peoples() -> &'static HashSet<&'static [u8]> {
    static SET: OnceLock<HashSet<&'static [u8]>> = OnceLock::new();
    SET.get_or_init(|| PEOPLES.split_ascii_whitespace().map(str::as_bytes).collect())
}

/// Adds what is found.
pub fn scan(sight: &Sight, hits: &mut Vec<Hit>) {
    let tokens = &sight.tokens;
    for (i, token) in tokens.list.iter().enumerate() {
        let one = |kind: u16, score: u8| Hit { start: token.start, end: token.end, kind, score };
        match token.shape {
            Shape::Number => {
                if is_age(sight, i) {
                    hits.push(one(AGE, 80));
                } else if is_year(sight, i) {
                    hits.push(one(DATE, 64));
                }
            }
            Shape::Mark => {}
            _ => {
                let word = tokens.letters(token);
                if token.shape != Shape::Lower && word.len() <= 9 && titles().contains(word) {
                    hits.extend(title(sight, i));
                } else if word.len() <= 15 && peoples().contains(word) || plural(word) {
                    hits.push(one(NRP, if token.shape == Shape::Lower { 56 } else { 72 }));
                } else if let Some(from) = zip_cue(sight, i) {
                    hits.extend(zip(sight, from));
                }
            }
        }
    }
}

fn plural(word: &[u8]) -> bool {
    word.strip_suffix(b"s").is_some_and(|one| one.len() >= 4 && peoples().contains(one))
}

/// A title stands before a name. Its point belongs to it.
fn title(sight: &Sight, i: usize) -> Option<Hit> {
    let tokens = &sight.tokens;
    let first = tokens.list.get(i)?;
    let point = tokens.word(i + 1) == b"." && tokens.list.get(i + 1).is_some_and(|p| p.start == first.end);
    let last = if point { tokens.list.get(i + 1)? } else { first };
    let next = tokens.list.get(i + 1 + usize::from(point))?;
    let name = matches!(next.shape, Shape::Title | Shape::Upper | Shape::Mixed | Shape::Initial);
    (name && same_line(sight, i + 1 + usize::from(point))).then_some(Hit {
        start: first.start,
        end: last.end,
        kind: TITLE,
        score: 82,
    })
}

/// The number right after a town: a postcode, if it is no year.
pub fn after_town(sight: &Sight, i: usize) -> Option<Hit> {
    let token = sight.tokens.list.get(i).filter(|t| t.shape == Shape::Number && same_line(sight, i))?;
    let digits = sight.tokens.letters(token);
    let year = digits.len() == 4 && matches!(digits, [b'1', b'8' | b'9', ..] | [b'2', b'0', ..]);
    ((4..=6).contains(&digits.len()) && !year).then_some(Hit {
        start: token.start,
        end: token.end,
        kind: ZIP,
        score: 58,
    })
}

/// A number that the words around it make an age.
fn is_age(sight: &Sight, i: usize) -> bool {
    let tokens = &sight.tokens;
    let word = |at: usize| tokens.word(at);
    let back = |n: usize| i.checked_sub(n).map_or(&b""[..], |at| tokens.word(at));
    let digits = word(i);
    let value = digits.iter().fold(0u32, |n, d| n.saturating_mul(10).saturating_add(u32::from(d.wrapping_sub(b'0'))));
    if digits.len() > 3
        || !(1..=120).contains(&value)
        || matches!(back(1), b"." | b"/" | b"$" | b"," | b":") && !matches!(back(2), b"age" | b"edad" | b"alter")
    {
        return false;
    }
    let dash = usize::from(word(i + 1) == b"-");
    let unit = word(i + 1 + dash);
    let then = word(i + 2 + dash + usize::from(dash > 0 && word(i + 2 + dash) == b"-"));
    // "hace 10 años" is how long, not how old
    let lasts = matches!(
        back(1),
        b"hace" | b"durante" | b"ultimos" | b"cada" | b"depuis" | b"pendant" | b"seit" | b"vor" | b"da" | b"per"
    );
    let years = matches!(unit, b"year" | b"years" | b"yr" | b"yrs");
    let months = matches!(unit, b"month" | b"months" | b"week" | b"weeks" | b"day" | b"days");
    (years && matches!(then, b"old" | b"of"))
        || (months && then == b"old")
        || (years && matches!(back(1), b"is" | b"am" | b"was") && then == b"young")
        || (matches!(unit, b"yo" | b"anos" | b"ans" | b"jahre" | b"anni" | b"jaar") && !lasts)
        || (unit == b"y" && (word(i + 2) == b"o" || (word(i + 2) == b"/" && word(i + 3) == b"o")))
        || matches!(back(1), b"age" | b"aged" | b"turn" | b"turned" | b"turns" | b"turning" | b"edad")
        || (matches!(back(1), b":" | b"is" | b"of") && matches!(back(2), b"age" | b"edad" | b"alter"))
        || (back(1) == b"only"
            && matches!(back(2), b"was" | b"is" | b"am")
            && !years
            && matches!(word(i + 1), b"." | b"," | b"" | b"and" | b"when"))
        || (matches!(back(1), b"am" | b"m")
            && matches!(back(2), b"i" | b"'")
            && matches!(word(i + 1), b"." | b"," | b"" | b"and"))
}

/// A year after a word of time.
fn is_year(sight: &Sight, i: usize) -> bool {
    let tokens = &sight.tokens;
    let before = i.checked_sub(1).map_or(&b""[..], |at| tokens.word(at));
    let year = matches!(tokens.word(i), [b'1', b'8' | b'9', _, _] | [b'2', b'0', _, _]);
    let free = !matches!(tokens.word(i + 1), b"-" | b"/" | b"." | b"," if tokens.list.get(i + 2).is_some_and(|t| t.shape == Shape::Number));
    year && free
        && matches!(
            before,
            b"in"
                | b"since"
                | b"until"
                | b"till"
                | b"during"
                | b"year"
                | b"before"
                | b"after"
                | b"circa"
                | b"born"
                | b"en"
                | b"desde"
                | b"seit"
        )
}

/// The place after "zip code:", "postcode is", "PLZ", "CP:" that begins at token `i`.
fn zip_cue(sight: &Sight, i: usize) -> Option<usize> {
    let tokens = &sight.tokens;
    let mut at = match tokens.word(i) {
        b"zip" | b"zipcode" | b"postcode" | b"cp" | b"cap" | b"postnummer" => i + 1,
        b"postal" | b"codigo" | b"code" if matches!(tokens.word(i + 1), b"code" | b"postal") => i + 2,
        _ => return None,
    };
    at += usize::from(tokens.word(at) == b"code" || tokens.word(at) == b"codes");
    for _ in 0..2 {
        at += usize::from(matches!(tokens.word(at), b":" | b"is" | b"es" | b"-" | b"#" | b"number" | b"="));
    }
    Some(at)
}

/// A code of 3 to 10 letters and digits with a digit in it, in one or two parts.
fn zip(sight: &Sight, from: usize) -> Option<Hit> {
    let list = &sight.tokens.list;
    let first = list.get(from)?;
    let (mut end, mut digits) = (from, false);
    for at in from..from + 5 {
        let Some(token) = list.get(at) else { break };
        let joined = at == from || token.start == list.get(at - 1)?.end;
        let part = match token.shape {
            Shape::Number => true,
            Shape::Upper | Shape::Initial | Shape::Mixed => token.end - token.start <= 4,
            Shape::Mark => joined && sight.tokens.word(at) == b"-",
            _ => joined && token.end - token.start <= 2,
        };
        if !part || (!joined && (at > from + 3 || !same_line(sight, at))) || token.end - first.start > 10 {
            break;
        }
        digits |= token.shape == Shape::Number;
        end = if token.shape == Shape::Mark { end } else { at + 1 };
    }
    let last = end.checked_sub(1).and_then(|at| list.get(at)).filter(|_| digits && end > from)?;
    (last.end - first.start >= 3).then_some(Hit { start: first.start, end: last.end, kind: ZIP, score: 84 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::names::lexicon::Lexicon;
    use crate::privacy::names::{KINDS, Model};

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let sight = Model::sight(&Lexicon::new("", ""), text);
        let mut hits = Vec::new();
        scan(&sight, &mut hits);
        let value = |h: &Hit| text.chars().skip(h.start as usize).take((h.end - h.start) as usize).collect::<String>();
        let said: Vec<String> = hits.iter().map(|h| format!("{} {}", KINDS[h.kind as usize], value(h))).collect();
        assert_eq!(said, expect, "in {text:?}");
    }

    #[test]
    fn ages() {
        for text in [
            "a 47 year old man",
            "a 47-year-old",
            "aged 47",
            "Age: 47",
            "47 yo female",
            "47 años",
            "turned 47",
            "I am 47.",
        ] {
            check(text, &["AGE 47"]);
        }
        for text in
            ["47 years ago", "hace 10 años", "7.47 years of", "age: 470", "page 47", "for 3 years", "is 47 percent"]
        {
            check(text, &[]);
        }
    }

    #[test]
    fn titles_postcodes_peoples_and_years() {
        check("Mr. Roe met Dr Doe", &["TITLE Mr.", "TITLE Dr"]);
        check("the mr. and a Dr. of", &[]);
        check(
            "ZIP: 8592, postal code is D-80331 and postcode SW1A 1AA",
            &["ZIP_CODE 8592", "ZIP_CODE D-80331", "ZIP_CODE SW1A 1AA"],
        );
        check("the zip file", &[]);
        check("Norwegians and a slovenian", &["NRP Norwegians", "NRP slovenian"]);
        check("since 1987, in 2024-05", &["DATE_TIME 1987"]);
    }
}
