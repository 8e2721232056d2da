//! The languages other than English.
//!
//! What the weights answer, by language, is told in `DESIGN.md`: sources that mark only what an encyclopaedia links to
//! count less, or they teach to overlook names; small sources of dates count more; Spanish and Italian, short of
//! ordinary prose, also learn from names in Portuguese and French prose.

use construe_tagging::learn::{Scheme, Settings};
use construe_text::Language;

use super::Recipe;

/// Data files and weights of sources.
type Data = (&'static [&'static str], &'static [(&'static str, f32)]);

pub(super) fn recipe(language: Language) -> Recipe {
    let (files, weights) = data(language);
    let settings = Settings {
        epochs: 6,
        dropout: 0.3,
        max_features: 130_000,
        ..Settings::default()
    };
    Recipe {
        language,
        files,
        sources: "ner/SOURCES.json",
        weights,
        lower_copies: 0.0,
        upper_copies: 0.0,
        title_copies: 0.0,
        unseen: &[],
        settings: match language {
            // Names of Chinese prose are short and follow each other without a mark between them: where one ends must be
            // said. Few of its sources mark dates, so that their absence elsewhere says nearly nothing.
            Language::Zh | Language::ZhTw => Settings {
                scheme: Scheme::Bilou,
                uncovered_prior: 0.8,
                epochs: 8,
                max_features: 80_000,
                ..settings
            },
            _ => settings,
        },
    }
}

fn data(language: Language) -> Data {
    match language {
        // English has a recipe of its own.
        Language::En => (&["ner/en/train.jsonl.gz"], &[]),
        Language::Es => (
            &[
                "ner/es/train.jsonl.gz",
                "ner/es/more-europarl-ner.jsonl.gz",
                "ner/pt/train.jsonl.gz",
                "ner/fr/more-winer-fr.jsonl.gz",
            ],
            &[
                ("multiconer1", 0.7),
                ("recognizers-datetime", 2.0),
                ("uner-bosque", 0.5),
                ("lener-br", 0.1),
                ("winer-fr", 0.2),
            ],
        ),
        Language::Fr => (
            &[
                "ner/fr/train.jsonl.gz",
                "ner/fr/more-newseye.jsonl.gz",
                "ner/fr/more-winer-fr.jsonl.gz",
            ],
            &[("recognizers-datetime", 2.0)],
        ),
        Language::De => (
            &[
                "ner/de/train.jsonl.gz",
                "ner/de/more-europarl-ner.jsonl.gz",
                "ner/de/more-newseye.jsonl.gz",
                "ner/de/more-sonar.jsonl.gz",
            ],
            &[
                ("multiconer1", 0.3),
                ("newseye", 0.3),
                ("sonar", 0.5),
                ("pmb", 0.5),
                ("xsid", 3.0),
                ("recognizers-datetime", 2.0),
            ],
        ),
        Language::It => (
            &[
                "ner/it/train.jsonl.gz",
                "ner/it/more-europarl-ner.jsonl.gz",
                "ner/pt/train.jsonl.gz",
                "ner/fr/more-winer-fr.jsonl.gz",
            ],
            &[
                ("xsid", 3.0),
                ("recognizers-datetime", 2.0),
                ("uner-bosque", 0.3),
                ("winer-fr", 0.3),
                ("lener-br", 0.1),
            ],
        ),
        Language::Pt => (&["ner/pt/train.jsonl.gz"], &[("recognizers-datetime", 2.0)]),
        Language::Ar => (
            &["ner/ar/train.jsonl.gz"],
            &[("xsid", 3.0), ("recognizers-datetime", 2.0)],
        ),
        Language::Hi => (&["ner/hi/train.jsonl.gz"], &[("recognizers-datetime", 2.0)]),
        Language::Ja => (
            &["ner/ja/train.jsonl.gz"],
            &[("xsid", 3.0), ("recognizers-datetime", 2.0)],
        ),
        Language::Ko => (
            &["ner/ko/train.jsonl.gz"],
            &[("multiconer1", 0.3), ("recognizers-datetime", 2.0)],
        ),
        Language::Zh => (
            &["ner/zh/train.jsonl.gz"],
            &[("xsid", 3.0), ("recognizers-datetime", 2.0)],
        ),
        // The features are the same for both scripts. The sentences of the two treebanks too: with both of them, what
        // is held out in one script would be learnt in the other.
        Language::ZhTw => (
            &["ner/zh-TW/train.jsonl.gz", "ner/zh/train.jsonl.gz"],
            &[("uner-gsdsimp", 0.0), ("xsid", 3.0), ("recognizers-datetime", 2.0)],
        ),
    }
}
