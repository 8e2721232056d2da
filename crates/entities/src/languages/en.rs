//! English.

use construe_tagging::learn::Settings;
use construe_text::Language;

use super::Recipe;

pub(super) fn recipe() -> Recipe {
    Recipe {
        language: Language::En,
        files: &[
            "ner/en/train.jsonl.gz",
            "ner/en/more-docred.jsonl.gz",
            "ner/en/more-europarl-ner.jsonl.gz",
            "ner/en/more-legal-ner-in.jsonl.gz",
            "ner/en/more-litbank.jsonl.gz",
            "ner/en/more-tab.jsonl.gz",
            "ner/en/more-tweebank-ner.jsonl.gz",
        ],
        sources: "ner/SOURCES.json",
        weights: &[],
        lower_copies: 0.15,
        upper_copies: 0.06,
        title_copies: 0.03,
        unseen: &[
            &[
                "gum",
                "wnut17",
                "sec-filings",
                "tab",
                "europarl-ner",
                "crossner-politics",
            ],
            &[
                "tweebank-ner",
                "litbank",
                "legal-ner-in",
                "uner-ewt",
                "crossner-music",
                "crossner-science",
            ],
        ],
        settings: Settings {
            dropout: 0.4,
            uncovered_prior: 0.2,
            max_features: 300_000,
            ..Settings::default()
        },
    }
}
