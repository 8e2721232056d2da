//! The pipeline: recognizers, resolution of overlaps, offsets.

use construe_recognizers::{Candidate, GazetteerError, Kinds, Recognizers};
use construe_text::CodePoints;

use crate::language::Language;
use crate::resolve;
use crate::types::{PiiType, TypeSet};

/// The engine could not be loaded: its data are damaged.
#[derive(Debug, thiserror::Error)]
#[error("load the data of the recognizers")]
pub struct LoadError(#[from] GazetteerError);

/// A piece of personal information.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// What it is.
    pub kind: PiiType,
    /// Its first code point, counted from the start of the text.
    pub start: usize,
    /// One past its last code point.
    pub end: usize,
    /// Its first byte.
    pub byte_start: usize,
    /// One past its last byte.
    pub byte_end: usize,
    /// How likely it is what it is said to be, from 0 to 1, in steps of 0.0001.
    pub score: f32,
}

/// The engine: immutable, shared by all threads.
pub struct Engine {
    recognizers: Recognizers,
}

/// Memory that one analysis at a time works in; keep one for each thread.
pub struct Scratch {
    recognizers: construe_recognizers::Scratch,
    candidates: Vec<Candidate>,
    resolved: Vec<Candidate>,
}

/// Texts are read in pieces of about this many bytes, so that memory and caches stay small.
const PIECE: usize = 64 * 1024;

impl Engine {
    /// Loads the engine.
    ///
    /// # Errors
    /// If the data that the program carries are damaged.
    pub fn load() -> Result<Engine, LoadError> {
        Ok(Engine {
            recognizers: Recognizers::load()?,
        })
    }

    /// Memory for analyses by this engine.
    pub fn scratch(&self) -> Scratch {
        Scratch {
            recognizers: construe_recognizers::Scratch::default(),
            candidates: Vec::new(),
            resolved: Vec::new(),
        }
    }

    /// Puts the findings of `text` into `out`, which is cleared first: in order of their start, none overlapping
    /// another. Takes time linear in the length of the text, whatever it holds.
    pub fn analyze(&self, scratch: &mut Scratch, text: &str, language: Language, out: &mut Vec<Finding>) {
        self.analyze_types(scratch, text, language, &TypeSet::all(), out);
    }

    /// Like [`Engine::analyze`], but looks for some types only. What the other types need is not done, so that
    /// types with a fixed layout alone are found several times as fast as all. A place that would be of a type not
    /// asked for may be found as another type that is.
    pub fn analyze_types(
        &self,
        scratch: &mut Scratch,
        text: &str,
        language: Language,
        types: &TypeSet,
        out: &mut Vec<Finding>,
    ) {
        out.clear();
        let kinds: Kinds = types.iter().map(PiiType::kind).collect();
        let mut code_points = CodePoints::new(text);
        let mut start = 0;
        while start < text.len() {
            let end = piece_end(text, start);
            scratch.candidates.clear();
            self.recognizers.find(
                &mut scratch.recognizers,
                &text[start..end],
                language.into(),
                kinds,
                &mut scratch.candidates,
            );
            resolve::resolve(&mut scratch.candidates, &mut scratch.resolved);
            out.extend(scratch.resolved.iter().map(|found| {
                let (byte_start, byte_end) = (start + found.span.start, start + found.span.end);
                Finding {
                    kind: PiiType::of(found.kind),
                    start: code_points.at(byte_start),
                    end: code_points.at(byte_end),
                    byte_start,
                    byte_end,
                    score: (found.score.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0,
                }
            }));
            start = end;
        }
    }

    /// Memory of the engine in bytes, the data in the program file included.
    pub fn memory_usage(&self) -> usize {
        self.recognizers.memory_usage()
    }
}

impl Scratch {
    /// Heap memory in bytes. It grows with the longest text so far, up to a bound.
    pub fn memory_usage(&self) -> usize {
        self.recognizers.memory_usage()
            + (self.candidates.capacity() + self.resolved.capacity()) * size_of::<Candidate>()
    }
}

/// Where the piece that starts at `start` ends: if possible after a blank line, else after a line, else after a
/// word, so that nothing that belongs together is cut.
fn piece_end(text: &str, start: usize) -> usize {
    if text.len() - start <= PIECE + PIECE / 2 {
        return text.len();
    }
    let bytes = text.as_bytes();
    let window = &bytes[start + PIECE / 2..start + PIECE];
    let at = window
        .windows(2)
        .rposition(|pair| pair == b"\n\n")
        .map(|at| at + 2)
        .or_else(|| window.iter().rposition(|&byte| byte == b'\n').map(|at| at + 1))
        .or_else(|| window.iter().rposition(u8::is_ascii_whitespace).map(|at| at + 1))
        .unwrap_or(window.len());
    let mut end = start + PIECE / 2 + at;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}
