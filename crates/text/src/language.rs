//! The languages that the engines read.

/// A language with an engine of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English.
    En,
    /// Spanish.
    Es,
    /// French.
    Fr,
    /// German.
    De,
    /// Italian.
    It,
    /// Portuguese.
    Pt,
    /// Arabic.
    Ar,
    /// Hindi.
    Hi,
    /// Japanese.
    Ja,
    /// Korean.
    Ko,
    /// Chinese in simplified script.
    Zh,
    /// Chinese in traditional script.
    ZhTw,
}

impl Language {
    /// All languages, in the order of their declaration.
    pub const ALL: [Language; 12] = [
        Language::En,
        Language::Es,
        Language::Fr,
        Language::De,
        Language::It,
        Language::Pt,
        Language::Ar,
        Language::Hi,
        Language::Ja,
        Language::Ko,
        Language::Zh,
        Language::ZhTw,
    ];

    /// The language of a code as clients write it, such as `en` or `zh-TW`. Case counts.
    pub fn from_code(code: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The code of the language, as clients write it.
    pub const fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Es => "es",
            Language::Fr => "fr",
            Language::De => "de",
            Language::It => "it",
            Language::Pt => "pt",
            Language::Ar => "ar",
            Language::Hi => "hi",
            Language::Ja => "ja",
            Language::Ko => "ko",
            Language::Zh => "zh",
            Language::ZhTw => "zh-TW",
        }
    }

    /// Whether names begin and end inside runs of letters, so that a token is one character: Japanese and Chinese have
    /// no spaces, Korean adds its particles to the name.
    pub const fn is_written_in_characters(self) -> bool {
        matches!(self, Language::Ja | Language::Ko | Language::Zh | Language::ZhTw)
    }

    /// Whether the usual script tells upper from lower case.
    pub const fn has_case(self) -> bool {
        matches!(
            self,
            Language::En | Language::Es | Language::Fr | Language::De | Language::It | Language::Pt
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_languages_are_one_to_one() {
        for language in Language::ALL {
            assert_eq!(Language::from_code(language.code()), Some(language));
        }
        for code in ["", "EN", "zh-tw", "zh_TW", "xx", "english"] {
            assert_eq!(Language::from_code(code), None, "{code}");
        }
    }
}
