//! Share of annotated spans that begin and end where tokens do, by file, and how often a span crosses a sentence's end.
//!
//! `cargo run --release -p construe-text --example boundaries -- FILE.jsonl.gz…`; with `--show`, the words that spans cut.

use std::collections::BTreeMap;
use std::error::Error;

use construe_text::{Language, sentences, tokenize};

fn main() -> Result<(), Box<dyn Error>> {
    let (options, files): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let show = options.iter().any(|option| option == "--show");
    for file in files {
        let (mut total, mut exact, mut crossing) = (0, 0, 0);
        let mut cut: BTreeMap<String, usize> = BTreeMap::new();
        for record in construe_corpus::read(&file)? {
            let language = record
                .lang
                .as_deref()
                .and_then(Language::from_code)
                .unwrap_or(Language::En);
            let text = &record.text;
            let (mut tokens, mut ranges) = (Vec::new(), Vec::new());
            tokenize(text, &mut tokens);
            sentences(language, text, &tokens, &mut ranges);
            let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            for span in &record.spans {
                let (start, end) = (bytes[span.start], bytes[span.end]);
                let first = tokens.iter().position(|token| token.start as usize == start);
                let last = tokens.iter().position(|token| token.end as usize == end);
                total += 1;
                match (first, last) {
                    (Some(first), Some(last)) => {
                        exact += 1;
                        crossing += usize::from(
                            !ranges
                                .iter()
                                .any(|range| range.contains(&first) && range.contains(&last)),
                        );
                    }
                    _ if show => {
                        let cuts = |token: &&construe_text::Token| {
                            [start, end]
                                .iter()
                                .any(|&at| (token.start as usize) < at && at < token.end as usize)
                        };
                        let word = tokens.iter().find(cuts).map_or("(space)", |token| token.of(text));
                        *cut.entry(format!("{word} [{}]", &text[start..end])).or_default() += 1;
                    }
                    _ => {}
                }
            }
        }
        let share = |part: usize| 100.0 * part as f64 / total.max(1) as f64;
        println!(
            "{file}: {total} spans, {:.2} % at tokens, {:.2} % across sentences",
            share(exact),
            share(crossing)
        );
        let mut cut: Vec<_> = cut.into_iter().collect();
        cut.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        for (word, count) in cut.into_iter().take(40) {
            println!("    {count} {word}");
        }
    }
    Ok(())
}
