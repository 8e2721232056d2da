//! Personal names by gazetteer, shape and context.
//!
//! A name is a run of name-like words on one line. How name-like a word is compares how common it is as a name with
//! how common it is as a word: `Will` is mostly a word, `Rose` mostly a name. Titles and labels raise a run, words
//! of companies and institutions rule it out.

use std::collections::HashSet;

use construe_text::Span;
use construe_text::fold::fold_into;

use crate::candidate::{Candidate, Kind};
use crate::document::{Document, Term};
use crate::gazetteer::{Entry, Gazetteer};
use crate::tags::Tags;

/// The most words of a name.
const MAX_WORDS: usize = 7;

/// One word of a run, weighed.
#[derive(Clone, Copy, Default)]
struct Piece {
    /// How likely a given name, a surname, from 0 to 1.
    given: f32,
    surname: f32,
    /// In no list at all.
    unknown: bool,
    /// A single capital letter.
    initial: bool,
    /// A particle such as `van`.
    particle: bool,
    /// How common as a word, see [`Entry::word`].
    word: u8,
}

impl Piece {
    fn best(&self) -> f32 {
        self.given.max(self.surname)
    }
}

/// A run of name-like words.
struct Run {
    pieces: [Piece; MAX_WORDS],
    len: usize,
    /// Index of the word after the last one.
    next: usize,
    /// One past the last byte.
    end: usize,
    /// A word of a company or institution belongs to the run.
    organisation: bool,
}

/// What speaks for a name from outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Lead {
    None,
    /// A word that names often follow.
    Word,
    /// A phrase that announces a name.
    Cue,
    /// A label with a mark.
    Label,
    /// A title that is also an ordinary word.
    WeakTitle,
    /// A title.
    Title,
}

/// Finds names. Holds memory that is used again for the next text.
#[derive(Default)]
pub struct Finder {
    seen: HashSet<Vec<u8>>,
    key: Vec<u8>,
    single: Vec<(usize, f32)>,
}

impl Finder {
    /// Adds the names of `document` to `out`.
    pub fn find(&mut self, document: &Document<'_>, gazetteer: &Gazetteer, out: &mut Vec<Candidate>) {
        self.seen.clear();
        self.single.clear();
        let first = out.len();
        labelled(document, gazetteer, out);
        let mut index = 0;
        while index < document.terms.len() {
            let term = &document.terms[index];
            let title = term.tags.any(Tags::TITLE) && title_before(document, index);
            if title {
                let mut from = index + 1;
                // `Prof. Dr Z. Necatigil`, and in Spain `Dr. D. Xavier Pascual`.
                if title_before(document, from) && document.terms[from].tags.any(Tags::TITLE) {
                    index += 1;
                    continue;
                }
                if document.word(&document.terms[from]) == "D" && document.gap_before(from + 1) == b". " {
                    from += 1;
                }
                if let Some((end, next)) = initials_only(document, from) {
                    out.push(Candidate { kind: Kind::PersonName, span: Span::new(document.terms[from].start(), end), score: 0.85 });
                    index = next;
                    continue;
                }
                let weak = WEAK_TITLES.iter().any(|title| document.word(term).eq_ignore_ascii_case(title));
                let run = if weak { Run::read(document, gazetteer, from, true) } else { Run::read_titled(document, gazetteer, from) };
                if let Some(run) = run
                    && let Some(score) = run.score(document, from, if weak { Lead::WeakTitle } else { Lead::Title })
                    && score >= crate::REPORTED
                {
                    let mut run = run;
                    // `Doña Cervántez, Miguel`
                    if run.len == 1
                        && document.gap_before(run.next) == b", "
                        && let Some(given) = Run::read(document, gazetteer, run.next, false)
                        && given.len == 1
                        && given.pieces[0].given > 0.4
                        && matches!(document.byte_at(given.end), b',' | b' ')
                    {
                        run.end = given.end;
                        run.next = given.next;
                    }
                    push(document, from, &run, score, out);
                    index = run.next;
                    continue;
                }
                index += 1;
                continue;
            }
            if !begins(document, term) {
                index += 1;
                continue;
            }
            let Some(run) = Run::read(document, gazetteer, index, false) else {
                index += 1;
                continue;
            };
            if let Some((end, next)) = surname_first(document, gazetteer, index, &run) {
                out.push(Candidate { kind: Kind::PersonName, span: Span::new(term.start(), end), score: 0.93 });
                index = next;
                continue;
            }
            let lead = lead(document, index);
            if let Some(score) = run.score(document, index, lead) {
                let score = score - place_penalty(document, gazetteer, index, run.next, lead);
                if score >= crate::REPORTED {
                    push(document, index, &run, score, out);
                    index = run.next.max(index + 1);
                    continue;
                }
                if run.len == 1 && !run.organisation && score > 0.2 {
                    self.single.push((index, score));
                }
            }
            index = if run.organisation { run.next.max(index + 1) } else { index + 1 };
        }
        self.before_ages(document, gazetteer, out);
        self.repeated(document, first, out);
    }

