//! Grammars: words by class and rules over them, read from small text files.
//!
//! A file holds statements, one on a line; a line that opens with a space goes on with the one before, a line that opens
//! with `#` is a comment.
//!
//! * `month: january, jan, ^may` puts words and phrases into a class. `^` asks for a capital, `{a,b}{c,d}` stands for
//!   the four words that it can make. A class may be added to again.
//! * `day_month = day "." month | month day` names an expression: sequences, `|`, `?`, `*`, `+`, brackets, classes,
//!   other names and phrases in quotes. Between two parts white space may stand, unless `~` joins them. A later
//!   statement of the same name takes the place of an earlier one.
//! * `%day date 0.9 = day_month` makes an item of what the expression matches: rules of the levels above see it as one
//!   word, of the class `DAY`. What no rule takes up is reported by itself, with a score, unless its kind is `none`.
//! * `@point date 0.9 = weekday DAY` does the same on the second level, over words and items. What is reported there is
//!   the narrow reading.
//! * `&range 0.9 = "from" POINT "to" POINT` is a rule of the third level, the wide reading.
//!
//! Of two statements of a level that match the same words the earlier wins. Levels keep the automata small: a range of
//! any two dates in one automaton would need states for each pair of their prefixes.
//!
//! The class `ending` is special: a Korean expression that opens with a word may only end where nothing or one of these
//! endings follows. Classes of digits are built in, see [`numbers`](super::numbers).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::automaton::{Automaton, Node, RuleId};
use super::kind::Kind;
use super::lexer;
use super::numbers;
use super::syntax;
use super::words::{self, Symbols, Words};

/// What is wrong with a grammar.
#[derive(Debug, thiserror::Error)]
pub(super) enum GrammarError {
    /// A line that is none of the statements.
    #[error("line {0}: not a statement")]
    Statement(usize),
    /// An expression that does not parse.
    #[error("{0}: malformed expression")]
    Expression(String),
    /// A name without a class or an expression.
    #[error("{0}: unknown name {1}")]
    Name(String, String),
    /// Names that are made of each other without end.
    #[error("{0}: defined by itself")]
    Endless(String),
    /// A word longer than the longest that is looked up.
    #[error("word {0} is too long")]
    Long(String),
}

/// A rule that reports.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) kind: Kind,
    pub(super) score: f32,
}

/// Items, rules of the narrow reading, rules of the wide reading.
pub(super) const LEVELS: usize = 3;

/// The statements of one level.
pub(super) struct Level {
    pub(super) automaton: Automaton,
    /// Symbol of the first statement.
    first: u16,
}

impl Level {
    /// Whether this is the level of the items.
    pub(super) fn is_first(&self) -> bool {
        self.first == NOTHING + 1
    }

    /// The symbol of what a statement of this level matches.
    pub(super) fn symbol(&self, statement: RuleId) -> u16 {
        self.first + statement
    }
}

/// A compiled grammar.
pub(super) struct Grammar {
    pub(super) words: Words,
    /// Most characters of a word in a script without spaces.
    pub(super) longest: usize,
    /// Characters of such a script that open a word, one bit each.
    openers: Vec<u64>,
    /// What may be written together with a word that an expression ends in (Korean particles); empty where words stand
    /// alone.
    endings: Vec<Vec<u8>>,
    /// Symbol of the first item.
    first_item: u16,
    /// What the statements of all levels report, if anything, in the order of their symbols.
    rules: Vec<Option<Rule>>,
    levels: [Level; LEVELS],
}

/// Symbol of a word that is known and means nothing.
const NOTHING: u16 = numbers::FIRST + numbers::NAMES.len() as u16;

struct Statement {
    rule: Option<Rule>,
    /// The class of what it matches.
    class: Option<usize>,
    source: String,
}

/// Words of a class.
#[derive(Default)]
struct Class {
    /// Whole phrases of more than one word.
    phrases: Vec<Vec<(String, bool)>>,
}

#[derive(Default)]
pub(super) struct Builder {
    expressions: HashMap<String, String>,
    levels: [Vec<Statement>; LEVELS],
    classes: Vec<Class>,
    class_names: HashMap<String, usize>,
    /// For each folded word, its classes, and whether only with a capital.
    words: BTreeMap<Vec<u8>, BTreeSet<(usize, bool)>>,
    longest: usize,
}

impl Grammar {
    /// The grammar that `sources` state, one after the other.
    pub(super) fn new(sources: &[&str]) -> Result<Grammar, GrammarError> {
        let mut builder = Builder::default();
        for name in numbers::NAMES {
            builder.class(name);
        }
        for source in sources {
            builder.read(source)?;
        }
        builder.build()
    }

