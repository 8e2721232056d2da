//! A page drawn in grey for text recognition: outlines filled, images placed. What only matters to the
//! eye is left out: blending, masks of groups, shadings.

use crate::limits::Watch;
use crate::picture::Picture;
use crate::sandbox;
use hayro_interpret::FillRule;
use hayro_interpret::kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape, flatten};

/// Distance from a curve that its straight pieces may have, in pixels.
const FLATNESS: f64 = 0.2;
/// Lines through each row of pixels on which the inside of a shape is found.
const SUBROWS: usize = 4;
/// Coordinates beyond this many pixels are a mistake or an attack.
const FARTHEST: f64 = 1e6;
/// Lines and curves of a shape; those with more are maps, not letters.
const MOST_ELEMENTS: usize = 100_000;
/// Rows of an image between two looks at the watch.
const ROWS_PER_CHECK: usize = 64;

/// A page being drawn.
pub(super) struct Canvas<'w> {
    pub picture: Picture,
    watch: &'w Watch<'w>,
    /// Coverage of one row of pixels, reused.
    coverage: Vec<f32>,
}

/// One straight piece of an outline, from above to below.
struct Edge {
    top: f64,
    bottom: f64,
    /// Where it crosses the height `top`, and how much further right per pixel down.
    x: f64,
    slope: f64,
    winding: i32,
}

impl<'w> Canvas<'w> {
    pub(super) fn new(picture: Picture, watch: &'w Watch<'w>) -> Self {
        let coverage = vec![0.0; picture.width];
        Self {
            picture,
            watch,
            coverage,
        }
    }

    pub(super) fn bounds(&self) -> Rect {
        Rect::new(0.0, 0.0, self.picture.width as f64, self.picture.height as f64)
    }

    /// Fills a shape in pixel coordinates with a grey from 0 to 255, seen only inside `clip`.
    pub(super) fn fill(&mut self, path: &BezPath, rule: FillRule, grey: f32, opacity: f32, clip: Rect) {
        let visible = clip.intersect(self.bounds());
        let bounds = path.bounding_box();
        let near = [bounds.x0, bounds.y0, bounds.x1, bounds.y1]
            .iter()
            .all(|value| value.abs() < FARTHEST);
        let letter_like = path.elements().len() <= MOST_ELEMENTS;
        if !near || !letter_like || visible.area() <= 0.0 || !bounds.overlaps(visible) {
            return;
        }
        let mut edges = edges(path, visible.y0, visible.y1);
        edges.sort_by(|a, b| a.top.total_cmp(&b.top));
        let first = bounds.y0.max(visible.y0).floor().max(0.0) as usize;
        let last = (bounds.y1.min(visible.y1).ceil().max(0.0) as usize).min(self.picture.height);
        let mut active: Vec<Edge> = Vec::new();
        let mut edges = edges.into_iter().peekable();
        let mut crossings: Vec<(f64, i32)> = Vec::new();
        for row in first..last {
            // Each: a row of a shape with many sides takes long by itself.
            self.check();
            let (mut from, mut to) = (usize::MAX, 0);
            for subrow in 0..SUBROWS {
                let y = row as f64 + (subrow as f64 + 0.5) / SUBROWS as f64;
                if y < visible.y0 || y >= visible.y1 {
                    continue;
                }
                while let Some(edge) = edges.next_if(|edge| edge.top <= y) {
                    active.push(edge);
                }
                active.retain(|edge| edge.bottom > y);
                crossings.clear();
                crossings.extend(
                    active
                        .iter()
                        .map(|edge| (edge.x + (y - edge.top) * edge.slope, edge.winding)),
                );
                crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
                let mut winding = 0;
                for pair in crossings.windows(2) {
                    winding += pair[0].1;
                    let inside = match rule {
                        FillRule::NonZero => winding != 0,
                        FillRule::EvenOdd => winding % 2 != 0,
                    };
                    let (start, end) = (pair[0].0.max(visible.x0), pair[1].0.min(visible.x1));
                    if inside && start < end {
                        cover(&mut self.coverage, start, end);
                        from = from.min(start as usize);
                        to = to.max((end.ceil() as usize).min(self.coverage.len()));
                    }
                }
            }
            if from < to {
                let pixels = &mut self.picture.row_mut(row)[from..to];
                for (pixel, coverage) in pixels.iter_mut().zip(&mut self.coverage[from..to]) {
                    let part = (*coverage / SUBROWS as f32).min(1.0) * opacity;
                    *pixel = blend(*pixel, grey, part);
                    *coverage = 0.0;
                }
            }
        }
    }

