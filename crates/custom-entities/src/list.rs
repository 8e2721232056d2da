//! Where the entities of a list occur in a text.
//!
//! The texts themselves are not kept: an entity is the hash of its tokens, and so is each beginning of one. A million
//! entities take some 14 MB in a file, and finding them costs one look-up for each token.

use std::collections::BTreeMap;
use std::ops::Range;

use construe_tagging::{Buffers, Document};
use construe_text::{CodePoints, Language, pieces};
use construe_training_data::entities::Span;

/// Longer entities are left out: finding entities must take time linear in the text.
const LONGEST_ENTITY: usize = 32;

/// The most entities and beginnings of entities.
const MOST_NODES: usize = 2_000_000;

/// Hashes have that many bits: of a million tokens that are in no entity one is taken for an entity, at most.
const BITS: u32 = 48;

/// Kind of a node that is no entity, only the beginning of one.
const BEGINNING: u8 = u8::MAX;

const START: u64 = 0x9E37_79B9_7F4A_7C15;

/// Finds the entities of a list in texts, as a training from a list does: case counts, tokens are whole, of those that
/// begin together the longest wins.
#[derive(Debug)]
pub struct ListMatcher {
    entities: Entities,
    language: Language,
    left_out: u64,
    buffers: Buffers,
}

impl ListMatcher {
    /// For entities with the numbers of their types. Where one text has several types the first counts.
    pub fn new<T: AsRef<str>>(language: Language, list: impl IntoIterator<Item = (T, u8)>) -> ListMatcher {
        let mut builder = EntitiesBuilder::new(language);
        for (text, kind) in list {
            builder.add(text.as_ref(), kind);
        }
        let (entities, left_out) = builder.finish();
        ListMatcher {
            entities,
            language,
            left_out,
            buffers: Buffers::default(),
        }
    }

    /// How many entities are too long to be found.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Puts the entities of a text into `out`, which is cleared first: in order, none overlapping another. Takes time
    /// linear in the length of the text.
    pub fn find(&mut self, text: &str, out: &mut Vec<Span>) {
        out.clear();
        let mut code_points = CodePoints::new(text);
        for piece in pieces(text) {
            let offset = piece.start;
            let document = self.buffers.read(&text[piece], self.language);
            self.entities.find(&document, |tokens, kind| {
                let mut at = |byte: u32| code_points.at(offset + byte as usize) as u32;
                let start = at(document.tokens[tokens.start].start);
                let end = at(document.tokens[tokens.end - 1].end);
                out.push(Span { start, end, kind });
            });
        }
    }

    pub(crate) fn into_entities(self) -> Entities {
        self.entities
    }
}

/// Entities to be found in texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entities {
    /// By hash: the kind of entity, or [`BEGINNING`].
    nodes: Vec<(u64, u8)>,
    /// Nodes by place: hash and kind in one number, 0 where there is none.
    table: Vec<u64>,
}

/// Entities as they are put together.
struct EntitiesBuilder {
    nodes: BTreeMap<u64, u8>,
    language: Language,
    buffers: Buffers,
    left_out: u64,
}

impl EntitiesBuilder {
    fn new(language: Language) -> EntitiesBuilder {
        EntitiesBuilder {
            nodes: BTreeMap::new(),
            language,
            buffers: Buffers::default(),
            left_out: 0,
        }
    }

    /// Adds an entity unless it is too long, or the list is full.
    fn add(&mut self, text: &str, kind: u8) {
        let document = self.buffers.read(text, self.language);
        let count = document.tokens.len();
        if count == 0 || kind == BEGINNING || count > LONGEST_ENTITY || self.nodes.len() + count > MOST_NODES {
            self.left_out += 1;
            return;
        }
        let mut hash = START;
        for token in 0..count {
            hash = step(hash, &document, token, token == 0);
            let node = self.nodes.entry(hash).or_insert(BEGINNING);
            if token + 1 == count && *node == BEGINNING {
                *node = kind;
            }
        }
    }

    /// The entities, and how many were left out.
    fn finish(self) -> (Entities, u64) {
        let nodes = self.nodes.into_iter().collect();
        (Entities::new(nodes), self.left_out)
    }
}

