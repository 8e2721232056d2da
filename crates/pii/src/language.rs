//! The languages of the engine.

use std::str::FromStr;

/// A language that the engine analyses. Its words and layouts are looked for in texts of either, since forms and
/// people mix them; the language is part of the interface so that models of one language can differ.
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
