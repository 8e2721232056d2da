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
pub(crate) fn correct<const LANES: usize>(
    level: Level,
    rows: &mut [[f32; LANES]],
    biases: &mut [f32; LANES],
    multipliers: &mut [f32; LANES],
    visit: &Visit<'_, LANES>,
) -> f32 {
    dispatch!(level, _simd => correct_inline(rows, biases, multipliers, visit))
}

#[inline(always)]
fn correct_inline<const LANES: usize>(
    rows: &mut [[f32; LANES]],
    biases: &mut [f32; LANES],
    multipliers: &mut [f32; LANES],
    visit: &Visit<'_, LANES>,
) -> f32 {
    let scores = sum(rows, visit.columns, visit.values);
    let mut corrections = [0.0; LANES];
    let mut largest = 0.0f32;
    for lane in 0..LANES {
        let (sign, multiplier) = (visit.signs[lane], multipliers[lane]);
        let gradient = sign * (scores[lane] + biases[lane]) - 1.0 + visit.slack * multiplier;
        let corrected = multiplier - gradient * visit.step;
        let corrected = if corrected > 0.0 { corrected } else { 0.0 };
        multipliers[lane] = corrected;
        let correction = (corrected - multiplier) * sign;
        corrections[lane] = correction;
        largest = if correction.abs() > largest {
            correction.abs()
        } else {
            largest
        };
    }
    if largest > visit.smallest {
        for (&column, &value) in visit.columns.iter().zip(visit.values) {
            add(&mut rows[column as usize], &corrections, value);
        }
        add(biases, &corrections, 1.0);
    }
    largest
}

/// Two sums, of every other entry each: adding one up takes longer than to begin with the other.
#[inline(always)]
fn sum<const LANES: usize>(rows: &[[f32; LANES]], columns: &[u32], values: &[f32]) -> [f32; LANES] {
    let (mut even, mut odd) = ([0.0; LANES], [0.0; LANES]);
    let (columns, last_columns) = columns.as_chunks::<2>();
    let (values, last_values) = values.as_chunks::<2>();
    for (columns, values) in columns.iter().zip(values) {
        add(&mut even, &rows[columns[0] as usize], values[0]);
        add(&mut odd, &rows[columns[1] as usize], values[1]);
    }
    for (&column, &value) in last_columns.iter().zip(last_values) {
        add(&mut even, &rows[column as usize], value);
    }
    add(&mut even, &odd, 1.0);
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

    #[test]
    fn every_processor_gets_the_same() {
        let rows: Vec<[f32; 16]> = (0..50)
            .map(|row| std::array::from_fn(|lane| ((row * 31 + lane * 17) % 101) as f32 / 7.0 - 6.0))
            .collect();
        let columns: Vec<u32> = (0..33).map(|at| at * 37 % 50).collect();
        let values: Vec<f32> = columns.iter().map(|&column| (column as f32 + 0.7) / 31.0).collect();
        let plain = sum(&rows, &columns, &values);
        assert_eq!(gather(Level::new(), &rows, &columns, &values), plain);

        let visit = Visit {
            columns: &columns,
            values: &values,
            signs: std::array::from_fn(|lane| [-1.0, 1.0, -1.0, 0.0][lane % 4]),
            step: 0.3,
            slack: 0.5,
            smallest: 1e-6,
        };
        let learn = |is_wide: bool| {
            let (mut rows, mut biases, mut multipliers) = (rows.clone(), [0.1; 16], [0.2; 16]);
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
    }
}
