//! Ages of people: a quantity with its unit, or a bare number where only an age can stand.

use construe_text::Span;

use crate::candidate::{Candidate, Kind};
use crate::context::Context;
use crate::document::Document;
use crate::tags::Tags;

/// The highest age in years.
const MAX_YEARS: u32 = 125;

/// Adds the candidates of `document` to `out`. Names already found in it tell ages set off by commas.
pub fn find(document: &Document<'_>, out: &mut Vec<Candidate>) {
    let numeric = document
        .numeric
        .iter()
        .filter_map(|&index| at(document, index as usize));
    let spelled = (1..document.terms.len()).filter_map(|index| spelled_out(document, index));
    out.extend(
        numeric
            .chain(spelled)
            .filter(|(_, score)| *score >= crate::REPORTED)
            .map(|(span, score)| Candidate {
                kind: Kind::Age,
                span,
                score,
            }),
    );
}

/// `siete años`, `two years old`: the unit is word `index`.
fn spelled_out(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    const NUMBERS: &str = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|\
        seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|un|una|dos|tres|cuatro|cinco|seis|siete|\
        ocho|nueve|diez|once|doce|trece|catorce|quince|dieciséis|diecisiete|dieciocho|diecinueve|veinte|treinta|cuarenta|\
        cincuenta|sesenta|setenta|ochenta|noventa";
    let unit = &document.terms[index];
    if !unit.tags.any(Tags::AGE_UNIT) || unit.len() < 3 || !matches!(document.gap_before(index), b" " | b"-") {
        return None;
    }
    let number = &document.terms[index - 1];
    let word = document.word(number);
    let known = NUMBERS.split('|').any(|known| known == word);
    if !known {
        return None;
    }
    let score = quantity(document, index - 1, number.start(), unit.end())?;
    Some((Span::new(number.start(), unit.end()), score))
}

/// Ages after a name: `Ann Smith, 29, of`. `name_ends` are ends of names, ascending.
pub fn after_names(document: &Document<'_>, name_ends: &[usize], out: &mut Vec<Candidate>) {
    let bytes = document.bytes();
    for &end in name_ends {
        let rest = &bytes[end..];
        if !(rest.starts_with(b", ") || rest.starts_with(b" (")) {
            continue;
        }
        let open = 2;
        let digits = rest[open..]
            .iter()
            .take(4)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let close = rest.get(open + digits).copied().unwrap_or(b'\n');
        let follows = rest.get(open + digits + 1).copied().unwrap_or(b'\n');
        let closed = if rest[1] == b'(' {
            digits >= 2 && close == b')'
        } else {
            matches!(close, b',' | b'.' | b';' | b'\n' | b')') && !follows.is_ascii_digit()
        };
        let years = rest[open..open + digits]
            .iter()
            .fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
        if (1..=3).contains(&digits) && (1..=MAX_YEARS).contains(&years) && closed {
            out.push(Candidate {
                kind: Kind::Age,
                span: Span::new(end + open, end + open + digits),
                score: 0.85,
            });
        }
    }
}

