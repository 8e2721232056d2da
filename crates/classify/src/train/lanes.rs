//! Loops over rows of weights, with the widest vectors that the processor has.
//!
//! Sums are added up in the same order everywhere and products are rounded before they are added: what comes out is the
//! same on every processor, bit for bit.

use fearless_simd::{Level, dispatch};

/// What a document asks the machines of a band for.
pub(crate) struct Visit<'v, const LANES: usize> {
    /// The columns of its vector, and the values there.
    pub(crate) columns: &'v [u32],
    pub(crate) values: &'v [f32],
    /// 1 for its labels, -1 for others, 0 for lanes without a label, which learn nothing.
    pub(crate) signs: [f32; LANES],
    /// How large a correction is against what it is for.
    pub(crate) step: f32,
    /// How far a multiplier excuses a wrong score.
    pub(crate) slack: f32,
    /// Corrections no larger than this are left out.
    pub(crate) smallest: f32,
}

/// The weights of a column, one for each lane.
pub(crate) trait Row<const LANES: usize> {
    /// A weight is so many times as large as the number that stands for it.
    const UNIT: f32;
    /// Corrections in units.
    fn corrections(corrections: &[f32; LANES]) -> [f32; LANES];

    /// `sums += factor * self`, in units.
    fn add_to(&self, sums: &mut [f32; LANES], factor: f32);

    /// `self += factor * corrections`, all in units.
    fn learn(&mut self, corrections: &[f32; LANES], factor: f32);
}

impl<const LANES: usize> Row<LANES> for [f32; LANES] {
    const UNIT: f32 = 1.0;

    #[inline(always)]
    fn corrections(corrections: &[f32; LANES]) -> [f32; LANES] {
        *corrections
    }

    #[inline(always)]
    fn add_to(&self, sums: &mut [f32; LANES], factor: f32) {
        add(sums, self, factor);
    }

    #[inline(always)]
    fn learn(&mut self, corrections: &[f32; LANES], factor: f32) {
        add(self, corrections, factor);
    }
}

/// Weights of 16 bits are in steps of one in so many; none is larger than 16, far more than any gets. Rows are half as
/// long as those of floats: twice as many are in the processor's caches, which is what bounds with many labels.
const STEPS: f32 = 2048.0;
/// The most that values and corrections, in steps, may be for products to have 16 bits.
const LARGEST_VALUE: f32 = 4.0;
const LARGEST_CORRECTION: f32 = 8191.0;

impl<const LANES: usize> Row<LANES> for [i16; LANES] {
    const UNIT: f32 = 1.0 / STEPS;

    #[inline(always)]
    fn corrections(corrections: &[f32; LANES]) -> [f32; LANES] {
        let mut in_steps = [0.0; LANES];
        for (in_steps, correction) in in_steps.iter_mut().zip(corrections) {
            *in_steps = within(correction * STEPS, LARGEST_CORRECTION);
        }
        in_steps
    }

    #[inline(always)]
    fn add_to(&self, sums: &mut [f32; LANES], factor: f32) {
        for (sum, &weight) in sums.iter_mut().zip(self) {
            *sum += factor * f32::from(weight);
        }
    }

    #[inline(always)]
    fn learn(&mut self, corrections: &[f32; LANES], factor: f32) {
        let factor = within(factor, LARGEST_VALUE);
        for (weight, &correction) in self.iter_mut().zip(corrections) {
            *weight = weight.saturating_add(rounded(factor * correction));
        }
    }
}

/// The nearest whole number to one of 16 bits.
#[inline(always)]
fn rounded(number: f32) -> i16 {
    // Floats of this size are whole: the last bits of a sum are the other number, rounded.
    const WHOLE: f32 = 12_582_912.0;
    (number + WHOLE).to_bits() as i16
}