    /// Whether `rest`, which is written together with the end of an expression, may be an ending.
    pub(super) fn may_end_before(&self, rest: &str) -> bool {
        self.endings.iter().any(|ending| rest.as_bytes().starts_with(ending))
    }

    /// One of the levels, from 0.
    pub(super) fn level(&self, level: usize) -> &Level {
        &self.levels[level]
    }

    /// What the statement with this symbol reports, if it is one.
    #[inline]
    pub(super) fn rule(&self, symbol: u16) -> Option<Rule> {
        let statement = symbol.checked_sub(self.first_item)?;
        self.rules.get(usize::from(statement)).copied().flatten()
    }

    /// Whether a word in a script without spaces may open with `c`.
    #[inline]
    pub(super) fn opens_word(&self, c: char) -> bool {
        let code = c as usize;
        self.openers
            .get(code / 64)
            .is_some_and(|bits| bits >> (code % 64) & 1 == 1)
    }

    pub(super) fn memory_usage(&self) -> usize {
        self.openers.capacity() * size_of::<u64>()
            + self.words.memory_usage()
            + self.rules.capacity() * size_of::<Option<Rule>>()
            + self
                .levels
                .iter()
                .map(|level| level.automaton.memory_usage())
                .sum::<usize>()
    }
}

impl Builder {
    fn class(&mut self, name: &str) -> usize {
        if let Some(&class) = self.class_names.get(name) {
            return class;
        }
        self.classes.push(Class::default());
        self.class_names.insert(name.to_owned(), self.classes.len() - 1);
        self.classes.len() - 1
    }

    fn read(&mut self, source: &str) -> Result<(), GrammarError> {
        let mut statement = String::new();
        let mut first = 0;
        for (number, line) in source.lines().chain([""]).enumerate() {
            if line.starts_with('#') {
                continue;
            }
            if line.starts_with(' ') {
                statement.push_str(line);
                continue;
            }
            if !statement.trim().is_empty() {
                self.statement(statement.trim(), first)?;
            }
            statement.clear();
            statement.push_str(line);
            first = number + 1;
        }
        Ok(())
    }

