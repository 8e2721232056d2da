//! From rules over classes of words to a deterministic automaton over symbols.

use std::collections::{BTreeMap, HashMap};

/// The input between two words that are not written together.
pub(super) const SPACE: u16 = 0;

/// What a rule reports, by its number.
pub(super) type RuleId = u16;

const NO_RULE: RuleId = RuleId::MAX;

/// A rule's expression, with every name resolved.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// One word of a class, by the number of the class.
    Class(usize),
    /// One after the other; `true` where no space may stand before the part.
    Sequence(Vec<(bool, Node)>),
    Either(Vec<Node>),
    Optional(Box<Node>),
    /// One or more times.
    Repeated(Box<Node>),
}

#[derive(Default)]
struct State {
    free: Vec<u32>,
    /// Steps on the words of a class.
    on_class: Option<(usize, u32)>,
    on_space: Option<u32>,
    accepts: Option<RuleId>,
}

/// The automaton with free moves that the rules are first written down as.
struct Nondeterministic {
    states: Vec<State>,
}

impl Nondeterministic {
    fn state(&mut self) -> u32 {
        self.states.push(State::default());
        (self.states.len() - 1) as u32
    }

    /// Adds `node` behind `from`; returns the state behind it.
    fn add(&mut self, node: &Node, from: u32) -> u32 {
        match node {
            Node::Class(class) => {
                let here = self.state();
                let to = self.state();
                self.states[from as usize].free.push(here);
                self.states[here as usize].on_class = Some((*class, to));
                to
            }
            Node::Sequence(parts) => {
                let mut at = from;
                for (index, (glued, part)) in parts.iter().enumerate() {
                    if index > 0 && !glued {
                        at = self.space(at);
                    }
                    at = self.add(part, at);
                }
                at
            }
            Node::Either(ways) => {
                let to = self.state();
                for way in ways {
                    let end = self.add(way, from);
                    self.states[end as usize].free.push(to);
                }
                to
            }
            Node::Optional(node) => {
                let to = self.state();
                let end = self.add(node, from);
                self.states[end as usize].free.push(to);
                self.states[from as usize].free.push(to);
                to
            }
            Node::Repeated(node) => {
                let start = self.state();
                self.states[from as usize].free.push(start);
                let end = self.add(node, start);
                let again = self.space(end);
                self.states[again as usize].free.push(start);
                end
            }
        }
    }

    /// Adds a space that may be missing.
    fn space(&mut self, from: u32) -> u32 {
        let here = self.state();
        let to = self.state();
        self.states[from as usize].free.push(here);
        self.states[here as usize].on_space = Some(to);
        self.states[here as usize].free.push(to);
        to
    }

    /// For each state, the states that free moves reach and that take input or accept.
    fn closures(&self) -> Vec<Vec<u32>> {
        let mut seen = vec![u32::MAX; self.states.len()];
        (0..self.states.len() as u32)
            .map(|start| {
                let mut stack = vec![start];
                let mut found = Vec::new();
                while let Some(at) = stack.pop() {
                    if seen[at as usize] == start {
                        continue;
                    }
                    seen[at as usize] = start;
                    let state = &self.states[at as usize];
                    if state.on_class.is_some() || state.on_space.is_some() || state.accepts.is_some() {
                        found.push(at);
                    }
                    stack.extend(&state.free);
                }
                found
            })
            .collect()
    }
}

/// The deterministic automaton. State 0 is the start; rows list only the symbols that lead on.
pub(super) struct Automaton {
    /// Where the row of each state begins in `steps`; one more at the end.
    rows: Vec<u32>,
    /// Symbol and next state, by symbol within a row.
    steps: Vec<(u16, u32)>,
    accepts: Vec<RuleId>,
    /// Whether a symbol leads on from the start.
    starts: Vec<bool>,
}

impl Automaton {
    /// The automaton of `rules`; of two that accept the same words, the one with the lower number wins. `members` lists
    /// the symbols of each class, all below `symbols`.
    pub(super) fn new(rules: &[(RuleId, &Node)], members: &[Vec<u16>], symbols: usize) -> Automaton {
        let mut loose = Nondeterministic { states: Vec::new() };
        let start = loose.state();
        for &(rule, node) in rules {
            let end = loose.add(node, start) as usize;
            let accepts = &mut loose.states[end].accepts;
            *accepts = Some(accepts.map_or(rule, |other| other.min(rule)));
        }
        let closures = loose.closures();
        let mut numbers: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut sets = vec![closures[start as usize].clone()];
        sets[0].sort_unstable();
        numbers.insert(sets[0].clone(), 0);
        let mut automaton = Automaton {
            rows: vec![0],
            steps: Vec::new(),
            accepts: Vec::new(),
            starts: vec![false; symbols],
        };
        let mut done = 0;
        while done < sets.len() {
            let mut accepts = NO_RULE;
            let mut targets: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
            for &at in &sets[done] {
                let state = &loose.states[at as usize];
                accepts = accepts.min(state.accepts.unwrap_or(NO_RULE));
                if let Some(to) = state.on_space {
                    targets.entry(SPACE).or_default().extend(&closures[to as usize]);
                }
                if let Some((class, to)) = state.on_class {
                    for &symbol in &members[class] {
                        targets.entry(symbol).or_default().extend(&closures[to as usize]);
                    }
                }
            }
            automaton.accepts.push(accepts);
            for (symbol, mut set) in targets {
                set.sort_unstable();
                set.dedup();
                let number = *numbers.entry(set).or_insert_with_key(|set| {
                    sets.push(set.clone());
                    (sets.len() - 1) as u32
                });
                automaton.steps.push((symbol, number));
            }
            automaton.rows.push(automaton.steps.len() as u32);
            done += 1;
        }
        for index in 0..automaton.rows[1] as usize {
            automaton.starts[usize::from(automaton.steps[index].0)] = true;
        }
        automaton.steps.shrink_to_fit();
        automaton
    }

    /// Whether an expression may begin with `symbol`.
    #[inline]
    pub(super) fn starts_with(&self, symbol: u16) -> bool {
        self.starts[usize::from(symbol)]
    }

    /// The state behind `symbol`.
    #[inline]
    pub(super) fn step(&self, state: u32, symbol: u16) -> Option<u32> {
        let row = &self.steps[self.rows[state as usize] as usize..self.rows[state as usize + 1] as usize];
        row.binary_search_by_key(&symbol, |step| step.0)
            .ok()
            .map(|index| row[index].1)
    }

    /// The rule that is complete in `state`.
    #[inline]
    pub(super) fn accepts(&self, state: u32) -> Option<RuleId> {
        Some(self.accepts[state as usize]).filter(|&rule| rule != NO_RULE)
    }

    pub(super) fn states(&self) -> usize {
        self.accepts.len()
    }

    pub(super) fn memory_usage(&self) -> usize {
        self.rows.capacity() * size_of::<u32>()
            + self.steps.capacity() * size_of::<(u16, u32)>()
            + self.accepts.capacity() * size_of::<RuleId>()
            + self.starts.capacity()
    }
}