    /// Names in text without capitals that an age follows: `carol henry, 46, of`.
    fn before_ages(&mut self, document: &Document<'_>, gazetteer: &Gazetteer, out: &mut Vec<Candidate>) {
        for &number in document.numeric {
            let number = number as usize;
            let Some(last) = number.checked_sub(1) else { continue };
            if !document.terms[last].shape.is_lower() || !age_follows(document, document.terms[last].end()) {
                continue;
            }
            let mut first = last;
            while first > 0 && last - first < 3 && document.gap_before(first) == b" " && document.terms[first - 1].shape.is_lower() && document.terms[first - 1].shape.is_letters() && !document.terms[first - 1].tags.any(Tags::NOT_A_NAME) {
                first -= 1;
            }
            // The longest run that begins with a given name.
            for from in first..last {
                if let Some(run) = Run::read(document, gazetteer, from, true)
                    && run.next == number
                    && run.pieces[0].given > 0.4
                    && run.pieces[run.len - 1].best() > 0.2
                {
                    out.push(Candidate { kind: Kind::PersonName, span: Span::new(document.terms[from].start(), run.end), score: 0.75 });
                    break;
                }
            }
        }
    }

    /// Single words of names that were found in full elsewhere in the text.
    fn repeated(&mut self, document: &Document<'_>, first: usize, out: &mut Vec<Candidate>) {
        if self.single.is_empty() {
            return;
        }
        for found in &out[first..] {
            let from = document.term_from(found.span.start);
            for term in document.terms[from..].iter().take_while(|term| term.end() <= found.span.end) {
                if term.len() > 2 {
                    self.key.clear();
                    fold_into(document.word(term), &mut self.key);
                    if !self.seen.contains(&self.key) {
                        self.seen.insert(self.key.clone());
                    }
                }
            }
        }
        for &(index, score) in &self.single {
            let term = &document.terms[index];
            self.key.clear();
            fold_into(document.word(term), &mut self.key);
            if self.seen.contains(&self.key) {
                out.push(Candidate { kind: Kind::PersonName, span: Span::new(term.start(), term.end()), score: (score + 0.35).clamp(0.6, 0.9) });
            }
        }
    }

    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        self.seen.capacity() * size_of::<Vec<u8>>() + self.single.capacity() * size_of::<(usize, f32)>() + self.key.capacity()
    }
}

fn push(document: &Document<'_>, index: usize, run: &Run, score: f32, out: &mut Vec<Candidate>) {
    // A part of an address or a user name.
    let next = document.byte_at(run.end);
    let attached = next == b'_' || next == b'.' && document.byte_at(run.end + 1).is_ascii_alphanumeric();
    if attached {
        return;
    }
    if score >= crate::REPORTED {
        out.push(Candidate { kind: Kind::PersonName, span: Span::new(document.terms[index].start(), run.end), score: score.min(0.97) });
    }
}

/// Whether a run may begin at this word: a capital that is not in the middle of something.
fn begins(document: &Document<'_>, term: &Term) -> bool {
    term.shape.starts_upper()
        && term.shape.is_letters()
        && !(term.tags.any(Tags::NOT_A_NAME) && term.is_single() && !term.tags.any(Tags::TITLE) && !is_initial(document, term) && document.byte_at(term.end()) != b'-')
        && !matches!(document.byte_before(term.start()), b'@' | b'#' | b'_' | b'/' | b'\\' | b'&' | b'.' | b'$' | b'<')
}

/// Whether the word is a capital letter, or two, with a stop: `J.`, `Cz.`
fn is_initial(document: &Document<'_>, term: &Term) -> bool {
    let characters = document.word(term).chars().count();
    // `Cz.` and `Sz.` stand for one letter; `Ko.` ends a sentence.
    let cluster = || characters == 2 && term.shape.has_lower() && !document.word(term).contains(['a', 'e', 'i', 'o', 'u', 'y', 'A', 'E', 'I', 'O', 'U', 'Y']) && !term.tags.any(Tags::TITLE | Tags::NAME_SUFFIX);
    term.shape.starts_upper() && document.byte_at(term.end()) == b'.' && (characters == 1 || cluster())
}

