//! Runs: the words that may be one name, read by their shapes and the gazetteer.

use crate::document::{Document, Language, Term};
use crate::gazetteer::{Entry, Gazetteer};
use crate::tags::Tags;

/// The most words of a name.
pub(super) const MAX_WORDS: usize = 7;

/// One word of a run, weighed.
#[derive(Clone, Copy, Default)]
pub(super) struct Piece {
    /// How likely a given name, a surname, from 0 to 1.
    pub(super) given: f32,
    pub(super) surname: f32,
    /// In no list at all.
    pub(super) unknown: bool,
    /// A single capital letter.
    pub(super) initial: bool,
    /// A particle such as `van`.
    pub(super) particle: bool,
    /// How common as a word, see [`Entry::word`].
    pub(super) word: u8,
}

impl Piece {
    pub(super) fn best(&self) -> f32 {
        self.given.max(self.surname)
    }
}

/// A run of name-like words.
pub(super) struct Run {
    pub(super) pieces: [Piece; MAX_WORDS],
    pub(super) len: usize,
    /// Index of the word after the last one.
    pub(super) next: usize,
    /// One past the last byte.
    pub(super) end: usize,
    /// A word of a company or institution belongs to the run.
    pub(super) organisation: bool,
}

impl Run {
    /// Reads a run from word `index`. With `any_case`, words without capitals count too, if they are names.
    pub(super) fn read(document: &Document<'_>, gazetteer: &Gazetteer, index: usize, any_case: bool) -> Option<Run> {
        Run::read_in(document, gazetteer, index, any_case, false)
    }

    /// Reads a run after a title: the first word may be any that is also a name, `Mr. Good`.
    pub(super) fn read_titled(document: &Document<'_>, gazetteer: &Gazetteer, index: usize) -> Option<Run> {
        let first = document.terms.get(index)?;
        let field = first.tags.any(Tags::NOT_A_NAME) && first.is_single();
        Run::read_in(document, gazetteer, index, true, field)
    }

    /// Reads a run in the field of a label: there, ordinary words that are also names count as names.
    pub(super) fn read_field(document: &Document<'_>, gazetteer: &Gazetteer, index: usize) -> Option<Run> {
        Run::read_in(document, gazetteer, index, true, true)
    }

