//! Distributions behind intervals and tests: normal, t, F, chi-squared, and the gamma functions below them.
//!
//! Relative errors are near 1e-13 where it matters here (degrees of freedom up to some hundred thousand). Quantiles are
//! found by halving, which needs no luck and costs a millisecond at most.

/// ln Γ(x) for x > 0: Lanczos' approximation with g = 7 and nine terms (Godfrey 2001).
pub fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        let sine = (std::f64::consts::PI * x).sin();
        return (std::f64::consts::PI / sine.abs()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let t = x + 7.5;
    let series: f64 = TERMS.iter().zip(1u32..).map(|(term, at)| term / (x + f64::from(at))).sum();
    let sum = 0.999_999_999_999_809_9 + series;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// ψ(x), the derivative of ln Γ, for x > 0: upwards by recurrence, then the asymptotic series (Bernardo 1976).
pub fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 10.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = r * (1.0 / 12.0 - r * (1.0 / 120.0 - r * (1.0 / 252.0 - r * (1.0 / 240.0 - r * (1.0 / 132.0)))));
    sum + x.ln() - 0.5 / x - series
}

/// e^x for x ≤ 0, within two units of the last digit; 0 below e^−700.
///
/// Without a branch or a table, so that a loop over it becomes a few instructions for several numbers at once, and arithmetic
/// alone, so that every machine gives the same bits: x = n ln 2 + r (Cody and Waite 1980), and the series for e^r.
#[inline]
pub fn exp_down(x: f64) -> f64 {
    // ln 2 in two parts, the first with 20 low bits of 0, so that its product with n is exact
    const HIGH: f64 = 6.931_471_803_691_238e-1;
    const LOW: f64 = 1.908_214_929_270_587_7e-10;
    // adding 1.5 · 2^52 leaves the nearest whole number in the low bits
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let zero = if x < -700.0 { 0.0 } else { 1.0 };
    let x = x.max(-700.0);
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * HIGH - n * LOW;
    let power = zero * f64::from_bits(shifted.to_bits().wrapping_add(1_023) << 52);
    // 1/k! up to r^13: what is left is below 2^-55 for |r| ≤ ln 2 / 2
    let square = r * r;
    let low = 1.0 / 6.0 + r * (1.0 / 24.0) + square * (1.0 / 120.0 + r * (1.0 / 720.0));
    let high = 1.0 / 5_040.0 + r * (1.0 / 40_320.0) + square * (1.0 / 362_880.0 + r * (1.0 / 3_628_800.0));
    let top = 1.0 / 39_916_800.0 + r * (1.0 / 479_001_600.0) + square * (1.0 / 6_227_020_800.0);
    let fourth = square * square;
    power * (1.0 + (r + square * (0.5 + r * (low + fourth * (high + fourth * top)))))
}

/// Smallest denominator of a continued fraction (Lentz' method as modified by Thompson and Barnett 1986).
const TINY: f64 = 1e-300;

