//! A greedy tagger: an averaged perceptron (M. Collins, Discriminative Training Methods for Hidden Markov Models, 2002)
//! over hashed features, its weights as one byte each.
//!
//! Small on purpose: a table of 2^18 rows, read at some thirty places for each token that can be a name. It is greedy,
//! left to right, because the gain of a search did not pay for its time.

use super::features::{MOST, Sight};

/// Tags: nothing; begins and goes on for person, location, organisation, address.
pub const TAGS: usize = 9;
/// Rows of the table, as a power of two.
pub const BITS: u32 = 18;
/// The first bytes of stored weights; the last is the version.
const MAGIC: &[u8; 8] = b"CSTAG\0\0\x01";

/// Weights by row and tag.
pub struct Weights {
    rows: Vec<[i8; TAGS]>,
    /// Where a find could begin, "nothing" is lowered by so much, for recall counts more than precision.
    pub bias: i32,
}

/// Why stored weights could not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightsFault {
    /// Other bytes than expected.
    #[error("read the weights: they are not of this version, or cut short; fetch them again")]
    Form,
}

fn row(feature: u32) -> usize {
    (feature & ((1 << BITS) - 1)) as usize
}

impl Weights {
    /// Reads the stored form: eight bytes that say what it is, the bias (one byte), then for each row with a weight the
    /// count of empty rows before it (7 bits a byte, low first) and its nine weights.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsFault> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(WeightsFault::Form)?;
        let (bias, mut rest) = rest.split_first().ok_or(WeightsFault::Form)?;
        let mut rows = vec![[0i8; TAGS]; 1 << BITS];
        let mut at = 0usize;
        while !rest.is_empty() {
            let (mut skip, mut shift) = (0usize, 0);
            loop {
                let (byte, more) = rest.split_first().ok_or(WeightsFault::Form)?;
                rest = more;
                skip |= usize::from(byte & 127) << shift;
                shift += 7;
                if byte & 128 == 0 {
                    break;
                }
                if shift > 21 {
                    return Err(WeightsFault::Form);
                }
            }
            let (weights, more) = rest.split_at_checked(TAGS).ok_or(WeightsFault::Form)?;
            rest = more;
            at += skip;
            let to = rows.get_mut(at).ok_or(WeightsFault::Form)?;
            for (to, from) in to.iter_mut().zip(weights) {
                *to = *from as i8;
            }
            at += 1;
        }
        Ok(Self { rows, bias: i32::from(*bias as i8) })
    }

    /// Writes the stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(self.bias.clamp(-128, 127) as i8 as u8);
        let mut skip = 0usize;
        for row in &self.rows {
            if row.iter().all(|w| *w == 0) {
                skip += 1;
                continue;
            }
            while skip > 127 {
                out.push((skip & 127) as u8 | 128);
                skip >>= 7;
            }
            out.push(skip as u8);
            skip = 0;
            out.extend(row.iter().map(|w| *w as u8));
        }
        out
    }

    fn scores(&self, features: &[u32], begins: bool) -> [i32; TAGS] {
        let mut sums = [0i32; TAGS];
        for feature in features {
            if let Some(row) = self.rows.get(row(*feature)) {
                for (sum, weight) in sums.iter_mut().zip(row) {
                    *sum += i32::from(*weight);
                }
            }
        }
        if let Some(nothing) = sums.first_mut().filter(|_| begins) {
            *nothing -= self.bias;
        }
        sums
    }

    /// The tag of each token, and by how much it won over "nothing" (or "nothing" over the rest).
    pub fn tag(&self, sight: &Sight) -> Vec<(u8, i32)> {
        let mut tags: Vec<(u8, i32)> = Vec::with_capacity(sight.tokens.list.len());
        let mut features = Vec::with_capacity(MOST);
        let (mut one, mut two) = (0usize, 0usize);
        for i in 0..sight.tokens.list.len() {
            let (mut best, mut margin) = (0usize, 0);
            if sight.can_be(i, one != 0) {
                sight.features(i, one, two, true, &mut features);
                let scores = self.scores(&features, one == 0);
                best = pick(&scores, one, sight.runs_on(i));
                let nothing = scores.first().copied().unwrap_or(0);
                let other = scores.iter().skip(1).max().copied().unwrap_or(0);
                margin = if best == 0 { nothing - other } else { scores.get(best).copied().unwrap_or(0) - nothing };
            }
            tags.push((best as u8, margin));
            (one, two) = (best, one);
        }
        tags
    }
}

