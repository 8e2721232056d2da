//! Any text: no panic, sound findings, work in proportion to length, the same result every time.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use construe_pii::{Engine, Finding, Language, Mask, PiiType, TypeSet, redact};
use proptest::prelude::*;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load().expect("the engine loads"));

fn analyze(engine: &Engine, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    engine.analyze(&mut engine.scratch(), text, Language::En, &mut findings);
    findings
}

/// What holds for the findings of any text.
fn assert_sound(text: &str, findings: &[Finding]) {
    let mut last = 0;
    for found in findings {
        assert!(
            found.byte_start >= last && found.byte_start < found.byte_end,
            "in order, apart, not empty"
        );
        last = found.byte_end;
        let surface = &text[found.byte_start..found.byte_end];
        assert_eq!(text[..found.byte_start].chars().count(), found.start);
        assert_eq!(surface.chars().count(), found.end - found.start);
        assert!((0.4..=1.0).contains(&found.score));
    }
}

/// Pieces that recognizers look at, to be joined in any order.
const PIECES: &[&str] = &[
    "4111 1111 1111 1111",
    "4111",
    "-",
    " ",
    "\n",
    ": ",
    "SSN",
    "212-34-5671",
    "Card",
    "Exp",
    "12/27",
    "CVV",
    "password is ",
    "user=",
    "@",
    "://",
    "www.",
    "a@b.co",
    "https://x.y/",
    "192.168.0.1",
    "fe80::1",
    "00:1a:2b:3c:4d:5e",
    "Calle ",
    "C/",
    "12 Main Street",
    ", Springfield, IL 62704",
    "SW1A 2AA",
    "Dr. ",
    "Mr ",
    "Ana",
    "López",
    "de ",
    "O'",
    "-",
    "ñ",
    "é",
    "東京",
    "🙂",
    "e\u{301}",
    "\u{a0}",
    "º",
    "(",
    ")",
    "+",
    "<",
    ">",
    "\"",
    "</pin>",
    "<pin>",
    "AKIAIOSFODNN7EXAMPLE",
    "GB29NWBK60161331926819",
    "GB29",
    "3º D",
    "5 pm",
    "May",
    "2019",
    "de 2019",
    "years",
    "años",
    "42",
    "Name: ",
    ", ",
    ". ",
    "a/c",
    "no.",
    "#",
    "%",
    "€",
    "$",
    "_",
    "x12",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_gives_sound_findings(text in any::<String>()) {
        let engine = &*ENGINE;
        assert_sound(&text, &analyze(engine, &text));
    }

    #[test]
    fn any_mixture_of_pieces_gives_sound_findings(picks in proptest::collection::vec(0usize..PIECES.len(), 0..40)) {
        let engine = &*ENGINE;
        let text: String = picks.iter().map(|&pick| PIECES[pick]).collect();
        let findings = analyze(engine, &text);
        assert_sound(&text, &findings);
        // A used scratch changes nothing.
        let mut scratch = engine.scratch();
        let mut again = Vec::new();
        engine.analyze(&mut scratch, "Dr. Ana López, 4111 1111 1111 1111", Language::En, &mut again);
        engine.analyze(&mut scratch, &text, Language::En, &mut again);
        prop_assert_eq!(&again, &findings);
        // A blank paragraph before it only moves the findings.
        let shifted = analyze(engine, &format!("\n\n{text}"));
        let back: Vec<Finding> = shifted
            .into_iter()
            .map(|found| Finding { start: found.start - 2, end: found.end - 2, byte_start: found.byte_start - 2, byte_end: found.byte_end - 2, ..found })
            .collect();
        prop_assert_eq!(back, findings);
    }

    #[test]
    fn a_mask_keeps_the_length(picks in proptest::collection::vec(0usize..PIECES.len(), 0..40)) {
        let engine = &*ENGINE;
        let text: String = picks.iter().map(|&pick| PIECES[pick]).collect();
        let findings = analyze(engine, &text);
        let mut out = Vec::new();
        redact(&text, &findings, &TypeSet::all(), Mask::Character('*'), &mut out);
        let out = String::from_utf8(out).expect("UTF-8 stays UTF-8");
        prop_assert_eq!(out.chars().count(), text.chars().count());
    }
}

#[test]
fn types_that_are_not_asked_for_are_not_found() {
    let engine = &*ENGINE;
    let text = "Dr. Ana López, 4000 0012 3456 7899, (415) 555-0132, ana@example.com";
    let mut findings = Vec::new();
    for kind in PiiType::ALL {
        engine.analyze_types(
            &mut engine.scratch(),
            text,
            Language::En,
            &[kind].into_iter().collect(),
            &mut findings,
        );
        assert!(findings.iter().all(|found| found.kind == kind), "{kind}");
    }
    engine.analyze_types(
        &mut engine.scratch(),
        text,
        Language::En,
        &TypeSet::new(),
        &mut findings,
    );
    assert!(findings.is_empty());
}