/// Titles that are also ordinary words: they need a name behind them.
const WEAK_TITLES: &[&str] = &["general", "chief", "president", "secretary", "minister", "justice", "father", "sister", "brother", "mother", "coach", "king", "queen", "prince", "princess", "lady", "lord", "saint", "mayor", "governor", "hon", "sir", "major", "col", "gen", "ing", "lic", "don", "fr", "sor", "rey", "reina", "papa", "padre", "hermano", "hermana", "doctor", "nurse", "attorney", "officer", "judge", "captain", "uncle", "aunt", "madam", "dame", "bishop", "cardinal", "emperor", "deputy", "alcalde", "presidente", "presidenta", "ministro", "ministra", "senator", "chancellor", "ambassador", "inspector", "superintendent", "sheriff", "constable", "ms", "sen", "ing"];

/// Whether the word at `index` is a title with a name to come: `Mr. `, `Dr `, `Officer `.
fn title_before(document: &Document<'_>, index: usize) -> bool {
    let Some(next) = document.terms.get(index + 1) else { return false };
    let term = &document.terms[index];
    if matches!(document.byte_before(term.start()), b'.' | b'@' | b'-' | b'_' | b'/') {
        return false;
    }
    let word = document.word(term);
    let gap = document.gap_before(index + 1);
    let short = word.len() <= 5;
    if !(gap == b" " || gap == b". " || gap == b"." && short || gap == b".  " || gap == b"  " || gap == b"\xc2\xa0") {
        return false;
    }
    if !next.shape.is_letters() || next.len() < 2 && !next.shape.starts_upper() {
        return false;
    }
    if next.len() == 1 && document.byte_at(next.end()) == b'\'' {
        return true;
    }
    if next.shape.starts_upper() {
        // `Lady` and `General` also begin other names; a lower-case title is one all the same.
        let strong = !WEAK_TITLES.iter().any(|title| word.eq_ignore_ascii_case(title));
        let opens_sentence = ["In", "The", "He", "She", "It", "We", "They", "And", "But", "If", "As", "At", "On", "For", "El", "La", "En", "Se"].contains(&document.word(next));
        return !next.tags.any(Tags::NOT_A_NAME) || next.tags.any(Tags::TITLE) || is_initial(document, next) || strong && !opens_sentence;
    }
    // In text without capitals: `dear mr. thoresen`.
    let abbreviated = matches!(word.to_ascii_lowercase().as_str(), "mr" | "mrs" | "ms" | "dr" | "sr" | "sra" | "dra" | "srta" | "don" | "doña" | "officer" | "señor" | "señora");
    if next.tags.any(Tags::PARTICLE) && next.shape.is_lower() {
        return particle_leads_on(document, index + 1, term.shape.starts_upper()) && next.len() > 1;
    }
    term.shape.is_lower() && abbreviated && !next.tags.any(Tags::NOT_A_NAME)
}

/// What stands before the word at `index`.
fn lead(document: &Document<'_>, index: usize) -> Lead {
    let Some(previous) = index.checked_sub(1) else { return Lead::None };
    let gap = document.gap_before(index);
    let before = &document.terms[previous];
    if before.tags.any(Tags::BEFORE_NAME) && matches!(gap, b" " | b", " | b",\n" | b",\n\n" | b"\n") {
        return Lead::Word;
    }
    Lead::None
}

/// What a run loses for being the name of a place.
fn place_penalty(document: &Document<'_>, gazetteer: &Gazetteer, from: usize, to: usize, lead: Lead) -> f32 {
    if lead >= Lead::Cue || to - from > 3 {
        return 0.0;
    }
    let mut key = Vec::with_capacity(32);
    for (at, term) in document.terms[from..to].iter().enumerate() {
        if at > 0 {
            key.push(b' ');
        }
        fold_into(document.word(term), &mut key);
    }
    match gazetteer.place(&key) {
        Some(place) if to - from >= 2 && place.is_city() => 0.45,
        Some(_) if to - from >= 2 => 0.2,
        Some(place) if place.is_city() => {
            let entry = gazetteer.entry(document.word(&document.terms[from]));
            // `Mary` is a city too.
            if strength(entry.given, entry.word()) > 0.9 { 0.08 } else { 0.25 }
        }
        Some(_) => 0.05,
        None => 0.0,
    }
}

/// How likely a word is one kind of name: its commonness as a name against that as a word, both in eighths of a
/// decade.
fn strength(level: u8, word: u8) -> f32 {
    let name = match level {
        0 => return 0.0,
        1 => 17.0,
        2 => 22.0,
        level => 24.0 + 2.4 * f32::from(level - 3),
    };
    let word = f32::from(word.max(12));
    let ratio = name - word;
    if ratio < -4.0 { 0.08 } else { (0.3 + ratio * 0.07).clamp(0.2, 1.0) }
}