    /// Places an image, given how its pixels map to this picture's. `opacity` has the image's own
    /// resolution or another; without it the image is opaque.
    pub(super) fn image(&mut self, image: &Picture, opacity: Option<&Picture>, to_canvas: Affine, clip: Rect) {
        let size = |picture: &Picture| Rect::new(0.0, 0.0, picture.width as f64, picture.height as f64);
        let place = to_canvas
            .transform_rect_bbox(size(image))
            .intersect(clip)
            .intersect(self.bounds());
        let determinant = to_canvas.determinant();
        let sensible = place.is_finite() && place.area() > 0.0 && determinant.abs() > 1e-12;
        if !sensible {
            return;
        }
        // Pixels that are much smaller than ours are averaged first, or thin strokes would be lost.
        let factor = ((1.0 / determinant.abs()).sqrt().round().clamp(1.0, 64.0)) as usize;
        let small = image.shrunk(factor);
        let scale = Affine::scale(1.0 / factor as f64);
        let to_image = scale * to_canvas.inverse();
        let opacity = opacity.map(|opacity| {
            let x = opacity.width as f64 / image.width as f64;
            let y = opacity.height as f64 / image.height as f64;
            (opacity, Affine::scale_non_uniform(x, y) * to_canvas.inverse())
        });
        let rows = place.y0.floor() as usize..(place.y1.ceil() as usize).min(self.picture.height);
        let columns = place.x0.floor() as usize..(place.x1.ceil() as usize).min(self.picture.width);
        let (width, height) = (small.width as f64, small.height as f64);
        for y in rows {
            if y % ROWS_PER_CHECK == 0 {
                self.check();
            }
            let row = self.picture.row_mut(y);
            for x in columns.clone() {
                let centre = Point::new(x as f64 + 0.5, y as f64 + 0.5);
                let point = to_image * centre;
                if point.x < 0.0 || point.y < 0.0 || point.x >= width || point.y >= height {
                    continue;
                }
                let grey = small.sample(point.x as f32, point.y as f32);
                let part = opacity.as_ref().map_or(1.0, |(opacity, to_opacity)| {
                    let point = *to_opacity * centre;
                    opacity.sample(point.x as f32, point.y as f32) / 255.0
                });
                row[x] = blend(row[x], grey, part);
            }
        }
    }

    pub(super) fn check(&self) {
        if let Err(error) = self.watch.check() {
            sandbox::interrupt(error);
        }
    }
}

fn blend(below: u8, grey: f32, part: f32) -> u8 {
    let below = f32::from(below);
    // Saturates, as conversions from floating point do.
    (below + (grey - below) * part + 0.5) as u8
}

/// Adds the part of each pixel between two points of a row.
fn cover(coverage: &mut [f32], start: f64, end: f64) {
    let (first, last) = (start as usize, (end as usize).min(coverage.len().saturating_sub(1)));
    if first >= coverage.len() {
        return;
    }
    if first == last {
        coverage[first] += (end - start) as f32;
        return;
    }
    coverage[first] += (first as f64 + 1.0 - start) as f32;
    for pixel in &mut coverage[first + 1..last] {
        *pixel += 1.0;
    }
    coverage[last] += (end - last as f64).clamp(0.0, 1.0) as f32;
}