fn solid(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

/// The regularized incomplete beta function I_x(a, b), for a, b > 0 and x in 0..=1.
pub fn beta_share(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // the fraction converges fast on one side of the mean only
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_share(1.0 - x, b, a);
    }
    let front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    let (mut c, mut d) = (1.0, 1.0 / solid(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..20_000u32 {
        let m = f64::from(step);
        for term in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / solid(1.0 + term * d);
            c = solid(1.0 + term / c);
            fraction *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front.exp() * fraction / a
}

/// The x below which the share `at` of the beta distribution of (a, b) lies.
pub fn beta_quantile(at: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if beta_share(middle, a, b) < at { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The upper regularized incomplete gamma function Q(a, x), for a > 0 and x ≥ 0.
pub fn gamma_tail(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut at) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            at += 1.0;
            term *= x / at;
            sum += term;
        }
        return 1.0 - front * sum;
    }
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / TINY, 1.0 / solid(b));
    let mut fraction = d;
    for step in 1..20_000u32 {
        let m = f64::from(step);
        let term = -m * (m - a);
        b += 2.0;
        d = 1.0 / solid(term * d + b);
        c = solid(b + term / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front * fraction
}

/// P(Z ≤ z) of the standard normal distribution.
pub fn normal_below(z: f64) -> f64 {
    let tail = 0.5 * gamma_tail(0.5, z * z / 2.0);
    if z > 0.0 { 1.0 - tail } else { tail }
}

/// The z with P(Z ≤ z) = p, for p in 0..1; infinite at the ends.
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    halve(-40.0, 40.0, |z| normal_below(z) < p)
}

/// P(|T| ≥ |t|) of Student's t with `df` degrees of freedom.
pub fn t_both_tails(t: f64, df: f64) -> f64 {
    beta_share(df / (df + t * t), df / 2.0, 0.5)
}

/// The t with P(|T| ≤ t) = `confidence`.
pub fn t_quantile(confidence: f64, df: f64) -> f64 {
    let outside = 1.0 - confidence;
    // t / (1 + t) keeps the search between 0 and 1, however long the tail
    let place = halve(0.0, 1.0 - 1e-12, |place| t_both_tails(place / (1.0 - place), df) > outside);
    place / (1.0 - place)
}

/// P(F ≥ x) with d1 and d2 degrees of freedom.
pub fn f_tail(x: f64, d1: f64, d2: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { beta_share(d2 / (d2 + d1 * x), d2 / 2.0, d1 / 2.0) }
}

/// The x with P(F ≤ x) = p.
pub fn f_quantile(p: f64, d1: f64, d2: f64) -> f64 {
    let place = halve(0.0, 1.0 - 1e-12, |place| f_tail(place / (1.0 - place), d1, d2) > 1.0 - p);
    place / (1.0 - place)
}

/// P(X ≥ x) of chi-squared with `df` degrees of freedom.
pub fn chi_squared_tail(x: f64, df: f64) -> f64 {
    gamma_tail(df / 2.0, x / 2.0)
}

/// Where `below` turns from true to false.
fn halve(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..120 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beta_quantile_undoes_beta_share() {
        for (a, b) in [(2.5, 23.5), (0.5, 0.5), (12.3, 400.0)] {
            for at in [0.025, 0.5, 0.975] {
                assert!((beta_share(beta_quantile(at, a, b), a, b) - at).abs() < 1e-9, "{a} {b} {at}");
            }
        }
    }

    /// Against the library's function, which is within one unit of the last digit.
    #[test]
    fn exp_down_is_exp() {
        for step in 0..=700_000 {
            let x = -f64::from(step) / 1_000.0;
            assert!((exp_down(x) / x.exp() - 1.0).abs() < 5e-16, "{x}");
        }
        assert_eq!([exp_down(0.0), exp_down(-700.1), exp_down(f64::NEG_INFINITY)], [1.0, 0.0, 0.0]);
    }

    /// Reference: scipy 1.17.1 (gammaln, psi, norm, t, f, chi2), 12 digits.
    #[test]
    fn as_scipy() {
        for (found, expect) in [
            (ln_gamma(0.1), 2.252_712_651_734_206),
            (ln_gamma(123.4), 469.336_097_442_190_6),
            (digamma(0.5), -1.963_510_026_021_423),
            (digamma(7.3), 1.917_820_335_637_986),
            (normal_quantile(0.975), 1.959_963_984_540_054),
            (normal_below(-3.0), 0.001_349_898_031_630_093_3),
            (t_quantile(0.95, 1.0), 12.706_204_736_174_7),
            (t_quantile(0.95, 39.0), 2.022_690_920_036_761),
            (t_quantile(0.99, 250_000.0), 2.575_848_969_880_652),
            (t_both_tails(2.5, 7.0), 0.040_992_218_585_752_89),
            (f_quantile(0.975, 10.0, 40.0), 2.388_161_086_689_864),
            (f_tail(3.7, 9.0, 40.0), 0.001_897_523_333_798_649),
            (chi_squared_tail(33.625_593_395_252_82, 26.0), 0.144_712_833_193_60),
        ] {
            assert!((found - expect).abs() < 2e-9 * expect.abs().max(1.0), "{found} is not {expect}");
        }
    }

    #[test]
    fn ends_are_ends() {
        assert_eq!((beta_share(-1.0, 2.0, 3.0), beta_share(1.0, 2.0, 3.0), gamma_tail(2.0, 0.0)), (0.0, 1.0, 1.0));
        assert_eq!((normal_quantile(0.0), normal_quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!(f_tail(0.0, 1.0, 1.0), 1.0);
    }
}