impl Entities {
    fn new(nodes: Vec<(u64, u8)>) -> Entities {
        let mut table = Vec::new();
        if !nodes.is_empty() {
            // At least half of the places stay free.
            table.resize((nodes.len() * 2).next_power_of_two(), 0);
            let mask = table.len() - 1;
            for &(hash, kind) in &nodes {
                let mut place = hash as usize & mask;
                while table[place] != 0 {
                    place = (place + 1) & mask;
                }
                table[place] = hash << 8 | u64::from(kind);
            }
        }
        Entities { nodes, table }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn get(&self, hash: u64) -> Option<u8> {
        let mask = self.table.len().checked_sub(1)?;
        let mut place = hash as usize & mask;
        loop {
            match self.table[place] {
                0 => return None,
                entry if entry >> 8 == hash => return Some(entry as u8),
                _ => place = (place + 1) & mask,
            }
        }
    }

    /// Calls with the tokens and the kind of each occurrence, from left to right; where several begin, with
    /// the longest. None overlaps another. Case counts.
    pub(crate) fn find(&self, document: &Document<'_>, mut call: impl FnMut(Range<usize>, u8)) {
        if self.is_empty() {
            return;
        }
        let mut start = 0;
        while start < document.tokens.len() {
            let mut found = None;
            let mut hash = START;
            for token in start..document.tokens.len() {
                hash = step(hash, document, token, token == start);
                match self.get(hash) {
                    None => break,
                    Some(BEGINNING) => {}
                    Some(kind) => found = Some((token + 1, kind)),
                }
            }
            match found {
                Some((end, kind)) => {
                    call(start..end, kind);
                    start = end;
                }
                None => start += 1,
            }
        }
    }

    /// The nodes as bytes: seven for each.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        for (hash, kind) in &self.nodes {
            out.extend_from_slice(&hash.to_le_bytes()[..6]);
            out.push(*kind);
        }
    }

    /// What [`Entities::write`] wrote, for a model of that many kinds.
    pub(crate) fn read(bytes: &[u8], kinds: usize) -> Option<Entities> {
        let (nodes, rest) = bytes.as_chunks::<7>();
        if !rest.is_empty() || nodes.len() > MOST_NODES {
            return None;
        }
        let nodes: Vec<(u64, u8)> = nodes
            .iter()
            .map(|&[a, b, c, d, e, f, kind]| (u64::from_le_bytes([a, b, c, d, e, f, 0, 0]), kind))
            .collect();
        let sound = |&(hash, kind): &(u64, u8)| hash != 0 && (kind == BEGINNING || usize::from(kind) < kinds);
        let sorted = nodes.windows(2).all(|pair| pair[0].0 < pair[1].0);
        (sorted && nodes.iter().all(sound)).then(|| Entities::new(nodes))
    }

    pub(crate) fn memory_usage(&self) -> usize {
        self.nodes.capacity() * size_of::<(u64, u8)>() + self.table.capacity() * size_of::<u64>()
    }
}

/// The hash of what was before and another token: of its characters, and of whether a space stands before it.
fn step(hash: u64, document: &Document<'_>, token: usize, first: bool) -> u64 {
    let space = !first && document.tokens[token].class.space_before();
    let mut value = hash ^ (1 + u64::from(space));
    for chunk in document.token(token).as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        value = mix(value ^ u64::from_le_bytes(word)).wrapping_add(chunk.len() as u64);
    }
    // Never 0: that is a free place.
    (mix(value) >> (u64::BITS - BITS)).max(1)
}

fn mix(value: u64) -> u64 {
    let product = u128::from(value ^ START) * u128::from(0xD6E8_FEB8_6659_FD93_u64);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(entities: &[(&str, u8)], text: &str, language: Language) -> Vec<(String, u8)> {
        let mut matcher = ListMatcher::new(language, entities.iter().copied());
        let mut bytes = Vec::new();
        matcher.entities.write(&mut bytes);
        assert_eq!(Entities::read(&bytes, 3), Some(matcher.entities.clone()));
        let mut spans = Vec::new();
        matcher.find(text, &mut spans);
        let characters: Vec<char> = text.chars().collect();
        let surface = |span: &Span| characters[span.start as usize..span.end as usize].iter().collect();
        spans.iter().map(|span| (surface(span), span.kind)).collect()
    }

    #[test]
    fn the_longest_match_at_word_boundaries_counts() {
        let entities = [("New York", 0), ("New York Times", 1), ("York", 2), ("A-1", 1)];
        let text = "New York, the New  York Times, new york, Yorkshire, New Yorker, York A-1 and A - 1.";
        let expected = [("New York", 0), ("New  York Times", 1), ("York", 2), ("A-1", 1)];
        assert_eq!(
            found(&entities, text, Language::En),
            expected.map(|(text, kind)| (text.to_owned(), kind))
        );
    }

    #[test]
    fn scripts_without_spaces_need_no_boundaries() {
        let entities = [("東京", 0), ("大阪大学", 1)];
        let expected = [("東京", 0), ("大阪大学", 1)];
        assert_eq!(
            found(&entities, "私は東京都と大阪大学へ", Language::Ja),
            expected.map(|(text, kind)| (text.to_owned(), kind))
        );
    }

    #[test]
    fn long_texts_and_entities_that_repeat_themselves_take_linear_time() {
        let entity = "a ".repeat(32);
        let text = "a ".repeat(200_000);
        let entities = [(entity.as_str(), 0)];
        let found = found(&entities, &text, Language::En);
        // Cuts between pieces cost one each, at most.
        assert!((6_240..=6_250).contains(&found.len()), "{}", found.len());
    }

    #[test]
    fn what_cannot_be_found_is_counted() {
        let mut builder = EntitiesBuilder::new(Language::En);
        builder.add(&"a ".repeat(33), 0);
        builder.add(" ", 0);
        builder.add("a b", 1);
        builder.add("a b", 2);
        let (entities, left_out) = builder.finish();
        assert_eq!((entities.nodes.len(), left_out), (2, 2));
        assert!(entities.nodes.iter().any(|&(_, kind)| kind == 1));
    }

    #[test]
    fn damaged_nodes_are_refused() {
        let mut bytes = Vec::new();
        Entities::new(vec![(5, 0), (9, BEGINNING)]).write(&mut bytes);
        assert!(Entities::read(&bytes, 1).is_some());
        assert!(Entities::read(&bytes[..13], 1).is_none());
        let swapped = [&bytes[7..], &bytes[..7]].concat();
        assert!(Entities::read(&swapped, 1).is_none());
        assert!(Entities::read(&bytes, 0).is_none());
        assert!(Entities::read(&[0; 7], 1).is_none());
    }
}
