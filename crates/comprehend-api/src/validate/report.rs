//! Violations and their text, in the form that clients of the service know.

use crate::error::{ApiError, ErrorCode};
use std::fmt;

/// Values are cut here when echoed, in code points: enough to recognise a mistyped setting.
const SHOWN_VALUE_CHARS: usize = 128;
/// More violations than this are counted but not listed.
const LISTED_VIOLATIONS: usize = 40;

pub(super) enum Segment {
    Member(&'static str),
    /// Counted from 0; shown from 1.
    Item(usize),
}

/// Where the walk through a request stands.
#[derive(Default)]
pub(super) struct Path(Vec<Segment>);

impl Path {
    pub(super) fn within<T>(&mut self, segment: Segment, visit: impl FnOnce(&mut Self) -> T) -> T {
        self.0.push(segment);
        let result = visit(self);
        self.0.pop();
        result
    }
}

/// `at 'inputDataConfig.s3Uri'`, `at 'tags.1.member.key'`; `at the top level` for the request itself.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("at the top level");
        }
        f.write_str("at '")?;
        for (depth, segment) in self.0.iter().enumerate() {
            if depth > 0 {
                f.write_str(".")?;
            }
            match segment {
                Segment::Member(name) => {
                    let (first, rest) = name.split_at(1);
                    write!(f, "{}{rest}", first.to_ascii_lowercase())?;
                }
                Segment::Item(index) => write!(f, "{}.member", index + 1)?,
            }
        }
        f.write_str("'")
    }
}

/// The violations of one request.
#[derive(Default)]
pub struct Violations {
    listed: Vec<String>,
    count: usize,
}

impl Violations {
    pub(super) fn add(&mut self, value: &dyn fmt::Display, path: &Path, constraint: String) {
        self.push(|| {
            format!(
                "Value '{}' {path} failed to satisfy constraint: {constraint}",
                shorten(value)
            )
        });
    }

    pub(super) fn add_sensitive(&mut self, path: &Path, constraint: String) {
        self.push(|| format!("Value {path} failed to satisfy constraint: {constraint}"));
    }

    pub(super) fn add_missing(&mut self, path: &Path) {
        self.push(|| format!("Value null {path} failed to satisfy constraint: Member must not be null"));
    }

    fn push(&mut self, text: impl FnOnce() -> String) {
        self.count += 1;
        if self.listed.len() < LISTED_VIOLATIONS {
            self.listed.push(text());
        }
    }

    /// A ValidationException naming all violations, if there are any.
    pub(super) fn into_result(self) -> Result<(), ApiError> {
        if self.count == 0 {
            return Ok(());
        }
        let plural = if self.count == 1 { "" } else { "s" };
        let unlisted = self.count - self.listed.len();
        let more = if unlisted == 0 {
            String::new()
        } else {
            format!("; and {unlisted} more")
        };
        let message = format!(
            "{} validation error{plural} detected: {}{more}",
            self.count,
            self.listed.join("; ")
        );
        Err(ApiError::new(ErrorCode::ValidationException, message))
    }
}

pub(super) fn enum_constraint(values: &[&str]) -> String {
    format!("Member must satisfy enum value set: [{}]", values.join(", "))
}

/// The error for a value that the shape allows but the operation does not.
pub fn enum_violation(member: &'static str, value: &str, allowed: &[&str]) -> ApiError {
    let mut violations = Violations::default();
    let mut path = Path::default();
    path.within(Segment::Member(member), |path| {
        violations.add(&value, path, enum_constraint(allowed))
    });
    violations.into_result().expect_err("one violation was added")
}

fn shorten(value: &dyn fmt::Display) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
