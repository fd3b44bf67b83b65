//! The texts to learn from: corpora as they are, copies of them with other names, and templates of this project.

use countersign::privacy::names::token::{Shape, Tokens};
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

/// A marked part of a text, in code points; kinds as in `names::KINDS`.
#[derive(Clone, Debug)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub kind: u8,
}

/// A text with its marks.
#[derive(Clone, Debug, Default)]
pub struct Marked {
    pub text: String,
    pub spans: Vec<Span>,
    pub source: String,
}

const PERSON: u8 = 0;
const LOCATION: u8 = 1;
const ORGANIZATION: u8 = 2;
const ADDRESS: u8 = 3;

/// A small generator, the same everywhere (Knuth's MMIX constants).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a>(&mut self, from: &'a [String]) -> &'a str {
        from.get(self.below(from.len())).map_or("", String::as_str)
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i + 1));
        }
    }
}

/// Tags of the tokens of a text.
pub fn gold(tokens: &Tokens, marked: &Marked) -> Vec<u8> {
    let mut last = None;
    let tag = |t: &countersign::privacy::names::token::Token| {
        let (start, end) = (t.start as usize, t.end as usize);
        let at = marked.spans.iter().position(|s| s.start < end && start < s.end);
        let begins = at != last;
        last = at;
        at.and_then(|i| marked.spans.get(i)).map_or(0, |s| s.kind * 2 + if begins { 1 } else { 2 })
    };
    tokens.list.iter().map(tag).collect()
}

pub type Counts = Vec<(&'static str, usize, &'static str)>;

/// Texts to learn from, texts kept out, and how many of each.
pub type Corpora = (Vec<Marked>, Vec<Marked>, Counts);

/// All corpora: what to learn from, what is kept out, and how much there is of each.
pub fn corpora(pii: &str, ner: &str, all: bool) -> Result<Corpora, Box<dyn Error>> {
    let mut train = Vec::new();
    for file in ["wnut17-train.conll", "wnut17-dev.conll"] {
        train.extend(conll(&fs::read_to_string(format!("{ner}/{file}"))?, "wnut17"));
    }
    let wnut = train.len();
    train.extend(conll(&fs::read_to_string(format!("{ner}/sec-fin5-train.conll"))?, "sec-fin5"));
    let sec = train.len() - wnut;
    let (mut held, mut counts) = (Vec::new(), BTreeMap::new());
    for file in ["synth.dev.jsonl", "meddocan.dev.jsonl"] {
        for line in fs::read_to_string(format!("{pii}/{file}"))?.lines() {
            let value: Value = serde_json::from_str(line)?;
            let source = member(&value, "source");
            let Some(name) = ["wikigold", "wnut17/test", "meddocan"].into_iter().find(|s| source.starts_with(s)) else {
                continue;
            };
            let marked = json(&value, name);
            let id = member(&value, "id").bytes().fold(7u32, |h, b| h.wrapping_mul(31).wrapping_add(u32::from(b)));
            if id % 4 == 0 && !all {
                held.push(marked);
            } else {
                *counts.entry(name).or_insert(0usize) += 1;
                train.push(marked);
            }
        }
    }
    let of = |name: &str| counts.get(name).copied().unwrap_or(0);
    let counts = vec![
        ("WNUT-17 train and dev (sentences)", wnut, "CC BY 4.0"),
        ("WNUT-17 test (sentences)", of("wnut17/test"), "CC BY 4.0"),
        ("WikiGold (sentences)", of("wikigold"), "CC BY 4.0"),
        ("SEC filings FIN5 (sentences; the parties' roles, Lender and Borrower, unmarked)", sec, "CC BY 3.0"),
        ("MEDDOCAN (notes, Spanish)", of("meddocan"), "CC BY 4.0"),
    ];
    Ok((train, held, counts))
}

fn member<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

fn json(value: &Value, source: &str) -> Marked {
    let spans = value.get("spans").and_then(Value::as_array).into_iter().flatten().filter_map(|s| {
        let kind = match s.get("type")?.as_str()? {
            "PERSON" => PERSON,
            "LOCATION" => LOCATION,
            "ORGANIZATION" => ORGANIZATION,
            "ADDRESS" => ADDRESS,
            _ => return None,
        };
        let at = |name: &str| s.get(name).and_then(Value::as_u64).map(|n| n as usize);
        Some(Span { start: at("start")?, end: at("end")?, kind })
    });
    Marked { text: member(value, "text").to_owned(), spans: spans.collect(), source: source.to_owned() }
}

