//! The form of identifiers as patterns, all of them in one automaton that is run once from each place where a word begins.
//!
//! A pattern is bounded: there is no sign for "any number of", so a run ends after at most [`LONGEST`] bytes and the work
//! is linear in the text whatever the text and whatever the pattern. Letters match in either case.
//!
//! The language: `#` a digit, `@` a letter, `*` either, `~` nothing or one of blank and dash, `[a-f0-9]` one of, `(x|y)`
//! either, `x?`, `x{3}`, `x{2,4}`; `\` before a sign takes it as it is; all else stands for itself.

use std::collections::HashMap;

/// The most bytes one find can have.
pub const LONGEST: usize = 96;
/// The most states of an automaton; more is a pattern too large to take.
const MOST_STATES: usize = 60_000;
/// The most parts of all patterns together after repeats are written out.
const MOST_PARTS: usize = 40_000;

/// Why a pattern could not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternFault {
    /// The pattern is not of the language.
    #[error("read a pattern: character {0} is not expected there; see the language of patterns")]
    Form(usize),
    /// It matches nothing, or the empty text.
    #[error("use a pattern that can match nothing at all; give it at least one character")]
    Empty,
    /// Too large once repeats are written out.
    #[error("use a pattern that large; shorten its repeats")]
    TooLarge,
}

/// Bytes of ASCII, one bit each.
type Set = u128;

fn set(from: u8, to: u8) -> Set {
    (from..=to).filter(|b| *b < 128).fold(0, |set, b| set | 1 << b)
}

fn letters() -> Set {
    set(b'a', b'z') | set(b'A', b'Z')
}

/// One byte, in both cases.
fn one(byte: u8) -> Set {
    set(byte.to_ascii_lowercase(), byte.to_ascii_lowercase())
        | set(byte.to_ascii_uppercase(), byte.to_ascii_uppercase())
}

/// A part of a pattern, as parsed.
#[derive(Clone, Debug)]
enum Part {
    One(Set),
    Row(Vec<Part>),
    Either(Vec<Part>),
    Times(Box<Part>, usize, usize),
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn fault<T>(&self) -> Result<T, PatternFault> {
        Err(PatternFault::Form(self.at))
    }

    fn either(&mut self) -> Result<Part, PatternFault> {
        self.depth += 1;
        if self.depth > 32 {
            return self.fault();
        }
        let mut branches = vec![self.row()?];
        while self.peek() == Some(b'|') {
            self.at += 1;
            branches.push(self.row()?);
        }
        self.depth -= 1;
        Ok(match branches.len() {
            1 => branches.swap_remove(0),
            _ => Part::Either(branches),
        })
    }

    fn row(&mut self) -> Result<Part, PatternFault> {
        let mut parts = Vec::new();
        while let Some(byte) = self.peek().filter(|b| !matches!(b, b'|' | b')')) {
            let part = self.one(byte)?;
            parts.push(self.times(part)?);
        }
        Ok(Part::Row(parts))
    }

    fn one(&mut self, byte: u8) -> Result<Part, PatternFault> {
        self.at += 1;
        Ok(match byte {
            b'#' => Part::One(set(b'0', b'9')),
            b'@' => Part::One(letters()),
            b'*' => Part::One(letters() | set(b'0', b'9')),
            b'~' => Part::Times(Box::new(Part::One(one(b' ') | one(b'-'))), 0, 1),
            b'(' => {
                let part = self.either()?;
                if self.peek() != Some(b')') {
                    return self.fault();
                }
                self.at += 1;
                part
            }
            b'[' => Part::One(self.set()?),
            b'\\' => match self.peek().filter(u8::is_ascii) {
                Some(byte) => {
                    self.at += 1;
                    Part::One(one(byte))
                }
                None => return self.fault(),
            },
            b'?' | b'{' | b'}' | b']' | 128.. => {
                self.at -= 1;
                return self.fault();
            }
            _ => Part::One(one(byte)),
        })
    }

    fn set(&mut self) -> Result<Set, PatternFault> {
        let mut all = 0;
        loop {
            match self.peek() {
                Some(b']') if all != 0 => break,
                Some(from @ 1..128) if from != b']' => {
                    self.at += 1;
                    let range = self.peek() == Some(b'-') && self.bytes.get(self.at + 1) != Some(&b']');
                    let to = match self.bytes.get(self.at + 1).filter(|_| range) {
                        Some(to) => {
                            self.at += 2;
                            *to
                        }
                        None => from,
                    };
                    if to < from || to > 127 {
                        return self.fault();
                    }
                    all |= (from..=to).fold(0, |set, b| set | one(b));
                }
                _ => return self.fault(),
            }
        }
        self.at += 1;
        Ok(all)
    }

