//! Weights of eight bits.

use super::matrix::Weights;
use crate::model::row_scale;

/// The scale and the weights of each row, the largest of which becomes about 127.
pub(crate) fn quantize(weights: &Weights, labels: usize) -> (Vec<u8>, Vec<i8>) {
    let scales: Vec<f32> = (0..=255).map(row_scale).collect();
    let mut numbers = Vec::with_capacity(weights.rows.len() / weights.stride.max(1));
    let mut rows = Vec::with_capacity(numbers.capacity() * labels);
    for row in weights.rows.chunks_exact(weights.stride) {
        let row = &row[..labels];
        let largest = row.iter().fold(0.0f32, |largest, weight| largest.max(weight.abs()));
        let number = scales.partition_point(|&scale| scale < largest).min(255);
        let factor = 127.0 / scales[number];
        numbers.push(number as u8);
        rows.extend(
            row.iter()
                .map(|weight| (weight * factor).round().clamp(-127.0, 127.0) as i8),
        );
    }
    (numbers, rows)
}