/// The nearest number that is not larger than another, whatever its sign.
#[inline(always)]
fn within(number: f32, largest: f32) -> f32 {
    let number = if number < largest { number } else { largest };
    if number > -largest { number } else { -largest }
}

/// Weights as rows of 16 bits.
pub(crate) fn shortened(weights: &[f32]) -> Vec<i16> {
    weights
        .iter()
        .map(|weight| rounded(within(weight * STEPS, f32::from(i16::MAX))))
        .collect()
}

/// Writes the weights that rows of 16 bits stand for.
pub(crate) fn lengthen(short: &[i16], weights: &mut [f32]) {
    for (weight, &short) in weights.iter_mut().zip(short) {
        *weight = f32::from(short) / STEPS;
    }
}

/// The sums of the rows of some columns, each times the value in the same place.
#[inline]
pub(crate) fn gather<const LANES: usize>(
    level: Level,
    rows: &[[f32; LANES]],
    columns: &[u32],
    values: &[f32],
) -> [f32; LANES] {
    dispatch!(level, _simd => sum(rows, columns, values))
}

/// Corrects weights, biases and the document's multipliers by as much as it asks for; returns the largest correction.
#[inline]
pub(crate) fn correct<R: Row<LANES>, const LANES: usize>(
    level: Level,
    rows: &mut [R],
    biases: &mut [f32; LANES],
    multipliers: &mut [f32; LANES],
    visit: &Visit<'_, LANES>,
) -> f32 {
    dispatch!(level, _simd => correct_inline(rows, biases, multipliers, visit))
}

#[inline(always)]
fn correct_inline<R: Row<LANES>, const LANES: usize>(
    rows: &mut [R],
    biases: &mut [f32; LANES],
    multipliers: &mut [f32; LANES],
    visit: &Visit<'_, LANES>,
) -> f32 {
    let scores = sum(rows, visit.columns, visit.values);
    let mut corrections = [0.0; LANES];
    for lane in 0..LANES {
        let (sign, multiplier) = (visit.signs[lane], multipliers[lane]);
        let gradient = sign * (scores[lane] + biases[lane]) - 1.0 + visit.slack * multiplier;
        let corrected = multiplier - gradient * visit.step;
        let corrected = if corrected > 0.0 { corrected } else { 0.0 };
        multipliers[lane] = corrected;
        corrections[lane] = (corrected - multiplier) * sign;
    }
    let largest = largest(&corrections);
    if largest > visit.smallest {
        let of_row = R::corrections(&corrections);
        for (&column, &value) in visit.columns.iter().zip(visit.values) {
            rows[column as usize].learn(&of_row, value);
        }
        add(biases, &corrections, 1.0);
    }
    largest
}

/// The largest of some numbers, whatever their signs: of one half and the other side by side, then of what is left.
#[inline(always)]
fn largest<const LANES: usize>(numbers: &[f32; LANES]) -> f32 {
    let mut numbers = *numbers;
    for number in &mut numbers {
        *number = number.abs();
    }
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            let other = numbers[lane + half];
            numbers[lane] = if other > numbers[lane] { other } else { numbers[lane] };
        }
        half /= 2;
    }
    numbers[0]
}

/// Two sums, of every other entry each: adding one up takes longer than to begin with the other.
#[inline(always)]
fn sum<R: Row<LANES>, const LANES: usize>(rows: &[R], columns: &[u32], values: &[f32]) -> [f32; LANES] {
    let (mut even, mut odd) = ([0.0; LANES], [0.0; LANES]);
    let (columns, last_columns) = columns.as_chunks::<2>();
    let (values, last_values) = values.as_chunks::<2>();
    for (columns, values) in columns.iter().zip(values) {
        rows[columns[0] as usize].add_to(&mut even, values[0]);
        rows[columns[1] as usize].add_to(&mut odd, values[1]);
    }
    for (&column, &value) in last_columns.iter().zip(last_values) {
        rows[column as usize].add_to(&mut even, value);
    }
    add(&mut even, &odd, 1.0);
    for sum in &mut even {
        *sum *= R::UNIT;
    }
    even
}

