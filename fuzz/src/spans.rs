//! What holds for the spans of any text.

/// A span in both units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offsets {
    /// First code point.
    pub start: usize,
    /// One past the last code point.
    pub end: usize,
    /// First byte.
    pub byte_start: usize,
    /// One past the last byte.
    pub byte_end: usize,
}

/// Checks that spans lie in the text, on character boundaries, are not empty, in order and apart, and that their
/// code points belong to their bytes. Reads the text once.
///
/// # Errors
/// What does not hold.
pub fn check_spans(text: &str, spans: impl IntoIterator<Item = Offsets>) -> Result<(), String> {
    let (mut free_from, mut byte, mut code_point) = (0, 0, 0);
    for span in spans {
        if span.byte_start < free_from || span.byte_end <= span.byte_start || span.byte_end > text.len() {
            return Err(format!(
                "{span:?}: out of order, overlapping, empty or outside the text"
            ));
        }
        if !text.is_char_boundary(span.byte_start) || !text.is_char_boundary(span.byte_end) {
            return Err(format!("{span:?}: not on character boundaries"));
        }
        code_point += text[byte..span.byte_start].chars().count();
        let length = text[span.byte_start..span.byte_end].chars().count();
        if (span.start, span.end) != (code_point, code_point + length) {
            return Err(format!(
                "{span:?}: code points are {code_point}..{}",
                code_point + length
            ));
        }
        (byte, code_point, free_from) = (span.byte_end, code_point + length, span.byte_end);
    }
    Ok(())
}
