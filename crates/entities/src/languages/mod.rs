//! The languages: their models, and from what and how each was trained.

mod en;
mod others;

use construe_tagging::learn::Settings;
use construe_text::Language;

/// The models, in the order of [`Language::ALL`].
pub(crate) const MODELS: [&[u8]; 12] = [
    include_bytes!("../../models/en.model"),
    include_bytes!("../../models/es.model"),
    include_bytes!("../../models/fr.model"),
    include_bytes!("../../models/de.model"),
    include_bytes!("../../models/it.model"),
    include_bytes!("../../models/pt.model"),
    include_bytes!("../../models/ar.model"),
    include_bytes!("../../models/hi.model"),
    include_bytes!("../../models/ja.model"),
    include_bytes!("../../models/ko.model"),
    include_bytes!("../../models/zh.model"),
    include_bytes!("../../models/zh-TW.model"),
];

/// How a model is trained: the same data and recipe give the same bytes.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The language.
    pub language: Language,
    /// The files of annotated texts, relative to the data directory.
    pub files: &'static [&'static str],
    /// The file that says what the sources annotate, relative to the data directory.
    pub sources: &'static str,
    /// How much the texts of a source count; 1 for those not named, 0 leaves a source out.
    pub weights: &'static [(&'static str, f32)],
    /// Share of the texts with capitals of which a copy in lower case is added.
    pub lower_copies: f32,
    /// The same in upper case.
    pub upper_copies: f32,
    /// The same with a capital at every word.
    pub title_copies: f32,
    /// Groups of sources. Scores are fitted to each group as a model sees it that was trained without the group, so
    /// that they hold for texts of another kind than those of the training.
    pub unseen: &'static [&'static [&'static str]],
    /// Settings of the learner.
    pub settings: Settings,
}

/// The recipe of the model of a language.
pub fn recipe(language: Language) -> Recipe {
    match language {
        Language::En => en::recipe(),
        other => others::recipe(other),
    }
}

/// Whether dates and amounts that the grammar alone finds are reported. In Spanish, Portuguese and Japanese the sources
/// mark them so thoroughly that the tagger knows better: there F1 falls by half a point to a point and a half, elsewhere
/// it rises or stays.
pub(crate) const fn is_completed_by_grammar(language: Language) -> bool {
    !matches!(language, Language::Es | Language::Pt | Language::Ja)
}

/// Name of the model file of a language.
pub fn model_file(language: Language) -> String {
    format!("{}.model", language.code())
}
