//! Makes pictures easier to read: specks of a fax taken away, the steps of its edges smoothed, small
//! type enlarged. Each of these was kept because it lowered the errors of recognition on scans like
//! those it is for, and is left alone where it raised them (see DESIGN.md).

use crate::picture::Picture;

/// Pictures in which fewer pixels than this part are grey have been made black and white.
const MOST_GREY: f32 = 0.01;
/// Pixels of a speck at 150 dots per inch; a full stop of small type has six.
const SPECK_PIXELS: f32 = 4.0;
/// Distance from other ink within which a speck is taken for a part of a letter, there.
const SPECK_DISTANCE: f32 = 4.0;
const SPECK_DOTS_PER_INCH: f32 = 150.0;
/// The edges of black and white pictures with more dots than this are smooth enough.
const SMOOTH_DOTS_PER_INCH: u32 = 250;
/// Half of a bell curve with a standard deviation of 0.7 pixels, in 256ths.
const BELL: [u32; 2] = [148, 54];
/// Pictures with fewer dots than this are enlarged, to as many as the recogniser's models were made
/// for.
const SPARSE_DOTS_PER_INCH: u32 = 135;
const WANTED_DOTS_PER_INCH: f32 = 300.0;
const MOST_ENLARGED: f32 = 3.0;
/// Cells per inch in which the brightness of the paper is measured, and the part of a cell's pixels that are darker.
const CELLS_PER_INCH: u32 = 3;
const PAPER: f32 = 0.9;
/// Difference between the brightest and the darkest paper from which a picture is unevenly lit.
const UNEVEN: u8 = 50;
/// Pixels that are worth the recogniser's time.
const MOST_PIXELS: f32 = 40_000_000.0;

/// The picture as the recogniser should get it.
pub(crate) fn enhanced(picture: Picture) -> Picture {
    let excess = (picture.pixels.len() as f32 / MOST_PIXELS).sqrt().ceil();
    let picture = if excess > 1.0 {
        picture.shrunk(excess as usize)
    } else {
        picture
    };
    if is_bilevel(&picture) {
        let clean = without_specks(picture);
        if clean.dots_per_inch < SMOOTH_DOTS_PER_INCH {
            return enlarged(smoothed(&clean));
        }
        return clean;
    }
    enlarged(picture)
}

/// A picture of which one side lies in the shadow, as photographs do, with paper of the same brightness everywhere; `None`
/// if it has that already.
pub(crate) fn evenly_lit(picture: &Picture) -> Option<Picture> {
    let cell = (picture.dots_per_inch / CELLS_PER_INCH).max(16) as usize;
    let (columns, rows) = (picture.width.div_ceil(cell), picture.height.div_ceil(cell));
    let mut paper = Picture::white(columns, rows, CELLS_PER_INCH);
    for row in 0..rows {
        for column in 0..columns {
            let mut counts = [0_usize; 256];
            let across = column * cell..picture.width.min((column + 1) * cell);
            for y in row * cell..picture.height.min((row + 1) * cell) {
                for pixel in &picture.row(y)[across.clone()] {
                    counts[usize::from(*pixel)] += 1;
                }
            }
            let mut left = (counts.iter().sum::<usize>() as f32 * PAPER) as usize;
            let brightness = counts.iter().position(|count| {
                let found = *count > left;
                left = left.saturating_sub(*count);
                found
            });
            // There are 256 values.
            paper.row_mut(row)[column] = brightness.unwrap_or(255) as u8;
        }
    }
    let (darkest, brightest) = (paper.pixels.iter().min()?, paper.pixels.iter().max()?);
    if brightest - darkest < UNEVEN {
        return None;
    }
    let mut lit = picture.clone();
    for y in 0..lit.height {
        let along = (y as f32 + 0.5) / cell as f32;
        for (x, pixel) in lit.row_mut(y).iter_mut().enumerate() {
            let white = paper.sample((x as f32 + 0.5) / cell as f32, along).max(1.0);
            // Saturates.
            *pixel = (f32::from(*pixel) * 255.0 / white) as u8;
        }
    }
    Some(lit)
}

fn is_bilevel(picture: &Picture) -> bool {
    let grey = picture.pixels.iter().filter(|pixel| (32..224).contains(*pixel)).count();
    (grey as f32) < MOST_GREY * picture.pixels.len() as f32
}

fn is_ink(pixel: u8) -> bool {
    pixel < 128
}

/// Without the patches of ink that are too small for a full stop and stand alone.
fn without_specks(mut picture: Picture) -> Picture {
    let scale = picture.dots_per_inch as f32 / SPECK_DOTS_PER_INCH;
    let most = (SPECK_PIXELS * scale * scale).round().max(1.0) as usize;
    let distance = (SPECK_DISTANCE * scale).round().max(1.0) as usize;
    let mut seen = vec![false; picture.pixels.len()];
    let mut open = Vec::new();
    let mut patch = Vec::new();
    for start in 0..picture.pixels.len() {
        if seen[start] || !is_ink(picture.pixels[start]) {
            continue;
        }
        // All ink that touches, sides and corners. Of a large patch only its size matters.
        let mut size = 0;
        patch.clear();
        open.push(start);
        seen[start] = true;
        while let Some(at) = open.pop() {
            size += 1;
            if size <= most {
                patch.push(at);
            }
            let (x, y) = (at % picture.width, at / picture.width);
            for row in y.saturating_sub(1)..picture.height.min(y + 2) {
                for column in x.saturating_sub(1)..picture.width.min(x + 2) {
                    let near = row * picture.width + column;
                    if !seen[near] && is_ink(picture.pixels[near]) {
                        seen[near] = true;
                        open.push(near);
                    }
                }
            }
        }
        if size <= most && stands_alone(&picture, &patch, distance) {
            for at in &patch {
                picture.pixels[*at] = 255;
            }
        }
    }
    picture
}

