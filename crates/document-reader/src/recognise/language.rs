//! Which language a recognised text is in, as far as that decides which data would have read it
//! better. The caller may not know, or may know the language of a model and not of this page.

/// Frequent short words that the others of these languages do not have, or hardly, by Tesseract's name
/// of the language. Without accents where a reader of English would miss them.
const FREQUENT: [(&str, &[&str]); 6] = [
    (
        "eng",
        &[
            "the", "of", "and", "to", "is", "that", "with", "was", "are", "this", "be", "we", "by", "from", "your",
        ],
    ),
    (
        "spa",
        &[
            "el", "los", "las", "del", "y", "por", "su", "una", "para", "con", "toda", "sus", "persona", "como", "sin",
        ],
    ),
    (
        "deu",
        &[
            "der", "und", "das", "ist", "auf", "mit", "von", "den", "ein", "nicht", "dem", "des", "oder", "wird", "zu",
        ],
    ),
    (
        "fra",
        &[
            "les", "des", "et", "une", "est", "dans", "du", "pour", "au", "sur", "ses", "ou", "qui", "aux", "tout",
        ],
    ),
    (
        "ita",
        &[
            "il",
            "di",
            "che",
            "della",
            "gli",
            "una",
            "per",
            "nel",
            "ogni",
            "con",
            "dei",
            "alla",
            "sono",
            "individuo",
            "ha",
        ],
    ),
    (
        "por",
        &[
            "os", "das", "do", "uma", "em", "ao", "dos", "com", "pela", "seu", "sua", "todo", "nos", "ou", "toda",
        ],
    ),
];
/// Frequent words that a text must have before it is judged by them.
const ENOUGH: usize = 8;

/// Tesseract's name of the language of a text, if its words tell.
pub(super) fn of_words<'a>(words: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    let mut counts = [0_usize; FREQUENT.len()];
    for word in words {
        let word = word
            .trim_matches(|character: char| !character.is_alphanumeric())
            .to_lowercase();
        for (count, (_, frequent)) in counts.iter_mut().zip(FREQUENT) {
            *count += usize::from(frequent.contains(&word.as_str()));
        }
    }
    let (best, count) = counts.iter().enumerate().max_by_key(|(_, count)| **count)?;
    // Ahead of the second by half, as related languages share words.
    let second = counts
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != best)
        .map(|(_, count)| *count)
        .max()?;
    (*count >= ENOUGH && *count * 2 > second * 3).then_some(FREQUENT[best].0)
}

/// Tesseract's name of the language most often written in a script, by its name for the script.
pub(super) fn of_script(script: &str) -> Option<&'static str> {
    match script {
        "Japanese" | "Hiragana" | "Katakana" => Some("jpn"),
        "Han" => Some("chi_sim"),
        "Korean" | "Hangul" => Some("kor"),
        "Arabic" => Some("ara"),
        "Devanagari" => Some("hin"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<&'static str> {
        of_words(text.split_whitespace())
    }

    #[test]
    fn sentences_tell_their_language() {
        let cases = [
            (
                "eng",
                "We have closed your account and moved the balance to the one that is named by you. Write to us if any of the details are wrong.",
            ),
            (
                "spa",
                "Toda persona tiene los derechos y libertades proclamados en esta declaracion, sin distincion, por el origen de su familia, para si y con los suyos.",
            ),
            (
                "deu",
                "Jeder hat das Recht auf Leben und Freiheit der Person. Niemand darf der Folter oder grausamer Strafe unterworfen und nicht von den anderen getrennt werden. Das ist mit dem Gesetz.",
            ),
            (
                "fra",
                "Tous les etres naissent libres et egaux dans la dignite et les droits. Une personne est dans son droit pour les siens, sur le sol du pays et au dehors.",
            ),
            (
                "ita",
                "Ogni individuo ha diritto alla vita e che gli sia data una patria per la famiglia, nel paese di origine della madre.",
            ),
            (
                "por",
                "Todo ser humano tem direito ao trabalho e a uma vida com os seus, em seu pais, e nos termos do acordo das nacoes, dos povos.",
            ),
        ];
        for (language, text) in cases {
            assert_eq!(of(text), Some(language), "{text}");
        }
    }

    #[test]
    fn little_text_and_lists_tell_nothing() {
        assert_eq!(of("Invoice 2024-0317 Steel spade 4 £28.50"), None);
        assert_eq!(of(""), None);
    }
}
