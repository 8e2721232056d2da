//! The tables in the program: that they are whole, that words that belong together have vectors that point the same way,
//! and that texts find the table of their language.

use construe_word_vectors::{DIMENSIONS, Error, Table, each_unit, pair};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const FILES: [&[u8]; 8] = [
    include_bytes!("../models/english.vectors"),
    include_bytes!("../models/german.vectors"),
    include_bytes!("../models/romance.vectors"),
    include_bytes!("../models/arabic.vectors"),
    include_bytes!("../models/hindi.vectors"),
    include_bytes!("../models/japanese.vectors"),
    include_bytes!("../models/korean.vectors"),
    include_bytes!("../models/chinese.vectors"),
];

#[test]
fn files_are_whole() {
    for (table, file) in Table::all().zip(FILES) {
        assert_eq!(file[8..40], Sha256::digest(&file[40..])[..], "{table:?}");
        assert!(table.len() > 5000, "{table:?}");
        assert!((48..=DIMENSIONS).contains(&table.dimensions()), "{table:?}");
        assert_eq!(
            Table::with_identity(table.identity()).map(Table::len),
            Some(table.len())
        );
    }
    assert!(Table::with_identity(1).is_none());
    let bytes: usize = FILES.iter().map(|file| file.len()).sum();
    assert!(bytes < 13_500_000, "{bytes} bytes");
}

/// The table of a language, by a text in it.
fn table(text: &str) -> &'static Table {
    Table::of_texts([text]).expect("the language has a table")
}

const ENGLISH: &str = "The president said on Monday that the team had won the match.";
const GERMAN: &str = "Der Präsident sagte am Montag, dass die Mannschaft das Spiel gewonnen hat.";
const SPANISH: &str = "El presidente dijo el lunes que el equipo había ganado el partido en la ciudad.";
const FRENCH: &str = "Le président a dit lundi que l'équipe avait gagné le match dans la ville.";
const ITALIAN: &str = "Il presidente ha detto che la squadra ha vinto la partita nella città di Roma.";
const PORTUGUESE: &str = "O presidente disse na segunda-feira que a equipe tinha vencido o jogo na cidade.";
const ARABIC: &str = "قال الرئيس يوم الاثنين إن الفريق فاز في المباراة";
const HINDI: &str = "राष्ट्रपति ने सोमवार को कहा कि टीम ने मैच जीत लिया है";
const JAPANESE: &str = "大統領は月曜日に、チームが試合に勝ったと述べた。";
const KOREAN: &str = "대통령은 월요일에 그 팀이 경기에서 이겼다고 말했다";
const CHINESE: &str = "总统星期一说，该队赢得了比赛。";
const TRADITIONAL: &str = "總統星期一說，該隊贏得了比賽。";

#[test]
fn texts_find_the_table_of_their_language() {
    let identity = |text: &str| Table::of_texts([text]).map(Table::identity);
    let tables: Vec<Option<u64>> = Table::all().map(|table| Some(table.identity())).collect();
    for (text, place) in [
        (ENGLISH, 0),
        (GERMAN, 1),
        (SPANISH, 2),
        (FRENCH, 2),
        (ITALIAN, 2),
        (PORTUGUESE, 2),
        (ARABIC, 3),
        (HINDI, 4),
        (JAPANESE, 5),
        (KOREAN, 6),
        (CHINESE, 7),
        (TRADITIONAL, 7),
    ] {
        assert_eq!(identity(text), tables[place], "{text}");
    }
    for text in ["", "§ %", "xqzzt bbrrw vvkkp", "Η ομάδα κέρδισε τον αγώνα"] {
        assert_eq!(identity(text), None, "{text}");
    }
}

/// The cosine of the angle between the vectors of two units.
fn likeness(table: &Table, first: &str, second: &str) -> f32 {
    let vector = |unit: &str| {
        let mut vector = [0.0f32; DIMENSIONS];
        let mut simplified = String::new();
        pair(unit, &mut simplified);
        let found = table.get(&simplified).unwrap_or_else(|| panic!("{unit} has a vector"));
        found.add_to(&mut vector, 1.0);
        vector
    };
    let (first, second) = (vector(first), vector(second));
    let product = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    product(&first, &second) / (product(&first, &first) * product(&second, &second)).sqrt()
}

