//! Dates, times and quantities in twelve languages.
//!
//! Each language is a file of words and rules (`data/`), compiled on first use into a hash table of words and automata
//! over classes of words ([`grammar`]). A text is read once: words that the grammar does not know are dropped as they are
//! read, what remains comes in short segments. In a segment numbers, days and times become items, rules over items and
//! words find single points in time and amounts, rules over those find ranges and the like; each level takes the longest
//! expression at each place. Prose without expressions costs one look-up per word.
//!
//! Guidelines disagree about how far an expression goes, so two readings are reported ([`Reading`]): single points in
//! time and amounts, or all that belongs together. Nothing here knows what the expressions are used for.

mod automaton;
mod grammar;
mod kind;
mod lexer;
mod numbers;
mod syntax;
#[cfg(test)]
mod tests;
mod words;

pub use kind::{Expression, Group, Kind, Reading};

use std::sync::OnceLock;

use automaton::{Automaton, RuleId, SPACE};
use construe_text::{Language, Span};
use grammar::{Grammar, LEVELS, Rule};
use lexer::Atom;

/// An expression has at most this many words, digits and marks, which bounds the work at each place of a text.
const MOST_ATOMS: usize = 64;

/// The grammars of all languages, shared between threads. Each is compiled when a text first needs it.
#[derive(Default)]
pub struct Expressions {
    grammars: [OnceLock<Grammar>; Language::ALL.len()],
}

/// Memory that one search at a time works in.
#[derive(Default)]
pub struct Scratch {
    atoms: Vec<Atom>,
    levels: [Vec<Atom>; LEVELS],
    wide: Vec<Expression>,
    narrow: Vec<Expression>,
}

impl Scratch {
    /// Heap memory in bytes.
    pub fn memory_usage(&self) -> usize {
        (self.atoms.capacity() + self.levels.iter().map(Vec::capacity).sum::<usize>()) * size_of::<Atom>()
            + (self.wide.capacity() + self.narrow.capacity()) * size_of::<Expression>()
    }
}

/// The files of a language: of statements that match the same words the earlier wins, so plain numbers come last.
fn sources(language: Language) -> &'static [&'static str] {
    macro_rules! files {
        ($($name:literal),*) => { &[include_str!("data/common.txt"), $(include_str!(concat!("data/", $name, ".txt")),)* include_str!("data/last.txt")] };
    }
    match language {
        Language::En => files!("latin", "en"),
        Language::Es => files!("latin", "romance", "es"),
        Language::Fr => files!("latin", "romance", "fr"),
        Language::De => files!("latin", "de"),
        Language::It => files!("latin", "romance", "it"),
        Language::Pt => files!("latin", "romance", "pt"),
        Language::Ar => files!("ar"),
        Language::Hi => files!("hi"),
        Language::Ja => files!("han", "ja"),
        Language::Ko => files!("han", "ko"),
        Language::Zh | Language::ZhTw => files!("han", "zh"),
    }
}

impl Expressions {
    /// The grammars, none of them compiled yet.
    pub fn new() -> Expressions {
        Expressions::default()
    }

    /// Compiles the grammar of `language` now, so that no text has to wait for it.
    pub fn prepare(&self, language: Language) {
        self.grammar(language);
    }

    fn grammar(&self, language: Language) -> &Grammar {
        // Both Chinese scripts share one grammar.
        let language = if language == Language::ZhTw {
            Language::Zh
        } else {
            language
        };
        self.grammars[language as usize].get_or_init(|| {
            // The files are part of the program, and a test compiles every one.
            Grammar::new(sources(language)).expect("the grammars of the program compile")
        })
    }

    /// Adds the expressions of `text` to `out`, ordered by where they begin; within one reading none overlap.
    ///
    /// # Panics
    /// If `text` is longer than `u32::MAX` bytes.
    pub fn find(&self, scratch: &mut Scratch, text: &str, language: Language, out: &mut Vec<Expression>) {
        assert!(
            u32::try_from(text.len()).is_ok(),
            "a text to be searched is at most 4 GiB long"
        );
        let grammar = self.grammar(language);
        let Scratch {
            atoms,
            levels: [items, points, joined],
            wide,
            narrow,
        } = scratch;
        wide.clear();
        narrow.clear();
        let search = Search {
            text,
            grammar,
            unspaced: language.is_written_in_characters(),
        };
        lexer::read(text, grammar, atoms, |segment| {
            search.level(0, segment, items);
            search.level(1, items, points);
            search.level(2, points, joined);
            search.report(points, Reading::Narrow, narrow);
            search.report(joined, Reading::Wide, wide);
        });
        merge(wide, narrow, out);
    }

