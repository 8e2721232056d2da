//! The pipeline: tokens, terminologies, taggers, attributes, links, traits, offsets.

use std::ops::Range;

use construe_learn::Tagger;
use construe_lexicon::Lexicon;
use construe_recognizers::Recognizers;
use construe_text::pieces;

use crate::assertion::sections::Sections;
use crate::assertion::{Assertion, Cues};
use crate::attributes::Piece;
use crate::decoder::Decoder;
use crate::document::{self, Reading};
use crate::features::Source;
use crate::labels::{EntityLabel, PhiLabel};
use crate::linker::{Link, Linker, Mention};
use crate::offsets::CodePointIndex;
use crate::phi::{self, Found, Marks};
use crate::terminology::{Matches, Terminology};
use crate::tokens::Tokens;
use crate::votes::{self, Tagged};
use crate::{
    Analysis, Attribute, Category, Entity, LoadError, Relationship, Trait, Type, UnmappedAttribute, data, rounded,
};

/// The engine: immutable, shared by all threads.
pub struct Engine {
    terminology: Terminology,
    medical_words: Lexicon,
    english_words: Lexicon,
    recognizers: Recognizers,
    entities: Tagger,
    phi: Tagger,
    assertion: Assertion,
}

/// Memory that one analysis at a time works in; keep one for each thread.
#[derive(Default)]
pub struct Scratch {
    tokens: Tokens,
    matches: Matches,
    entity_decoder: Decoder,
    phi_decoder: Decoder,
    tagged: Vec<Tagged>,
    marks: Marks,
    cues: Cues,
    mentions: Vec<Mention>,
    pieces: Vec<Piece>,
    links: Vec<Option<Link>>,
    found: Vec<Found>,
    offsets: CodePointIndex,
}

impl Engine {
    /// Loads the engine.
    ///
    /// # Errors
    /// If the data that the program carries are damaged.
    pub fn load() -> Result<Engine, LoadError> {
        Ok(Engine {
            terminology: data::terminology()?,
            medical_words: data::medical_lexicon()?,
            english_words: data::english_lexicon()?,
            recognizers: Recognizers::load()?,
            entities: data::entity_tagger()?,
            phi: data::phi_tagger()?,
            assertion: Assertion::new(),
        })
    }

    /// Memory for analyses by this engine.
    pub fn scratch(&self) -> Scratch {
        Scratch::default()
    }

    /// Puts into `out`, which is cleared first, the medical entities of an English text with their attributes and
    /// traits, protected health information among them. Takes time linear in the length of the text, whatever it holds.
    pub fn analyze_entities(&self, scratch: &mut Scratch, text: &str, out: &mut Analysis) {
        out.clear();
        scratch.offsets.read(text);
        for piece in pieces(text) {
            let part = &text[piece.clone()];
            self.read(scratch, part);
            let first = out.entities.len();
            let first_unmapped = out.unmapped.len();
            self.tag(scratch, part);
            let mut sections = Sections::default();
            let mut tagged = 0;
            for index in 0..scratch.tokens.sentences().len() {
                let sentence = scratch.tokens.sentences()[index].clone();
                let first = tagged;
                while scratch
                    .tagged
                    .get(tagged)
                    .is_some_and(|next| next.tokens.start < sentence.end)
                {
                    tagged += 1;
                }
                self.read_sentence(scratch, sentence, first..tagged, &mut sections, out);
            }
            self.find_phi(scratch, part);
            out.entities.extend(scratch.found.iter().map(|found| Entity {
                kind: found.kind,
                category: Category::ProtectedHealthInformation,
                start: 0,
                end: 0,
                byte_start: found.start,
                byte_end: found.end,
                score: rounded(found.score),
                traits: Vec::new(),
                attributes: Vec::new(),
            }));
            let place = Placement {
                text,
                base: piece.start,
                offsets: &scratch.offsets,
            };
            for entity in &mut out.entities[first..] {
                place.entity(entity);
            }
            for unmapped in &mut out.unmapped[first_unmapped..] {
                place.attribute(&mut unmapped.attribute);
            }
            out.entities[first..].sort_by_key(|entity| (entity.byte_start, entity.byte_end, entity.kind));
        }
    }