/// Words with accents are no English words, whatever they fold to.
fn weigh(entry: Entry, ascii: bool) -> Piece {
    let word = if ascii { entry.word() } else { entry.spanish };
    Piece {
        given: strength(entry.given, word),
        surname: strength(entry.surname, word),
        unknown: entry.given == 0 && entry.surname == 0 && word == 0,
        initial: false,
        particle: false,
        word,
    }
}

impl Run {
    /// Reads a run from word `index`. With `any_case`, words without capitals count too, if they are names.
    fn read(document: &Document<'_>, gazetteer: &Gazetteer, index: usize, any_case: bool) -> Option<Run> {
        Run::read_in(document, gazetteer, index, any_case, false)
    }

    /// Reads a run after a title: the first word may be any that is also a name, `Mr. Good`.
    fn read_titled(document: &Document<'_>, gazetteer: &Gazetteer, index: usize) -> Option<Run> {
        let first = document.terms.get(index)?;
        let field = first.tags.any(Tags::NOT_A_NAME) && first.is_single();
        Run::read_in(document, gazetteer, index, true, field)
    }

    /// Reads a run in the field of a label: there, ordinary words that are also names count as names.
    fn read_field(document: &Document<'_>, gazetteer: &Gazetteer, index: usize) -> Option<Run> {
        Run::read_in(document, gazetteer, index, true, true)
    }