    fn times(&mut self, part: Part) -> Result<Part, PatternFault> {
        match self.peek() {
            Some(b'?') => {
                self.at += 1;
                Ok(Part::Times(Box::new(part), 0, 1))
            }
            Some(b'{') => {
                self.at += 1;
                let least = self.number()?;
                let most = if self.peek() == Some(b',') {
                    self.at += 1;
                    self.number()?
                } else {
                    least
                };
                if self.peek() != Some(b'}') || most < least || most > LONGEST {
                    return self.fault();
                }
                self.at += 1;
                Ok(Part::Times(Box::new(part), least, most))
            }
            _ => Ok(part),
        }
    }

    fn number(&mut self) -> Result<usize, PatternFault> {
        let start = self.at;
        while self.at < start + 3 && self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        let digits = self.bytes.get(start..self.at).and_then(|d| std::str::from_utf8(d).ok());
        digits.and_then(|d| d.parse().ok()).ok_or(PatternFault::Form(self.at))
    }
}

/// A state of the automaton before it is made deterministic.
#[derive(Clone, Debug)]
enum State {
    /// Goes on with a byte of the set.
    On(Set, u32),
    /// Goes on at both without reading.
    Both(u32, u32),
    /// Pattern of this number ends here.
    End(u16),
}

#[derive(Default)]
struct Builder {
    states: Vec<State>,
}

impl Builder {
    fn push(&mut self, state: State) -> Result<u32, PatternFault> {
        if self.states.len() >= MOST_PARTS {
            return Err(PatternFault::TooLarge);
        }
        self.states.push(state);
        Ok(self.states.len() as u32 - 1)
    }

    /// Builds backwards: `next` is where the part leads.
    fn part(&mut self, part: &Part, next: u32) -> Result<u32, PatternFault> {
        match part {
            Part::One(set) => self.push(State::On(*set, next)),
            Part::Row(parts) => parts.iter().rev().try_fold(next, |next, part| self.part(part, next)),
            Part::Either(parts) => {
                let mut starts = parts.iter().map(|p| self.part(p, next)).collect::<Result<Vec<_>, _>>()?.into_iter();
                let first = starts.next().unwrap_or(next);
                starts.try_fold(first, |all, start| self.push(State::Both(all, start)))
            }
            Part::Times(part, least, most) => {
                let mut at = next;
                for _ in *least..*most {
                    let more = self.part(part, at)?;
                    at = self.push(State::Both(more, next))?;
                }
                (0..*least).try_fold(at, |at, _| self.part(part, at))
            }
        }
    }
}

/// Many patterns as one deterministic automaton.
pub struct Patterns {
    /// Class of each byte of ASCII; bytes of one class are the same to every pattern.
    class: [u8; 128],
    classes: usize,
    /// Next state by state and class; 0 leads nowhere.
    next: Vec<u16>,
    /// The patterns that end in each state: a range of `ends`.
    accepts: Vec<(u32, u32)>,
    ends: Vec<u16>,
}

impl Patterns {
    /// Compiles all patterns; one is known by its place in the list.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, PatternFault> {
        let mut builder = Builder::default();
        let mut starts = Vec::new();
        for (i, pattern) in patterns.into_iter().enumerate() {
            let mut parser = Parser { bytes: pattern.as_bytes(), at: 0, depth: 0 };
            let part = parser.either()?;
            if parser.at < pattern.len() {
                return parser.fault();
            }
            let end = builder.push(State::End(u16::try_from(i).map_err(|_| PatternFault::TooLarge)?))?;
            starts.push(builder.part(&part, end)?);
        }
        let (class, reps) = classes(&builder.states);
        determine(&builder.states, starts, class, &reps)
    }

    /// Runs from the front of `bytes` and tells `found` each pattern that ends, with the length it has then.
    #[inline]
    pub fn run(&self, bytes: &[u8], mut found: impl FnMut(u16, usize)) {
        let mut state = 1usize;
        for (i, byte) in bytes.iter().take(LONGEST).enumerate() {
            let Some(class) = self.class.get(*byte as usize) else { return };
            state = self.next.get(state * self.classes + *class as usize).copied().unwrap_or(0) as usize;
            if state == 0 {
                return;
            }
            if let Some(&(from, to)) = self.accepts.get(state).filter(|(from, to)| from < to) {
                for pattern in self.ends.get(from as usize..to as usize).unwrap_or(&[]) {
                    found(*pattern, i + 1);
                }
            }
        }
    }

    /// Number of states, for those who watch the size.
    pub fn states(&self) -> usize {
        self.accepts.len()
    }
}

/// Classes of bytes that no pattern tells apart, and one byte of each.
fn classes(states: &[State]) -> ([u8; 128], Vec<u8>) {
    let mut sets: Vec<Set> =
        states.iter().filter_map(|s| if let State::On(set, _) = s { Some(*set) } else { None }).collect();
    sets.sort_unstable();
    sets.dedup();
    let (mut class, mut reps) = ([0u8; 128], Vec::new());
    let mut known: HashMap<Vec<bool>, u8> = HashMap::new();
    for (byte, class) in class.iter_mut().enumerate() {
        let signature: Vec<bool> = sets.iter().map(|set| set >> byte & 1 == 1).collect();
        let fresh = known.len() as u8;
        *class = *known.entry(signature).or_insert_with(|| {
            reps.push(byte as u8);
            fresh
        });
    }
    (class, reps)
}

