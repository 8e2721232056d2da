//! A file that is encrypted, as it would be if it were not.
//!
//! The PDF library could decrypt files itself, but then nobody could look into their streams before
//! it unpacks them. So a plain file is written from the encrypted one, which goes the way of all plain
//! files from there. It has no cross-reference table: the library finds the objects as in a file
//! whose table is damaged, later ones of the same number in place of earlier ones.

use super::damaged;
use super::encryption::Decryptor;
use super::lexer::{self, Lexer, Token};
use super::value::{Dictionary, Value};
use crate::limits::Watch;
use crate::{Kind, ReadError};
use std::borrow::Cow;
use std::ops::Range;

/// Words between two looks at the watch.
const WORDS_PER_CHECK: usize = 4096;
/// The entry of a trailer that says how a file is encrypted.
const ENCRYPT: &[u8] = b"Encrypt";

/// The file itself, or the plain one if it is encrypted.
///
/// # Errors
///
/// If it does not open without a password; the watch.
pub(super) fn plain<'a>(bytes: &'a [u8], watch: &Watch<'_>) -> Result<Cow<'a, [u8]>, ReadError> {
    if !mentions_encryption(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    let refused = || ReadError::Encrypted { kind: Kind::NativePdf };
    let mut trailers = Vec::new();
    let mut objects = Vec::new();
    walk(bytes, watch, |part| match part {
        Part::Trailer(trailer) => trailers.push(trailer),
        Part::Object(object) => {
            if let Some(dictionary) = object.cross_reference(bytes) {
                trailers.push(dictionary);
            }
            objects.push((object.number, object.generation, object.body.start));
        }
    })?;
    // The last is the one in force; all say the same of encryption.
    let trailer = trailers
        .iter()
        .rev()
        .find(|trailer| trailer.get("Encrypt").is_some())
        .ok_or_else(refused)?;
    let (dictionary, own_object) = match trailer.get("Encrypt") {
        Some(Value::Dictionary(dictionary)) => (dictionary.clone(), None),
        Some(Value::Reference(number, generation)) => {
            let object = objects
                .iter()
                .rev()
                .find(|object| (object.0, object.1) == (*number, *generation));
            let dictionary = object.and_then(|object| Value::read_dictionary(&mut Lexer::new(bytes, object.2)));
            (dictionary.ok_or_else(refused)?, Some((*number, *generation)))
        }
        _ => return Err(refused()),
    };
    let id = match trailer.get("ID") {
        Some(Value::Array(parts)) => match parts.first() {
            Some(Value::String(id)) => id.as_slice(),
            _ => &[],
        },
        _ => &[],
    };
    let decryptor = Decryptor::new(&dictionary, id).ok_or_else(refused)?;
    let Some(Value::Reference(root, generation)) = trailers.iter().rev().find_map(|trailer| trailer.get("Root")) else {
        return Err(damaged("its structure cannot be read"));
    };
    let mut file = b"%PDF-1.7\n".to_vec();
    walk(bytes, watch, |part| {
        if let Part::Object(object) = part
            && Some((object.number, object.generation)) != own_object
            && object.cross_reference(bytes).is_none()
        {
            object.write(bytes, &decryptor, &mut file);
        }
    })?;
    file.extend_from_slice(format!("trailer\n<< /Root {root} {generation} R >>\n").as_bytes());
    // What was hidden in it must not make the library decrypt it once more, unseen.
    if mentions_encryption(&file) {
        return Err(refused());
    }
    Ok(Cow::Owned(file))
}

/// Whether the name that announces encryption stands anywhere in a file.
fn mentions_encryption(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'/', bytes).any(|slash| {
        let initial = bytes.get(slash + 1);
        let named = matches!(initial, Some(b'E' | b'#'));
        named
            && Lexer::new(bytes, slash)
                .next()
                .is_some_and(|(_, range)| lexer::name(&bytes[range]) == ENCRYPT)
    })
}

/// What a file consists of.
enum Part {
    Object(Object),
    Trailer(Dictionary),
}

/// An object with its number.
struct Object {
    number: u32,
    generation: u16,
    /// Its value; of a stream, the dictionary.
    body: Range<usize>,
    stream: Option<Range<usize>>,
}

