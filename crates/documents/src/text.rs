/// Why the bytes of a document are not a text to analyse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Longer than the limit, in bytes.
    #[error("the document is longer than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the document is not UTF-8")]
    NotUtf8,
}

/// The text of a document that consists of `bytes`.
pub fn text(bytes: &[u8], limit: u64) -> Result<&str, DocumentError> {
    if bytes.len() as u64 > limit {
        return Err(DocumentError::TooLarge { limit });
    }
    simdutf8::basic::from_utf8(bytes).map_err(|_| DocumentError::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_is_judged_before_encoding_and_a_byte_order_mark_stays() {
        assert_eq!(text(b"\xff\xff", 1), Err(DocumentError::TooLarge { limit: 1 }));
        assert_eq!(text(b"\xff", 1), Err(DocumentError::NotUtf8));
        // A surrogate half, encoded as if it were a character.
        assert_eq!(text(b"\xed\xa0\x80", 9), Err(DocumentError::NotUtf8));
        assert_eq!(text("\u{feff}é".as_bytes(), 5), Ok("\u{feff}é"));
        assert_eq!(text(b"", 0), Ok(""));
    }
}
