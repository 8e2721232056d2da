//! Lists of entities: what they are called and of which type they are.

use std::collections::HashMap;
use std::io::BufRead;

use sha2::{Digest as _, Sha256};

use crate::csv::Csv;
use crate::entities::Types;
use crate::error::{DataError, Rule};
use crate::warnings::Warnings;

/// The longest text of an entity, in characters.
pub const LONGEST_ENTITY: usize = 5000;

/// The most entities of a list.
pub const MOST_ENTITIES: usize = 1_000_000;

/// The most bytes that the texts of all entities may have: a list is needed as a whole.
pub const MOST_BYTES: usize = 100_000_000;

/// A list of entities. Its `Debug` output leaves them out.
#[derive(Clone, Default)]
pub struct EntityList {
    /// Each text once, with the number of its type in [`Types`], in the order of the file.
    pub entities: Vec<(String, u8)>,
    /// What was left out.
    pub warnings: Warnings,
    /// The types of the texts, by digest: that takes a fraction of the memory of the texts.
    known: HashMap<u128, u8>,
    /// Bytes of all texts.
    bytes: usize,
}

impl std::fmt::Debug for EntityList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EntityList")
            .field("entities", &self.entities.len())
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

/// Reads a list: a header with the columns `Text` and `Type`, in any order and case, and a row for each entity. Case
/// counts in the texts. Entities of other types than `types` are left out.
///
/// # Errors
/// A header or row that breaks a rule, or an input that cannot be read.
pub fn read<R: BufRead>(input: R, types: &Types) -> Result<EntityList, DataError> {
    let mut list = EntityList::default();
    list.append(input, types)?;
    Ok(list)
}

/// What a list may come to.
struct Limits {
    entities: usize,
    bytes: usize,
}

const LIMITS: Limits = Limits {
    entities: MOST_ENTITIES,
    bytes: MOST_BYTES,
};

impl EntityList {
    /// Adds the entities of another file with a header of its own: a list may lie in several. The limits are those of
    /// all files together, and of a text that is in several the first type counts.
    ///
    /// # Errors
    /// As [`read`].
    pub fn append<R: BufRead>(&mut self, input: R, types: &Types) -> Result<(), DataError> {
        self.append_within(&LIMITS, input, types)
    }

    fn append_within<R: BufRead>(&mut self, limits: &Limits, input: R, types: &Types) -> Result<(), DataError> {
        let mut csv = Csv::new(input, crate::LONGEST_ROW, "2");
        let bad_header = || {
            let expected = "Text,Type";
            DataError::at(1, Rule::Header { expected })
        };
        let header = csv.next_record()?.ok_or_else(bad_header)?;
        let is = |column: usize, name: &str| header.fields[column].trim().eq_ignore_ascii_case(name);
        let text_first = match header.fields.len() {
            2 if is(0, "Text") && is(1, "Type") => true,
            2 if is(1, "Text") && is(0, "Type") => false,
            _ => return Err(bad_header()),
        };
        let expected = csv.expected();
        while let Some(record) = csv.next_record()? {
            let fault = |rule| DataError::at(record.line, rule);
            let (text, kind) = match record.fields[..] {
                [text, kind] if text_first => (text, kind),
                [kind, text] => (text, kind),
                _ => return Err(fault(Rule::Columns { expected })),
            };
            let kind = types.read(kind).map_err(fault)?;
            let text = text.trim();
            if text.is_empty() || text.chars().nth(LONGEST_ENTITY).is_some() {
                let limit = LONGEST_ENTITY;
                return Err(fault(Rule::EntityText { limit }));
            }
            let Some(kind) = kind else {
                self.warnings.other_types += 1;
                continue;
            };
            let digest = digest(text);
            if let Some(&other) = self.known.get(&digest) {
                self.warnings.contradictions += u64::from(other != kind);
                continue;
            }
            if self.entities.len() == limits.entities {
                let limit = limits.entities;
                return Err(fault(Rule::TooManyEntities { limit }));
            }
            self.bytes += text.len();
            if self.bytes > limits.bytes {
                let (what, limit) = ("texts of entities", limits.bytes);
                return Err(fault(Rule::TooManyBytes { what, limit }));
            }
            self.known.insert(digest, kind);
            self.entities.push((text.to_owned(), kind));
        }
        Ok(())
    }
}

/// Tells a text from all others; case counts.
fn digest(text: &str) -> u128 {
    let bytes: [u8; 32] = Sha256::digest(text).into();
    let (half, _) = bytes.split_first_chunk::<16>().expect("32 bytes hold 16");
    u128::from_le_bytes(*half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_files_are_one_list_with_one_limit() {
        let types = Types::new(["A", "B"]).unwrap();
        let mut list = EntityList::default();
        let limits = Limits { entities: 3, bytes: 12 };
        let mut append = |text: &str| list.append_within(&limits, text.as_bytes(), &types);
        append("Text,Type\none,A\ntwo,B\n").unwrap();
        append("Type,Text\nB,one\nA,three\nB,two\n").unwrap();
        let refused = append("Text,Type\none,A\nfour,A\n").unwrap_err();
        assert_eq!(refused.to_string(), "line 3: the list has more than 3 entities");
        let expected = [("one", 0), ("two", 1), ("three", 0)];
        assert_eq!(list.entities, expected.map(|(text, kind)| (text.to_owned(), kind)));
        assert_eq!(list.warnings.contradictions, 1);

        let limits = Limits { entities: 9, ..limits };
        let refused = list.append_within(&limits, "Text,Type\ntwo,B\nxy,A\n".as_bytes(), &types);
        let refused = refused.unwrap_err().to_string();
        assert_eq!(
            refused,
            "line 3: the texts of entities up to here have more than 12 bytes together"
        );
    }
}