    /// Puts into `out`, which is cleared first, the protected health information of an English text, in order.
    pub fn analyze_phi(&self, scratch: &mut Scratch, text: &str, out: &mut Vec<Entity>) {
        out.clear();
        scratch.offsets.read(text);
        for piece in pieces(text) {
            let part = &text[piece.clone()];
            self.read(scratch, part);
            self.find_phi(scratch, part);
            out.extend(scratch.found.iter().map(|found| {
                let (byte_start, byte_end) = (piece.start + found.start, piece.start + found.end);
                Entity {
                    kind: found.kind,
                    category: Category::ProtectedHealthInformation,
                    start: scratch.offsets.at(text, byte_start),
                    end: scratch.offsets.at(text, byte_end),
                    byte_start,
                    byte_end,
                    score: rounded(found.score),
                    traits: Vec::new(),
                    attributes: Vec::new(),
                }
            }));
        }
    }

    /// Puts into `out`, which is cleared first, what the context says of mentions that the caller knows: one list of
    /// traits for each range of bytes in `mentions`. Ranges hold whole characters.
    pub fn assess(
        &self,
        scratch: &mut Scratch,
        text: &str,
        mentions: &[(Range<usize>, Type)],
        out: &mut Vec<Vec<Trait>>,
    ) {
        out.clear();
        out.resize(mentions.len(), Vec::new());
        self.read(scratch, text);
        let Scratch {
            tokens, matches, cues, ..
        } = scratch;
        let mut sections = Sections::default();
        for sentence in tokens.sentences() {
            let section = sections.of(tokens, sentence);
            let reading = Reading {
                tokens,
                matches,
                terminology: &self.terminology,
                sentence: sentence.clone(),
            };
            self.assertion.read(tokens, sentence.clone(), cues);
            for ((bytes, kind), traits) in mentions.iter().zip(out.iter_mut()) {
                let range = tokens.touching(bytes.clone());
                if range.is_empty() || !sentence.contains(&range.start) {
                    continue;
                }
                let mention = Mention {
                    kind: *kind,
                    tokens: range.start..range.end.min(sentence.end),
                    score: 1.0,
                };
                reading.kind_of_condition(&mention, section, traits);
                self.assertion
                    .assess(tokens, cues, section, mention.tokens, *kind, traits);
            }
        }
    }

    /// Memory of the engine in bytes, the data in the program file included.
    pub fn memory_usage(&self) -> usize {
        self.terminology.size()
            + self.medical_words.memory_usage()
            + self.english_words.memory_usage()
            + self.recognizers.memory_usage()
            + self.entities.memory_usage()
            + self.phi.memory_usage()
            + self.assertion.memory_usage()
    }

    fn read(&self, scratch: &mut Scratch, text: &str) {
        scratch.tokens.read(text);
        self.terminology.find(&scratch.tokens, &mut scratch.matches);
    }

    /// Tags the sentences of the text that was read, and lets them agree.
    fn tag(&self, scratch: &mut Scratch, text: &str) {
        let Scratch {
            tokens,
            matches,
            entity_decoder,
            tagged,
            ..
        } = scratch;
        let source = Source {
            text,
            tokens,
            matches,
            lexicon: &self.medical_words,
            known: None,
        };
        tagged.clear();
        entity_decoder.tag(&self.entities, &source, tokens.sentences().iter(), |sentence, spans| {
            tagged.extend(spans.iter().map(|span| Tagged {
                label: EntityLabel::ALL[span.label.index()],
                tokens: sentence.start + span.start..sentence.start + span.end,
                score: span.score,
            }));
        });
        votes::spread(tokens, tokens.sentences(), tagged);
    }

