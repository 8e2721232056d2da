//! The order in which the pieces of a page are read.

use super::Piece;

/// Ways to cut a region that are tried at each level.
const MAX_CUTS: usize = 12;
/// Levels of cuts; pages have titles, columns and parts of columns.
const MAX_DEPTH: usize = 6;
/// Width of the empty strip between columns, in ems.
const GUTTER: f64 = 1.2;
/// Mean width of the pieces of a column of prose, in ems; cells of tables are narrower.
const COLUMN_WIDTH: f64 = 9.0;
/// Lines of a column.
const COLUMN_LINES: usize = 4;

/// The pieces as they were written, unless that order goes back up the page again and again.
pub(super) fn in_reading_order(pieces: Vec<Piece>) -> Vec<Piece> {
    let upright = pieces.iter().filter(|piece| piece.direction == 0).count();
    if !is_jumpy(&pieces) || upright * 2 < pieces.len() {
        return pieces;
    }
    // Text that runs across, such as a stamp in the margin, comes last.
    let (upright, mut others): (Vec<Piece>, Vec<Piece>) = pieces.into_iter().partition(|piece| piece.direction == 0);
    let mut ordered = Vec::with_capacity(upright.len() + others.len());
    cut(upright, MAX_DEPTH, &mut ordered);
    ordered.append(&mut others);
    ordered
}

/// Whether many pieces stand above the one before them or the one before that, in the same column: a
/// footer or a header may, the lines of a text do not.
fn is_jumpy(pieces: &[Piece]) -> bool {
    let back = |before: &Piece, after: &Piece| {
        let above = after.base < before.base - 0.6 * before.size;
        let overlap = before.start < after.end && after.start < before.end;
        before.direction == after.direction && above && overlap
    };
    let jumps = (1..pieces.len())
        .filter(|at| (1..=2).any(|step| *at >= step && back(&pieces[at - step], &pieces[*at])))
        .count();
    jumps > 2 + pieces.len() / 10
}

/// Cuts a region into columns, or into a part above and columns below, and so on; what cannot be cut
/// is read row by row.
fn cut(pieces: Vec<Piece>, depth: usize, ordered: &mut Vec<Piece>) {
    if depth > 0 && pieces.len() > 1 {
        if let Some(gutter) = gutter(&pieces.iter().collect::<Vec<_>>()) {
            let (left, right) = pieces.into_iter().partition(|piece| piece.start < gutter);
            cut(left, depth - 1, ordered);
            cut(right, depth - 1, ordered);
            return;
        }
        for height in gaps_between_rows(&pieces) {
            let below: Vec<&Piece> = pieces.iter().filter(|piece| piece.base >= height).collect();
            let above: Vec<&Piece> = pieces.iter().filter(|piece| piece.base < height).collect();
            if gutter(&below).is_some() || gutter(&above).is_some() {
                let (above, below) = pieces.into_iter().partition(|piece| piece.base < height);
                cut(above, depth - 1, ordered);
                cut(below, depth - 1, ordered);
                return;
            }
        }
    }
    rows(pieces, ordered);
}

/// Where an empty strip from top to bottom parts two columns of prose.
fn gutter(pieces: &[&Piece]) -> Option<f64> {
    let mut by_start: Vec<&&Piece> = pieces.iter().collect();
    by_start.sort_by(|a, b| a.start.total_cmp(&b.start));
    let size = mean(pieces.iter().map(|piece| piece.size));
    let mut reach = by_start.first()?.end;
    for (position, piece) in by_start.iter().enumerate() {
        if piece.start - reach >= GUTTER * size {
            let (left, right) = by_start.split_at(position);
            let prose = |side: &[&&Piece]| {
                side.len() >= COLUMN_LINES
                    && mean(side.iter().map(|piece| piece.end - piece.start)) >= COLUMN_WIDTH * size
            };
            if prose(left) && prose(right) {
                return Some((reach + piece.start) / 2.0);
            }
        }
        reach = reach.max(piece.end);
    }
    None
}

/// Heights between rows, the widest gaps first.
fn gaps_between_rows(pieces: &[Piece]) -> Vec<f64> {
    let mut bases: Vec<f64> = pieces.iter().map(|piece| piece.base).collect();
    bases.sort_by(f64::total_cmp);
    let mut gaps: Vec<(f64, f64)> = bases
        .windows(2)
        .map(|pair| (pair[1] - pair[0], (pair[0] + pair[1]) / 2.0))
        .collect();
    gaps.retain(|(width, _)| *width > 1.0);
    gaps.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1)));
    gaps.truncate(MAX_CUTS);
    gaps.into_iter().map(|(_, height)| height).collect()
}

/// Row by row from above, each from its start.
fn rows(mut pieces: Vec<Piece>, ordered: &mut Vec<Piece>) {
    pieces.sort_by(|a, b| a.base.total_cmp(&b.base).then(a.start.total_cmp(&b.start)));
    let mut row: Vec<Piece> = Vec::new();
    for piece in pieces {
        let same = row
            .first()
            .is_some_and(|first| (piece.base - first.base).abs() <= 0.35 * first.size.max(piece.size));
        if !same {
            row.sort_by(|a, b| a.start.total_cmp(&b.start));
            ordered.append(&mut row);
        }
        row.push(piece);
    }
    row.sort_by(|a, b| a.start.total_cmp(&b.start));
    ordered.append(&mut row);
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / count as f64 }
}