/// All states reachable without reading, in order.
fn closure(states: &[State], mut open: Vec<u32>) -> Vec<u32> {
    let mut seen = Vec::new();
    while let Some(at) = open.pop() {
        match states.get(at as usize) {
            Some(State::Both(a, b)) => open.extend([*b, *a]),
            Some(_) => seen.push(at),
            None => {}
        }
    }
    seen.sort_unstable();
    seen.dedup();
    seen
}

fn determine(states: &[State], starts: Vec<u32>, class: [u8; 128], reps: &[u8]) -> Result<Patterns, PatternFault> {
    let first = closure(states, starts);
    let is_end = |at: &u32| matches!(states.get(*at as usize), Some(State::End(_)));
    if first.is_empty() || first.iter().any(is_end) {
        return Err(PatternFault::Empty);
    }
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(), first.clone()];
    let mut known: HashMap<Vec<u32>, u16> = HashMap::from([(Vec::new(), 0), (first, 1)]);
    let mut out =
        Patterns { class, classes: reps.len(), next: vec![0; reps.len()], accepts: vec![(0, 0)], ends: vec![] };
    let mut at = 1;
    while let Some(row) = rows.get(at).cloned() {
        let from = out.ends.len() as u32;
        out.ends.extend(row.iter().filter_map(|s| match states.get(*s as usize) {
            Some(State::End(pattern)) => Some(*pattern),
            _ => None,
        }));
        out.accepts.push((from, out.ends.len() as u32));
        for rep in reps {
            let step = row.iter().filter_map(|s| match states.get(*s as usize) {
                Some(State::On(set, next)) if set >> rep & 1 == 1 => Some(*next),
                _ => None,
            });
            let reached = closure(states, step.collect());
            let id = match known.get(&reached) {
                Some(id) => *id,
                None => {
                    let id = u16::try_from(rows.len()).ok().filter(|id| (*id as usize) < MOST_STATES);
                    let id = id.ok_or(PatternFault::TooLarge)?;
                    rows.push(reached.clone());
                    known.insert(reached, id);
                    id
                }
            };
            out.next.push(id);
        }
        at += 1;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(patterns: &[&str], text: &str) -> Vec<(u16, usize)> {
        let mut found = Vec::new();
        Patterns::new(patterns.iter().copied()).unwrap().run(text.as_bytes(), |p, n| found.push((p, n)));
        found
    }

    #[test]
    fn the_language() {
        for (pattern, text, ends) in [
            ("#{3}", "1234", vec![3]),
            ("#{2,4}", "12345", vec![2, 3, 4]),
            ("@#?", "a1", vec![1, 2]),
            ("AB~#", "ab-1", vec![4]),
            ("AB~#", "Ab1", vec![3]),
            ("[ac-e]{2}", "dEx", vec![2]),
            ("(ab|c){2}#", "cab7", vec![4]),
            ("\\#1", "#1", vec![2]),
            ("*\\.*", "a.9", vec![3]),
            ("#", "x", vec![]),
            ("#", "\u{1}", vec![]),
        ] {
            let got: Vec<usize> = run(&[pattern], text).into_iter().map(|(_, n)| n).collect();
            assert_eq!(got, ends, "{pattern} on {text}");
        }
        assert_eq!(run(&["#{2}", "@", "1*"], "12"), [(0, 2), (2, 2)]);
    }

    #[test]
    fn a_bad_pattern_is_refused() {
        for (pattern, fault) in [
            ("", PatternFault::Empty),
            ("#?", PatternFault::Empty),
            ("(#", PatternFault::Form(2)),
            ("#)", PatternFault::Form(1)),
            ("[]", PatternFault::Form(1)),
            ("[z-a]", PatternFault::Form(4)),
            ("#{", PatternFault::Form(2)),
            ("#{3,2}", PatternFault::Form(5)),
            ("#{999}", PatternFault::Form(5)),
            ("é", PatternFault::Form(0)),
            ("((((*{9}){9}){9}){9}){9}", PatternFault::TooLarge),
        ] {
            assert_eq!(Patterns::new([pattern]).err(), Some(fault), "{pattern}");
        }
        assert_eq!(Patterns::new(["(".repeat(9_000).as_str()]).err(), Some(PatternFault::Form(32)));
        // every other subset of twenty parts is another state
        assert_eq!(Patterns::new(["(a|b){0,40}a(a|b){20}"]).err(), Some(PatternFault::TooLarge));
    }
}