#[test]
fn words_that_belong_together_point_the_same_way() {
    for (text, word, near, far) in [
        (ENGLISH, "football", "soccer", "parliament"),
        (ENGLISH, "refund", "reimbursement", "volcano"),
        (ENGLISH, "angry", "furious", "passport"),
        (GERMAN, "minister", "regierung", "fußball"),
        (SPANISH, "presidente", "gobierno", "río"),
        (FRENCH, "équipe", "match", "église"),
        (PORTUGUESE, "presidente", "governo", "filme"),
        (HINDI, "फिल्म", "अभिनेता", "सरकार"),
        (JAPANESE, "映画", "監督", "政府"),
        (CHINESE, "总统", "选举", "电影"),
    ] {
        let table = table(text);
        let (near, far) = (likeness(table, word, near), likeness(table, word, far));
        assert!(near > far + 0.1, "{word}: {near} and {far}");
    }
}

#[test]
fn frequent_words_have_short_vectors() {
    let table = table(ENGLISH);
    let length = |unit: &str| {
        let mut vector = [0.0f32; DIMENSIONS];
        table.get(unit).expect("it is a word").add_to(&mut vector, 1.0);
        vector.iter().map(|number| number * number).sum::<f32>().sqrt()
    };
    assert!(length("the") * 10.0 < length("volcano"));
    let mut twice = [0.0f32; DIMENSIONS];
    let mut once = [1.0f32; DIMENSIONS];
    let vector = table.get("volcano").expect("it is a word");
    vector.add_to(&mut twice, 2.0);
    vector.add_to(&mut once, 1.0);
    for (twice, once) in twice.iter().zip(once) {
        assert!((twice / 2.0 - (once - 1.0)).abs() < 1e-5);
    }
}

fn units(text: &str) -> Vec<String> {
    let mut units = Vec::new();
    each_unit(text, |unit| units.push(unit.to_owned()));
    units
}

#[test]
fn units_are_words_and_pairs_of_characters() {
    for (text, expected) in [
        ("Don't PANIC, 42 times!", &["don", "t", "panic", "42", "times"][..]),
        ("الفريقُ", &["الفريق"]),
        ("總統 說", &["总统"]),
        ("東京タワーwest東京", &["东京", "京タ", "タワ", "ワー", "west", "东京"]),
        ("대통령은 말했다", &["대통령은", "말했다"]),
        ("...", &[]),
    ] {
        assert_eq!(units(text), expected, "{text}");
    }
}

#[test]
fn damaged_files_are_refused() {
    let open = |bytes: Vec<u8>| Table::from_bytes(bytes.leak()).map(|table| table.len());
    let file = FILES[4];
    assert!(open(file.to_vec()).is_ok());
    assert_eq!(open(b"GIF89a".to_vec()), Err(Error::Foreign));
    let mut later = file.to_vec();
    later[40] = 9;
    assert_eq!(open(later), Err(Error::Version(9)));
    for length in [8, 39, 41, 48, 51, 200, 40_000, file.len() - 1] {
        assert!(
            matches!(open(file[..length].to_vec()), Err(Error::Malformed(_))),
            "{length} bytes"
        );
    }
    for (place, value) in [(44, 1), (48, 7), (48, 0), (48, 129), (49, 0), (49, 25), (60, 200)] {
        let mut other = file.to_vec();
        other[place] = value;
        assert!(matches!(open(other), Err(Error::Malformed(_))), "byte {place}");
    }
}

proptest! {
    #[test]
    fn any_text_has_units(text in any::<String>()) {
        for unit in units(&text) {
            prop_assert!(!unit.is_empty());
            for table in Table::all() {
                table.get(&unit);
            }
        }
        Table::of_texts([text.as_str()]);
    }
}