/// Sentences of a CoNLL file, tokens joined by blanks but for marks that close.
fn conll(file: &str, source: &str) -> Vec<Marked> {
    let mut out = Vec::new();
    let mut open = Marked { source: source.to_owned(), ..Marked::default() };
    let mut at = 0;
    let mut last = String::new();
    for line in file.lines().chain([""]) {
        let mut columns = line.split_whitespace();
        let (Some(word), Some(tag)) = (columns.next(), columns.last()) else {
            if !open.text.is_empty() {
                out.push(std::mem::replace(&mut open, Marked { source: source.to_owned(), ..Marked::default() }));
            }
            (at, last) = (0, String::new());
            continue;
        };
        if word == "-DOCSTART-" {
            continue;
        }
        let glued = open.text.is_empty()
            || matches!(word, "." | "," | ":" | ";" | "!" | "?" | ")" | "'s" | "n't" | "'m" | "'re" | "'ll");
        if !glued {
            open.text.push(' ');
            at += 1;
        }
        let length = word.chars().count();
        let kind = match tag.get(2..) {
            Some("person" | "PER")
                if !["lender", "borrower", "lenders", "borrowers"].contains(&word.to_lowercase().as_str()) =>
            {
                Some(PERSON)
            }
            Some("location" | "LOC") => Some(LOCATION),
            Some("group" | "corporation" | "ORG") => Some(ORGANIZATION),
            _ => None,
        };
        if let Some(kind) = kind {
            let goes_on = tag.starts_with("I-") && last == tag.get(2..).unwrap_or("");
            match open.spans.last_mut().filter(|s| goes_on && s.kind == kind) {
                Some(span) => span.end = at + length,
                None => open.spans.push(Span { start: at, end: at + length, kind }),
            }
        }
        last = if kind.is_some() { tag.get(2..).unwrap_or("").to_owned() } else { String::new() };
        open.text.push_str(word);
        at += length;
    }
    out
}

/// Names and places to put in.
pub struct Names {
    given: Vec<String>,
    surnames: Vec<String>,
    frequent: Vec<String>,
    towns: Vec<String>,
    countries: Vec<String>,
    words: Vec<String>,
}

fn capital(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase())
        } else {
            out.push(c)
        }
        start = matches!(c, ' ' | '-' | '\'');
    }
    out
}

impl Names {
    pub fn new(lexicon: &str, words: &str) -> Self {
        let words = words.lines().filter(|w| (3..=7).contains(&w.len())).map(str::to_owned).collect();
        let mut out =
            Self { given: vec![], surnames: vec![], frequent: vec![], towns: vec![], countries: vec![], words };
        for (kinds, text) in lexicon.lines().filter_map(|l| l.split_once('\t')) {
            for kind in kinds.chars() {
                let list = match kind {
                    'g' => &mut out.given,
                    's' => &mut out.surnames,
                    'S' => &mut out.frequent,
                    'c' => &mut out.towns,
                    _ => &mut out.countries,
                };
                list.push(capital(text));
            }
        }
        out
    }

    /// A name that is in no list, made of parts of two that are.
    fn invented(&self, random: &mut Random, from: &[String]) -> String {
        let (a, b) = (random.pick(from).to_owned(), random.pick(from).to_lowercase());
        let head: String = a.chars().take(2 + random.below(3)).filter(char::is_ascii_alphabetic).collect();
        let tail: String = b.chars().filter(char::is_ascii_alphabetic).collect();
        let tail: String = tail.chars().skip(tail.len().saturating_sub(3 + random.below(3))).collect();
        head + &tail
    }

    fn given(&self, random: &mut Random) -> String {
        if random.one_in(8) { self.invented(random, &self.given) } else { random.pick(&self.given).to_owned() }
    }

    fn surname(&self, random: &mut Random) -> String {
        match random.below(8) {
            0 | 1 => self.invented(random, &self.surnames),
            2..=4 => random.pick(&self.frequent).to_owned(),
            5 if random.one_in(2) => format!(
                "{} {}",
                random.pick(
                    &[
                        "van den", "de", "von", "van", "Du", "La", "Al", "El", "di", "dos", "ten", "ter", "Ó",
                        "van der", "bin", "De"
                    ]
                    .map(str::to_owned)
                ),
                random.pick(&self.surnames)
            ),
            5 => format!("{}-{}", random.pick(&self.frequent), random.pick(&self.surnames)),
            _ => random.pick(&self.surnames).to_owned(),
        }
    }

    fn person(&self, random: &mut Random) -> String {
        let (given, surname) = (self.given(random), self.surname(random));
        match random.below(12) {
            0 => format!("{given} {}. {surname}", (b'A' + random.below(26) as u8) as char),
            1 => format!("{given} {} {surname}", self.given(random)),
            2 if random.one_in(2) => format!("{}. {surname}", (b'A' + random.below(26) as u8) as char),
            _ => format!("{given} {surname}"),
        }
    }

