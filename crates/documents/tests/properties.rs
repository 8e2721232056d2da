//! Both readers agree with a splitter that sees the whole input at once, however it is chunked.

use construe_documents::{Cut, Cutter, DocumentError, LineReader};
use proptest::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Owned {
    bytes: Vec<u8>,
    terminator: Vec<u8>,
    number: u64,
    too_long: bool,
    length: u64,
}

/// `(start, end without terminator, end with it)` of every line.
fn naive_lines(input: &[u8]) -> Vec<(usize, usize, usize)> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < input.len() {
        let end = match input[at] {
            b'\r' if input.get(at + 1) == Some(&b'\n') => at + 2,
            b'\r' | b'\n' => at + 1,
            _ => {
                at += 1;
                continue;
            }
        };
        lines.push((start, at, end));
        start = end;
        at = end;
    }
    if start < input.len() {
        lines.push((start, input.len(), input.len()));
    }
    lines
}

fn expected(input: &[u8], first_line: u64, limit: u64) -> Vec<Owned> {
    naive_lines(input)
        .into_iter()
        .zip(first_line..)
        .map(|((start, end, next), number)| {
            let length = (end - start) as u64;
            let too_long = length > limit;
            Owned {
                bytes: if too_long {
                    Vec::new()
                } else {
                    input[start..end].to_vec()
                },
                terminator: input[end..next].to_vec(),
                number,
                too_long,
                length,
            }
        })
        .collect()
}

fn own(line: construe_documents::Line<'_>) -> Owned {
    Owned {
        bytes: line.bytes.to_vec(),
        terminator: line.terminator.to_vec(),
        number: line.number,
        too_long: line.too_long,
        length: line.length,
    }
}

fn read(chunks: &[&[u8]], first_line: u64, limit: u64) -> Vec<Owned> {
    let mut reader = LineReader::new(first_line, limit);
    let mut seen = Vec::new();
    for mut chunk in chunks.iter().copied() {
        while let Some(line) = reader.next_line(&mut chunk) {
            seen.push(own(line));
        }
        assert!(chunk.is_empty());
    }
    seen.extend(reader.finish().map(own));
    assert!(reader.finish().is_none());
    seen
}

fn naive_cuts(input: &[u8], offset: u64, line: u64, target: u64) -> Vec<Cut> {
    let mut last = offset;
    let mut cuts = Vec::new();
    for (number, (start, _, _)) in naive_lines(input).into_iter().enumerate() {
        let start = offset + start as u64;
        if start >= last + target.max(1) {
            cuts.push(Cut {
                offset: start,
                line: line + number as u64,
            });
            last = start;
        }
    }
    cuts
}

fn cut(chunks: &[&[u8]], offset: u64, line: u64, target: u64) -> Vec<Cut> {
    let mut cutter = Cutter::new(offset, line, target);
    let mut cuts = Vec::new();
    for chunk in chunks {
        cutter.feed(chunk, &mut cuts);
    }
    cuts
}

fn split<'a>(input: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = input;
    let mut chunks = Vec::new();
    for &size in sizes {
        let (chunk, left) = rest.split_at(size.min(rest.len()));
        chunks.push(chunk);
        rest = left;
    }
    chunks.push(rest);
    chunks
}

/// Dense in line ends, so that every pairing of them and every chunk border occurs.
fn input() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0_u8..8, 0..120).prop_map(|kinds| {
        let byte = |kind| match kind {
            0 | 1 => b'\n',
            2 | 3 => b'\r',
            4 => 0xff,
            other => b'a' + other,
        };
        kinds.into_iter().map(byte).collect()
    })
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0_usize..9, 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lines_do_not_depend_on_chunks(input in input(), sizes in sizes(), first in 0_u64..5, limit in 0_u64..12) {
        prop_assert_eq!(read(&split(&input, &sizes), first, limit), expected(&input, first, limit));
    }

    #[test]
    fn cuts_do_not_depend_on_chunks(
        input in input(), sizes in sizes(), offset in 0_u64..5, line in 0_u64..5, target in 0_u64..40,
    ) {
        prop_assert_eq!(cut(&split(&input, &sizes), offset, line, target), naive_cuts(&input, offset, line, target));
    }

    /// The ranges between cuts, read one by one, are the file read as a whole.
    #[test]
    fn ranges_compose_to_the_whole(input in input(), target in 1_u64..40) {
        let cuts = cut(&[&input], 0, 0, target);
        let starts = std::iter::once(Cut { offset: 0, line: 0 }).chain(cuts.iter().copied());
        let ends = cuts.iter().map(|cut| cut.offset).chain([input.len() as u64]);
        let mut seen = Vec::new();
        for (start, end) in starts.zip(ends) {
            seen.extend(read(&[&input[start.offset as usize..end as usize]], start.line, 100));
        }
        prop_assert_eq!(seen, expected(&input, 0, 100));
    }

    /// Going on from any cut finds the cuts that an undisturbed pass finds.
    #[test]
    fn a_pass_can_resume_at_a_cut(input in input(), target in 1_u64..20, choose in any::<proptest::sample::Index>()) {
        let cuts = cut(&[&input], 0, 0, target);
        prop_assume!(!cuts.is_empty());
        let index = choose.index(cuts.len());
        let from = cuts[index];
        let resumed = cut(&[&input[from.offset as usize..]], from.offset, from.line, target);
        prop_assert_eq!(&resumed[..], &cuts[index + 1..]);
    }
}

#[test]
fn only_three_sequences_end_a_line() {
    let input = "a\u{2028}b\u{85}c\u{b}d\u{c}e\r\n\r\r\n\n".as_bytes();
    let ends: Vec<_> = read(&[input], 0, 100).into_iter().map(|line| line.terminator).collect();
    assert_eq!(ends, [&b"\r\n"[..], b"\r", b"\r\n", b"\n"]);
}

#[test]
fn a_line_beyond_the_limit_is_measured_and_the_next_one_is_whole() {
    let filler = vec![b'x'; 1000];
    let mut reader = LineReader::new(7, 1500);
    for _ in 0..100_000 {
        assert!(reader.next_line(&mut &filler[..]).is_none());
    }
    let mut chunk = &b"\nok"[..];
    let line = reader.next_line(&mut chunk).unwrap();
    assert_eq!(
        (line.number, line.length, line.terminator),
        (7, 100_000_000, &b"\n"[..])
    );
    assert_eq!(line.text(), Err(DocumentError::TooLarge { limit: 1500 }));
    assert_eq!(line.input_bytes(), 100_000_001);
    assert!(reader.next_line(&mut chunk).is_none());
    assert_eq!(reader.finish().unwrap().text(), Ok("ok"));
}