#[test]
fn long_texts_are_cut_where_nothing_is_lost() {
    let engine = &*ENGINE;
    let paragraph = "Ñandú número 7. Call (415) 555-0132 or write to ana@example.com today.\n\n";
    let text = paragraph.repeat(6000);
    let findings = analyze(engine, &text);
    assert_sound_sample(&text, &findings);
    assert_eq!(findings.len(), 12_000);
}

/// Like [`assert_sound`], in one pass, for long texts.
fn assert_sound_sample(text: &str, findings: &[Finding]) {
    let mut boundaries = text
        .char_indices()
        .enumerate()
        .map(|(code_point, (byte, _))| (byte, code_point));
    for found in findings {
        let (byte, code_point) = boundaries
            .find(|(byte, _)| *byte == found.byte_start)
            .expect("starts at a character");
        assert_eq!((byte, code_point), (found.byte_start, found.start));
    }
}

/// Texts made to hurt, of about `length` bytes.
fn hostile(length: usize) -> Vec<(&'static str, String)> {
    let fill = |piece: &str| piece.repeat(length / piece.len() + 1);
    vec![
        ("letters", fill("a")),
        ("capitals", fill("A")),
        ("digits", fill("7")),
        ("digit groups", fill("4111 ")),
        ("hyphenated digits", fill("41-")),
        ("digit and letter", fill("a1")),
        ("at signs", fill("@")),
        ("addresses without end", fill("a@a")),
        ("schemes", fill("http://")),
        ("colons", fill(":")),
        ("hexadecimal", fill("ab:")),
        ("brackets", fill("((")),
        ("plus", fill("+1(")),
        ("dots", fill("1.")),
        ("initials", fill("A.B. ")),
        ("capital words", fill("Anna ")),
        ("hyphenated names", fill("Anna-")),
        ("full names", fill("Anna Bell, ")),
        ("names and their parts", fill("Anna Bell saw Bell. ")),
        ("capitals in one sentence", fill("He saw Ann in Ohio ")),
        ("small letters", fill("lorem ipsum ")),
        ("streets abroad", fill("Hauptstr. 1 rue ")),
        ("masks", fill("****1234 ")),
        ("domains", fill("a.com.")),
        ("users at addresses", fill("a@1.1.1.1 ")),
        ("turns", fill("user: a\n")),
        ("particles", fill("de la van ")),
        ("titles", fill("Dr. Mr. ")),
        ("cues", fill("password pin card ssn ")),
        ("labels", fill("name: ")),
        ("addresses", fill("12 Main Street, ")),
        ("address cues", fill("address: ")),
        ("streets", fill("Calle ")),
        ("months", fill("May ")),
        ("weekdays", fill("Friday, ")),
        ("combining marks", fill("e\u{301}")),
        ("only combining marks", fill("\u{301}")),
        ("ideographs", fill("漢字")),
        ("emoji", fill("🙂")),
        ("line breaks", fill("\n")),
        ("blanks", fill(" ")),
        ("slashes", fill("a/b+C9")),
        ("quotes", fill("\"a\",")),
        ("elements", fill("<pin>")),
        ("iban starts", fill("GB29 ")),
        ("cards", fill("4000001234567899 ")),
    ]
}

/// The longest that a mebibyte may take, whatever it holds: an ordinary one takes 0.04 s, the worst here half a
/// second. One quadratic step inside a piece of the text would take minutes, so the margin for busy machines and
/// debug builds is wide.
const LONGEST: Duration = Duration::from_secs(10);

#[test]
fn no_text_is_slow() {
    let engine = &*ENGINE;
    let mut scratch = engine.scratch();
    let mut findings = Vec::new();
    let texts = [(Language::En, hostile(1 << 20)), (Language::Es, hostile(1 << 18))];
    for (language, (name, text)) in texts
        .into_iter()
        .flat_map(|(language, texts)| texts.into_iter().map(move |text| (language, text)))
    {
        let begin = Instant::now();
        engine.analyze(&mut scratch, &text, language, &mut findings);
        let taken = begin.elapsed();
        assert!(taken < LONGEST, "{name}: {taken:?}");
        assert!(
            scratch.memory_usage() < 64 << 20,
            "{name}: {} bytes of scratch",
            scratch.memory_usage()
        );
    }
}
