//! The syntax of grammars: entries of classes and expressions.

use super::automaton::Node;
use super::grammar::{Builder, GrammarError};
use super::lexer;

/// Entries of a class: separated by commas outside braces.
pub(super) fn split_entries(entries: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut depth = 0;
    for c in entries.chars() {
        match c {
            ',' if depth == 0 => out.push(String::new()),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                if let Some(last) = out.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    out.into_iter().map(|entry| entry.trim().to_owned()).collect()
}

/// A phrase without the mark that asks for a capital, and whether it had one.
pub(super) fn without_capital_mark(phrase: &str) -> (&str, bool) {
    match phrase.strip_prefix('^') {
        Some(rest) if !rest.is_empty() => (rest, true),
        _ => (phrase, false),
    }
}

/// All phrases that an entry with braces can make.
pub(super) fn expand(entry: &str) -> Vec<String> {
    let Some((head, rest)) = entry.split_once('{') else {
        return vec![entry.to_owned()];
    };
    let (choices, tail) = rest.split_once('}').unwrap_or((rest, ""));
    let tails = expand(tail);
    choices
        .split(',')
        .flat_map(|choice| tails.iter().map(move |tail| format!("{head}{choice}{tail}")))
        .collect()
}

/// The words of a phrase as the lexer reads them: runs of letters, and every mark by itself.
pub(super) fn split_phrase(phrase: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = None;
    for c in phrase.chars() {
        let run = lexer::is_letter(c).then(|| lexer::Run::of(c));
        if !c.is_whitespace() {
            match words.last_mut() {
                Some(word) if run.is_some() && run == before => word.push(c),
                _ => words.push(c.to_string()),
            }
        }
        before = run;
    }
    words
}

/// Reads the expression `source`, which belongs to the statement `place`; `depth` counts the names on the way to it.
pub(super) fn parse(builder: &mut Builder, source: &str, place: &str, depth: usize) -> Result<Node, GrammarError> {
    let mut parser = Parser {
        builder,
        rest: source.trim(),
        place,
        depth,
    };
    let node = parser.either()?;
    if parser.rest.is_empty() {
        Ok(node)
    } else {
        Err(parser.malformed())
    }
}

struct Parser<'b, 's> {
    builder: &'b mut Builder,
    rest: &'s str,
    place: &'s str,
    depth: usize,
}

impl Parser<'_, '_> {
    fn malformed(&self) -> GrammarError {
        GrammarError::Expression(self.place.to_owned())
    }

    fn take(&mut self, mark: char) -> bool {
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn either(&mut self) -> Result<Node, GrammarError> {
        let mut ways = vec![self.sequence()?];
        while self.take('|') {
            ways.push(self.sequence()?);
        }
        Ok(if ways.len() == 1 {
            ways.remove(0)
        } else {
            Node::Either(ways)
        })
    }

    fn sequence(&mut self) -> Result<Node, GrammarError> {
        let mut parts = Vec::new();
        loop {
            let glued = self.take('~');
            if self.rest.is_empty() || self.rest.starts_with(['|', ')']) {
                break;
            }
            parts.push((glued, self.repeated()?));
        }
        match parts.len() {
            0 => Err(self.malformed()),
            1 => Ok(parts.remove(0).1),
            _ => Ok(Node::Sequence(parts)),
        }
    }

    fn repeated(&mut self) -> Result<Node, GrammarError> {
        let mut node = self.single()?;
        loop {
            if self.take('?') {
                node = Node::Optional(Box::new(node));
            } else if self.take('+') {
                node = Node::Repeated(Box::new(node));
            } else if self.take('*') {
                node = Node::Optional(Box::new(Node::Repeated(Box::new(node))));
            } else {
                return Ok(node);
            }
        }
    }

    fn single(&mut self) -> Result<Node, GrammarError> {
        if self.take('(') {
            let node = self.either()?;
            return if self.take(')') {
                Ok(node)
            } else {
                Err(self.malformed())
            };
        }
        if let Some(rest) = self.rest.strip_prefix('"') {
            let (phrase, rest) = rest.split_once('"').ok_or_else(|| self.malformed())?;
            self.rest = rest.trim_start();
            let (phrase, capital) = without_capital_mark(phrase);
            let mut words = split_phrase(phrase);
            self.builder.note_length(&words);
            return Ok(match words.len() {
                0 => return Err(self.malformed()),
                1 => self.builder.word(&words.remove(0), capital),
                _ => {
                    let words: Vec<(String, bool)> = words
                        .into_iter()
                        .enumerate()
                        .map(|(index, word)| (word, capital && index == 0))
                        .collect();
                    self.builder.phrase(&words)
                }
            });
        }
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(self.rest.len());
        if end == 0 {
            return Err(self.malformed());
        }
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        self.builder.named(name, self.place, self.depth)
    }
}
