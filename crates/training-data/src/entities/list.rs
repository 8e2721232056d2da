//! Lists of entities: what they are called and of which type they are.

use std::collections::HashMap;
use std::io::BufRead;

use crate::csv::Csv;
use crate::entities::Types;
use crate::error::{DataError, Rule};
use crate::warnings::Warnings;

/// The longest text of an entity, in characters.
pub const LONGEST_ENTITY: usize = 5000;

/// The most entities of a list.
pub const MOST_ENTITIES: usize = 1_000_000;

/// A list of entities. Its `Debug` output leaves them out.
#[derive(Clone, Default)]
pub struct EntityList {
    /// Each text once, with the number of its type in [`Types`], in the order of the file.
    pub entities: Vec<(String, u8)>,
    /// What was left out.
    pub warnings: Warnings,
}

impl std::fmt::Debug for EntityList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EntityList")
            .field("entities", &self.entities.len())
            .field("warnings", &self.warnings)
            .finish()
    }
}

/// Reads a list: a header with the columns `Text` and `Type`, in any order and case, and a row for each entity. Case
/// counts in the texts. Entities of other types than `types` are left out.
///
/// # Errors
/// A header or row that breaks a rule, or an input that cannot be read.
pub fn read<R: BufRead>(input: R, types: &Types) -> Result<EntityList, DataError> {
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
    let mut list = EntityList::default();
    let mut known: HashMap<String, u8> = HashMap::new();
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
            list.warnings.other_types += 1;
            continue;
        };
        match known.get(text) {
            Some(&other) => list.warnings.contradictions += u64::from(other != kind),
            None if list.entities.len() == MOST_ENTITIES => {
                let limit = MOST_ENTITIES;
                return Err(fault(Rule::TooManyEntities { limit }));
            }
            None => {
                known.insert(text.to_owned(), kind);
                list.entities.push((text.to_owned(), kind));
            }
        }
    }
    Ok(list)
}
