//! What has a vector.

use construe_text::{Script, Token, normalize_lower, pieces, simplified, tokenize};

/// Hands the units of a text to `each`: words in their normal form and lower case, where the syllables of Korean between
/// two spaces are one word, and pairs of neighbouring characters of scripts without spaces, see [`pair`].
pub fn each_unit(text: &str, mut each: impl FnMut(&str)) {
    let mut tokens: Vec<Token> = Vec::new();
    let mut unit = String::new();
    for piece in pieces(text) {
        let piece = &text[piece];
        tokens.clear();
        tokenize(piece, &mut tokens);
        // The character before, if nothing is between.
        let mut before: Option<Token> = None;
        let mut at = 0;
        while at < tokens.len() {
            let mut token = tokens[at];
            at += 1;
            if token.script.is_split() && token.script != Script::Hangul {
                if let Some(first) = before
                    && first.end == token.start
                {
                    pair(&piece[first.start as usize..token.end as usize], &mut unit);
                    each(&unit);
                }
                before = Some(token);
                continue;
            }
            before = None;
            if token.script == Script::Hangul {
                while let Some(next) = tokens.get(at)
                    && next.script == Script::Hangul
                    && !next.class.space_before()
                    && next.start == token.end
                {
                    token.end = next.end;
                    at += 1;
                }
            }
            if token.class.is_word() {
                normalize_lower(piece, token, &mut unit);
                each(&unit);
            }
        }
    }
}

/// Replaces `out` by the unit of two neighbouring characters: traditional ones are written as simplified ones.
pub fn pair(characters: &str, out: &mut String) {
    out.clear();
    out.extend(characters.chars().map(simplified));
}
