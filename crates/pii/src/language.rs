//! The languages of the engine.

use std::str::FromStr;

/// A language that the engine analyses. Words and layouts of both are looked for in every text, since forms and people
/// mix them; the language says which words are ordinary and which may be names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English.
    En,
    /// Spanish.
    Es,
}

/// The code is of no language that the engine analyses.
#[derive(Debug, thiserror::Error)]
#[error("language is not one of en, es")]
pub struct UnknownLanguage;

impl Language {
    /// The code of ISO 639-1.
    pub const fn as_str(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Es => "es",
        }
    }

    /// The language as the tagger names it.
    pub(crate) const fn of_texts(self) -> construe_text::Language {
        match self {
            Language::En => construe_text::Language::En,
            Language::Es => construe_text::Language::Es,
        }
    }
}

impl From<Language> for construe_recognizers::Language {
    fn from(language: Language) -> construe_recognizers::Language {
        match language {
            Language::En => construe_recognizers::Language::English,
            Language::Es => construe_recognizers::Language::Spanish,
        }
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Language, UnknownLanguage> {
        match code {
            "en" => Ok(Language::En),
            "es" => Ok(Language::Es),
            _ => Err(UnknownLanguage),
        }
    }
}