/// The best tag that may follow `before`: going on needs a beginning of the same kind, and, but for an address, a word
/// that can stand in a name.
fn pick<T: Copy + PartialOrd>(scores: &[T; TAGS], before: usize, runs_on: bool) -> usize {
    let allowed =
        |tag: usize| tag == 0 || tag % 2 == 1 || ((before == tag || before + 1 == tag) && (runs_on || tag == TAGS - 1));
    let mut best = 0;
    for (tag, score) in scores.iter().enumerate() {
        if allowed(tag) && scores.get(best).is_some_and(|b| score > b) {
            best = tag;
        }
    }
    best
}

/// Learns weights.
pub struct Trainer {
    rows: Vec<[f32; TAGS]>,
    sums: Vec<[f64; TAGS]>,
    step: f64,
    random: u64,
}

impl Default for Trainer {
    fn default() -> Self {
        let size = 1 << BITS;
        Self { rows: vec![[0.0; TAGS]; size], sums: vec![[0.0; TAGS]; size], step: 1.0, random: 1 }
    }
}

impl Trainer {
    /// Learns from one text: the tags that are right, token by token. The tag before is taken as the tagger would have it,
    /// so that it learns to recover. Says how many were wrong.
    pub fn learn(&mut self, sight: &Sight, gold: &[u8]) -> usize {
        let mut features = Vec::with_capacity(MOST);
        let (mut one, mut two, mut wrong) = (0usize, 0usize, 0);
        for (i, gold) in gold.iter().enumerate() {
            let gold = usize::from(*gold);
            let mut best = 0;
            if sight.can_be(i, one != 0) {
                self.random =
                    self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // a name that was seen must not be known by heart
                let known = gold == 0 || self.random >> 33 & 1 == 0;
                sight.features(i, one, two, known, &mut features);
                let mut scores = [0f32; TAGS];
                for feature in &features {
                    for (sum, weight) in scores.iter_mut().zip(self.rows.get(row(*feature)).unwrap_or(&[0.0; TAGS])) {
                        *sum += weight;
                    }
                }
                best = pick(&scores, one, sight.runs_on(i));
                if best != gold {
                    wrong += 1;
                    self.update(&features, gold, 1.0);
                    self.update(&features, best, -1.0);
                }
                self.step += 1.0;
            }
            (one, two) = (best, one);
        }
        wrong
    }

    fn update(&mut self, features: &[u32], tag: usize, by: f32) {
        for feature in features {
            let at = row(*feature);
            if let (Some(weight), Some(sum)) =
                (self.rows.get_mut(at).and_then(|r| r.get_mut(tag)), self.sums.get_mut(at).and_then(|r| r.get_mut(tag)))
            {
                *weight += by;
                *sum += self.step * f64::from(by);
            }
        }
    }

    /// The average over all steps, as bytes; weights too small to tell are left out.
    pub fn finish(&self, bias: i32) -> Weights {
        let average = |row: usize, tag: usize| {
            let weight = self.rows.get(row).and_then(|r| r.get(tag)).copied().unwrap_or(0.0);
            let sum = self.sums.get(row).and_then(|r| r.get(tag)).copied().unwrap_or(0.0);
            f64::from(weight) - sum / self.step
        };
        let mut sizes: Vec<f64> = (0..self.rows.len())
            .flat_map(|row| (0..TAGS).map(move |tag| (row, tag)))
            .map(|(r, t)| average(r, t).abs())
            .collect();
        sizes.sort_by(f64::total_cmp);
        // a few very large ones are cut, so that the small ones keep their steps
        let large = sizes.get(sizes.len() - sizes.len() / 20_000 - 1).copied().unwrap_or(1.0).max(1.0);
        let scale = 127.0 / large;
        let rows = (0..self.rows.len()).map(|row| {
            let mut out = [0i8; TAGS];
            for (tag, to) in out.iter_mut().enumerate() {
                *to = (average(row, tag) * scale).round().clamp(-127.0, 127.0) as i8;
            }
            out
        });
        Weights { rows: rows.collect(), bias }
    }
}