    fn read_in(
        document: &Document<'_>,
        gazetteer: &Gazetteer,
        index: usize,
        any_case: bool,
        field: bool,
    ) -> Option<Run> {
        let mut run = Run {
            pieces: [Piece::default(); MAX_WORDS],
            len: 0,
            next: index,
            end: 0,
            organisation: false,
        };
        let mut at = index;
        let first = document.terms.get(index)?;
        // `van den Bosch` after a title.
        let particles = any_case
            && first.tags.any(Tags::PARTICLE)
            && first.shape.is_lower()
            && first.len() > 1
            && particle_leads_on(document, index, true);
        let cased = first.shape.starts_upper() || particles;
        if !cased && !any_case {
            return None;
        }
        while run.len < MAX_WORDS {
            let Some(term) = document.terms.get(at) else { break };
            if at > index && !joins(document, at, run.pieces[run.len - 1].initial) {
                break;
            }
            if !term.shape.is_letters() {
                break;
            }
            let gap = document.gap_before(at);
            // Parts of `Si-woo` are no words of their own.
            let hyphen = at > index && gap == b"-"
                || document.byte_at(term.end()) == b'-'
                    && document
                        .terms
                        .get(at + 1)
                        .is_some_and(|next| next.start() == term.end() + 1 && next.shape.is_letters());
            let one_letter = document.word(term).chars().nth(1).is_none();
            let apostrophe = matches!(document.byte_at(term.end()), b'\'' | 0xe2);
            let dotted = document.byte_at(term.end()) == b'.';
            let initial = one_letter && term.shape.starts_upper() && (dotted || leads_to_capital(document, at))
                || is_initial(document, term)
                || one_letter && !cased && dotted;
            let piece = if one_letter && apostrophe && !term.shape.has_digit() {
                Piece {
                    particle: true,
                    ..Piece::default()
                }
            } else if initial {
                Piece {
                    initial: true,
                    ..Piece::default()
                }
            } else if at > index && cased && term.shape.starts_upper() && hyphen && term.tags.any(Tags::PARTICLE) {
                // `El-Sayed`
                Piece {
                    particle: true,
                    ..Piece::default()
                }
            } else if (at > index || particles) && term.tags.any(Tags::PARTICLE) && term.shape.is_lower() {
                let after_particle = run.len > 0 && run.pieces[run.len - 1].particle;
                if at > index && !after_particle && !particle_leads_on(document, at, cased) {
                    break;
                }
                Piece {
                    particle: true,
                    ..Piece::default()
                }
            } else if cased && !term.shape.starts_upper() && !hyphen {
                break;
            } else {
                if at > index
                    && term.tags.any(Tags::NAME_SUFFIX)
                    && (cased || matches!(document.word(term), "jr" | "sr"))
                {
                    run.add(
                        document,
                        at,
                        Piece {
                            particle: true,
                            ..Piece::default()
                        },
                    );
                    // Before a capital the stop ends a sentence.
                    let ends =
                        document.byte_at(run.end + 1) == b' ' && document.byte_at(run.end + 2).is_ascii_uppercase();
                    if document.byte_at(run.end) == b'.'
                        && matches!(document.word(term), "Jr" | "Sr" | "jr" | "sr")
                        && !ends
                    {
                        run.end += 1;
                    }
                    break;
                }
                let entry = gazetteer.entry(document.word(term));
                let mut piece = weigh(entry, document.language, term.shape.is_ascii());
                // `Ha-eun`: nothing else is written so.
                if hyphen
                    && document.byte_at(term.end()) == b'-'
                    && document.byte_at(term.end() + 1).is_ascii_lowercase()
                {
                    piece.given = piece.given.max(if cased { 0.8 } else { 0.4 });
                }
                let stop = term.tags.any(Tags::NOT_A_NAME | Tags::MONTH | Tags::WEEKDAY) && term.is_single() && !hyphen;
                // `Robert May`, `Leo Z. Will`: a word can be a surname where one is due.
                let due = run.len > 0
                    && run.pieces[0].given > 0.5
                    && (piece.surname > 0.05 || run.pieces[run.len - 1].initial)
                    && !term.tags.any(Tags::TITLE);
                let named = field && cased && piece.best() > 0.05;
                let allowed = named || cased && (due || piece.best() > 0.6);
                if stop && !allowed {
                    break;
                }
                // A label of what comes next.
                if at > index && term.tags.any(Tags::CUES) && piece.best() < if field { 0.15 } else { 0.4 } && !hyphen {
                    break;
                }
                let good = run.len >= 2 && run.pieces[..run.len].iter().any(|piece| piece.best() > 0.4);
                if good
                    && cased
                    && SERVICES
                        .iter()
                        .any(|service| document.word(term).to_lowercase() == *service)
                {
                    break;
                }
                // An abbreviation behind a name is something else: `Maurice Rector ARP`.
                if at > index
                    && cased
                    && term.shape.is_upper()
                    && term.len() > 1
                    && !document.terms[index].shape.is_upper()
                    && document.terms[index].len() > 1
                {
                    break;
                }
                let organisation = term.tags.any(Tags::COMPANY) || term.tags.any(Tags::INSTITUTION) && !field;
                if organisation && (piece.surname < 0.5 || term.tags.any(Tags::COMPANY)) && cased {
                    run.organisation = true;
                }
                if term.tags.any(Tags::TITLE)
                    && at > index
                    && piece.best() < 0.15
                    && (dotted
                        && document.terms.get(at + 1).is_some_and(|next| {
                            document.gap_before(at + 1) == b". "
                                && next.shape.starts_upper()
                                && !next.tags.any(Tags::NOT_A_NAME)
                        })
                        || leads_to_capital(document, at))
                {
                    break;
                }
                let later = at > index && !hyphen;
                if !cased
                    && !hyphen
                    && (piece.best() < 0.15 && !piece.unknown
                        || later && piece.unknown && !field && !run.pieces[run.len - 1].particle
                        || piece.word > 38 && piece.best() < 0.5
                        || organisation)
                {
                    break;
                }
                piece
            };
            run.add(document, at, piece);
            at += 1;
        }
        // No particle and no initial at the end.
        while run.len > 0
            && (run.pieces[run.len - 1].particle && !document.terms[run.next - 1].tags.any(Tags::NAME_SUFFIX)
                || run.pieces[run.len - 1].initial)
        {
            run.len -= 1;
            run.next -= 1;
            run.end = document.terms[run.next.saturating_sub(1)].end();
        }
        if run.len == 0 {
            return None;
        }
        if run.next < document.terms.len() {
            // `Page & Co`, `Huff, LLC`, `Baker and Sons Ltd`.
            let gap = document.gap_before(run.next);
            let after = &document.terms[run.next];
            if (matches!(gap, b" & " | b", " | b" ")
                && after.tags.any(Tags::COMPANY)
                && after.shape.starts_upper() == cased)
                || (gap == b" & "
                    && document
                        .terms
                        .get(run.next + 1)
                        .is_some_and(|term| term.tags.any(Tags::COMPANY)))
            {
                run.organisation = true;
            }
        }
        Some(run)
    }

