//! Functions by arithmetic alone: unlike those of a library they give the same on every machine, and loops over them become
//! vector instructions.

/// e to the power of `x`, within 3e-7 of the true value; of numbers out of -87 to 88 as of the nearest of these.
#[inline]
pub(crate) fn exp(x: f32) -> f32 {
    const SERIES: [f32; 7] = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    // Added to a number of few digits and taken away again this leaves a whole number.
    const ROUNDING: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let whole = (x * std::f32::consts::LOG2_E + ROUNDING) - ROUNDING;
    let rest = x - whole * LN2_HIGH - whole * LN2_LOW;
    let series = SERIES.iter().fold(0.0, |sum, factor| sum * rest + factor);
    series * f32::from_bits(((whole as i32 + 127) as u32) << 23)
}

/// The natural logarithm of a positive number, within 3e-7 of the true value or of its share; subnormal numbers are taken
/// for larger ones.
#[inline]
pub(crate) fn ln(x: f32) -> f32 {
    // Of the quotient whose powers these belong to: the logarithm of (1 + s) / (1 - s) is 2 s + 2 s^3 / 3 + ...
    const SERIES: [f32; 5] = [2.0 / 9.0, 2.0 / 7.0, 2.0 / 5.0, 2.0 / 3.0, 2.0];
    // The bits of the root of one half: from there on a number's exponent is one higher.
    const ROOT_OF_HALF: u32 = 0x3F35_04F3;
    let above = x.to_bits().wrapping_sub(ROOT_OF_HALF);
    let exponent = (above as i32) >> 23;
    let rest = f32::from_bits((above & 0x007F_FFFF) + ROOT_OF_HALF);
    let quotient = (rest - 1.0) / (rest + 1.0);
    let square = quotient * quotient;
    let series = SERIES.iter().fold(0.0, |sum, factor| sum * square + factor);
    let exponent = exponent as f32;
    exponent * LN2_HIGH + (exponent * LN2_LOW + quotient * series)
}

// ln 2 in two parts: the first has few bits, so that its product with a small whole number is exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_to_the_true_value() {
        let mut x = -87.0f32;
        while x < 88.0 {
            let (got, expected) = (f64::from(exp(x)), f64::from(x).exp());
            assert!(
                (got / expected - 1.0).abs() < 4e-7,
                "exp({x}): {got} instead of {expected}"
            );
            x += 0.013;
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f32::INFINITY).is_finite());
    }

    #[test]
    fn ln_is_close_to_the_true_value() {
        let mut x = 1e-30f32;
        while x < 1e30 {
            let (got, expected) = (f64::from(ln(x)), f64::from(x).ln());
            assert!(
                (got - expected).abs() < 3e-7 * expected.abs().max(1.0),
                "ln({x}): {got} instead of {expected}"
            );
            x *= 1.013;
        }
        assert_eq!(ln(1.0), 0.0);
    }
}