    fn read_in(document: &Document<'_>, gazetteer: &Gazetteer, index: usize, any_case: bool, field: bool) -> Option<Run> {
        let mut run = Run { pieces: [Piece::default(); MAX_WORDS], len: 0, next: index, end: 0, organisation: false };
        let mut at = index;
        let cased = document.terms.get(index)?.shape.starts_upper();
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
            let hyphen = at > index && gap == b"-" || document.byte_at(term.end()) == b'-' && document.terms.get(at + 1).is_some_and(|next| next.start() == term.end() + 1 && next.shape.is_letters());
            let one_letter = document.word(term).chars().nth(1).is_none();
            let apostrophe = matches!(document.byte_at(term.end()), b'\'' | 0xe2);
            let dotted = document.byte_at(term.end()) == b'.';
            let initial = one_letter && term.shape.starts_upper() && (dotted || leads_to_capital(document, at)) || is_initial(document, term) || one_letter && !cased && dotted;
            let piece = if one_letter && apostrophe && !term.shape.has_digit() {
                Piece { particle: true, ..Piece::default() }
            } else if initial {
                Piece { initial: true, ..Piece::default() }
            } else if at > index && cased && term.shape.starts_upper() && hyphen && term.tags.any(Tags::PARTICLE) {
                // `El-Sayed`
                Piece { particle: true, ..Piece::default() }
            } else if at > index && term.tags.any(Tags::PARTICLE) && term.shape.is_lower() {
                if !run.pieces[run.len - 1].particle && !particle_leads_on(document, at, cased) {
                    break;
                }
                Piece { particle: true, ..Piece::default() }
            } else if cased && !term.shape.starts_upper() && !hyphen {
                break;
            } else {
                if at > index && term.tags.any(Tags::NAME_SUFFIX) && (cased || matches!(document.word(term), "jr" | "sr")) {
                    run.add(document, at, Piece { particle: true, ..Piece::default() });
                    // Before a capital the stop ends a sentence.
                    let ends = document.byte_at(run.end + 1) == b' ' && document.byte_at(run.end + 2).is_ascii_uppercase();
                    if document.byte_at(run.end) == b'.' && matches!(document.word(term), "Jr" | "Sr" | "jr" | "sr") && !ends {
                        run.end += 1;
                    }
                    break;
                }
                let entry = gazetteer.entry(document.word(term));
                let mut piece = weigh(entry, term.shape.is_ascii());
                // `Ha-eun`: nothing else is written so.
                if hyphen && document.byte_at(term.end()) == b'-' && document.byte_at(term.end() + 1).is_ascii_lowercase() && cased {
                    piece.given = piece.given.max(0.8);
                }
                let stop = term.tags.any(Tags::NOT_A_NAME | Tags::MONTH | Tags::WEEKDAY) && term.is_single() && !hyphen;
                // `Robert May`, `Leo Z. Will`: a word can be a surname where one is due.
                let due = run.len > 0 && run.pieces[0].given > 0.5 && (piece.surname > 0.05 || run.pieces[run.len - 1].initial) && !term.tags.any(Tags::TITLE);
                let named = field && cased && piece.best() > 0.05;
                if stop && !(piece.best() > 0.6 && cased) && !(due && cased) && !named {
                    break;
                }
                // A label of what comes next.
                if at > index && term.tags.any(Tags::CUES) && piece.best() < if field { 0.15 } else { 0.4 } && !hyphen {
                    break;
                }
                let good = run.len >= 2 && run.pieces[..run.len].iter().any(|piece| piece.best() > 0.4);
                if good && cased && SERVICES.iter().any(|service| document.word(term).to_lowercase() == *service) {
                    break;
                }
                // An abbreviation behind a name is something else: `Maurice Rector ARP`.
                if at > index && cased && term.shape.is_upper() && term.len() > 1 && !document.terms[index].shape.is_upper() && document.terms[index].len() > 1 {
                    break;
                }
                let organisation = term.tags.any(Tags::COMPANY) || term.tags.any(Tags::INSTITUTION) && !field;
                if organisation && (piece.surname < 0.5 || term.tags.any(Tags::COMPANY)) && cased {
                    run.organisation = true;
                }
                if term.tags.any(Tags::TITLE) && at > index && piece.best() < 0.15 && (dotted && document.terms.get(at + 1).is_some_and(|next| document.gap_before(at + 1) == b". " && next.shape.starts_upper() && !next.tags.any(Tags::NOT_A_NAME)) || leads_to_capital(document, at)) {
                    break;
                }
                let later = at > index && !hyphen;
                if !cased && !hyphen && (piece.best() < 0.15 && !piece.unknown || later && piece.unknown && !field && !run.pieces[run.len - 1].particle || piece.word > 38 && piece.best() < 0.5 || organisation) {
                    break;
                }
                piece
            };
            run.add(document, at, piece);
            at += 1;
        }
        // No particle and no initial at the end.
        while run.len > 0 && (run.pieces[run.len - 1].particle && !document.terms[run.next - 1].tags.any(Tags::NAME_SUFFIX) || run.pieces[run.len - 1].initial) {
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
            if (matches!(gap, b" & " | b", " | b" ") && after.tags.any(Tags::COMPANY) && after.shape.starts_upper() == cased)
                || (gap == b" & " && document.terms.get(run.next + 1).is_some_and(|term| term.tags.any(Tags::COMPANY)))
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

    /// How likely the run is a personal name, before places are considered.
    fn score(&self, document: &Document<'_>, index: usize, lead: Lead) -> Option<f32> {
        let pieces = &self.pieces[..self.len];
        if self.organisation && lead != Lead::Title {
            return None;
        }
        let term = &document.terms[index];
        let cased = term.shape.starts_upper();
        let core = || pieces.iter().filter(|piece| !piece.initial && !piece.particle);
        let first = core().next()?;
        let last = core().next_back()?;
        let count = core().count();
        let initials = pieces.iter().any(|piece| piece.initial);
        if lead == Lead::Title {
            let common = count == 1 && first.word > 40 && first.best() < 0.2;
            return (!common || cased && first.surname > 0.05).then_some(if cased { 0.95 } else { 0.88 });
        }
        if lead == Lead::WeakTitle {
            let evidence = core().map(Piece::best).fold(0.0, f32::max);
            let unknown = core().any(|piece| piece.unknown);
            let preceded = index >= 2 && document.gap_before(index - 1) == b" " && document.terms[index - 2].shape.starts_upper() && !document.terms[index - 2].tags.any(Tags::NOT_A_NAME | Tags::TITLE);
            let score = if evidence > 0.3 { 0.6 + 0.35 * evidence } else if unknown { 0.72 } else { 0.3 };
            return Some(if preceded && evidence < 0.6 { score - 0.3 } else { score });
        }
        let before = index.checked_sub(1).map(|at| &document.terms[at]);
        let gap = document.gap_before(index);
        if let Some(before) = before
            && gap == b" "
        {
            // Numbers and street words make it an address, `de` and `of` a title of something.
            if before.shape.is_digits() && before.len() <= 5 && lead < Lead::Cue && count < 3 {
                return None;
            }
            if before.tags.any(Tags::STREET_BEFORE) && before.shape.starts_upper() && lead < Lead::Cue {
                return None;
            }
        }
        let after = document.terms.get(self.next);
        let verb = after.is_some_and(|term| document.gap_before(self.next) == b" " && term.tags.any(Tags::AFTER_NAME) && term.shape.is_lower());
        let the = before.is_some_and(|term| gap == b" " && matches!(document.word(term), "the" | "The" | "el" | "la" | "El" | "La" | "del" | "al" | "a" | "an" | "un" | "una"));
        let starts_sentence = before.is_none() || gap.iter().any(|byte| matches!(byte, b'.' | b'!' | b'?' | b'\n' | b':'));
        let mut score = if count == 1 {
            let p = first.given.max(0.85 * first.surname);
            let alone = match () {
                () if lead >= Lead::Label && first.unknown => 0.75,
                () if lead >= Lead::Label && p < 0.15 && first.word > 34 => 0.3,
                () if lead >= Lead::Label => 0.5 + 0.42 * p,
                () if lead >= Lead::Cue && first.unknown => 0.6,
                () if lead >= Lead::Cue => 0.35 + 0.5 * p,
                () if initials && first.unknown => 0.62,
                () if initials => 0.4 + 0.45 * p,
                () if first.given > 0.85 && first.word < 36 => 0.58,
                () if first.given > 0.6 => 0.46,
                () if first.surname > 0.85 && !starts_sentence => 0.42,
                () if p > 0.3 => 0.3,
                () if first.unknown && !starts_sentence => 0.3,
                () => 0.05,
            };
            let upper = term.shape.is_upper() && term.len() > 1 && lead < Lead::Label;
            alone - if upper { 0.25 } else { 0.0 }
        } else {
            let given = if first.unknown { 0.3 } else { first.given.max(0.55 * first.surname) };
            let surname = if last.unknown { 0.45 } else { last.surname.max(0.6 * last.given) };
            let mut score = 0.22 + 0.42 * given + 0.32 * surname;
            if given > 0.45 && surname > 0.4 {
                score += 0.08;
            }
            for piece in core() {
                if piece.best() < 0.15 && piece.word > 20 {
                    let penalty = if lead >= Lead::Label { 0.004 } else { 0.012 };
                    score -= penalty * f32::from(piece.word.min(40));
                }
            }
            if initials {
                score += 0.08;
            }
            if lead >= Lead::Cue {
                score = (score + 0.22).max(if lead == Lead::Label { 0.58 } else { 0.5 });
            }
            if count > 4 {
                score -= 0.1 * (count - 4) as f32;
            }
            if term.shape.is_upper() && lead < Lead::Label {
                score -= 0.08;
            }
            score
        };
        if lead == Lead::Word {
            score += if count == 1 { 0.12 } else { 0.08 };
        }
        if verb {
            score += 0.14;
        }
        if document.bytes()[self.end..].starts_with(b" <") && document.bytes()[self.end..].iter().take(40).any(|&byte| byte == b'@') {
            score += 0.35;
        }
        if credential_follows(document, self.next, self.end) {
            score += if count == 1 { 0.4 } else { 0.2 };
        }
        // `Graves disease`, `Murphy sign`: named after somebody.
        let eponym = after.is_some_and(|term| document.gap_before(self.next) == b" " && term.shape.is_lower() && term.tags.any(Tags::INSTITUTION));
        if eponym && count == 1 {
            score -= 0.35;
        }
        let saint = before.is_some_and(|term| matches!(gap, b" " | b". ") && matches!(document.word(term), "St" | "Saint" | "San" | "Santa" | "Ste"));
        let contraction = document.text[self.end..].starts_with("'t") || document.text[self.end..].starts_with("’t");
        if (saint && lead < Lead::Cue) || contraction {
            score -= 0.4;
        }
        if age_follows(document, self.end) {
            score += if count == 1 { 0.35 } else { 0.25 };
        }
        if the && lead < Lead::Cue {
            score -= 0.3;
        }
        let street = document.terms[self.next - 1].tags.any(Tags::STREET) && count <= 3;
        if street && last.surname < 0.6 && lead < Lead::Label {
            score -= 0.2;
        }
        Some(score.min(0.96))
    }
}

/// Whether a capital word follows the one at `index` on the same line.
fn leads_to_capital(document: &Document<'_>, index: usize) -> bool {
    document.gap_before(index + 1) == b" " && document.terms.get(index + 1).is_some_and(|next| next.shape.starts_upper() && next.shape.is_letters() && !next.tags.any(Tags::NOT_A_NAME))
        && !matches!(document.word(&document.terms[index]), "I" | "A" | "Y" | "O" | "E")
}

/// `, MD` and the like after a name.
fn credential_follows(document: &Document<'_>, next: usize, end: usize) -> bool {
    const CREDENTIALS: &[&str] = &["MD", "M.D", "DO", "D.O", "NP", "RN", "PA", "PhD", "Ph.D", "DDS", "Esq", "MBA", "CPA", "LPN", "PharmD", "JD"];
    let rest = &document.text[end..];
    document.gap_before(next) == b", "
        && CREDENTIALS.iter().any(|credential| rest[2..].starts_with(credential) && !document.byte_at(end + 2 + credential.len()).is_ascii_alphanumeric())
        // `Hagerstown, MD 21740` is a place.
        && document.digits_at(end + 5) == 0
}

/// `, 46,` or ` (46)` after a name.
fn age_follows(document: &Document<'_>, end: usize) -> bool {
    let bytes = &document.bytes()[end..];
    if !(bytes.starts_with(b", ") || bytes.starts_with(b" (")) {
        return false;
    }
    let digits = document.digits_at(end + 2);
    matches!(digits, 1 | 2) && matches!(document.byte_at(end + 2 + digits), b',' | b')')
}

/// A name of initials only after a title: `F.L.`, up to three. Its end and the index of the word after it.
fn initials_only(document: &Document<'_>, index: usize) -> Option<(usize, usize)> {
    let mut at = index;
    let mut end = 0;
    while at < index + 3 && document.terms.get(at).is_some_and(|term| term.len() == 1 && term.shape.starts_upper() && document.byte_at(term.end()) == b'.') && (at == index || document.gap_before(at) == b".") {
        end = document.terms[at].end() + 1;
        at += 1;
    }
    let name_follows = document.terms.get(at).is_some_and(|term| document.gap_before(at) == b". " && term.shape.starts_upper() && !term.tags.any(Tags::NOT_A_NAME));
    (at >= index + 2 && !name_follows).then_some((end, at))
}

/// Words that begin the name of a department or house that employs the person named before.
const SERVICES: &[&str] = &["servicio", "hospital", "universidad", "departamento", "sección", "unidad", "centro", "clínica", "instituto", "consulta", "facultad", "complejo", "fundación", "consorcio", "institut", "department"];

/// Whether the word at `index` goes on with the run.
fn joins(document: &Document<'_>, index: usize, after_initial: bool) -> bool {
    match document.gap_before(index) {
        b" " | b"-" | b"'" | b"\xe2\x80\x99" | b"\xc2\xa0" => true,
        b". " | b"." => after_initial,
        _ => false,
    }
}

/// Whether particles from word `index` lead on to a name: `van der Meulen`.
fn particle_leads_on(document: &Document<'_>, index: usize, cased: bool) -> bool {
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
        return term.shape.starts_upper() == cased && !term.tags.any(Tags::NOT_A_NAME | Tags::COUNTRY | Tags::INSTITUTION);
    }
    false
}

