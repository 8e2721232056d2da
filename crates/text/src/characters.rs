//! Classes of characters, as far as tokens, sentences and tagging features need them.

/// The writing system of a character or a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Script {
    /// Digits, marks and symbols, which all scripts share.
    #[default]
    Common,
    /// Latin letters, full-width ones among them.
    Latin,
    /// Arabic letters.
    Arabic,
    /// Devanagari letters.
    Devanagari,
    /// Chinese characters, in whichever language.
    Han,
    /// Hiragana.
    Hiragana,
    /// Katakana, half-width ones among them.
    Katakana,
    /// Hangul syllables and letters.
    Hangul,
    /// Letters of any other script.
    Other,
}

impl Script {
    /// Whether each character of this script is a token of its own.
    pub const fn is_split(self) -> bool {
        matches!(self, Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul)
    }
}

/// What a character does to the token it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Ends a token and belongs to none.
    Space,
    /// A space that ends the line.
    LineBreak,
    /// Invisible, belongs to no token, and no space either: direction marks.
    Invisible,
    /// Belongs to the character before it: combining marks, joiners, variation selectors.
    Attached,
    /// Part of a word of that script.
    Letter(Script),
    /// Part of a word of any script.
    Digit,
    /// A token of its own, of a script without spaces.
    Character(Script),
    /// A token of its own.
    Mark,
}

/// The role of a character outside ASCII.
pub(crate) fn role(c: char) -> Role {
    match c {
        // The letters that fill whole texts first.
        '\u{c0}'..='\u{17f}' if c != '×' && c != '÷' => Role::Letter(Script::Latin),
        '\u{4e00}'..='\u{9fff}' => Role::Character(Script::Han),
        '\u{ac00}'..='\u{d7a3}' => Role::Character(Script::Hangul),
        '\u{904}'..='\u{939}' | '\u{958}'..='\u{961}' => Role::Letter(Script::Devanagari),
        '\u{93a}'..='\u{93c}' | '\u{93e}'..='\u{94f}' | '\u{900}'..='\u{903}' => Role::Attached,
        '\u{620}'..='\u{64a}' => Role::Letter(Script::Arabic),
        '\u{85}' | '\u{2028}' | '\u{2029}' => Role::LineBreak,
        '\u{200b}' | '\u{feff}' => Role::Space,
        '\u{80}'..='\u{9f}' => Role::Space,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' => Role::Invisible,
        // Soft hyphen, joiners, variation selectors, tags, skin tones.
        '\u{ad}'
        | '\u{200c}'
        | '\u{200d}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0000}'..='\u{e01ef}'
        | '\u{1f3fb}'..='\u{1f3ff}' => Role::Attached,
        // Voiced sound marks of kana, vowels and finals of decomposed Hangul.
        '\u{3099}' | '\u{309a}' | '\u{ff9e}' | '\u{ff9f}' => Role::Attached,
        '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}' => Role::Attached,
        '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{309f}' => Role::Character(Script::Hiragana),
        '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9d}' => {
            Role::Character(Script::Katakana)
        }
        '\u{1100}'..='\u{115f}' | '\u{a960}'..='\u{a97f}' | '\u{3131}'..='\u{318e}' | '\u{ffa1}'..='\u{ffdc}' => {
            Role::Character(Script::Hangul)
        }
        '\u{3400}'..='\u{4dbf}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3021}'..='\u{3029}'
        | '\u{2e80}'..='\u{2fdf}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Role::Character(Script::Han),
        _ if c.is_whitespace() => Role::Space,
        _ if is_combining(c) => Role::Attached,
        // No, digits in a ring and the like are no digits here; superscripts and fractions are.
        _ if c.is_numeric() => Role::Digit,
        _ if c.is_alphabetic() => Role::Letter(letter_script(c)),
        _ => Role::Mark,
    }
}

fn letter_script(c: char) -> Script {
    match c {
        '\u{aa}'..='\u{24f}'
        | '\u{250}'..='\u{2af}'
        | '\u{1e00}'..='\u{1eff}'
        | '\u{2c60}'..='\u{2c7f}'
        | '\u{a720}'..='\u{a7ff}'
        | '\u{fb00}'..='\u{fb06}'
        | '\u{ff21}'..='\u{ff3a}'
        | '\u{ff41}'..='\u{ff5a}' => Script::Latin,
        '\u{600}'..='\u{6ff}'
        | '\u{750}'..='\u{77f}'
        | '\u{870}'..='\u{8ff}'
        | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}' => Script::Arabic,
        '\u{900}'..='\u{97f}' | '\u{a8e0}'..='\u{a8ff}' => Script::Devanagari,
        _ => Script::Other,
    }
}

/// Combining marks of the scripts in use; vowel signs count as letters already, except in Arabic and Hebrew.
fn is_combining(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}'
        | '\u{5c4}' | '\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{730}'..='\u{74a}' | '\u{8d3}'..='\u{8e1}' | '\u{8e3}'..='\u{8ff}'
        | '\u{951}'..='\u{957}' | '\u{962}' | '\u{963}' | '\u{9bc}' | '\u{9cd}'
        | '\u{a3c}' | '\u{a4d}' | '\u{abc}' | '\u{acd}' | '\u{b3c}' | '\u{b4d}' | '\u{bcd}' | '\u{c4d}'
        | '\u{cbc}' | '\u{ccd}' | '\u{d4d}' | '\u{dca}' | '\u{e47}'..='\u{e4e}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}