/// The straight pieces of an outline between two heights; horizontal ones enclose nothing.
fn edges(path: &BezPath, top: f64, bottom: f64) -> Vec<Edge> {
    let mut edges = Vec::new();
    let (mut start, mut last) = (Point::ZERO, Point::ZERO);
    let mut line = |from: Point, to: Point| {
        let (upper, lower, winding) = if from.y < to.y { (from, to, 1) } else { (to, from, -1) };
        if upper.y < lower.y && lower.y > top && upper.y < bottom {
            let slope = (lower.x - upper.x) / (lower.y - upper.y);
            edges.push(Edge {
                top: upper.y,
                bottom: lower.y,
                x: upper.x,
                slope,
                winding,
            });
        }
    };
    flatten(path, FLATNESS, |element| match element {
        PathEl::MoveTo(point) => {
            line(last, start);
            (start, last) = (point, point);
        }
        PathEl::LineTo(point) => {
            line(last, point);
            last = point;
        }
        PathEl::ClosePath => {
            line(last, start);
            last = start;
        }
        // Flattening leaves no curves.
        PathEl::QuadTo(..) | PathEl::CurveTo(..) => {}
    });
    line(last, start);
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn drawn(draw: impl FnOnce(&mut Canvas<'_>)) -> Vec<Vec<u8>> {
        let go_on = || false;
        let watch = Watch::new(Duration::from_secs(60), &go_on);
        let mut canvas = Canvas::new(Picture::white(6, 4, 72), &watch);
        draw(&mut canvas);
        canvas.picture.pixels.chunks(6).map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn shapes_cover_pixels_by_their_area() {
        let rows = drawn(|canvas| {
            let everything = canvas.bounds();
            let path = Rect::new(1.0, 1.0, 3.5, 2.5).to_path(0.1);
            canvas.fill(&path, FillRule::NonZero, 0.0, 1.0, everything);
        });
        assert_eq!(rows[0], [255; 6]);
        assert_eq!(rows[1], [255, 0, 0, 128, 255, 255]);
        assert_eq!(rows[2], [255, 128, 128, 191, 255, 255]);
    }

    #[test]
    fn holes_depend_on_the_rule_and_clips_hide() {
        let mut path = Rect::new(0.0, 0.0, 6.0, 4.0).to_path(0.1);
        path.extend(Rect::new(2.0, 1.0, 4.0, 3.0).to_path(0.1));
        let rows = drawn(|canvas| {
            canvas.fill(&path, FillRule::EvenOdd, 0.0, 1.0, Rect::new(0.0, 0.0, 5.0, 4.0));
        });
        assert_eq!(rows[1], [0, 0, 255, 255, 0, 255]);
        let rows = drawn(|canvas| {
            let everything = canvas.bounds();
            canvas.fill(&path, FillRule::NonZero, 0.0, 1.0, everything);
        });
        assert_eq!(rows[1], [0; 6]);
    }

    #[test]
    fn images_are_scaled_turned_and_clipped() {
        let image = Picture {
            width: 2,
            height: 1,
            dots_per_inch: 72,
            pixels: vec![0, 200],
        };
        let rows = drawn(|canvas| {
            let everything = canvas.bounds();
            // A quarter turn: the image's left is at the top.
            let turn = Affine::new([0.0, 2.0, -3.0, 0.0, 5.0, 0.0]);
            canvas.image(&image, None, turn, everything);
        });
        assert_eq!(rows[0], [255, 255, 0, 0, 0, 255]);
        assert_eq!(rows[3], [255, 255, 200, 200, 200, 255]);
    }

    #[test]
    fn shapes_without_sense_are_left_out() {
        let rows = drawn(|canvas| {
            let everything = canvas.bounds();
            let mut path = BezPath::new();
            path.move_to((f64::NAN, 0.0));
            path.line_to((1e300, f64::INFINITY));
            path.curve_to((0.0, 1e18), (3.0, -1e18), (4.0, 4.0));
            canvas.fill(&path, FillRule::NonZero, 0.0, 1.0, everything);
            let image = Picture {
                width: 1,
                height: 1,
                dots_per_inch: 72,
                pixels: vec![0],
            };
            canvas.image(&image, None, Affine::new([f64::NAN; 6]), everything);
            canvas.image(&image, None, Affine::scale(0.0), everything);
        });
        assert_eq!(rows, vec![vec![255; 6]; 4]);
    }
}