/// `Denny, Roberto <…>`, `"Stiebitz, Amelia"`: a surname and given names that fill a field. Their end and the index
/// of the word after them.
fn surname_first(document: &Document<'_>, gazetteer: &Gazetteer, index: usize, run: &Run) -> Option<(usize, usize)> {
    let opens = matches!(document.byte_before(document.terms[index].start()), b'"' | b'\n' | b'\t');
    if run.len > 2 || run.organisation || run.pieces[0].best() < 0.15 && !run.pieces[0].unknown || document.gap_before(run.next) != b", " {
        return None;
    }
    let given = Run::read(document, gazetteer, run.next, false)?;
    let rest = &document.bytes()[given.end..];
    let closes = age_follows(document, given.end) || opens && (rest.starts_with(b"\"") || rest.starts_with(b" <") || rest.starts_with(b"\n") || rest.is_empty() || rest.starts_with(b"\t") || rest.starts_with(b" |"));
    (closes && given.len <= 3 && !given.organisation && given.pieces[0].given > 0.15).then_some((given.end, given.next))
}

/// Names after labels and phrases that announce them, in any case, and with the surname first.
fn labelled(document: &Document<'_>, gazetteer: &Gazetteer, out: &mut Vec<Candidate>) {
    for cue in document.cues.iter().filter(|cue| cue.tags.any(Tags::NAME)) {
        let end = cue.end as usize;
        let from = document.term_from(end);
        let Some(term) = document.terms.get(from) else { continue };
        let gap = &document.bytes()[end..term.start()];
        if gap.len() > 12 || !term.shape.is_letters() {
            continue;
        }
        let marked = gap.iter().any(|byte| matches!(byte, b':' | b'=' | b'>' | b'\t')) || gap == b" - " || gap.contains(&b'"');
        let newline = gap.contains(&b'\n');
        if newline && !gap.contains(&b',') || gap.windows(2).any(|pair| matches!(pair, b". " | b"? " | b"! ")) {
            continue;
        }
        if !marked && !(gap == b" " || gap == b", " || newline || gap == b" \"") {
            continue;
        }
        // `Dear Mr. Banks`, `Contact: Dr. Lau` are found by their titles.
        if term.tags.any(Tags::TITLE) && title_before(document, from) {
            continue;
        }
        if term.tags.any(Tags::NAME) && !marked {
            continue;
        }
        let lead = if marked { Lead::Label } else { Lead::Cue };
        let cased = term.shape.starts_upper();
        let closing = newline || gap == b", " && closes_letter(&document.text[cue.start as usize..end]);
        if !marked && !closing && !strong_phrase(document, cue.start as usize, end) {
            continue;
        }
        let phrase = &document.text[cue.start as usize..end];
        // `My name is` is as good as a label.
        let said = ["name is", "llamo", "name's", "name was"].iter().any(|ending| phrase.to_ascii_lowercase().ends_with(ending));
        let lead = if said { Lead::Label } else { lead };
        if !cased && !marked && !newline && !phrase.contains(' ') && !SAID_IN_ANY_CASE.contains(&phrase.to_ascii_lowercase().as_str()) {
            continue;
        }
        let run = if lead == Lead::Label || newline { Run::read_field(document, gazetteer, from) } else { Run::read(document, gazetteer, from, true) };
        let Some(mut run) = run else { continue };
        let Some(mut score) = run.score(document, from, lead) else { continue };
        // `Customer: Hi`
        let ordinary = run.next == from + 1 && term.tags.any(Tags::NOT_A_NAME) && term.is_single();
        // `Weber, Cameron`
        if document.gap_before(run.next) == b", "
            && (run.len == 1 || run.pieces[0].given < 0.5 || !document.bytes()[run.next..].is_empty() && run.pieces[0].surname > run.pieces[0].given)
            && let Some(given) = Run::read(document, gazetteer, run.next, true)
            && given.len <= 3
            && (marked || !given.organisation)
            && given.pieces[0].given > 0.15
            && run.len <= 3
            && !document.terms[run.next].tags.any(Tags::VALUE_CUES)
            && (run.pieces[0].surname > 0.12 || run.pieces[0].unknown || run.len > 1)
            && (marked && field_ends(document, given.end) || run.pieces[0].surname > 0.15 && given.pieces[0].given > 0.4 && given.len <= 2)
        {
            score = score.max(0.95);
            run.end = given.end;
            run.next = given.next;
        } else if ordinary {
            continue;
        } else if marked && cased && run.next == from + 1 && document.gap_before(run.next) == b" " && document.terms.get(run.next).is_some_and(|next| next.shape.starts_upper() && !next.tags.any(Tags::CUES)) {
            // The first word of something longer that is no name.
            score -= 0.2;
        }
        if marked && cased && run.next - from >= 2 && field_ends(document, run.end) {
            score = score.max(0.86);
        }
        if !cased {
            let evidence = run.pieces[..run.len].iter().map(Piece::best).fold(0.0, f32::max);
            if evidence < 0.3 {
                continue;
            }
            score -= 0.05;
        }
        if score >= crate::REPORTED {
            push(document, from, &run, score, out);
        }
    }
}

