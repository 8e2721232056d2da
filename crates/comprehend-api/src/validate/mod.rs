//! Constraint rules as data, and the check of a request against them.
//!
//! The check runs on the decoded JSON, before any typed struct exists, because the answer must name
//! every violation at once and a typed decoder stops at the first. Types are checked first
//! ([`check_types`]), constraints second ([`check_constraints`]), as the service does: a wrong type
//! is a SerializationException, a broken constraint a ValidationException.

mod report;
mod rule;

pub use report::{Violations, enum_violation};
pub use rule::{ListRule, Member, Pattern, Rule, Shape, StringRule, optional, required};

use crate::error::ApiError;
use report::{Path, Segment};
use serde_json::Value;

/// Refuses JSON types that do not fit the shape. Unknown members are ignored and `null` is absence.
pub fn check_types(shape: &'static Shape, request: &Value) -> Result<(), ApiError> {
    type_of(&Rule::Structure(shape), request, &mut Path::default())
}

fn type_of(rule: &Rule, value: &Value, path: &mut Path) -> Result<(), ApiError> {
    let expected = match (rule, value) {
        (_, Value::Null) => return Ok(()),
        (Rule::String(_) | Rule::Blob { .. }, Value::String(_)) => return Ok(()),
        (Rule::Integer { .. }, Value::Number(number)) if number.is_i64() || number.is_u64() => return Ok(()),
        (Rule::Timestamp, Value::Number(_)) => return Ok(()),
        (Rule::List(list), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                path.within(Segment::Item(index), |path| type_of(list.member, item, path))?;
            }
            return Ok(());
        }
        (Rule::Structure(shape), Value::Object(object)) => {
            for member in shape.members {
                if let Some(value) = object.get(member.name) {
                    path.within(Segment::Member(member.name), |path| type_of(&member.rule, value, path))?;
                }
            }
            return Ok(());
        }
        (Rule::String(_), _) => "a string",
        (Rule::Integer { .. }, _) => "an integer",
        (Rule::Timestamp, _) => "a number of seconds since 1970",
        (Rule::Blob { .. }, _) => "a string in base64",
        (Rule::List(_), _) => "a list",
        (Rule::Structure(_), _) => "a structure",
    };
    Err(ApiError::serialization(format!(
        "Expected {expected} {path}, found {}.",
        json_type(value)
    )))
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a structure",
    }
}

/// Checks every constraint of a request whose types are right.
pub fn check_constraints(shape: &'static Shape, request: &Value) -> Result<(), ApiError> {
    let mut violations = Violations::default();
    collect(&Rule::Structure(shape), request, &mut Path::default(), &mut violations);
    violations.into_result()
}

fn collect(rule: &Rule, value: &Value, path: &mut Path, violations: &mut Violations) {
    match (rule, value) {
        (Rule::String(rule), Value::String(text)) => collect_string(rule, text, path, violations),
        (Rule::Integer { min, max }, Value::Number(number)) => {
            // Beyond i64 only on the upper side: `check_types` lets no other number through.
            let integer = number.as_i64().unwrap_or(i64::MAX);
            if let Some(min) = min.filter(|&min| integer < min) {
                violations.add(
                    number,
                    path,
                    format!("Member must have value greater than or equal to {min}"),
                );
            }
            if let Some(max) = max.filter(|&max| integer > max) {
                violations.add(
                    number,
                    path,
                    format!("Member must have value less than or equal to {max}"),
                );
            }
        }
        (Rule::Blob { min }, Value::String(base64)) => {
            // Four characters for three bytes, or for what is left of three; padding need not be there.
            let bytes = base64.trim_end_matches('=').len() * 3 / 4;
            for constraint in length_constraints(*min, None, bytes) {
                violations.add_sensitive(path, constraint);
            }
        }
        (Rule::List(rule), Value::Array(items)) => {
            for constraint in length_constraints(rule.min, rule.max, items.len()) {
                if rule.sensitive {
                    violations.add_sensitive(path, constraint);
                } else {
                    violations.add(value, path, constraint);
                }
            }
            for (index, item) in items.iter().enumerate() {
                path.within(Segment::Item(index), |path| match item {
                    Value::Null => violations.add_missing(path),
                    item => collect(rule.member, item, path, violations),
                });
            }
        }
        (Rule::Structure(shape), Value::Object(object)) => {
            for member in shape.members {
                path.within(Segment::Member(member.name), |path| match object.get(member.name) {
                    None | Some(Value::Null) if member.required => violations.add_missing(path),
                    None | Some(Value::Null) => {}
                    Some(value) => collect(&member.rule, value, path, violations),
                });
            }
        }
        // A wrong type, refused by `check_types` before; or a timestamp, which has no constraint.
        _ => {}
    }
}

fn collect_string(rule: &StringRule, text: &str, path: &Path, violations: &mut Violations) {
    let mut add = |constraint: String| {
        if rule.sensitive {
            violations.add_sensitive(path, constraint);
        } else {
            violations.add(&text, path, constraint);
        }
    };
    let length = text.chars().count();
    for constraint in length_constraints(rule.min, rule.max, length) {
        add(constraint);
    }
    if let Some(pattern) = rule.pattern.filter(|pattern| !pattern.matches(text)) {
        add(format!(
            "Member must satisfy regular expression pattern: {}",
            pattern.text
        ));
    }
    if !rule.values.is_empty() && !rule.values.contains(&text) {
        add(report::enum_constraint(rule.values));
    }
    // Not in the models, but no database or object store takes it in a name; documents may hold it.
    if !rule.sensitive && text.contains('\0') {
        add("Member must not contain the character U+0000".to_owned());
    }
}

fn length_constraints(min: Option<usize>, max: Option<usize>, length: usize) -> impl Iterator<Item = String> {
    let too_short = min
        .filter(|&min| length < min)
        .map(|min| format!("Member must have length greater than or equal to {min}"));
    let too_long = max
        .filter(|&max| length > max)
        .map(|max| format!("Member must have length less than or equal to {max}"));
    too_short.into_iter().chain(too_long)
}

#[cfg(test)]
mod tests;