/// Whether there is no other ink within a distance of a patch; one stray pixel does not count.
fn stands_alone(picture: &Picture, patch: &[usize], distance: usize) -> bool {
    let columns = patch.iter().map(|at| at % picture.width);
    let rows = patch.iter().map(|at| at / picture.width);
    let (Some(left), Some(right)) = (columns.clone().min(), columns.max()) else {
        return false;
    };
    let (Some(top), Some(bottom)) = (rows.clone().min(), rows.max()) else {
        return false;
    };
    let columns = left.saturating_sub(distance)..picture.width.min(right + distance + 1);
    let ink: usize = (top.saturating_sub(distance)..picture.height.min(bottom + distance + 1))
        .map(|row| {
            picture.row(row)[columns.clone()]
                .iter()
                .filter(|pixel| is_ink(**pixel))
                .count()
        })
        .sum();
    ink <= patch.len() + 1
}

/// Blurred a little, along and down.
fn smoothed(picture: &Picture) -> Picture {
    let mut result = picture.clone();
    let mean = |before: u8, at: u8, after: u8| {
        let sum = u32::from(at) * BELL[0] + (u32::from(before) + u32::from(after)) * BELL[1];
        // The weights sum up to 256, so that the mean of bytes is a byte.
        (sum / 256) as u8
    };
    for y in 0..picture.height {
        let row = picture.row(y);
        for (x, pixel) in result.row_mut(y).iter_mut().enumerate() {
            let before = row[x.saturating_sub(1)];
            let after = row[(x + 1).min(row.len() - 1)];
            *pixel = mean(before, row[x], after);
        }
    }
    let along = result.clone();
    for y in 0..along.height {
        let (before, after) = (along.row(y.saturating_sub(1)), along.row((y + 1).min(along.height - 1)));
        for (x, pixel) in result.row_mut(y).iter_mut().enumerate() {
            *pixel = mean(before[x], along.row(y)[x], after[x]);
        }
    }
    result
}

/// The picture with as many dots as the recogniser is used to, if it has far too few.
fn enlarged(picture: Picture) -> Picture {
    if picture.dots_per_inch >= SPARSE_DOTS_PER_INCH {
        return picture;
    }
    let wanted = WANTED_DOTS_PER_INCH / picture.dots_per_inch.max(1) as f32;
    let most = (MOST_PIXELS / picture.pixels.len() as f32).sqrt();
    let factor = wanted.min(MOST_ENLARGED).min(most);
    if factor < 1.1 {
        return picture;
    }
    let side = |length: usize| (length as f32 * factor).round() as usize;
    let dots_per_inch = (picture.dots_per_inch as f32 * factor).round() as u32;
    picture.resized(side(picture.width), side(picture.height), dots_per_inch)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture from rows of `#` for ink.
    fn drawn(rows: &[&str], dots_per_inch: u32) -> Picture {
        let pixels = rows
            .concat()
            .bytes()
            .map(|byte| if byte == b'#' { 0 } else { 255 })
            .collect();
        Picture {
            width: rows[0].len(),
            height: rows.len(),
            dots_per_inch,
            pixels,
        }
    }

    fn ink(picture: &Picture) -> Vec<String> {
        let symbol = |pixel: &u8| if is_ink(*pixel) { '#' } else { '.' };
        picture
            .pixels
            .chunks(picture.width)
            .map(|row| row.iter().map(symbol).collect())
            .collect()
    }

    #[test]
    fn lone_specks_go_and_full_stops_and_dots_of_letters_stay() {
        let page = drawn(
            &[
                "..................",
                ".##...............",
                ".##...............",
                "...............##.",
                "...............##.",
                "...............##.",
                "............#.....",
                "..................",
                "..................",
                "..................",
                ".#...............#",
            ],
            150,
        );
        let clean = without_specks(page);
        assert_eq!(
            ink(&clean),
            [
                "..................",
                "..................",
                "..................",
                "...............##.",
                "...............##.",
                "...............##.",
                "............#.....",
                "..................",
                "..................",
                "..................",
                "..................",
            ]
        );
    }

    #[test]
    fn shadows_are_lifted_and_even_light_is_left() {
        let mut shadow = Picture::white(400, 60, 100);
        for y in 0..60 {
            for (x, pixel) in shadow.row_mut(y).iter_mut().enumerate() {
                let paper = 90.0 + x as f32 * 0.4;
                let part = if x % 10 == 0 { 0.3 } else { 1.0 };
                *pixel = (paper * part) as u8;
            }
        }
        let lit = evenly_lit(&shadow).unwrap();
        for x in [45, 205, 385] {
            assert!(lit.row(30)[x] > 235, "{x} {}", lit.row(30)[x]);
        }
        for x in [50, 200, 380] {
            assert!((60..100).contains(&lit.row(30)[x]), "{x} {}", lit.row(30)[x]);
        }
        assert!(evenly_lit(&lit).is_none());
    }

    #[test]
    fn only_black_and_white_is_smoothed_and_only_small_type_enlarged() {
        let rows = vec!["####....####"; 12];
        let fax = enhanced(drawn(&rows, 150));
        assert_eq!((fax.width, fax.row(5)[3]), (12, 53));
        assert_eq!(enhanced(drawn(&rows, 300)).pixels, drawn(&rows, 300).pixels);
        let screen = enhanced(drawn(&rows, 100));
        assert_eq!((screen.width, screen.dots_per_inch), (36, 300));
        let mut photo = drawn(&rows, 150);
        photo.pixels[..20].fill(128);
        assert_eq!(enhanced(photo.clone()).pixels, photo.pixels);
    }
}
