//! Types of entities.

use crate::error::Rule;

/// The most types of a model.
pub const MOST_TYPES: usize = 25;

/// The longest name of a type, in characters.
pub const LONGEST_TYPE: usize = 64;

/// The types that a model is trained to find, numbered in the order in which they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Types {
    names: Vec<String>,
}

impl Types {
    /// The types of these names; one that stands there twice counts once.
    ///
    /// # Errors
    /// More than [`MOST_TYPES`], none, or a name that breaks the API's rules.
    pub fn new<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Result<Types, Rule> {
        let mut all: Vec<String> = Vec::new();
        for name in names {
            let name = name.as_ref();
            if !is_type(name) {
                return Err(Rule::EntityType);
            }
            if all.iter().any(|other| other == name) {
                continue;
            }
            if all.len() == MOST_TYPES {
                return Err(Rule::TooManyTypes { limit: MOST_TYPES });
            }
            all.push(name.to_owned());
        }
        if all.is_empty() {
            return Err(Rule::EntityType);
        }
        Ok(Types { names: all })
    }

    /// The names, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many there are, from 1 to [`MOST_TYPES`].
    #[expect(clippy::len_without_is_empty, reason = "there is always a type")]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The number of a type.
    pub fn find(&self, name: &str) -> Option<u8> {
        let found = self.names.iter().position(|other| other == name)?;
        u8::try_from(found).ok()
    }

    /// The number of the type in a column: `None` for a type that was not asked for.
    pub(crate) fn read(&self, column: &str) -> Result<Option<u8>, Rule> {
        // The guide's own examples have spaces there.
        let name = column.trim();
        match self.find(name) {
            None if !is_type(name) => Err(Rule::EntityType),
            found => Ok(found),
        }
    }
}

/// Whether the API would accept the name: neither line breaks, tabs and commas nor the escaped forms of the first two.
fn is_type(name: &str) -> bool {
    let length = name.chars().count();
    (1..=LONGEST_TYPE).contains(&length)
        && name.trim().len() == name.len()
        && !name.contains(['\n', '\r', '\t', ','])
        && !["\\n", "\\r", "\\t"].iter().any(|escaped| name.contains(escaped))
}
