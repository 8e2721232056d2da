//! A grey picture in memory, as text recognition gets it.

/// One byte per pixel, rows from the top, 0 black and 255 white.
#[derive(Clone)]
pub(crate) struct Picture {
    pub width: usize,
    pub height: usize,
    /// Pixels per inch of the paper, as far as known or guessed.
    pub dots_per_inch: u32,
    pub pixels: Vec<u8>,
}

/// Resolutions that files claim and scanners have; others are defaults of programs, or nonsense.
const CREDIBLE: std::ops::RangeInclusive<f64> = 98.0..=1300.0;
/// Width of the paper that a picture of unknown resolution is taken to show, in inches: a page.
const PAGE_INCHES: f64 = 8.3;

impl Picture {
    /// From pixels in rows, or `None` if they are too few. A resolution that is not credible is
    /// replaced by that of a picture of a whole page.
    pub(crate) fn new(width: usize, height: usize, dots_per_inch: f64, mut pixels: Vec<u8>) -> Option<Self> {
        let size = width.checked_mul(height)?;
        if size == 0 || pixels.len() < size {
            return None;
        }
        pixels.truncate(size);
        let dots_per_inch = if CREDIBLE.contains(&dots_per_inch) {
            dots_per_inch
        } else {
            (width as f64 / PAGE_INCHES).clamp(*CREDIBLE.start(), *CREDIBLE.end())
        };
        Some(Self {
            width,
            height,
            dots_per_inch: dots_per_inch.round() as u32,
            pixels,
        })
    }

    /// With as many pixels down an inch as along it: a fax may have half as many.
    pub(crate) fn with_square_pixels(self, across: f64, down: f64) -> Self {
        let credible = CREDIBLE.contains(&across.max(down)) && across.min(down) > 0.0;
        let ratio = across / down;
        if !credible || (0.8..=1.25).contains(&ratio) || !(0.2..=5.0).contains(&ratio) {
            return self;
        }
        let along = (1.0 / ratio).max(1.0);
        let downwards = ratio.max(1.0);
        let width = (self.width as f64 * along).round() as usize;
        let height = (self.height as f64 * downwards).round() as usize;
        let dots_per_inch = across.max(down).round() as u32;
        self.resized(width, height, dots_per_inch)
    }

    /// Stretched to another size.
    pub(crate) fn resized(&self, width: usize, height: usize, dots_per_inch: u32) -> Self {
        let mut resized = Self::white(width, height, dots_per_inch);
        let (along, down) = (self.width as f32 / width as f32, self.height as f32 / height as f32);
        for y in 0..height {
            let source = (y as f32 + 0.5) * down;
            for (x, pixel) in resized.row_mut(y).iter_mut().enumerate() {
                *pixel = (self.sample((x as f32 + 0.5) * along, source) + 0.5) as u8;
            }
        }
        resized
    }

    /// Turned clockwise by a number of quarters.
    pub(crate) fn turned(&self, quarters: usize) -> Self {
        let (width, height) = match quarters % 2 {
            0 => (self.width, self.height),
            _ => (self.height, self.width),
        };
        let mut turned = Self::white(width, height, self.dots_per_inch);
        for y in 0..height {
            for x in 0..width {
                let (column, row) = match quarters % 4 {
                    0 => (x, y),
                    1 => (y, width - 1 - x),
                    2 => (width - 1 - x, height - 1 - y),
                    _ => (height - 1 - y, x),
                };
                turned.pixels[y * width + x] = self.pixels[row * self.width + column];
            }
        }
        turned
    }

    pub(crate) fn white(width: usize, height: usize, dots_per_inch: u32) -> Self {
        Self {
            width,
            height,
            dots_per_inch,
            pixels: vec![255; width * height],
        }
    }

    pub(crate) fn row(&self, y: usize) -> &[u8] {
        &self.pixels[y * self.width..(y + 1) * self.width]
    }

    pub(crate) fn row_mut(&mut self, y: usize) -> &mut [u8] {
        &mut self.pixels[y * self.width..(y + 1) * self.width]
    }

    /// The value at a point between pixels; the nearest edge outside. Pixel centres lie at halves.
    pub(crate) fn sample(&self, x: f32, y: f32) -> f32 {
        let clamp = |value: f32, size: usize| (value - 0.5).clamp(0.0, size.saturating_sub(1) as f32);
        let (x, y) = (clamp(x, self.width), clamp(y, self.height));
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let (along, down) = (x - left as f32, y - top as f32);
        let value = |x: usize, y: usize| f32::from(self.pixels[y * self.width + x]);
        let upper = value(left, top) * (1.0 - along) + value(right, top) * along;
        let lower = value(left, bottom) * (1.0 - along) + value(right, bottom) * along;
        upper * (1.0 - down) + lower * down
    }

    /// Each pixel the mean of `factor` by `factor` ones.
    pub(crate) fn shrunk(&self, factor: usize) -> Self {
        if factor <= 1 {
            return self.clone();
        }
        let (width, height) = (self.width.div_ceil(factor), self.height.div_ceil(factor));
        let mut small = Self::white(width, height, (self.dots_per_inch / factor as u32).max(1));
        let mut sums = vec![0_u32; width];
        let mut counts = vec![0_u32; width];
        for y in 0..height {
            sums.fill(0);
            counts.fill(0);
            for row in (y * factor..self.height.min((y + 1) * factor)).map(|y| self.row(y)) {
                for (cell, pixels) in row.chunks(factor).enumerate() {
                    sums[cell] += pixels.iter().map(|pixel| u32::from(*pixel)).sum::<u32>();
                    counts[cell] += pixels.len() as u32;
                }
            }
            for ((pixel, sum), count) in small.row_mut(y).iter_mut().zip(&sums).zip(&counts) {
                // A mean of bytes is a byte.
                *pixel = (sum / (*count).max(1)) as u8;
            }
        }
        small
    }

    /// In the simplest format that holds it: a short header, then the pixels.
    pub(crate) fn to_pgm(&self) -> Vec<u8> {
        let mut file = format!("P5\n{} {}\n255\n", self.width, self.height).into_bytes();
        file.extend_from_slice(&self.pixels);
        file
    }
}
