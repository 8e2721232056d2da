//! Which table fits some texts.

use crate::{Table, each_unit, format};

/// The share of a text's units that its table knows at least.
const LEAST_KNOWN: f32 = 0.4;

impl Table {
    /// The table that knows the largest part of the units of some texts, if it knows so many that they must be in its
    /// language.
    pub fn of_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<&'static Table> {
        let tables: Vec<&'static Table> = Table::all().collect();
        let mut known = vec![0u64; tables.len()];
        let mut units = 0u64;
        for text in texts {
            each_unit(text, |unit| {
                units += 1;
                let hash = format::hash(unit);
                for (table, known) in tables.iter().zip(&mut known) {
                    *known += u64::from(table.place(hash).is_some());
                }
            });
        }
        // Of several with the largest part the first.
        let (place, &most) = known
            .iter()
            .enumerate()
            .max_by_key(|&(place, known)| (*known, std::cmp::Reverse(place)))?;
        (most > 0 && most as f32 >= LEAST_KNOWN * units as f32).then(|| tables[place])
    }
}
