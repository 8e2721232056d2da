//! Texts written by a grammar, with their annotation: training material for what no free corpus has.
//!
//! A grammar is a text of rules. A line without indentation names a rule, with the type of what it writes behind a
//! colon if that is a span. Indented lines are its alternatives, drawn with equal chance, or `N*` times as often as
//! others; a line that starts with a stroke holds several, with strokes between.
//!
//! ```text
//! line
//!     2* Started on {drug} {1~4} g.
//!     Takes {drug}; {drug} helps.
//! drug:GENERIC_NAME
//!     | aspirin | heparin |
//! ```
//!
//! In braces stand the names of rules. `{1~31}` is a number from a range, with leading zeros if its start has them,
//! `{9A-99}` a pattern of digits (9) and capitals (A), `{@name}` an entry of a list that the caller has. Behind a colon
//! a type makes a span of what stands there, as in `{rule:NAME}`; `{^rule}` writes it in capitals, `{_rule}` in lower
//! case. `\n` is a line break. The same seed gives the same texts.

use std::collections::BTreeMap;

use crate::Type;
use crate::training::Labelled;

/// A grammar that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GrammarError {
    /// An alternative before the first rule, a brace that does not close, a weight or range without meaning.
    #[error("line {0} is malformed")]
    Malformed(usize),
    /// A rule without alternatives, or two of the same name.
    #[error("rule {0} has no alternatives or is there twice")]
    Rule(String),
    /// A name that is no rule, no list or no type.
    #[error("{0} is not known")]
    Unknown(String),
}

/// A grammar, ready to write.
#[derive(Debug)]
pub struct Grammar {
    rules: Vec<Rule>,
    lists: Vec<Vec<String>>,
}

#[derive(Debug)]
struct Rule {
    kind: Option<Type>,
    /// Alternatives with the sums of weights up to and with them.
    alternatives: Vec<(u64, Vec<Part>)>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Slot(Slot, Option<Type>, Letters),
}

#[derive(Clone, Debug)]
enum Slot {
    Rule(usize),
    List(usize),
    Range { first: u64, last: u64, width: usize },
    Pattern(String),
}

/// A rule as it is written: its name, its type, and its alternatives with their lines and weights.
type RuleSource<'t> = (String, Option<Type>, Vec<(usize, u64, &'t str)>);

/// How letters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Letters {
    AsTheyAre,
    Capitals,
    Small,
}

/// How deep rules may call each other: more is a circle.
const DEEPEST: usize = 24;