    /// Heap memory of the grammars compiled so far, in bytes.
    pub fn memory_usage(&self) -> usize {
        self.grammars
            .iter()
            .filter_map(OnceLock::get)
            .map(Grammar::memory_usage)
            .sum()
    }

    /// States of the automata of a language, by level: what to watch when a grammar is changed.
    pub fn states(&self, language: Language) -> [usize; LEVELS] {
        let grammar = self.grammar(language);
        std::array::from_fn(|level| grammar.level(level).automaton.states())
    }
}

/// Adds both readings to `out` in order; what is in both becomes one.
fn merge(wide: &[Expression], narrow: &[Expression], out: &mut Vec<Expression>) {
    let key = |found: &Expression| (found.span.start, found.span.end, found.kind);
    let (mut wide, mut narrow) = (wide.iter().peekable(), narrow.iter().peekable());
    loop {
        let next = match (wide.peek(), narrow.peek()) {
            (Some(left), Some(right)) if key(left) == key(right) => {
                narrow.next();
                wide.next().map(|&found| Expression {
                    reading: Reading::Both,
                    ..found
                })
            }
            // Of two that begin together the longer comes first.
            (Some(left), Some(right)) if (right.span.start, left.span.end) < (left.span.start, right.span.end) => {
                narrow.next().copied()
            }
            (Some(_), _) => wide.next().copied(),
            (None, _) => narrow.next().copied(),
        };
        let Some(next) = next else { return };
        out.push(next);
    }
}

struct Search<'t> {
    text: &'t str,
    grammar: &'t Grammar,
    unspaced: bool,
}

impl Search<'_> {
    /// Copies `atoms` to `out`, those that a statement of the level matches together as one.
    fn level(&self, level: usize, atoms: &[Atom], out: &mut Vec<Atom>) {
        let level = self.grammar.level(level);
        let automaton = &level.automaton;
        let mut at = 0;
        out.clear();
        while at < atoms.len() {
            let mut item = atoms[at];
            let mut length = 1;
            if automaton.starts_with(item.symbol) {
                let before = Edge::before(self.text, item.start as usize, self.unspaced);
                let opens_with_digit = self.text[item.start as usize..].starts_with(|c| numbers::value(c).is_some());
                walk(automaton, &atoms[at..], |statement, taken, last| {
                    let symbol = level.symbol(statement);
                    let end = last.end as usize;
                    let ends = opens_with_digit || self.ends_word(end);
                    let reported = self.grammar.rule(symbol).is_some_and(|rule| {
                        ends && rule.allows(before) && rule.allows(Edge::after(self.text, end, self.unspaced))
                    });
                    // A number inside a longer word, as in "5pm", is still part of what the next levels may find.
                    if reported || level.is_first() && (opens_with_digit || before != Edge::Inside) {
                        item.symbol = symbol;
                        item.end = last.end;
                        item.reported = reported;
                        length = taken;
                    }
                });
            }
            out.push(item);
            at += length;
        }
    }

    /// Whether the Hangul word that ends before byte `end` ends there, but for its endings.
    fn ends_word(&self, end: usize) -> bool {
        let rest = &self.text[end..];
        !(rest.starts_with(is_hangul) && self.text[..end].ends_with(is_hangul)) || self.grammar.may_end_before(rest)
    }

    fn report(&self, atoms: &[Atom], reading: Reading, out: &mut Vec<Expression>) {
        for atom in atoms.iter().filter(|atom| atom.reported) {
            if let Some(Rule { kind, score }) = self.grammar.rule(atom.symbol) {
                out.push(Expression {
                    span: Span::new(atom.start as usize, atom.end as usize),
                    kind,
                    reading,
                    score,
                });
            }
        }
    }
}

