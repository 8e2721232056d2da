//! DOCX: a ZIP archive of XML parts, of which those with text are read.
//!
//! A paragraph becomes a line, the row of a table too, its cells parted by tabs. The document has no
//! pages of its own; those of the program that saved it last are taken, as far as it left marks of
//! them. Headers come before the text and footers after it, once each; footnotes and endnotes follow
//! at the end.

mod body;

use crate::content::Builder;
use crate::error::ReadError;
use crate::limits::Watch;
use crate::{Kind, Limits, Page, sandbox};
use body::{Block, Part};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// Parts of an archive; documents with many pictures have hundreds.
const MAX_PARTS: usize = 20_000;
/// Headers, footers and notes that are read.
const MAX_SIDE_PARTS: usize = 64;
/// Where the document's own text is, if the archive does not say otherwise.
const USUAL_DOCUMENT: &str = "word/document.xml";
/// How Office stores a document with a password: as this stream of a compound file.
const ENCRYPTED_STREAM: &str = "EncryptedPackage";

/// Whether a compound file is an Office document with a password.
pub(crate) fn is_encrypted(bytes: &[u8]) -> bool {
    let name: Vec<u8> = ENCRYPTED_STREAM.encode_utf16().flat_map(u16::to_le_bytes).collect();
    memchr::memmem::find(bytes, &name).is_some()
}

fn damaged(reason: &'static str) -> ReadError {
    ReadError::Corrupt {
        kind: Kind::MsWord,
        reason,
    }
}

/// Reads the pages of a DOCX file; a panic of a library is damage.
pub(crate) fn read(bytes: &[u8], limits: &Limits, watch: &Watch<'_>) -> Result<Vec<Page>, ReadError> {
    sandbox::contained(|| read_inside(bytes, limits, watch)).unwrap_or(Err(damaged("the parser gave up on it")))
}

fn read_inside(bytes: &[u8], limits: &Limits, watch: &Watch<'_>) -> Result<Vec<Page>, ReadError> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged("its archive cannot be read"))?;
    if archive.len() > MAX_PARTS {
        return Err(damaged("its archive has too many parts"));
    }
    let mut parts = Parts {
        archive,
        limit: limits.expanded_bytes,
        left: limits.expanded_bytes,
    };
    let main = match parts.get("_rels/.rels")? {
        Some(relations) => relation_targets(&relations, "/officeDocument", "").into_iter().next(),
        None => None,
    }
    .unwrap_or_else(|| USUAL_DOCUMENT.to_owned());
    if !is_wordprocessing(&mut parts, &main)? {
        return Err(ReadError::Unsupported);
    }
    let document = parts.get(&main)?.ok_or(ReadError::Unsupported)?;
    let mut blocks = Vec::new();
    let (folder, name) = main.rsplit_once('/').unwrap_or(("", &main));
    let relations = parts.get(&format!("{folder}/_rels/{name}.rels"))?.unwrap_or_default();
    let mut side = |kind: &str, part: Part, blocks: &mut Vec<Block>| -> Result<(), ReadError> {
        let mut targets = relation_targets(&relations, kind, folder);
        targets.truncate(MAX_SIDE_PARTS);
        for target in targets {
            watch.check()?;
            if let Some(xml) = parts.get(&target)? {
                body::blocks(&xml, part, watch, blocks)?;
            }
        }
        Ok(())
    };
    side("/header", Part::Margin, &mut blocks)?;
    drop_repetitions(&mut blocks, 0);
    body::blocks(&document, Part::Body, watch, &mut blocks)?;
    side("/footnotes", Part::Notes, &mut blocks)?;
    side("/endnotes", Part::Notes, &mut blocks)?;
    let footers = blocks.len();
    side("/footer", Part::Margin, &mut blocks)?;
    drop_repetitions(&mut blocks, footers);
    let pages = pages(&blocks);
    let count = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    if count > limits.pages {
        return Err(ReadError::Pages {
            pages: count,
            limit: limits.pages,
        });
    }
    Ok(pages)
}