/// `sums += factor * row`.
#[inline(always)]
fn add<const LANES: usize>(sums: &mut [f32; LANES], row: &[f32; LANES], factor: f32) {
    for (sum, weight) in sums.iter_mut().zip(row) {
        *sum += factor * weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a document learns by the widest vectors must be what it learns without.
    fn learns_the_same<R: Row<LANES> + Clone + PartialEq + std::fmt::Debug, const LANES: usize>(rows: &[R]) {
        let columns: Vec<u32> = (0..33).map(|at| at * 37 % 50).collect();
        let values: Vec<f32> = columns.iter().map(|&column| (column as f32 + 0.7) / 31.0).collect();
        let visit = Visit {
            columns: &columns,
            values: &values,
            signs: std::array::from_fn(|lane| [-1.0, 1.0, -1.0, 0.0][lane % 4]),
            step: 0.3,
            slack: 0.5,
            smallest: 1e-6,
        };
        let learn = |is_wide: bool| {
            let (mut rows, mut biases, mut multipliers) = (rows.to_vec(), [0.1; LANES], [0.2; LANES]);
            let largest: [f32; 3] = std::array::from_fn(|_| {
                if is_wide {
                    correct(Level::new(), &mut rows, &mut biases, &mut multipliers, &visit)
                } else {
                    correct_inline(&mut rows, &mut biases, &mut multipliers, &visit)
                }
            });
            (rows, biases, multipliers, largest)
        };
        let (wide, narrow) = (learn(true), learn(false));
        assert_eq!(wide, narrow);
        assert_eq!(wide.1[3], 0.1, "a lane without a label learns nothing");
        assert_ne!(wide.0, rows, "others do");
    }

    fn weight(row: usize, lane: usize) -> f32 {
        ((row * 31 + lane * 17) % 101) as f32 / 70.0 - 0.6
    }

    #[test]
    fn every_processor_gets_the_same() {
        let rows: Vec<[f32; 16]> = (0..50)
            .map(|row| std::array::from_fn(|lane| weight(row, lane)))
            .collect();
        let columns: Vec<u32> = (0..33).map(|at| at * 37 % 50).collect();
        let values: Vec<f32> = columns.iter().map(|&column| (column as f32 + 0.7) / 31.0).collect();
        let plain = sum(&rows, &columns, &values);
        assert_eq!(gather(Level::new(), &rows, &columns, &values), plain);
        learns_the_same(&rows);

        let weights: Vec<f32> = (0..50 * 32).map(|at| weight(at / 32, at % 32)).collect();
        let short = shortened(&weights);
        learns_the_same(short.as_chunks::<32>().0);
    }

    #[test]
    fn short_weights_are_as_near_as_their_steps() {
        let weights = [0.0, 1.0, -1.0, 0.3, -2.7, 15.9, 40.0, -40.0, f32::INFINITY];
        let short = shortened(&weights);
        let mut again = [1.0; 9];
        lengthen(&short, &mut again);
        for (weight, again) in weights.into_iter().zip(again) {
            let nearest = weight.clamp(-16.0, 16.0);
            assert!((nearest - again).abs() <= 1.0 / STEPS, "{weight} {again}");
        }
        let mut row = [short[1], short[3], short[5], short[4]];
        row.learn(&<[i16; 4] as Row<4>>::corrections(&[0.5, -0.25, 3.0, 0.0]), 0.5);
        let mut learnt = [0.0; 4];
        lengthen(&row, &mut learnt);
        let wanted = [1.25, 0.175, i16::MAX as f32 / STEPS, -2.7];
        for (learnt, wanted) in learnt.into_iter().zip(wanted) {
            assert!((learnt - wanted).abs() <= 1.0 / STEPS, "{wanted} {learnt}");
        }
    }
}
