//! Normal forms of tokens, for features and look-ups.
//!
//! One token at a time: spans are reported in tokens, so what happens inside one never has to be mapped back.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use crate::tokens::Token;

/// Replaces `out` by the normal form of a token: one code point for each letter where there is one, no full-width or
/// presentation forms, ASCII digits, plain quotes and dashes. Letters keep their case. Marks that writers may leave out
/// (Arabic vowels and elongation, the Devanagari nukta, joiners, soft hyphens) are dropped, as are the differences
/// between the Arabic forms of alef, final yeh and teh marbuta that are not written consistently.
///
/// Never empty for a token that is not.
pub fn normalize(text: &str, token: Token, out: &mut String) {
    out.clear();
    let surface = token.of(text);
    if token.class.is_ascii() {
        out.push_str(surface);
        return;
    }
    let plain = |c: &char| !is_dropped(*c);
    if is_nfkc_quick(surface.chars()) == IsNormalized::Yes {
        out.extend(surface.chars().filter(plain).map(unify));
    } else {
        // Composition first, or a dropped mark would leave the letter that it makes.
        out.extend(surface.nfkc().filter(plain).map(unify));
        // Ligatures of Arabic words and the like come apart into several words: no token holds a space.
        out.retain(|c| !c.is_whitespace());
    }
    if out.is_empty() {
        out.push_str(surface);
    }
}

/// Replaces `out` by the normal form of a token in lower case.
pub fn normalize_lower(text: &str, token: Token, out: &mut String) {
    if token.class.is_ascii() {
        out.clear();
        out.push_str(token.of(text));
        out.make_ascii_lowercase();
        return;
    }
    normalize(text, token, out);
    if token.class.has_upper() {
        lower(out);
    }
}

/// Lower case, letter by letter: no dotted capital İ comes apart, no final sigma is told from others.
fn lower(text: &mut String) {
    let lowered: String = text
        .chars()
        .map(|c| {
            let mut lowered = c.to_lowercase();
            lowered.next().unwrap_or(c)
        })
        .collect();
    *text = lowered;
}

const fn is_dropped(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{640}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e8}'
        | '\u{6ea}'..='\u{6ed}' | '\u{93c}')
}

const fn unify(c: char) -> char {
    match c {
        '\u{660}'..='\u{669}' => digit(c, 0x660),
        '\u{6f0}'..='\u{6f9}' => digit(c, 0x6f0),
        '\u{966}'..='\u{96f}' => digit(c, 0x966),
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ة' => 'ه',
        'ک' => 'ك',
        // Chandrabindu and anusvara change places in print.
        '\u{901}' => '\u{902}',
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2032}' | '\u{2bc}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '«' | '»' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        _ => c,
    }
}

const fn digit(c: char, zero: u32) -> char {
    (b'0' + (c as u32 - zero) as u8) as char
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tokenize;
    use proptest::prelude::*;

    fn normal_forms(text: &str) -> (String, String) {
        let mut tokens = Vec::new();
        tokenize(text, &mut tokens);
        let (mut kept, mut lowered) = (String::new(), String::new());
        normalize(text, tokens[0], &mut kept);
        normalize_lower(text, tokens[0], &mut lowered);
        (kept, lowered)
    }

    #[test]
    fn forms() {
        for (text, kept, lowered) in [
            ("Paris", "Paris", "paris"),
            ("ＡＢＣ１２", "ABC12", "abc12"),
            ("E\u{301}TE\u{301}", "ÉTÉ", "été"),
            ("ﾊﾟ", "パ", "パ"),
            ("\u{1112}\u{1161}\u{11ab}", "한", "한"),
            ("مُحَمَّـد", "محمد", "محمد"),
            ("إلى", "الي", "الي"),
            ("القاهرة", "القاهره", "القاهره"),
            ("२०१५", "2015", "2015"),
            ("फ़िल्म", "फिल्म", "फिल्म"),
            ("’", "'", "'"),
            ("–", "-", "-"),
            ("ﬁlm", "film", "film"),
            ("İstanbul", "İstanbul", "istanbul"),
            ("co\u{ad}operate", "cooperate", "cooperate"),
            ("\u{64e}", "\u{64e}", "\u{64e}"),
        ] {
            assert_eq!(normal_forms(text), (kept.to_owned(), lowered.to_owned()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_token_never_vanishes(text in any::<String>()) {
            let mut tokens = Vec::new();
            tokenize(&text, &mut tokens);
            let mut out = String::new();
            for token in tokens {
                normalize(&text, token, &mut out);
                prop_assert!(!out.is_empty());
                normalize_lower(&text, token, &mut out);
                prop_assert!(!out.is_empty());
            }
        }
    }
}