/// Calls `visit` with the objects and trailers of a file as they follow each other.
fn walk(bytes: &[u8], watch: &Watch<'_>, mut visit: impl FnMut(Part)) -> Result<(), ReadError> {
    let mut lexer = Lexer::new(bytes, 0);
    let mut words = 0_usize;
    // The last two words, if they are numbers, and the object that is open.
    let mut numbers: [Option<(usize, usize)>; 2] = [None; 2];
    let mut open: Option<Object> = None;
    while let Some((token, range)) = lexer.next() {
        words += 1;
        if words.is_multiple_of(WORDS_PER_CHECK) {
            watch.check()?;
        }
        let word = if token == Token::Regular {
            &bytes[range.clone()]
        } else {
            b""
        };
        match word {
            b"obj" => {
                if let [Some((number, start)), Some((generation, _))] = numbers
                    && let (Ok(number), Ok(generation)) = (u32::try_from(number), u16::try_from(generation))
                {
                    // One that was not closed ends where the next begins.
                    if let Some(mut object) = open.take() {
                        object.body.end = start;
                        visit(Part::Object(object));
                    }
                    open = Some(Object {
                        number,
                        generation,
                        body: range.end..range.end,
                        stream: None,
                    });
                }
            }
            b"endobj" => {
                if let Some(mut object) = open.take() {
                    object.body.end = range.start;
                    visit(Part::Object(object));
                }
            }
            b"stream" => {
                if let Some(mut object) = open.take() {
                    object.body.end = range.start;
                    let data = stream(bytes, &object, range.end);
                    lexer.at = data.end;
                    object.stream = Some(data);
                    visit(Part::Object(object));
                }
            }
            b"trailer" if open.is_none() => {
                if let Some(dictionary) = Value::read_dictionary(&mut lexer.clone()) {
                    visit(Part::Trailer(dictionary));
                }
            }
            _ => {}
        }
        numbers = [numbers[1], lexer::number(word).map(|number| (number, range.start))];
    }
    Ok(())
}

/// Where the data of a stream lie, whose keyword ends at a place.
fn stream(bytes: &[u8], object: &Object, keyword_end: usize) -> Range<usize> {
    let rest = &bytes[keyword_end..];
    let line_end = match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    };
    let start = keyword_end + line_end;
    let claimed = object
        .dictionary(bytes)
        .and_then(|dictionary| usize::try_from(dictionary.number("Length")?).ok())
        .and_then(|length| start.checked_add(length))
        .filter(|end| *end <= bytes.len() && Lexer::new(bytes, *end).regular() == Some(b"endstream"));
    let end = claimed.unwrap_or_else(|| {
        let rest = &bytes[start..];
        start + memchr::memmem::find(rest, b"endstream").unwrap_or(rest.len())
    });
    start..end
}

impl Object {
    fn dictionary(&self, bytes: &[u8]) -> Option<Dictionary> {
        Value::read_dictionary(&mut Lexer::new(&bytes[..self.body.end], self.body.start))
    }

    /// Its dictionary, if it is a cross-reference table in the form of a stream: those are trailers
    /// as well, and never encrypted.
    fn cross_reference(&self, bytes: &[u8]) -> Option<Dictionary> {
        self.stream.as_ref()?;
        self.dictionary(bytes)
            .filter(|dictionary| dictionary.name("Type") == Some(b"XRef"))
    }

    /// Writes it to the end of a file.
    fn write(&self, bytes: &[u8], decryptor: &Decryptor, file: &mut Vec<u8>) {
        let (number, generation) = (self.number, self.generation);
        file.extend_from_slice(format!("{number} {generation} obj\n").as_bytes());
        let data = self.stream.as_ref().map(|range| {
            let filter = self.dictionary(bytes).and_then(|dictionary| crypt_filter(&dictionary));
            decryptor.stream(&bytes[range.clone()], filter.as_deref(), number, generation)
        });
        let mut lexer = Lexer::new(&bytes[..self.body.end], self.body.start);
        let mut copied = self.body.start;
        let mut depth = 0_usize;
        while let Some((token, range)) = lexer.next() {
            match token {
                Token::DictionaryStart => depth += 1,
                Token::DictionaryEnd => depth = depth.saturating_sub(1),
                Token::String => {
                    file.extend_from_slice(&bytes[copied..range.start]);
                    copied = range.end;
                    let plain = decryptor.string(&lexer::string(&bytes[range]), number, generation);
                    file.push(b'<');
                    file.extend(plain.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()));
                    file.push(b'>');
                }
                Token::Name if depth == 1 && lexer::name(&bytes[range.clone()]) == b"Length" => {
                    if let Some(data) = &data {
                        file.extend_from_slice(&bytes[copied..range.end]);
                        file.extend_from_slice(format!(" {}", data.len()).as_bytes());
                        Value::read(&mut lexer);
                        copied = lexer.at;
                    }
                }
                _ => {}
            }
        }
        file.extend_from_slice(&bytes[copied..self.body.end]);
        if let Some(data) = data {
            file.extend_from_slice(b"\nstream\n");
            file.extend_from_slice(&data);
            file.extend_from_slice(b"\nendstream");
        }
        file.extend_from_slice(b"\nendobj\n");
    }
}

/// The crypt filter that a stream names in place of the file's own.
fn crypt_filter(dictionary: &Dictionary) -> Option<Vec<u8>> {
    let first = |value: &Value| match value {
        Value::Array(values) => values.first().cloned(),
        other => Some(other.clone()),
    };
    let filter = first(dictionary.get("Filter")?)?;
    if filter != Value::Name(b"Crypt".to_vec()) {
        return None;
    }
    let named = match dictionary.get("DecodeParms").and_then(first) {
        Some(Value::Dictionary(parameters)) => parameters.name("Name").map(<[u8]>::to_vec),
        _ => None,
    };
    Some(named.unwrap_or_else(|| b"Identity".to_vec()))
}
