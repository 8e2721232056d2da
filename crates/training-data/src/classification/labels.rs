//! From the first column to labels.

use crate::classification::{DEFAULT_DELIMITER, Format, LONGEST_LABEL, Mode};
use crate::error::Rule;
use crate::warnings::Warnings;

/// The labels of a column, in the order in which they stand there, each once.
pub(crate) fn split<'r>(column: &'r str, format: &Format, warnings: &mut Warnings) -> Result<Vec<&'r str>, Rule> {
    let mut labels = Vec::new();
    match format.mode {
        Mode::MultiClass => {
            let label = checked(column, warnings)?;
            warnings.delimiters_in_classes += u64::from(label.contains(DEFAULT_DELIMITER));
            labels.push(label);
        }
        Mode::MultiLabel => {
            for label in column.split(format.delimiter) {
                add(checked(label, warnings)?, &mut labels, warnings);
            }
        }
    }
    Ok(labels)
}

/// Adds a label unless it is there.
pub(crate) fn add<L: PartialEq>(label: L, labels: &mut Vec<L>, warnings: &mut Warnings) {
    if labels.contains(&label) {
        warnings.repeated_labels += 1;
    } else {
        labels.push(label);
    }
}

/// A label without the white space around it.
pub(crate) fn checked<'r>(label: &'r str, warnings: &mut Warnings) -> Result<&'r str, Rule> {
    let trimmed = label.trim();
    if trimmed.is_empty() {
        return Err(Rule::EmptyLabel);
    }
    if trimmed.chars().any(char::is_control) {
        return Err(Rule::ControlInLabel);
    }
    if trimmed.len() > LONGEST_LABEL && trimmed.chars().nth(LONGEST_LABEL).is_some() {
        return Err(Rule::LabelTooLong { limit: LONGEST_LABEL });
    }
    warnings.spaces_around_labels += u64::from(trimmed.len() < label.len());
    Ok(trimmed)
}
