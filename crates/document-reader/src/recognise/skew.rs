//! Lines of text that run uphill or downhill on a scan, made level.
//!
//! The recogniser copes with a slant of about a degree by itself, and turning blurs; so only more than
//! that is undone. The slant is the one at which the rows of the picture differ most: lines of text
//! then fall together, and so do the gaps between them.

use crate::picture::Picture;
use std::borrow::Cow;

/// Slants that are tried, in degrees either way, and the step between two.
const WIDEST: f32 = 8.0;
const STEP: f32 = 0.25;
/// Slants that are left alone, in degrees.
const TOLERATED: f32 = 1.2;
/// Height of the small picture on which slants are tried, in pixels.
const TRIAL_SIDE: usize = 800;
/// How much sharper rows must fall together than without turning.
const CLEAR_GAIN: f64 = 1.15;

/// A turn about the middle of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Turn {
    sine: f32,
    cosine: f32,
}

impl Turn {
    fn by_degrees(degrees: f32) -> Self {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        Self { sine, cosine }
    }

    fn none() -> Self {
        Self { sine: 0.0, cosine: 1.0 }
    }

    /// Where a point of the turned picture was before.
    pub(super) fn before(self, x: f32, y: f32, width: f32, height: f32) -> (f32, f32) {
        let (x, y) = (x - width / 2.0, y - height / 2.0);
        (
            x * self.cosine - y * self.sine + width / 2.0,
            x * self.sine + y * self.cosine + height / 2.0,
        )
    }
}

/// The picture with level lines, and the turn that made them so.
pub(super) fn straightened(picture: &Picture) -> (Cow<'_, Picture>, Turn) {
    let degrees = slant(picture);
    if degrees.abs() <= TOLERATED {
        return (Cow::Borrowed(picture), Turn::none());
    }
    let turn = Turn::by_degrees(degrees);
    let mut level = Picture::white(picture.width, picture.height, picture.dots_per_inch);
    let (width, height) = (picture.width as f32, picture.height as f32);
    for y in 0..picture.height {
        for (x, pixel) in level.row_mut(y).iter_mut().enumerate() {
            let (x, y) = turn.before(x as f32 + 0.5, y as f32 + 0.5, width, height);
            if x >= 0.0 && y >= 0.0 && x < width && y < height {
                *pixel = (picture.sample(x, y) + 0.5) as u8;
            }
        }
    }
    (Cow::Owned(level), turn)
}

/// By how many degrees lines run downhill.
fn slant(picture: &Picture) -> f32 {
    let factor = picture.width.max(picture.height).div_ceil(TRIAL_SIDE).max(1);
    let small = picture.shrunk(factor);
    let ink: Vec<(f32, f32, u32)> = small
        .pixels
        .iter()
        .enumerate()
        .filter(|(_, pixel)| **pixel < 160)
        .map(|(at, pixel)| {
            (
                (at % small.width) as f32,
                (at / small.width) as f32,
                u32::from(255 - pixel),
            )
        })
        .collect();
    // Reaches beyond both edges at the widest slant.
    let margin = (small.width as f32 * WIDEST.to_radians().tan()).ceil() as usize + 1;
    let mut rows = vec![0_u32; small.height + 2 * margin];
    let mut sharpness = |degrees: f32| -> f64 {
        let slope = degrees.to_radians().tan();
        rows.fill(0);
        for (x, y, weight) in &ink {
            let row = (y - x * slope) + margin as f32;
            // Within the margins by their choice.
            if let Some(sum) = rows.get_mut(row as usize) {
                *sum += weight;
            }
        }
        rows.windows(2)
            .map(|pair| f64::from(pair[0].abs_diff(pair[1])).powi(2))
            .sum()
    };
    let level = sharpness(0.0);
    let steps = (WIDEST / STEP) as i32;
    let mut best = (level * CLEAR_GAIN, 0.0);
    for step in -steps..=steps {
        let degrees = step as f32 * STEP;
        let sharp = sharpness(degrees);
        if sharp > best.0 {
            best = (sharp, degrees);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of black bars that run downhill by some degrees.
    fn lines(degrees: f32) -> Picture {
        let mut picture = Picture::white(900, 700, 100);
        let slope = degrees.to_radians().tan();
        for line in 0..20 {
            for x in 100..800 {
                let y = 100.0 + line as f32 * 25.0 + (x as f32 - 450.0) * slope;
                for row in 0..10 {
                    if x / 12 % 2 == 0 {
                        picture.row_mut(y as usize + row)[x] = 0;
                    }
                }
            }
        }
        picture
    }

    #[test]
    fn slants_are_found_and_small_ones_left_alone() {
        for degrees in [-6.0, -2.5, 3.0, 5.5_f32] {
            let found = slant(&lines(degrees));
            assert!((found - degrees).abs() <= 0.3, "{degrees} {found}");
        }
        let almost_level = lines(0.5);
        let (picture, turn) = straightened(&almost_level);
        assert_eq!(turn, Turn::none());
        assert!(picture.pixels == lines(0.5).pixels);
    }

    #[test]
    fn a_turned_picture_is_level_and_its_points_are_known_before() {
        let slanted = lines(4.0);
        let (level, turn) = straightened(&slanted);
        assert!(slant(&level).abs() <= 0.3);
        // The first bar begins at 108, some pixels higher than the middle of its line.
        let (x, y) = turn.before(450.0, 350.0, 900.0, 700.0);
        assert!((x - 450.0).abs() < 0.01 && (y - 350.0).abs() < 0.01);
        let (x, y) = turn.before(800.0, 350.0, 900.0, 700.0);
        assert!((y - 350.0 - 350.0 * 4.0_f32.to_radians().sin()).abs() < 0.5, "{x} {y}");
    }

    #[test]
    fn pictures_without_lines_stay() {
        for (width, height) in [(300, 200), (1, 1)] {
            let blank = Picture::white(width, height, 100);
            assert_eq!(straightened(&blank).1, Turn::none());
        }
    }
}