    fn town(&self, random: &mut Random) -> String {
        let town =
            if random.one_in(8) { self.invented(random, &self.towns) } else { random.pick(&self.towns).to_owned() };
        if random.one_in(10) { town.to_uppercase() } else { town }
    }

    fn organisation(&self, random: &mut Random) -> String {
        let forms = [
            "Inc",
            "Inc.",
            "LLC",
            "Ltd",
            "GmbH",
            "Group",
            "Corp.",
            "Bank",
            "Systems",
            "Solutions",
            "Institute",
            "Partners",
            "Holdings",
            "University",
            "Foundation",
            "Media",
            "Labs",
            "Networks",
            "PLC",
            "AG",
            "Hospital",
            "Energy",
            "Software",
            "Records",
        ]
        .map(str::to_owned);
        match random.below(6) {
            0 => format!("{}, {} and {}", self.surname(random), self.surname(random), self.surname(random)),
            1 => format!("{}-{}", self.surname(random), self.surname(random)),
            2 => self.invented(random, &self.towns),
            3 if random.one_in(2) => capital(random.pick(&self.words)) + random.pick(&self.words),
            3 if random.one_in(2) => capital(&format!("{} {}", random.pick(&self.words), random.pick(&self.words))),
            3 => format!("{} {}", self.town(random), random.pick(&forms)),
            4 => format!("{} {} {}", self.invented(random, &self.towns), random.pick(&forms), random.pick(&forms)),
            _ => format!("{} {}", self.surname(random), random.pick(&forms)),
        }
    }

    fn street(&self, random: &mut Random) -> String {
        let ends = [
            "Street",
            "St",
            "St.",
            "Road",
            "Rd",
            "Avenue",
            "Ave",
            "Ave.",
            "Lane",
            "Drive",
            "Dr",
            "Boulevard",
            "Blvd",
            "Way",
            "Court",
            "Place",
            "Terrace",
            "Square",
            "Parkway",
            "Crescent",
            "Close",
            "Hill",
            "Mews",
            "Row",
            "Station",
            "Points",
            "Ridge",
            "Mill",
            "Summit",
            "Trail",
            "Plaza",
        ]
        .map(str::to_owned);
        let glued = [
            "strasse", "straße", "weg", "gasse", "platz", "gatan", "vägen", "vej", "gade", "katu", "tie", "laan",
            "straat", "plein", "veien", "gata",
        ]
        .map(str::to_owned);
        let fronts = [
            "Rue",
            "Rue de",
            "Rue du",
            "Avenue de",
            "Via",
            "Viale",
            "Piazza",
            "Corso",
            "Calle",
            "Avenida",
            "Av.",
            "Avda.",
            "Plaza",
            "Paseo",
            "C/",
            "Rua",
            "Travessa",
            "ul.",
            "Ulica",
            "Place",
            "Boulevard",
            "Chemin",
            "Strada",
            "Praça",
            "Camino",
            "Quai",
        ]
        .map(str::to_owned);
        let name = match random.below(3) {
            0 => self.surname(random),
            1 => self.given(random),
            _ => random.pick(&self.towns).to_owned(),
        };
        match random.below(9) {
            0..=3 => format!("{name} {}", random.pick(&ends)),
            4 | 5 => format!("{}{}", name.split(' ').next().unwrap_or(""), random.pick(&glued)),
            6 | 7 => format!("{} {name}", random.pick(&fronts)),
            _ => format!(
                "{name} {}",
                random.pick(
                    &["utca", "út", "kapu", "ulice", "sok.", "caddesi", "põik", "tn", "iela", "gatve", "tér"]
                        .map(str::to_owned)
                )
            ),
        }
    }

