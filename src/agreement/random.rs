//! A small seeded generator and the two draws that resampling needs. Not for secrets: the same seed gives the same
//! numbers on every machine, which is the point.

/// xoshiro256++ of Blackman and Vigna (2019), seeded by SplitMix64 as they advise.
#[derive(Clone, Debug)]
pub struct Random([u64; 4]);

impl Random {
    /// The generator of stream `stream` of `seed`.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut state = seed ^ stream.wrapping_mul(0xd134_2543_de82_ef95);
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        Self([next(), next(), next(), next()])
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = self.0;
        let out = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        let (b2, a2) = (b ^ c, a ^ d);
        self.0 = [a2, b2, c ^ (b << 17), d.rotate_left(45)];
        out
    }

    /// A number in 0..1, 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A number of the standard normal distribution (Box and Muller 1958; the second of the pair is left).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.unit()).cos()
    }

    /// A whole number below `n`, each equally likely (Lemire 2019); 0 where `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        let threshold = n.wrapping_neg().checked_rem(n).unwrap_or(0);
        loop {
            let wide = (self.next_u64() >> 32) * u64::from(n);
            if wide as u32 >= threshold {
                return (wide >> 32) as u32;
            }
        }
    }

    /// How many of `n` trials succeed, each with probability `p`.
    pub fn binomial(&mut self, n: u32, p: f64) -> u32 {
        if n == 0 || p <= 0.0 {
            return 0;
        }
        if p >= 1.0 {
            return n;
        }
        if p > 0.5 {
            return n - self.binomial(n, 1.0 - p);
        }
        if f64::from(n) * p < 10.0 { self.by_inversion(n, p) } else { self.by_rejection(n, p) }
    }

    /// Walks up the distribution (Kachitvichyanukul and Schmeiser 1988, BINV). For n·p < 10 and p ≤ ½.
    fn by_inversion(&mut self, n: u32, p: f64) -> u32 {
        let odds = p / (1.0 - p);
        let none = (f64::from(n) * (-p).ln_1p()).exp();
        loop {
            let (mut at, mut mass, mut left) = (0u32, none, self.unit());
            while left > mass && at <= n {
                left -= mass;
                at += 1;
                mass *= odds * (f64::from(n) + 1.0 - f64::from(at)) / f64::from(at);
            }
            if at <= n {
                return at;
            }
        }
    }

    /// Transformed rejection with squeeze (Hörmann 1993, BTRS). For n·p ≥ 10 and p ≤ ½.
    fn by_rejection(&mut self, n: u32, p: f64) -> u32 {
        let n = f64::from(n);
        let odds = p / (1.0 - p);
        let spread = (n * p * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * spread;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let centre = n * p + 0.5;
        let squeeze = 0.92 - 4.2 / b;
        let scale = (2.83 + 5.1 / b) * spread;
        let mode = ((n + 1.0) * p).floor();
        loop {
            let u = self.unit() - 0.5;
            let v = self.unit();
            let edge = 0.5 - u.abs();
            let k = ((2.0 * a / edge + b) * u + centre).floor();
            if !(0.0..=n).contains(&k) {
                continue;
            }
            if edge >= 0.07 && v <= squeeze {
                return k as u32;
            }
            let bound = (mode + 0.5) * ((mode + 1.0) / (odds * (n - mode + 1.0))).ln()
                + (n + 1.0) * ((n - mode + 1.0) / (n - k + 1.0)).ln()
                + (k + 0.5) * (odds * (n - k + 1.0) / (k + 1.0)).ln()
                + tail(mode)
                + tail(n - mode)
                - tail(k)
                - tail(n - k);
            if (v * scale / (a / (edge * edge) + b)).ln() <= bound {
                return k as u32;
            }
        }
    }
}

/// What Stirling's formula leaves out of ln k!, as BTRS uses it.
fn tail(k: f64) -> f64 {
    const SMALL: [f64; 10] = [
        0.081_061_466_795_327_26,
        0.041_340_695_955_409_29,
        0.027_677_925_684_998_34,
        0.020_790_672_103_765_09,
        0.016_644_691_189_821_19,
        0.013_876_128_823_070_75,
        0.011_896_709_945_891_77,
        0.010_411_265_261_972_09,
        0.009_255_462_182_712_733,
        0.008_330_563_433_362_87,
    ];
    if let Some(known) = SMALL.get(k as usize) {
        return *known;
    }
    let k1 = k + 1.0;
    let square = k1 * k1;
    (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / square) / square) / k1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference: the C code of the authors with state {1, 2, 3, 4}.
    #[test]
    fn xoshiro_as_published() {
        let mut random = Random([1, 2, 3, 4]);
        let seen: Vec<u64> = (0..4).map(|_| random.next_u64()).collect();
        assert_eq!(seen, [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386]);
    }

    #[test]
    fn binomial_has_its_mean_and_variance() {
        let mut random = Random::new(7, 0);
        for (n, p) in [(10u32, 0.3), (1_000, 0.004), (1_000, 0.25), (200_000, 0.01), (50, 0.9), (100, 0.5)] {
            let draws = 40_000;
            let seen: Vec<f64> = (0..draws).map(|_| f64::from(random.binomial(n, p))).collect();
            let mean = seen.iter().sum::<f64>() / f64::from(draws);
            let variance = seen.iter().map(|k| (k - mean).powi(2)).sum::<f64>() / f64::from(draws);
            let (want_mean, want_variance) = (f64::from(n) * p, f64::from(n) * p * (1.0 - p));
            let error = (want_variance / f64::from(draws)).sqrt();
            assert!((mean - want_mean).abs() < 5.0 * error, "mean of ({n}, {p}): {mean}");
            assert!((variance / want_variance - 1.0).abs() < 0.05, "variance of ({n}, {p}): {variance}");
        }
        for (n, p, k) in [(0, 0.5, 0), (9, 0.0, 0), (9, 1.0, 9), (9, -1.0, 0), (9, 2.0, 9)] {
            assert_eq!(random.binomial(n, p), k);
        }
    }

    /// Pearson's test of both samplers against the exact probabilities.
    #[test]
    fn binomial_has_its_shape() {
        let mut random = Random::new(11, 0);
        for (n, p) in [(12u32, 0.4), (60, 0.35)] {
            let draws = 100_000u32;
            let mut seen = vec![0u32; n as usize + 1];
            for _ in 0..draws {
                seen[random.binomial(n, p) as usize] += 1;
            }
            let (mut chi, mut cells, mut mass) = (0.0, 0, (1.0 - p).powi(n as i32));
            for (k, count) in seen.iter().enumerate() {
                let expected = mass * f64::from(draws);
                if expected >= 5.0 {
                    chi += (f64::from(*count) - expected).powi(2) / expected;
                    cells += 1;
                }
                mass *= p / (1.0 - p) * (f64::from(n) - k as f64) / (k as f64 + 1.0);
            }
            let df = f64::from(cells - 1);
            assert!(chi < df + 5.0 * (2.0 * df).sqrt(), "chi² {chi} on {df} for ({n}, {p})");
        }
    }

    #[test]
    fn below_stays_below() {
        let mut random = Random::new(1, 1);
        let mut seen = [0u32; 6];
        for _ in 0..60_000 {
            seen[random.below(6) as usize] += 1;
        }
        assert!(seen.iter().all(|n| n.abs_diff(10_000) < 500), "{seen:?}");
        assert_eq!((random.below(0), random.below(1)), (0, 0));
    }
}