    fn add(&mut self, document: &Document<'_>, index: usize, piece: Piece) {
        self.pieces[self.len] = piece;
        self.len += 1;
        self.next = index + 1;
        self.end = document.terms[index].end();
    }
}

/// How likely a word is one kind of name: its commonness as a name against that as a word, both in eighths of a
/// decade.
pub(super) fn strength(level: u8, word: u8) -> f32 {
    let name = match level {
        0 => return 0.0,
        1 => 17.0,
        2 => 22.0,
        level => 24.0 + 2.4 * f32::from(level - 3),
    };
    let word = f32::from(word.max(12));
    let ratio = name - word;
    if ratio < -4.0 {
        0.08
    } else {
        (0.3 + ratio * 0.07).clamp(0.2, 1.0)
    }
}

/// Words with accents are no English words, whatever they fold to.
fn weigh(entry: Entry, language: Language, ascii: bool) -> Piece {
    let word = if ascii { entry.word(language) } else { entry.spanish };
    Piece {
        given: strength(entry.given, word),
        surname: strength(entry.surname, word),
        unknown: entry.given == 0 && entry.surname == 0 && word == 0,
        initial: false,
        particle: false,
        word,
    }
}

/// Whether the word is a capital letter, or two, with a stop: `J.`, `Cz.`
pub(super) fn is_initial(document: &Document<'_>, term: &Term) -> bool {
    let characters = document.word(term).chars().count();
    // `Cz.` and `Sz.` stand for one letter; `Ko.` ends a sentence.
    let cluster = || {
        characters == 2
            && term.shape.has_lower()
            && !document
                .word(term)
                .contains(['a', 'e', 'i', 'o', 'u', 'y', 'A', 'E', 'I', 'O', 'U', 'Y'])
            && !term.tags.any(Tags::TITLE | Tags::NAME_SUFFIX)
    };
    term.shape.starts_upper() && document.byte_at(term.end()) == b'.' && (characters == 1 || cluster())
}

/// Whether a capital word follows the one at `index` on the same line.
fn leads_to_capital(document: &Document<'_>, index: usize) -> bool {
    document.gap_before(index + 1) == b" "
        && document.terms.get(index + 1).is_some_and(|next| {
            next.shape.starts_upper() && next.shape.is_letters() && !next.tags.any(Tags::NOT_A_NAME)
        })
        && !matches!(document.word(&document.terms[index]), "I" | "A" | "Y" | "O" | "E")
}

/// Whether the word at `index` goes on with the run.
fn joins(document: &Document<'_>, index: usize, after_initial: bool) -> bool {
    match document.gap_before(index) {
        b" " | b"-" | b"'" | b"\xe2\x80\x99" | b"\xc2\xa0" => true,
        b". " | b"." => after_initial,
        _ => false,
    }
}

/// Whether particles from word `index` lead on to a name: `van der Meulen`.
pub(super) fn particle_leads_on(document: &Document<'_>, index: usize, cased: bool) -> bool {
    for at in index..(index + 3).min(document.terms.len()) {
        let term = &document.terms[at];
        if at > index && !matches!(document.gap_before(at), b" " | b"'" | b"-" | b"\xe2\x80\x99") {
            return false;
        }
        if term.tags.any(Tags::PARTICLE) && term.shape.is_lower() {
            // `y` and `e` join two surnames in Spanish, and two people: only in the middle, once.
            if matches!(document.word(term), "y" | "e" | "a" | "o" | "al" | "el" | "las" | "los") && at == index {
                return false;
            }
            continue;
        }
        return term.shape.starts_upper() == cased
            && !term.tags.any(Tags::NOT_A_NAME | Tags::COUNTRY | Tags::INSTITUTION);
    }
    false
}

/// Words that begin the name of a department or house that employs the person named before.
const SERVICES: &[&str] = &[
    "servicio",
    "hospital",
    "universidad",
    "departamento",
    "sección",
    "unidad",
    "centro",
    "clínica",
    "instituto",
    "consulta",
    "facultad",
    "complejo",
    "fundación",
    "consorcio",
    "institut",
    "department",
];