fn at(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let term = &document.terms[index];
    let (start, end) = (term.start(), term.end());
    if !term.shape.is_digits() {
        return joined_unit(document, index);
    }
    if term.len() > 3
        || matches!(document.byte_before(start), b'/' | b'#' | b'.')
        || document.is_money(start)
        || document.is_fraction(start)
    {
        return None;
    }
    let value: u32 = document.word(term).parse().ok()?;
    if value == 0 && term.len() > 1 {
        return None;
    }
    let next = document.byte_at(end);
    // `34/F`, `Age/Sex: 25/M`
    let sexed = next == b'/'
        && matches!(document.byte_at(end + 1), b'M' | b'F' | b'm' | b'f')
        && !document.byte_at(end + 2).is_ascii_alphanumeric();
    if sexed && value <= MAX_YEARS && value > 0 && term.len() <= 3 {
        let cue = Context::around(document, index, start, end).support(Tags::AGE);
        return Some((Span::new(start, end), 0.7 + 0.25 * cue));
    }
    if matches!(next, b'%' | b'/')
        || document.has_fraction(end)
        || (next == b':' && document.byte_at(end + 1).is_ascii_digit())
    {
        return None;
    }
    let gap = document.gap_before(index + 1);
    // `40 years old`, `93-year-old`, `72 años`.
    if let Some(unit) = document.terms.get(index + 1)
        && unit.tags.any(Tags::AGE_UNIT)
        && matches!(gap, b" " | b"-" | b"  " | b"\xc2\xa0" | b" - ")
        && value <= MAX_YEARS * 12
        && document.word(unit) != "a"
    {
        let unit_end = unit.end();
        let score = quantity(document, index, start, unit_end)?;
        return Some((Span::new(start, unit_end), score));
    }
    if value > MAX_YEARS || term.len() == 3 && value < 100 {
        return None;
    }
    let attached = document.byte_before(start) == b'-' || next == b'-';
    if attached && document.byte_at(end + 1).is_ascii_alphanumeric() {
        return None;
    }
    let context = Context::around(document, index, start, end);
    let cue = context.support(Tags::AGE);
    let followed_by_word = document
        .terms
        .get(index + 1)
        .is_some_and(|word| gap == b" " && word.shape.is_lower() && !FOLLOWING.contains(&document.word(word)));
    let previous = index.checked_sub(1).map(|at| &document.terms[at]);
    let age_before = index >= 1
        && (1..=3).any(|back| {
            index
                .checked_sub(back)
                .is_some_and(|at| document.terms[at].tags.any(Tags::AGE))
        });
    if cue > 0.9 && age_before {
        return Some((Span::new(start, end), if followed_by_word { 0.75 } else { 0.97 }));
    }
    // `my son, 12, goes to school`
    if let Some(previous) = previous
        && document.gap_before(index) == b", "
        && next == b','
        && !attached
        && value >= 1
        && RELATIVES.contains(&document.word(previous))
    {
        return Some((Span::new(start, end), 0.8));
    }
    // `I am 31 and`, `she turned 40.`
    if let Some(previous) = previous
        && document.gap_before(index) == b" "
        && !followed_by_word
        && !attached
        && value >= 2
    {
        let pronoun = index >= 2 && {
            let subject = document.word(&document.terms[index - 2]).to_ascii_lowercase();
            matches!(subject.as_str(), "i" | "he" | "she" | "who" | "i'm")
                || (document.word(previous) == "m" && subject == "i")
                || (document.word(previous) == "s" && matches!(subject.as_str(), "he" | "she" | "who"))
        };
        let verb = document.word(previous).to_ascii_lowercase();
        let closed = matches!(
            document.byte_at(end),
            b'.' | b',' | b';' | b'!' | b'?' | b'\n' | b')' | b'\r'
        ) || document
            .terms
            .get(index + 1)
            .is_some_and(|word| FOLLOWING.contains(&document.word(word)));
        if closed && pronoun && matches!(verb.as_str(), "am" | "is" | "m" | "s" | "was" | "turned" | "turns") {
            return Some((Span::new(start, end), 0.8));
        }
        if closed && matches!(verb.as_str(), "turned" | "turns" | "turning" | "aged") {
            return Some((Span::new(start, end), 0.75));
        }
    }
    None
}

/// People whose age may stand between commas.
const RELATIVES: &[&str] = &[
    "son",
    "daughter",
    "wife",
    "husband",
    "mother",
    "father",
    "brother",
    "sister",
    "man",
    "woman",
    "boy",
    "girl",
    "grandmother",
    "grandfather",
    "grandson",
    "granddaughter",
    "niece",
    "nephew",
    "uncle",
    "aunt",
    "cousin",
    "partner",
    "fiancé",
    "fiancée",
    "girlfriend",
    "boyfriend",
    "child",
    "hijo",
    "hija",
    "esposa",
    "esposo",
    "marido",
    "madre",
    "padre",
    "hermano",
    "hermana",
    "hombre",
    "mujer",
    "niño",
    "niña",
];