    fn statement(&mut self, statement: &str, line: usize) -> Result<(), GrammarError> {
        let end = statement
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '%' | '&')))
            .ok_or(GrammarError::Statement(line))?;
        let (name, rest) = statement.split_at(end);
        let rest = rest.trim_start();
        if let Some(level) = ["%", "@", "&"].iter().position(|mark| name.starts_with(mark)) {
            let (head, source) = rest.split_once('=').ok_or(GrammarError::Statement(line))?;
            let mut head = head.split_whitespace();
            let tag = name[1..].to_ascii_uppercase();
            let kind = if level + 1 < LEVELS {
                head.next()
            } else {
                Some(&name[1..])
            };
            let rule = match kind {
                Some("none") => None,
                kind => {
                    let kind = Kind::ALL.into_iter().find(|known| Some(known.name()) == kind);
                    let score = head.next().and_then(|score| score.parse().ok());
                    let (Some(kind), Some(score)) = (kind, score) else {
                        return Err(GrammarError::Statement(line));
                    };
                    Some(Rule { kind, score })
                }
            };
            let class = (level + 1 < LEVELS).then(|| self.class(&tag));
            let source = source.to_owned();
            self.levels[level].push(Statement { rule, class, source });
        } else if let Some(source) = rest.strip_prefix('=') {
            self.expressions.insert(name.to_owned(), source.to_owned());
        } else if let Some(entries) = rest.strip_prefix(':') {
            let class = self.class(name);
            self.expressions.remove(name);
            for entry in syntax::split_entries(entries) {
                for phrase in syntax::expand(&entry) {
                    self.add(class, &phrase)?;
                }
            }
        } else {
            return Err(GrammarError::Statement(line));
        }
        Ok(())
    }

    /// Puts a word or phrase into a class.
    fn add(&mut self, class: usize, phrase: &str) -> Result<(), GrammarError> {
        let (phrase, capital) = syntax::without_capital_mark(phrase);
        let mut words = syntax::split_phrase(phrase);
        for word in &words {
            let letters = words::folded(word);
            if letters.len() > words::LONGEST {
                return Err(GrammarError::Long(word.clone()));
            }
        }
        self.note_length(&words);
        if words.len() == 1 {
            let word = words::folded(&words.remove(0));
            self.words.entry(word).or_default().insert((class, capital));
        } else if !words.is_empty() {
            let phrase = words
                .into_iter()
                .enumerate()
                .map(|(index, word)| (word, capital && index == 0))
                .collect();
            self.classes[class].phrases.push(phrase);
        }
        Ok(())
    }

    /// Keeps the length of the longest word that may be part of a text without spaces.
    pub(super) fn note_length(&mut self, words: &[String]) {
        let lengths = words
            .iter()
            .filter(|word| !word.is_ascii())
            .map(|word| word.chars().count());
        self.longest = lengths.fold(self.longest, usize::max);
    }

    /// The node of one word.
    pub(super) fn word(&mut self, word: &str, capital: bool) -> Node {
        let name = format!("{}\"{word}", if capital { "^" } else { "" });
        let class = self.class(&name);
        self.words
            .entry(words::folded(word))
            .or_default()
            .insert((class, capital));
        Node::Class(class)
    }

    pub(super) fn phrase(&mut self, phrase: &[(String, bool)]) -> Node {
        let parts = phrase.iter().map(|(word, capital)| (false, self.word(word, *capital)));
        Node::Sequence(parts.collect())
    }

    /// The node of a name.
    pub(super) fn named(&mut self, name: &str, place: &str, depth: usize) -> Result<Node, GrammarError> {
        if depth > 40 {
            return Err(GrammarError::Endless(place.to_owned()));
        }
        if let Some(source) = self.expressions.get(name).cloned() {
            return syntax::parse(self, &source, name, depth + 1);
        }
        let Some(&class) = self.class_names.get(name) else {
            return Err(GrammarError::Name(place.to_owned(), name.to_owned()));
        };
        let phrases = std::mem::take(&mut self.classes[class].phrases);
        let mut ways = vec![Node::Class(class)];
        for phrase in &phrases {
            ways.push(self.phrase(phrase));
        }
        self.classes[class].phrases = phrases;
        Ok(Node::Either(ways))
    }

    fn build(mut self) -> Result<Grammar, GrammarError> {
        let levels = std::mem::take(&mut self.levels);
        let mut nodes: [Vec<Node>; LEVELS] = Default::default();
        for (statements, nodes) in levels.iter().zip(&mut nodes) {
            for statement in statements {
                nodes.push(syntax::parse(&mut self, &statement.source, "statement", 0)?);
            }
        }
        let endings = self.class_names.get("ending").map_or_else(Vec::new, |&class| {
            let with_class = |(_, classes): &(&Vec<u8>, &BTreeSet<(usize, bool)>)| classes.contains(&(class, false));
            self.words
                .iter()
                .filter(with_class)
                .map(|(word, _)| word.clone())
                .collect()
        });
        // A symbol is a set of classes: words that mean the same share one.
        let mut members = vec![Vec::new(); self.classes.len()];
        for (class, member) in members.iter_mut().enumerate().take(numbers::NAMES.len()) {
            member.push(numbers::FIRST + class as u16);
        }
        let first_item = NOTHING + 1;
        let mut first_word = first_item;
        for statement in levels.iter().flatten() {
            if let Some(class) = statement.class {
                members[class].push(first_word);
            }
            first_word += 1;
        }
        let mut sets: BTreeMap<Vec<usize>, u16> = BTreeMap::from([(Vec::new(), NOTHING)]);
        let mut symbol = |set: Vec<usize>| {
            // `NOTHING` is among the sets, but not among the numbers from here on.
            let next = first_word + sets.len() as u16 - 1;
            *sets.entry(set).or_insert_with_key(|set| {
                set.iter().for_each(|&class| members[class].push(next));
                next
            })
        };
        let entries: Vec<(Vec<u8>, Symbols)> = self
            .words
            .into_iter()
            .map(|(word, classes)| {
                let any = classes.iter().filter(|(_, capital)| !capital).map(|&(class, _)| class);
                let small = symbol(any.collect());
                let all: BTreeSet<usize> = classes.iter().map(|&(class, _)| class).collect();
                let capital = symbol(all.into_iter().collect());
                (word, Symbols { capital, small })
            })
            .collect();
        let symbols = usize::from(first_word) + sets.len();
        let mut openers = vec![0; (1 << 16) / 64];
        for (word, _) in &entries {
            let first = std::str::from_utf8(word).ok().and_then(|word| word.chars().next());
            if let Some(first) = first.filter(|&c| lexer::is_unspaced(c) && (c as usize) < 1 << 16) {
                openers[first as usize / 64] |= 1 << (first as usize % 64);
            }
        }
        let mut first = first_item;
        let levels_built = nodes.map(|nodes| {
            let statements: Vec<(RuleId, &Node)> = (0..).zip(&nodes).collect();
            let level = Level {
                automaton: Automaton::new(&statements, &members, symbols),
                first,
            };
            first += nodes.len() as u16;
            level
        });
        Ok(Grammar {
            words: Words::new(entries.iter().map(|(word, symbols)| (word.as_slice(), *symbols))),
            longest: self.longest,
            openers,
            endings,
            first_item,
            rules: levels.iter().flatten().map(|statement| statement.rule).collect(),
            levels: levels_built,
        })
    }
}