impl Grammar {
    /// Reads a grammar. `list` gives the entries of a list.
    ///
    /// # Errors
    /// See [`GrammarError`].
    pub fn read(text: &str, mut list: impl FnMut(&str) -> Option<Vec<String>>) -> Result<Grammar, GrammarError> {
        let mut sources: Vec<RuleSource<'_>> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let Some(alternative) = line.strip_prefix("    ") else {
                let (name, kind) = match line.split_once(':') {
                    Some((name, kind)) => (name, Some(type_of(kind)?)),
                    None => (line, None),
                };
                sources.push((name.trim().to_owned(), kind, Vec::new()));
                continue;
            };
            let (_, _, alternatives) = sources.last_mut().ok_or(GrammarError::Malformed(number))?;
            if let Some(several) = alternative.strip_prefix('|') {
                alternatives.extend(
                    several
                        .split('|')
                        .map(str::trim)
                        .filter(|one| !one.is_empty())
                        .map(|one| (number, 1, one)),
                );
                continue;
            }
            let (weight, alternative) = match alternative.split_once("* ") {
                Some((weight, rest)) if weight.bytes().all(|byte| byte.is_ascii_digit()) && !weight.is_empty() => {
                    (weight.parse().map_err(|_| GrammarError::Malformed(number))?, rest)
                }
                _ => (1, alternative),
            };
            alternatives.push((number, weight, alternative));
        }
        let mut names = BTreeMap::new();
        for (index, (name, _, alternatives)) in sources.iter().enumerate() {
            if alternatives.is_empty() || names.insert(name.clone(), index).is_some() {
                return Err(GrammarError::Rule(name.clone()));
            }
        }
        let mut reader = Reader {
            names,
            list_names: BTreeMap::new(),
            lists: Vec::new(),
            list: &mut list,
        };
        let mut rules = Vec::new();
        for (_, kind, sources) in sources {
            let mut total = 0;
            let mut alternatives = Vec::new();
            for (line, weight, source) in sources {
                total += weight;
                alternatives.push((total, reader.parts(line, source)?));
            }
            rules.push(Rule { kind, alternatives });
        }
        Ok(Grammar {
            rules,
            lists: reader.lists,
        })
    }

    /// Writes a text, with spans in code points, by its first rule.
    pub fn write(&self, random: &mut Random) -> (String, Vec<Labelled>) {
        let mut out = Output::default();
        self.expand(0, Letters::AsTheyAre, 0, random, &mut out);
        (out.text, out.spans)
    }

    fn expand(&self, rule: usize, letters: Letters, depth: usize, random: &mut Random, out: &mut Output) {
        let rule = &self.rules[rule];
        let total = rule.alternatives.last().map_or(1, |&(total, _)| total);
        let drawn = random.below(total);
        let chosen = rule.alternatives.partition_point(|&(sum, _)| sum <= drawn);
        let start = out.chars;
        for part in &rule.alternatives[chosen].1 {
            match part {
                Part::Text(text) => out.push(text, letters),
                Part::Slot(slot, kind, own) => {
                    let letters = if *own == Letters::AsTheyAre { letters } else { *own };
                    let start = out.chars;
                    match slot {
                        Slot::Rule(rule) if depth < DEEPEST => self.expand(*rule, letters, depth + 1, random, out),
                        Slot::Rule(_) => {}
                        Slot::List(list) => {
                            let entries = &self.lists[*list];
                            out.push(&entries[random.below(entries.len() as u64) as usize], letters);
                        }
                        Slot::Range { first, last, width } => {
                            let number = first + random.below(last - first + 1);
                            out.push(&format!("{number:0width$}"), letters);
                        }
                        Slot::Pattern(pattern) => {
                            let text: String = pattern.chars().map(|c| random.fill(c)).collect();
                            out.push(&text, letters);
                        }
                    }
                    out.mark(start, *kind);
                }
            }
        }
        out.mark(start, rule.kind);
    }
}

/// A text that is being written.
#[derive(Default)]
struct Output {
    text: String,
    chars: usize,
    spans: Vec<Labelled>,
}

impl Output {
    fn push(&mut self, text: &str, letters: Letters) {
        let before = self.text.len();
        match letters {
            Letters::AsTheyAre => self.text.push_str(text),
            Letters::Capitals => self.text.push_str(&text.to_uppercase()),
            Letters::Small => self.text.push_str(&text.to_lowercase()),
        }
        self.chars += self.text[before..].chars().count();
    }

    fn mark(&mut self, start: usize, kind: Option<Type>) {
        if let Some(kind) = kind.filter(|_| start < self.chars) {
            self.spans.push(Labelled {
                start,
                end: self.chars,
                kind,
            });
        }
    }
}

/// Reads the alternatives of rules whose names are known.
struct Reader<'l> {
    names: BTreeMap<String, usize>,
    list_names: BTreeMap<String, usize>,
    lists: Vec<Vec<String>>,
    list: &'l mut dyn FnMut(&str) -> Option<Vec<String>>,
}

impl Reader<'_> {
    fn parts(&mut self, line: usize, source: &str) -> Result<Vec<Part>, GrammarError> {
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Text(before.replace("\\n", "\n")));
            }
            let (inside, after) = after.split_once('}').ok_or(GrammarError::Malformed(line))?;
            parts.push(self.part(line, inside)?);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.replace("\\n", "\n")));
        }
        Ok(parts)
    }

    fn part(&mut self, line: usize, inside: &str) -> Result<Part, GrammarError> {
        let (name, kind) = match inside.split_once(':') {
            Some((name, kind)) => (name, Some(type_of(kind)?)),
            None => (inside, None),
        };
        let (name, letters) = match (name.strip_prefix('^'), name.strip_prefix('_')) {
            (Some(name), _) => (name, Letters::Capitals),
            (_, Some(name)) => (name, Letters::Small),
            _ => (name, Letters::AsTheyAre),
        };
        let slot = if let Some((first, last)) = name.split_once('~') {
            let number = |digits: &str| digits.parse().map_err(|_| GrammarError::Malformed(line));
            let width = if first.starts_with('0') { first.len() } else { 1 };
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return Err(GrammarError::Malformed(line));
            }
            Slot::Range { first, last, width }
        } else if !name.contains(|c: char| c.is_ascii_lowercase()) && name.contains(['9', 'A']) {
            Slot::Pattern(name.to_owned())
        } else if let Some(name) = name.strip_prefix('@') {
            Slot::List(self.list(name)?)
        } else {
            let rule = self.names.get(name);
            Slot::Rule(*rule.ok_or_else(|| GrammarError::Unknown(name.to_owned()))?)
        };
        Ok(Part::Slot(slot, kind, letters))
    }

    fn list(&mut self, name: &str) -> Result<usize, GrammarError> {
        if let Some(&index) = self.list_names.get(name) {
            return Ok(index);
        }
        let entries = (self.list)(name)
            .filter(|entries| !entries.is_empty())
            .ok_or_else(|| GrammarError::Unknown(name.to_owned()))?;
        self.list_names.insert(name.to_owned(), self.lists.len());
        self.lists.push(entries);
        Ok(self.lists.len() - 1)
    }
}

