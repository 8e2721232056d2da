//! Folding of letters to a case-less, accent-less ASCII form, for look-ups in word lists.
//!
//! Only matching sees folded text; spans are always reported in the original text, so nothing here has to
//! keep an alignment. One letter folds to one byte (`ß` to `s`, `æ` to `a`), which keeps folding a table look-up.

/// Folded letters of U+00C0 to U+024F; `?` where the character is no Latin letter.
const LATIN: &[u8; 400] = b"\
    aaaaaaaceeeeiiiidnooooo?ouuuuytsaaaaaaaceeeeiiiidnooooo?ouuuuytyaaaaaaccccccccdd\
    ddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllll??llnnnnnnnnnoooooooorrrrrrssssss\
    ssttttttuuuuuuuuuuuuwwyyyzzzzzzs???????????????e??f?????????????oo?????????????u\
    u????????????????????????????aaiioouuuuuuuuuu?aaaa????ggkkoooo??j???gg??nnaa????\
    aaaaeeeeiiiioooorrrruuuusstt??hh??????aaeeooooooooyy????????????????????????????\
";

/// Folded letters of U+1E00 to U+1EFF.
const LATIN_ADDITIONAL: &[u8; 256] = b"\
    aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooo\
    oooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy????s?\
    aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuu\
    uuyyyyyyyy??????\
";

/// The folded form of one character: a lower-case ASCII letter or digit, or `None` for anything else.
#[inline]
pub fn fold_char(c: char) -> Option<u8> {
    let code = c as u32;
    let folded = match code {
        0..=0x7f => {
            let byte = c as u8;
            return byte.is_ascii_alphanumeric().then(|| byte.to_ascii_lowercase());
        }
        0xc0..=0x24f => LATIN[(code - 0xc0) as usize],
        0x1e00..=0x1eff => LATIN_ADDITIONAL[(code - 0x1e00) as usize],
        _ => return None,
    };
    (folded != b'?').then_some(folded)
}

/// Hands the folded form of `word` to `sink`, piece by piece. Letters outside Latin scripts are kept in lower case,
/// combining marks and punctuation are dropped, so `"Nováčková"` and `"NOVACKOVA"` give the same key.
pub fn fold_with(word: &str, mut sink: impl FnMut(&[u8])) {
    for c in word.chars() {
        if let Some(byte) = fold_char(c) {
            sink(&[byte]);
        } else if !c.is_ascii() && c.is_alphanumeric() {
            for lower in c.to_lowercase() {
                let mut buffer = [0; 4];
                sink(lower.encode_utf8(&mut buffer).as_bytes());
            }
        }
    }
}

/// Appends the folded form of `word` to `out`, see [`fold_with`].
pub fn fold_into(word: &str, out: &mut Vec<u8>) {
    fold_with(word, |folded| out.extend_from_slice(folded));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(word: &str) -> String {
        let mut out = Vec::new();
        fold_into(word, &mut out);
        String::from_utf8(out).expect("folding writes UTF-8")
    }

    #[test]
    fn accents_case_and_marks_fold_away() {
        for (word, key) in [
            ("Nováčková", "novackova"),
            ("MÚÑIZ", "muniz"),
            ("O'Brien", "obrien"),
            ("Kulaksızoğlu", "kulaksizoglu"),
            ("Ødegård", "odegard"),
            ("Nguyễn", "nguyen"),
            ("e\u{301}te\u{301}", "ete"),
            ("Łukasz", "lukasz"),
            ("Иванов", "иванов"),
            ("x²", "x²"),
        ] {
            assert_eq!(folded(word), key, "{word}");
        }
    }
}
