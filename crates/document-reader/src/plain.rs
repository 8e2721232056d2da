//! Plain text: one page, kept as it is.

use crate::page::{Content, Line, Word};
use crate::{Kind, Page};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text as one page. It is not changed but for a byte order mark, so that offsets into the page
/// are offsets into the document.
pub(crate) fn read(text: &str) -> Page {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let words = words_of(line, start);
        if let (Some(first), Some(last)) = (words.first(), words.last()) {
            lines.push(Line {
                range: first.range.start..last.range.end,
                bounds: None,
                words,
            });
        }
        start += line.len();
    }
    Page {
        number: 1,
        kind: Kind::PlainText,
        content: Ok(Content {
            text: text.to_owned(),
            lines,
        }),
    }
}

fn words_of(line: &str, offset: usize) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    for (position, character) in line.char_indices() {
        if character.is_whitespace() {
            if let Some(start) = start.take() {
                words.push(Word {
                    range: offset + start..offset + position,
                    bounds: None,
                });
            }
        } else {
            start.get_or_insert(position);
        }
    }
    if let Some(start) = start {
        words.push(Word {
            range: offset + start..offset + line.len(),
            bounds: None,
        });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_and_words_point_into_it() {
        let page = read("\u{feff}Grüße  aus\tKöln\r\n\n  日本 語");
        let content = page.content.unwrap();
        assert_eq!(content.text, "Grüße  aus\tKöln\r\n\n  日本 語");
        let words: Vec<Vec<&str>> = content
            .lines
            .iter()
            .map(|line| {
                line.words
                    .iter()
                    .map(|word| &content.text[word.range.clone()])
                    .collect()
            })
            .collect();
        assert_eq!(words, [vec!["Grüße", "aus", "Köln"], vec!["日本", "語"]]);
        assert_eq!(&content.text[content.lines[0].range.clone()], "Grüße  aus\tKöln");
    }
}
