//! Vectors of words: words that stand for the same things have vectors that point the same way.
//!
//! The mean of the vectors of a document's words says what it is about even where it shares no word with any other
//! document, which is what a classifier lacks that learns from a few hundred of them. There is a [`Table`] for each
//! language, small enough to lie in the program; [`Table::of_texts`] finds the one that fits some texts. The vectors of
//! two tables have nothing to do with each other.
//!
//! English vectors come from a sentence encoder, those of other languages from the company that words keep in a few
//! megabytes of text: `models/SOURCES.md` says how the files are built and of what, `DESIGN.md` what they are worth.

mod detect;
mod format;
mod units;

use std::sync::LazyLock;

pub use format::Error;
pub use units::{each_unit, pair};

/// The most numbers that a vector has: see [`Table::dimensions`].
pub const DIMENSIONS: usize = 128;

/// Vectors of the words of a language, or of the pairs of characters of a script without spaces.
///
/// A hash table that lies in the program as it is: where a bucket begins is worked out when it is opened, then come
/// fingerprints of 16 bits, bucket by bucket, then the vectors. The words themselves are not kept. A word that is not in
/// the table is taken for one that is once in 16 000 times.
pub struct Table {
    /// Where the fingerprints of each bucket begin, and the end of the last one.
    starts: Vec<u32>,
    fingerprints: &'static [[u8; 2]],
    scales: &'static [[u8; 2]],
    rows: &'static [u8],
    /// Length of a row.
    dimensions: usize,
    /// The bucket is what is left of a hash shifted by this.
    shift: u32,
    identity: u64,
}

/// The vector of a word: the longer the rarer the word is, since frequent words say little about what a text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vector {
    /// The largest number, in units of 1/65535.
    scale: u16,
    row: &'static [u8],
}

impl Vector {
    /// Adds the vector, times a factor, to a sum. Numbers that it does not have are 0.
    #[inline]
    pub fn add_to(self, sum: &mut [f32; DIMENSIONS], factor: f32) {
        let factor = factor * f32::from(self.scale) * (1.0 / (65535.0 * 127.0));
        for (sum, &number) in sum.iter_mut().zip(self.row) {
            *sum += factor * f32::from(number.cast_signed());
        }
    }
}

impl Table {
    /// The tables in the program.
    pub fn all() -> impl Iterator<Item = &'static Table> {
        TABLES.iter()
    }

    /// The table with this [`Table::identity`].
    pub fn with_identity(identity: u64) -> Option<&'static Table> {
        Table::all().find(|table| table.identity == identity)
    }

    /// The vector of a unit as [`each_unit`] has them: a word in its normal form and lower case, or a pair of characters.
    #[inline]
    pub fn get(&self, unit: &str) -> Option<Vector> {
        let place = self.place(format::hash(unit))?;
        Some(Vector {
            scale: u16::from_le_bytes(self.scales[place]),
            row: &self.rows[place * self.dimensions..][..self.dimensions],
        })
    }

    /// The place of the unit with this hash.
    #[inline]
    fn place(&self, hash: u64) -> Option<usize> {
        let bucket = (hash >> self.shift) as usize;
        let (start, end) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        let fingerprint = (hash as u16).to_le_bytes();
        let found = self.fingerprints[start..end]
            .iter()
            .position(|&other| other == fingerprint)?;
        Some(start + found)
    }

    /// A number that no other table has, nor any other state of this one.
    pub fn identity(&self) -> u64 {
        self.identity
    }

    /// How many numbers its vectors have: at most [`DIMENSIONS`].
    #[inline]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Number of units.
    pub fn len(&self) -> usize {
        self.fingerprints.len()
    }

    /// Whether there is no unit.
    pub fn is_empty(&self) -> bool {
        self.fingerprints.is_empty()
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("units", &self.len())
            .field("identity", &self.identity)
            .finish()
    }
}

/// The files, in the order in which a tie between them is decided.
static FILES: [&[u8]; 8] = [
    include_bytes!("../models/english.vectors"),
    include_bytes!("../models/german.vectors"),
    include_bytes!("../models/romance.vectors"),
    include_bytes!("../models/arabic.vectors"),
    include_bytes!("../models/hindi.vectors"),
    include_bytes!("../models/japanese.vectors"),
    include_bytes!("../models/korean.vectors"),
    include_bytes!("../models/chinese.vectors"),
];

// The files are part of the program; a test opens each of them.
static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|file| Table::from_bytes(file).expect("the files in the program are whole"))
        .collect()
});