/// Calls `accepted` with each statement that is complete behind one of the first atoms, the number of atoms and the last.
fn walk(automaton: &Automaton, atoms: &[Atom], mut accepted: impl FnMut(RuleId, usize, &Atom)) {
    let mut state = 0;
    for (index, atom) in atoms.iter().take(MOST_ATOMS).enumerate() {
        if index > 0 && atom.space_before {
            let Some(next) = automaton.step(state, SPACE) else {
                return;
            };
            state = next;
        }
        let Some(next) = automaton.step(state, atom.symbol) else {
            return;
        };
        state = next;
        if let Some(statement) = automaton.accepts(state) {
            accepted(statement, index + 1, atom);
        }
    }
}

impl Rule {
    /// Whether what the rule reports may border on `edge`.
    fn allows(self, edge: Edge) -> bool {
        match edge {
            Edge::Free => true,
            Edge::Hyphen => self.kind.group() == Group::Date,
            Edge::Inside => false,
        }
    }
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}')
}

/// What an expression borders on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    /// Nothing that belongs to it.
    Free,
    /// A hyphen with more behind it: years may stand so, other numbers are part of a name or a code.
    Hyphen,
    /// The inside of a longer word or number.
    Inside,
}

impl Edge {
    /// The edge in front of byte `start`.
    fn before(text: &str, start: usize, unspaced: bool) -> Edge {
        let mut back = text[..start].chars().rev();
        let Some(previous) = back.next() else { return Edge::Free };
        let Some(first) = text[start..].chars().next() else {
            return Edge::Free;
        };
        let opens_with_digit = numbers::value(first).is_some();
        match previous {
            '_' | '@' | '\\' => Edge::Inside,
            '.' | ',' | ':' | '/' if opens_with_digit => match back.next() {
                Some(c) if numbers::value(c).is_some() => Edge::Inside,
                Some(c) if previous != ',' && previous != ':' && c.is_ascii_alphabetic() => Edge::Inside,
                _ => Edge::Free,
            },
            '-' | '–' => match back.next() {
                Some(c) if opens_with_digit && c.is_alphanumeric() => Edge::Hyphen,
                _ => Edge::Free,
            },
            '#' | '$' if opens_with_digit => Edge::Inside,
            // In Korean a word opens an eojeol; particles and endings look like words.
            c if is_hangul(c) && is_hangul(first) => Edge::Inside,
            c if numbers::value(c).is_some() => {
                if unspaced && lexer::is_unspaced(first) && !is_hangul(first) {
                    Edge::Free
                } else {
                    Edge::Inside
                }
            }
            c if opens_with_digit && lexer::is_letter(c) => {
                if unspaced && !c.is_ascii() || matches!(c, '\u{600}'..='\u{6ff}') {
                    Edge::Free
                } else {
                    Edge::Inside
                }
            }
            _ => Edge::Free,
        }
    }

    /// The edge behind the byte before `end`.
    fn after(text: &str, end: usize, unspaced: bool) -> Edge {
        let mut ahead = text[end..].chars();
        let Some(next) = ahead.next() else { return Edge::Free };
        let Some(last) = text[..end].chars().next_back() else {
            return Edge::Free;
        };
        let closes_with_digit = numbers::value(last).is_some();
        match next {
            '_' | '@' => Edge::Inside,
            '.' | ',' | ':' | '/' if closes_with_digit => match ahead.next() {
                Some(c) if numbers::value(c).is_some() => Edge::Inside,
                _ => Edge::Free,
            },
            '-' | '–' if closes_with_digit => match ahead.next() {
                Some(c) if numbers::value(c).is_some() => Edge::Hyphen,
                _ => Edge::Free,
            },
            c if numbers::value(c).is_some() => {
                if closes_with_digit || (last.is_ascii_alphabetic() || !unspaced) {
                    Edge::Inside
                } else {
                    Edge::Free
                }
            }
            c if closes_with_digit && lexer::is_letter(c) => {
                if unspaced && !c.is_ascii() || matches!(c, '\u{600}'..='\u{6ff}' | '\u{900}'..='\u{97f}') {
                    Edge::Free
                } else {
                    Edge::Inside
                }
            }
            c if c.is_ascii_alphabetic() && last.is_ascii_alphabetic() => Edge::Inside,
            _ => Edge::Free,
        }
    }
}