    fn address(&self, random: &mut Random) -> String {
        let number = 1 + random.below(9_999);
        let house = 1 + random.below(180);
        let street = self.street(random);
        let town = self.town(random);
        let code = match random.below(4) {
            0 => format!("{:04}", random.below(9_999)),
            1 => format!(
                "{}{} {}{}{}",
                (b'A' + random.below(26) as u8) as char,
                1 + random.below(30),
                random.below(9),
                (b'A' + random.below(26) as u8) as char,
                (b'A' + random.below(26) as u8) as char
            ),
            _ => format!("{:05}", random.below(99_999)),
        };
        let state = format!("{}{}", (b'A' + random.below(26) as u8) as char, (b'A' + random.below(26) as u8) as char);
        let country = random.pick(&self.countries).to_owned();
        let line = match random.below(10) {
            0 => {
                return format!(
                    "PSC {number}, Box {house}\nAPO A{} {code}",
                    random.pick(&["E", "A", "P"].map(str::to_owned))
                );
            }
            1 => {
                return format!(
                    "{} {number}\n{town}, {state} {code}",
                    random.pick(&["USS", "USNS", "USCGC", "P.O. Box", "PO Box", "Apartado"].map(str::to_owned))
                );
            }
            2 if random.one_in(2) => {
                return format!(
                    "Unit {number} Box {house}\n{}O A{} {code}",
                    random.pick(&["AP", "DP", "FP"].map(str::to_owned)),
                    random.pick(&["E", "A", "P"].map(str::to_owned))
                );
            }
            2 => return format!("the corner of {street} and {}", self.street(random)),
            3 => format!("{number} {street} {house}"),
            4 | 5 => format!("{street} {house}"),
            6 => format!("{number} {} {street}", self.surname(random)),
            _ => format!("{house} {street}"),
        };
        let gap = random.pick(&["\n", "\n ", ", ", " ", "\n"].map(str::to_owned)).to_owned();
        let unit = match random.below(3) {
            0 => format!(
                "{gap}{} {}",
                random.pick(&["Apt.", "Suite", "Unit", "Flat", "Apt", "Floor", "Room"].map(str::to_owned)),
                1 + random.below(999)
            ),
            _ => String::new(),
        };
        match random.below(8) {
            0 => format!("{line}{unit}"),
            1 => format!("{line}{unit}{gap}{town}"),
            2 => format!("{line}{unit}{gap}{code} {town}"),
            3 => format!("{line}{unit}{gap}{town}{gap}{country}"),
            4 => format!("{line}{unit}{gap}{town}, {state} {code}"),
            5 => format!("{line}{unit}{gap}{town}\n, {state}{gap}{country} {code}"),
            6 => format!("{line}{unit}{gap}{town}{gap}{country} {code}"),
            _ => format!("{line}{unit}{gap}{code} {town}{gap}{country}"),
        }
    }
}

/// Texts made of the templates.
pub fn from_templates(names: &Names, random: &mut Random, count: usize) -> Vec<Marked> {
    let templates: Vec<&str> = include_str!("templates.txt").lines().filter(|l| !l.is_empty()).collect();
    let titles = ["Mr.", "Mrs.", "Ms.", "Dr.", "Miss", "Prof.", "Mr", "Mrs"].map(str::to_owned);
    let make = |i: usize| {
        let template = templates.get(i % templates.len()).map_or(String::new(), |t| t.replace("\\n", "\n"));
        let mut out = Marked { source: "template".into(), ..Marked::default() };
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            out.text.push_str(before);
            let (what, after) = after.split_once('}').unwrap_or(("", after));
            let (value, kind) = match what {
                "P" => (names.person(random), Some(PERSON)),
                "F" => (names.given(random), Some(PERSON)),
                "L" => (names.surname(random), Some(PERSON)),
                "C" => (names.town(random), Some(LOCATION)),
                "N" => (random.pick(&names.countries).to_owned(), Some(LOCATION)),
                "O" => (names.organisation(random), Some(ORGANIZATION)),
                "A" => (names.address(random), Some(ADDRESS)),
                _ => (random.pick(&titles).to_owned(), None),
            };
            let start = out.text.chars().count();
            out.text.push_str(&value);
            out.spans.extend(kind.map(|kind| Span { start, end: start + value.chars().count(), kind }));
            rest = after;
        }
        out.text.push_str(rest);
        out
    };
    (0..count).map(make).collect()
}

/// A copy with other persons and places, where there are any.
pub fn renamed(marked: &Marked, names: &Names, random: &mut Random) -> Option<Marked> {
    if marked.spans.is_empty() || marked.source == "meddocan" {
        return None;
    }
    let chars: Vec<char> = marked.text.chars().collect();
    let mut out = Marked { source: marked.source.clone(), ..Marked::default() };
    let mut at = 0;
    for span in &marked.spans {
        out.text.extend(chars.get(at..span.start)?);
        let old: String = chars.get(span.start..span.end)?.iter().collect();
        let new = match (span.kind, old.contains(' ')) {
            (PERSON, true) => names.person(random),
            (PERSON, false) if random.one_in(2) => names.surname(random),
            (PERSON, false) => names.given(random),
            (LOCATION, false) => names.town(random),
            _ => old,
        };
        let start = out.text.chars().count();
        out.text.push_str(&new);
        out.spans.push(Span { start, end: start + new.chars().count(), kind: span.kind });
        at = span.end;
    }
    out.text.extend(chars.get(at..)?);
    Some(out)
}

/// One in eight as small letters, one in forty as capitals, if nothing changes length.
pub fn other_case(marked: &Marked, random: &mut Random) -> Option<Marked> {
    let text = match random.below(40) {
        0..=4 => marked.text.to_lowercase(),
        5 => marked.text.to_uppercase(),
        _ => return None,
    };
    let same = text.chars().count() == marked.text.chars().count()
        && Tokens::of(&text).list.iter().any(|t| t.shape != Shape::Mark);
    same.then(|| Marked { text, ..marked.clone() })
}
