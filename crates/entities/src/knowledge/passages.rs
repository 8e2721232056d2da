//! What stands in quotation marks or in brackets: titles of works often do, and abbreviations.

use construe_tagging::{Document, Marks};

/// Marks of passages begin here.
const QUOTED: u32 = 1200;
const BRACKETED: u32 = 1201;

/// Longer passages are speech or asides, no names.
const LONGEST: usize = 12;

/// Marks quoted and bracketed passages.
pub(super) fn mark(document: &Document<'_>, out: &mut Marks) {
    for sentence in document.sentences {
        let (mut quote, mut bracket) = (None, None);
        for token in sentence.clone() {
            if document.tokens[token].class.is_word() {
                continue;
            }
            let open = |since: Option<usize>| since.filter(|&start| (1..=LONGEST).contains(&(token - start - 1)));
            match document.token(token) {
                "\"" | "“" | "”" | "„" | "«" | "»" | "「" | "」" | "『" | "』" | "《" | "》" => {
                    if let Some(start) = open(quote) {
                        out.add(start + 1..token, QUOTED);
                        quote = None;
                    } else {
                        quote = Some(token);
                    }
                }
                "(" | "（" => bracket = Some(token),
                ")" | "）" => {
                    if let Some(start) = open(bracket) {
                        out.add(start + 1..token, BRACKETED);
                    }
                    bracket = None;
                }
                _ => {}
            }
        }
    }
}
