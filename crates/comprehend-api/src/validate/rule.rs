//! The vocabulary in which a request shape's constraints are written down.

use regex::Regex;
use std::sync::OnceLock;

/// A structure: its members in the model's order, which is also the order of reported violations.
#[derive(Debug)]
pub struct Shape {
    pub members: &'static [Member],
}

#[derive(Debug)]
pub struct Member {
    /// As on the wire: upper camel case.
    pub name: &'static str,
    pub required: bool,
    pub rule: Rule,
}

pub const fn required(name: &'static str, rule: Rule) -> Member {
    Member {
        name,
        required: true,
        rule,
    }
}

pub const fn optional(name: &'static str, rule: Rule) -> Member {
    Member {
        name,
        required: false,
        rule,
    }
}

#[derive(Debug)]
pub enum Rule {
    String(StringRule),
    Integer {
        min: Option<i64>,
        max: Option<i64>,
    },
    /// Seconds since 1970, fractions allowed.
    Timestamp,
    /// Bytes, on the wire in base64. Never echoed: they are a document.
    Blob {
        /// Bytes.
        min: Option<usize>,
    },
    List(ListRule),
    Structure(&'static Shape),
}

#[derive(Debug)]
pub struct ListRule {
    pub member: &'static Rule,
    pub min: Option<usize>,
    pub max: Option<usize>,
    /// A list of texts: never echoed in a message.
    pub sensitive: bool,
}

impl ListRule {
    pub const fn of(member: &'static Rule) -> Self {
        Self {
            member,
            min: None,
            max: None,
            sensitive: false,
        }
    }

    pub const fn min(mut self, min: usize) -> Self {
        self.min = Some(min);
        self
    }

    pub const fn max(mut self, max: usize) -> Self {
        self.max = Some(max);
        self
    }

    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }
}

/// Constraints of a string; lengths count Unicode code points.
#[derive(Debug)]
pub struct StringRule {
    pub min: Option<usize>,
    pub max: Option<usize>,
    pub pattern: Option<&'static Pattern>,
    /// The enum's names; empty for a free string.
    pub values: &'static [&'static str],
    /// Document text: never echoed in a message.
    pub sensitive: bool,
}

impl StringRule {
    pub const fn new() -> Self {
        Self {
            min: None,
            max: None,
            pattern: None,
            values: &[],
            sensitive: false,
        }
    }

    pub const fn min(mut self, min: usize) -> Self {
        self.min = Some(min);
        self
    }

    pub const fn max(mut self, max: usize) -> Self {
        self.max = Some(max);
        self
    }

    pub const fn pattern(mut self, pattern: &'static Pattern) -> Self {
        self.pattern = Some(pattern);
        self
    }

    pub const fn one_of(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }

    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }
}

impl Default for StringRule {
    fn default() -> Self {
        Self::new()
    }
}

/// A pattern in the model's own spelling, matched against the whole value in linear time.
#[derive(Debug)]
pub struct Pattern {
    pub text: &'static str,
    /// The same in the syntax of this language's expressions, which have no look-around.
    equivalent: &'static str,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    pub const fn new(text: &'static str) -> Self {
        Self::written(text, text)
    }

    /// The model's `text`, which `equivalent` says without look-around.
    pub const fn written(text: &'static str, equivalent: &'static str) -> Self {
        Self {
            text,
            equivalent,
            compiled: OnceLock::new(),
        }
    }

    pub fn matches(&self, value: &str) -> bool {
        let compile = || {
            let anchored = format!(r"\A(?:{})\z", self.equivalent);
            Regex::new(&anchored).expect("patterns are constants, and a test compiles each of them")
        };
        self.compiled.get_or_init(compile).is_match(value)
    }
}
