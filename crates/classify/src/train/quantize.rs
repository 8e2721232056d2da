//! Weights of eight bits.

use crate::model::row_scale;

/// Turns rows of weights into rows of numbers.
pub(crate) struct Quantizer {
    scales: Vec<f32>,
}

impl Quantizer {
    pub(crate) fn new() -> Quantizer {
        Quantizer {
            scales: (0..=255).map(row_scale).collect(),
        }
    }

    /// Adds a row, the largest weight of which becomes about 127; returns the number of its scale.
    pub(crate) fn quantize(&self, row: &[f32], rows: &mut Vec<i8>) -> u8 {
        let largest = row.iter().fold(0.0f32, |largest, weight| largest.max(weight.abs()));
        let number = self.scales.partition_point(|&scale| scale < largest).min(255);
        let factor = 127.0 / self.scales[number];
        rows.extend(
            row.iter()
                .map(|weight| (weight * factor).round().clamp(-127.0, 127.0) as i8),
        );
        number as u8
    }
}