/// The parts of an archive, unpacked as far as the limit for all of them allows.
struct Parts<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    limit: usize,
    left: usize,
}

impl Parts<'_> {
    fn get(&mut self, name: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let part = match self.archive.by_name(name.trim_start_matches('/')) {
            Ok(part) => part,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
                return Err(ReadError::Encrypted { kind: Kind::MsWord });
            }
            Err(_) => return Err(damaged("a part of its archive cannot be read")),
        };
        let mut content = Vec::new();
        // Sizes that the archive claims are not believed.
        part.take(self.left as u64 + 1)
            .read_to_end(&mut content)
            .map_err(|_| damaged("a part of its archive cannot be unpacked"))?;
        if content.len() > self.left {
            return Err(ReadError::Expansion {
                kind: Kind::MsWord,
                limit: self.limit,
            });
        }
        self.left -= content.len();
        Ok(Some(content))
    }
}

/// Whether the archive says that a part is a Word document: other Office files are archives too.
fn is_wordprocessing(parts: &mut Parts<'_>, main: &str) -> Result<bool, ReadError> {
    let Some(types) = parts.get("[Content_Types].xml")? else {
        return Ok(false);
    };
    let wanted = main.trim_start_matches('/');
    let mut found = false;
    each_element(&types, |name, attributes| {
        let part = attributes.get("PartName").map(|part| part.trim_start_matches('/'));
        let content_type = attributes.get("ContentType").map_or("", String::as_str);
        found |= name == "Override" && part == Some(wanted) && content_type.contains("wordprocessingml");
    });
    // Some writers declare the type of all XML parts at once.
    Ok(found || wanted == USUAL_DOCUMENT)
}

/// Parts that relations of a kind lead to, in the order of the file, each once.
fn relation_targets(relations: &[u8], kind: &str, folder: &str) -> Vec<String> {
    let mut targets: Vec<String> = Vec::new();
    each_element(relations, |name, attributes| {
        let (Some(relation), Some(target)) = (attributes.get("Type"), attributes.get("Target")) else {
            return;
        };
        let external = attributes.get("TargetMode").is_some_and(|mode| mode == "External");
        if name == "Relationship" && relation.ends_with(kind) && !external {
            let target = match target.strip_prefix('/') {
                Some(absolute) => absolute.to_owned(),
                None if folder.is_empty() => target.clone(),
                None => format!("{folder}/{target}"),
            };
            if !targets.contains(&target) && targets.len() < MAX_SIDE_PARTS {
                targets.push(target);
            }
        }
    });
    targets
}

/// Calls `visit` with the local name and the attributes of each element.
fn each_element(xml: &[u8], mut visit: impl FnMut(&str, &BTreeMap<String, String>)) {
    let mut reader = Reader::from_reader(xml);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                let attributes = element
                    .attributes()
                    .filter_map(Result::ok)
                    .map(|attribute| (attribute.key.as_ref().to_owned(), attribute.value.into_owned()))
                    .collect();
                visit(element.local_name().as_ref(), &attributes);
            }
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// Leaves out lines that stood before among the blocks from `start` on: the header of even pages
/// repeats that of odd ones.
fn drop_repetitions(blocks: &mut Vec<Block>, start: usize) {
    let mut seen = std::collections::HashSet::new();
    let mut position = 0;
    blocks.retain(|block| {
        position += 1;
        position <= start || seen.insert(block.text.clone())
    });
}

fn pages(blocks: &[Block]) -> Vec<Page> {
    let mut builders = vec![Builder::without_layout()];
    for block in blocks {
        let started = builders.last().is_some_and(|builder| !builder.is_empty());
        if block.new_page && started {
            builders.push(Builder::without_layout());
        }
        if let Some(builder) = builders.last_mut() {
            for line in block.text.split('\n') {
                builder.words(line);
                builder.end_line();
            }
        }
    }
    (1..)
        .zip(builders)
        .map(|(number, builder)| Page {
            number,
            kind: Kind::MsWord,
            content: Ok(builder.finish()),
        })
        .collect()
}