fn type_of(name: &str) -> Result<Type, GrammarError> {
    Type::from_name(name.trim()).ok_or_else(|| GrammarError::Unknown(name.to_owned()))
}

/// Pseudo-random numbers after SplitMix64 (Steele, Lea and Flood, 2014): the same seed, the same numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Starts at a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// A number below `bound`, which is not 0. The smallest numbers are likelier by less than one in a billion.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % bound
    }

    fn fill(&mut self, pattern: char) -> char {
        match pattern {
            '9' => char::from(b'0' + self.below(10) as u8),
            'A' => char::from(b'A' + self.below(26) as u8),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(name: &str) -> Option<Vec<String>> {
        (name == "town").then(|| vec!["Łódź".to_owned()])
    }

    #[test]
    fn spans_are_where_the_words_are() {
        let grammar = Grammar::read(
            "# comment\nline\n    {^greeting} {@town:ADDRESS}, {dose} {x:NAME}\\n{01~01}\ngreeting\n    | Hi |\n\
             dose:DOSAGE\n    5* {3~3} mg\nx\n    {9A}",
            list,
        )
        .expect("a grammar");
        let (text, spans) = grammar.write(&mut Random::new(1));
        let surface = |kind: Type| {
            let span = spans.iter().find(|span| span.kind == kind).expect("a span");
            text.chars()
                .skip(span.start)
                .take(span.end - span.start)
                .collect::<String>()
        };
        assert!(text.starts_with("HI Łódź, 3 mg ") && text.ends_with("\n01"), "{text}");
        assert_eq!(
            (surface(Type::Address).as_str(), surface(Type::Dosage).as_str()),
            ("Łódź", "3 mg")
        );
        assert_eq!(surface(Type::Name).len(), 2);
        assert_eq!(grammar.write(&mut Random::new(1)), (text, spans));
    }

    #[test]
    fn weights_count() {
        let grammar = Grammar::read("line\n    9* a\n    b", list).expect("a grammar");
        let mut random = Random::new(7);
        let often = (0..1000).filter(|_| grammar.write(&mut random).0 == "a").count();
        assert!((860..940).contains(&often), "{often}");
    }

    #[test]
    fn mistakes_are_told() {
        let error = |text: &str| Grammar::read(text, list).expect_err(text);
        assert_eq!(error("    a"), GrammarError::Malformed(1));
        assert_eq!(error("line\n    {a"), GrammarError::Malformed(2));
        assert_eq!(error("line\n    {5~2}"), GrammarError::Malformed(2));
        assert_eq!(error("line\n    a\nline\n    b"), GrammarError::Rule("line".to_owned()));
        assert_eq!(error("line\n    {none}"), GrammarError::Unknown("none".to_owned()));
        assert_eq!(
            error("line\n    {@village}"),
            GrammarError::Unknown("village".to_owned())
        );
        assert_eq!(error("line:COLOUR\n    a"), GrammarError::Unknown("COLOUR".to_owned()));
    }

    #[test]
    fn circles_end() {
        let grammar = Grammar::read("line\n    a{line}", list).expect("a grammar");
        assert_eq!(grammar.write(&mut Random::new(1)).0.len(), DEEPEST + 1);
    }
}