    /// Finds the protected health information of the text that was read, with bytes of that text.
    fn find_phi(&self, scratch: &mut Scratch, text: &str) {
        let Scratch {
            tokens,
            matches,
            phi_decoder,
            marks,
            found,
            ..
        } = scratch;
        marks.read(&self.recognizers, text, tokens);
        let known = phi::Known {
            marks: &marks.tokens,
            gazetteer: self.recognizers.gazetteer(),
        };
        let source = Source {
            text,
            tokens,
            matches,
            lexicon: &self.english_words,
            known: Some(known),
        };
        found.clear();
        let sentences = tokens
            .sentences()
            .iter()
            .filter(|sentence| phi::worth_reading(text, tokens, &known, sentence));
        phi_decoder.tag(&self.phi, &source, sentences, |sentence, spans| {
            for span in spans {
                let range = sentence.start + span.start..sentence.start + span.end;
                // Nothing goes on over the stroke or the blank between the fields of a form.
                let end = range
                    .clone()
                    .find(|&token| tokens.folded(token) == b"|" || token > range.start && tokens.begins_column(token))
                    .unwrap_or(range.end);
                if end == range.start {
                    continue;
                }
                let bytes = tokens.bytes_of(range.start..end);
                found.push(Found {
                    kind: PhiLabel::ALL[span.label.index()].kind(),
                    start: bytes.start,
                    end: bytes.end,
                    score: span.score,
                });
            }
        });
        marks.complete(self.recognizers.gazetteer(), tokens, found);
    }

    /// Finds the entities of one sentence, with bytes of the text that was read.
    fn read_sentence(
        &self,
        scratch: &mut Scratch,
        sentence: Range<usize>,
        tagged_here: Range<usize>,
        sections: &mut Sections,
        out: &mut Analysis,
    ) {
        let Scratch {
            tokens,
            matches,
            tagged,
            cues,
            mentions,
            pieces,
            links,
            ..
        } = scratch;
        let section = sections.of(tokens, &sentence);
        mentions.clear();
        pieces.clear();
        let reading = Reading {
            tokens,
            matches,
            terminology: &self.terminology,
            sentence: sentence.clone(),
        };
        reading.sort(&tagged[tagged_here], mentions, pieces);
        reading.add_habits(section, mentions);
        reading.add_pieces(mentions, pieces);
        if mentions.is_empty() && pieces.is_empty() {
            return;
        }
        self.assertion.read(tokens, sentence.clone(), cues);
        let linker = Linker::new(tokens, sentence.clone(), mentions, pieces);
        links.clear();
        links.extend((0..pieces.len()).map(|piece| linker.link(piece)));
        document::settle_strengths(tokens, pieces, links);

        let first = out.entities.len();
        for mention in mentions.iter() {
            let bytes = tokens.bytes_of(mention.tokens.clone());
            let mut traits = Vec::new();
            reading.kind_of_condition(mention, section, &mut traits);
            self.assertion
                .assess(tokens, cues, section, mention.tokens.clone(), mention.kind, &mut traits);
            out.entities.push(Entity {
                kind: mention.kind,
                category: mention.kind.category(),
                start: 0,
                end: 0,
                byte_start: bytes.start,
                byte_end: bytes.end,
                score: rounded(mention.score),
                traits,
                attributes: Vec::new(),
            });
        }
        let linker = Linker::new(tokens, sentence, mentions, pieces);
        for (piece, link) in pieces.iter().zip(links.iter()) {
            let bytes = tokens.bytes_of(piece.tokens.clone());
            match link {
                Some(link) => {
                    let head = &mut out.entities[first + link.mention];
                    let attribute = attribute(piece.kind, head.category, bytes, piece.score, Some(*link));
                    head.attributes.push(attribute);
                }
                None if stands_alone(piece.kind) => out.unmapped.push(UnmappedAttribute {
                    category: piece.kind.category(),
                    attribute: attribute(piece.kind, piece.kind.category(), bytes, piece.score, None),
                }),
                None => {}
            }
        }
        link_mentions(&linker, mentions, out, first);
    }
}

