//! Dates, times and quantities that the grammars find, as marks for the tagger.
//!
//! The grammars say what an expression is; how far it goes, and whether it is an entity at all, differs from guideline to
//! guideline, and that the tagger learns. Both readings are marked, each by its kind and by its group.

use construe_recognizers::expressions::{Expression, Expressions, Group, Reading, Scratch};
use construe_tagging::{Document, Marks};

/// Marks of single kinds begin here, three for each.
const KINDS: u32 = 1000;
/// Marks of groups begin here.
const GROUPS: u32 = 1100;

/// Memory that one search at a time works in.
#[derive(Default)]
pub struct ExpressionScratch {
    scratch: Scratch,
    found: Vec<Expression>,
}

impl ExpressionScratch {
    /// What the last document held, in the order of its beginnings.
    pub(super) fn found(&self) -> &[Expression] {
        &self.found
    }
}

/// Marks the expressions of a document.
pub(super) fn mark(
    expressions: &Expressions,
    scratch: &mut ExpressionScratch,
    document: &Document<'_>,
    out: &mut Marks,
) {
    scratch.found.clear();
    expressions.find(
        &mut scratch.scratch,
        document.text,
        document.language,
        &mut scratch.found,
    );
    for expression in &scratch.found {
        let tokens = document.tokens_in(expression.span.start..expression.span.end);
        let reading = match expression.reading {
            Reading::Both => 0,
            Reading::Wide => 1,
            Reading::Narrow => 2,
        };
        out.add(tokens.clone(), KINDS + expression.kind as u32 * 3 + reading);
        if expression.kind.is_plain_number() {
            continue;
        }
        let group = u32::from(expression.kind.group() == Group::Quantity);
        for of in [Reading::Wide, Reading::Narrow] {
            if expression.reading.is_part_of(of) {
                out.add(tokens.clone(), GROUPS + group * 2 + u32::from(of == Reading::Wide));
            }
        }
    }
}