/// Single words after which a name may stand in small letters.
const SAID_IN_ANY_CASE: &[&str] = &["spouse", "applicant", "traveler", "traveller", "passenger", "dear", "soy", "estimado", "estimada", "querido", "querida", "thx", "hi", "hey", "hello", "hola"];

/// Phrases that announce a name without a mark behind them. Words such as `to` and `customer` do not.
fn strong_phrase(document: &Document<'_>, start: usize, end: usize) -> bool {
    const WORDS: &[&str] = &[
        "spouse", "applicant", "traveler", "traveller", "passenger", "dear", "cardholder", "policyholder", "beneficiary", "nominee", "claimant", "soy", "paciente", "titular", "estimado", "estimada",
        "querido", "querida", "solicitante", "thx", "hi", "hey", "hello", "hola", "its", "it's", "patient", "guest", "tenant", "landlord",
    ];
    let phrase = &document.text[start..end];
    phrase.contains(' ') || WORDS.iter().any(|word| phrase.eq_ignore_ascii_case(word))
}

/// Whether the phrase ends a letter, so that a name follows its comma.
fn closes_letter(phrase: &str) -> bool {
    const CLOSINGS: &[&str] = &["regards", "best regards", "kind regards", "warm regards", "sincerely", "yours sincerely", "sincerely yours", "yours truly", "respectfully", "atentamente", "saludos", "un saludo", "saludos cordiales", "un cordial saludo", "cordialmente", "hi", "hello", "hey", "hola"];
    CLOSINGS.iter().any(|closing| phrase.eq_ignore_ascii_case(closing))
}

/// Whether a field ends at byte `end`.
fn field_ends(document: &Document<'_>, end: usize) -> bool {
    matches!(document.byte_at(end), b'\n' | b'\r' | b'"' | b';' | b'|' | b'<' | b'\t' | b',' | b'.' | b')' | b'(') || document.bytes()[end..].starts_with(b" |") || document.bytes()[end..].starts_with(b" (")
}