/// Body parts become attributes of the conditions there, times get the types of what they date.
fn link_mentions(linker: &Linker<'_>, mentions: &[Mention], out: &mut Analysis, first: usize) {
    let mut dated = Vec::new();
    let mut undated = Vec::new();
    for (index, mention) in mentions.iter().enumerate() {
        let bytes = out.entities[first + index].byte_start..out.entities[first + index].byte_end;
        match mention.kind {
            Type::SystemOrganSite => {
                if let Some(link) = linker.located(index) {
                    let attribute = attribute(mention.kind, Category::Anatomy, bytes, mention.score, Some(link));
                    out.entities[first + link.mention].attributes.push(attribute);
                }
            }
            Type::TimeExpression => {
                dated.clear();
                linker.dated(index, &mut dated);
                let kind = dated.first().and_then(|link| mentions[link.mention].kind.time_to());
                let Some(kind) = kind else {
                    undated.push(first + index);
                    continue;
                };
                for link in &dated {
                    let head = &out.entities[first + link.mention];
                    let mut attribute = attribute(
                        head.kind,
                        head.category,
                        head.byte_start..head.byte_end,
                        head.score,
                        Some(*link),
                    );
                    attribute.relationship = Relationship::Overlap;
                    attribute.traits.clone_from(&head.traits);
                    out.entities[first + index].attributes.push(attribute);
                }
                out.entities[first + index].kind = kind;
            }
            _ => {}
        }
    }
    for &index in undated.iter().rev() {
        let entity = out.entities.remove(index);
        out.unmapped.push(UnmappedAttribute {
            category: Category::TimeExpression,
            attribute: attribute(
                Type::TimeExpression,
                Category::TimeExpression,
                entity.byte_start..entity.byte_end,
                entity.score,
                None,
            ),
        });
    }
    for entity in &mut out.entities[first..] {
        entity
            .attributes
            .sort_by_key(|attribute| (attribute.byte_start, attribute.byte_end, attribute.kind));
    }
}

fn attribute(kind: Type, category: Category, bytes: Range<usize>, score: f32, link: Option<Link>) -> Attribute {
    Attribute {
        kind,
        // Direction and place are anatomy whatever they belong to.
        category: if kind.category() == Category::Anatomy {
            Category::Anatomy
        } else {
            category
        },
        relationship: Relationship::of(kind),
        relationship_score: rounded(link.map_or(0.0, |link| link.score)),
        score: rounded(score),
        start: 0,
        end: 0,
        byte_start: bytes.start,
        byte_end: bytes.end,
        traits: Vec::new(),
    }
}

/// Whether an attribute of that type says something without an entity.
fn stands_alone(kind: Type) -> bool {
    matches!(
        kind,
        Type::Dosage | Type::Strength | Type::RouteOrMode | Type::Rate | Type::TestValue | Type::Acuity | Type::Quality
    )
}

/// Moves bytes of a part of a text to where the part stands, and counts code points.
struct Placement<'a> {
    text: &'a str,
    base: usize,
    offsets: &'a CodePointIndex,
}

impl Placement<'_> {
    fn entity(&self, entity: &mut Entity) {
        (entity.byte_start, entity.start) = self.place(entity.byte_start);
        (entity.byte_end, entity.end) = self.place(entity.byte_end);
        for attribute in &mut entity.attributes {
            self.attribute(attribute);
        }
    }

    fn attribute(&self, attribute: &mut Attribute) {
        (attribute.byte_start, attribute.start) = self.place(attribute.byte_start);
        (attribute.byte_end, attribute.end) = self.place(attribute.byte_end);
    }

    fn place(&self, byte: usize) -> (usize, usize) {
        let byte = self.base + byte;
        (byte, self.offsets.at(self.text, byte))
    }
}

impl Scratch {
    /// Heap memory in bytes, but for that of the taggers. It grows with the longest text so far, up to a bound.
    pub fn memory_usage(&self) -> usize {
        self.tokens.memory_usage()
            + self.matches.memory_usage()
            + self.entity_decoder.memory_usage()
            + self.phi_decoder.memory_usage()
            + self.marks.memory_usage()
            + self.offsets.memory_usage()
    }
}