/// Words that may follow an age without making it a number of something.
const FOLLOWING: &[&str] = &[
    "and",
    "or",
    "who",
    "was",
    "is",
    "but",
    "with",
    "when",
    "now",
    "y",
    "he",
    "she",
    "male",
    "female",
    "has",
    "had",
    "from",
    "of",
    "at",
    "m",
    "f",
    "in",
    "on",
    "as",
    "years",
    "según",
    "de",
    "because",
    "so",
    "today",
    "yrs",
    "last",
    "next",
    "this",
    "yesterday",
    "tomorrow",
];

/// `45yo`, `3y`: number and unit in one word.
fn joined_unit(document: &Document<'_>, index: usize) -> Option<(Span, f32)> {
    let term = &document.terms[index];
    let word = document.word(term);
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let unit = &word[digits..];
    let value: u32 = word[..digits].parse().ok()?;
    let old = match unit {
        "yo" | "YO" | "años" => true,
        "y" | "yr" | "yrs" | "mo" if value <= MAX_YEARS => {
            document.text[term.end()..].starts_with("/o") || document.text[term.end()..].starts_with(" old")
        }
        _ => false,
    };
    (old && (1..=3).contains(&digits) && value <= MAX_YEARS).then(|| (Span::new(term.start(), term.end()), 0.9))
}

/// How likely a quantity of time at `start..end` is an age and not a duration.
fn quantity(document: &Document<'_>, index: usize, start: usize, end: usize) -> Option<f32> {
    let text = document.text;
    let rest = &text[end..];
    let lower_rest: String = rest.chars().take(16).collect::<String>().to_lowercase();
    let old = ["-old", " old", " of age", "-olds", " de edad", " olds", " de vida"]
        .iter()
        .any(|ending| lower_rest.starts_with(ending));
    let unit = document.word(&document.terms[index + 1]).to_lowercase();
    if old {
        return Some(0.97);
    }
    if matches!(unit.as_str(), "yo" | "y/o") {
        return Some(0.92);
    }
    if unit == "y" {
        return lower_rest.starts_with("/o").then_some(0.92);
    }
    let context = Context::around(document, index, start, end);
    if context.support(Tags::AGE) > 0.9 {
        return Some(0.95);
    }
    let spanish = matches!(unit.as_str(), "años" | "año" | "meses" | "mes" | "días" | "semanas");
    if !spanish {
        return None;
    }
    // Spanish gives ages without `old`: `paciente de 74 años`, `tiene 72 años`. What remains are durations.
    let after = [
        "de evolución",
        "después",
        "antes",
        "de duración",
        "de prisión",
        "de seguimiento",
        "de tratamiento",
        "de experiencia",
        "de antigüedad",
        "consecutivos",
        "atrás",
        "más tarde",
        "de garantía",
        "de supervivencia",
    ];
    let tail = rest.trim_start();
    if after.iter().any(|word| tail.starts_with(word)) {
        return None;
    }
    let previous = |back: usize| {
        index
            .checked_sub(back)
            .map_or("", |at| document.word(&document.terms[at]))
    };
    let one = previous(1).to_lowercase();
    let two = previous(2).to_lowercase();
    let three = previous(3).to_lowercase();
    let years = matches!(unit.as_str(), "años" | "año");
    let person = |word: &str| {
        [
            "paciente",
            "varón",
            "mujer",
            "hombre",
            "niño",
            "niña",
            "años",
            "hijo",
            "hija",
            "joven",
            "anciano",
            "anciana",
            "señora",
            "señor",
            "adolescente",
            "lactante",
            "chico",
            "chica",
            "hermano",
            "hermana",
            "padre",
            "madre",
            "bebé",
            "enfermo",
            "enferma",
            "persona",
            "mujer,",
            "edad",
        ]
        .contains(&word)
    };
    match one.as_str() {
        "tiene" | "tengo" | "tenía" | "cumplió" | "cumplir" | "con" | "cumple" if years => Some(0.85),
        "de" if person(&two) || two == "edad" => Some(0.95),
        // `mujer ecuatoriana de 65 años`
        "de" if years && person(&three) => Some(0.9),
        "de" if years && document.gap_before(index - 1).contains(&b',') => Some(0.85),
        "los" if years && matches!(two.as_str(), "a" | "desde" | "de") => Some(0.6),
        _ if person(&one) => Some(0.85),
        _ => None,
    }
}
