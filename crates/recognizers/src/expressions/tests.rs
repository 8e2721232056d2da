//! Cases are texts with the expected expressions marked: `{kind|words}`.

use super::*;
use proptest::prelude::*;

/// The text of a case without marks, and its expressions.
fn unmark(case: &str) -> (String, Vec<(usize, usize, &str)>) {
    let mut text = String::new();
    let mut expected = Vec::new();
    let mut rest = case;
    while let Some((before, marked)) = rest.split_once('{') {
        text.push_str(before);
        let (marked, after) = marked.split_once('}').expect("a mark is closed");
        let (kind, words) = marked.split_once('|').expect("a mark has a kind");
        expected.push((text.len(), text.len() + words.len(), kind));
        text.push_str(words);
        rest = after;
    }
    text.push_str(rest);
    (text, expected)
}

fn find(text: &str, language: Language) -> Vec<Expression> {
    static EXPRESSIONS: OnceLock<Expressions> = OnceLock::new();
    let mut out = Vec::new();
    let expressions = EXPRESSIONS.get_or_init(Expressions::new);
    expressions.find(&mut Scratch::default(), text, language, &mut out);
    out
}

/// Marks what is found in `text`, but for plain numbers.
fn mark(text: &str, language: Language, reading: Reading) -> String {
    let mut marked = String::new();
    let mut at = 0;
    for found in find(text, language) {
        if found.reading.is_part_of(reading) && !found.kind.is_plain_number() {
            let words = found.span.of(text);
            marked.push_str(&text[at..found.span.start]);
            marked.push_str(&format!("{{{}|{words}}}", found.kind.name()));
            at = found.span.end;
        }
    }
    marked + &text[at..]
}

#[track_caller]
fn check(language: Language, reading: Reading, cases: &[&str]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|case| (case, mark(&unmark(case).0, language, reading)))
        .filter(|(case, marked)| *case != marked)
        .map(|(case, marked)| format!("expected {case}\n   found {marked}"))
        .collect();
    assert!(wrong.is_empty(), "{}:\n{}", language.code(), wrong.join("\n"));
}

#[test]
fn every_grammar_compiles() {
    for language in Language::ALL {
        if let Err(error) = Grammar::new(sources(language)) {
            panic!("{}: {error}", language.code());
        }
    }
}

#[test]
fn english() {
    check(
        Language::En,
        Reading::Narrow,
        &[
            "The bridge opened on {date|4 July 1931} and closed in {date|March 2004}.",
            "Invoices dated {date|11/25/2017} or {date|2017-11-25} are due {date|next Friday}.",
            "Call me at {time|8:30 a.m.} or {time|half past six}, not at {time|noon}.",
            "Prices rose by {percent|4.5 %}, that is {money|$1.2 million} or {money|€300}.",
            "It weighs {measure|12 kg}, holds {measure|3.5 gallons} and boils at {temperature|98.6 °F}.",
            "We waited for {duration|two and a half hours} in the {date|1990s}.",
            "A {age|12-year-old} girl ran {measure|5 km} {set|every morning}.",
            "See you {date|tomorrow}; {holiday|Christmas} is near.",
            "The {date|19th century} ended {date|three weeks ago}, he joked.",
            "They may march, but I ask whether the sun sat down; good morning!",
            "Version 10.4.2 of the A320 costs nothing at 192.168.10.20.",
            "Born {date|17 May 1794}, died {date|2 June 1861}.",
        ],
    );
    check(
        Language::En,
        Reading::Wide,
        &[
            "Open {range|from 9am to 5pm} {set|every day}.",
            "The war lasted {range|from May 1915 to June 1918}.",
            "Meet me {datetime|tomorrow at 8:30 pm}.",
            "He lived there {range|between 1980 and 1984}.",
            "Done {range|before Monday} or {range|within two weeks}.",
        ],
    );
}

#[test]
fn spanish() {
    check(
        Language::Es,
        Reading::Narrow,
        &[
            "Nació el {date|3 de mayo de 1987} en Lima.",
            "La cita es {date|mañana} a las {time|7 de la tarde}.",
            "Pagó {money|20 millones de dólares} y un {percent|5 por ciento} más.",
            "Mide {measure|34 metros}, con {temperature|20 grados centígrados}.",
            "Un viaje de {duration|tres semanas} en {date|agosto}.",
            "Volvió {date|hace dos meses}, en el {date|siglo XIX} no había tren.",
        ],
    );
    check(
        Language::Es,
        Reading::Wide,
        &[
            "Abierto {range|desde el lunes hasta el viernes}.",
            "Estuvo allí {range|entre 1990 y 1994}.",
        ],
    );
}

#[test]
fn french() {
    check(
        Language::Fr,
        Reading::Narrow,
        &[
            "Le train part {date|lundi 3 mars} à {time|18h45}.",
            "Elle est née le {date|1er avril 1950}, il y a longtemps.",
            "Un chèque de {money|1 500 euros}, soit {percent|12 %} du total.",
            "Longue de {measure|25 kilomètres}, elle a été fermée pendant {duration|trois mois}.",
            "Nous partons {date|demain}, pour {holiday|Noël}.",
        ],
    );
    check(
        Language::Fr,
        Reading::Wide,
        &["Ouvert {range|du 3 au 9 juin 2014} seulement."],
    );
}

#[test]
fn german() {
    check(
        Language::De,
        Reading::Narrow,
        &[
            "Am {date|Freitag, 13. November 2015} um {time|17.30 Uhr} beginnt das Spiel.",
            "Guten Morgen! Der Zug um {time|8:05 Uhr} fällt bis {date|24.03.2016} aus.",
            "Rund {money|2,9 Mrd. Euro} oder {percent|10 Prozent} mehr.",
            "Nach {duration|zwei Stunden} waren {measure|300 Kilometer} geschafft.",
            "In den {date|siebziger Jahren} kostete es {money|zwanzig Mark}.",
            "Wir sehen uns {date|Sonntagabend}, {date|heute} {time|Nachmittag} oder {holiday|Ostern}.",
        ],
    );
    check(
        Language::De,
        Reading::Wide,
        &[
            "Gesperrt {range|vom 3. bis zum 12. September}.",
            "Beginn ist {datetime|heute Nachmittag um 3 Uhr}.",
        ],
    );
}

#[test]
fn italian() {
    check(
        Language::It,
        Reading::Narrow,
        &[
            "La gara è il {date|12 giugno 2010}, non {date|domani}.",
            "Costa {money|12 milioni di euro}, il {percent|5 per cento} in più.",
            "Ha corso per {duration|due ore} e {measure|20 chilometri}.",
            "Arriva {date|lunedì} alle {time|9:30}.",
        ],
    );
    check(Language::It, Reading::Wide, &["Chiuso {range|dal 5 al 9 agosto}."]);
}

#[test]
fn portuguese() {
    check(
        Language::Pt,
        Reading::Narrow,
        &[
            "Brasília, {date|13 de março de 2018}.",
            "Publicado em {date|27/05/2011}, custou {money|R$ 3,5 milhões}.",
            "A obra levou {duration|dez anos} e subiu {percent|8 por cento}.",
            "Volta na {date|sexta-feira} às {time|18:00}.",
        ],
    );
    check(Language::Pt, Reading::Wide, &["Fechado {range|entre 1998 e 2003}."]);
}

#[test]
fn arabic() {
    check(
        Language::Ar,
        Reading::Narrow,
        &[
            "ولد في {date|3 مايو 1987} في القاهرة.",
            "صدر القرار {date|بتاريخ (25 / 10 / 1926)} في نابلس.",
            "دفع {money|20 مليون دولار} أي {percent|5 في المئة}.",
            "بقي هناك {duration|ثلاث سنوات} ثم عاد {date|يوم الخميس}.",
            "المسافة {measure|١٥ كيلومترا} تقريبا.",
        ],
    );
    check(
        Language::Ar,
        Reading::Wide,
        &["كان مغلقا {range|من 3 حتى 12 سبتمبر} فقط."],
    );
}

#[test]
fn hindi() {
    check(
        Language::Hi,
        Reading::Narrow,
        &[
            "वह {date|15 अगस्त 1947} को पैदा हुआ।",
            "बैठक {date|सोमवार} को {time|शाम 5 बजे} होगी।",
            "कीमत {money|पाँच लाख रुपये} है, यानी {percent|10 प्रतिशत} अधिक।",
            "वह {duration|तीन महीने} रुका और {measure|१२ किलोमीटर} चला।",
        ],
    );
    check(Language::Hi, Reading::Wide, &["कार्यालय {range|2010 से 2014 तक} बंद रहा।"]);
}

#[test]
fn japanese() {
    check(
        Language::Ja,
        Reading::Narrow,
        &[
            "彼は{date|1987年5月3日}に生まれた。",
            "会議は{date|来週の月曜日}、{time|午後3時半}から始まる。",
            "売上は{money|3億5000万円}で{percent|12.5%}増えた。",
            "長さ{measure|25キロメートル}の道を{duration|三時間}歩いた。",
            "一般に十分な日本語が必要である。",
        ],
    );
    check(
        Language::Ja,
        Reading::Wide,
        &["店は{range|9時から17時まで}開いている。"],
    );
}

#[test]
fn korean() {
    check(
        Language::Ko,
        Reading::Narrow,
        &[
            "그는 {date|1987년 5월 3일}에 태어났다.",
            "회의는 {date|다음 주 월요일} {time|오후 3시 30분}에 열린다.",
            "매출은 {money|3억5천만 원}으로 {percent|12.5%} 늘었다.",
            "학생 {measure|25명}이 {duration|두 시간} 동안 기다렸다.",
            "올리브를 설립한 이후 전해 들었다.",
        ],
    );
    check(Language::Ko, Reading::Wide, &["가게는 {range|9시부터 17시까지} 연다."]);
}

#[test]
fn chinese() {
    for (language, cases) in [
        (
            Language::Zh,
            [
                "他生于{date|1987年5月3日}。",
                "会议在{date|下周一}{time|下午三点半}开始。",
                "收入为{money|3.5亿元人民币}，增长{percent|百分之十二}。",
                "走了{measure|25公里}，花了{duration|三个小时}。",
            ],
        ),
        (
            Language::ZhTw,
            [
                "他生於{date|1987年5月3日}。",
                "會議在{date|下週一}{time|下午三點半}開始。",
                "收入為{money|3.5億元新台幣}，增長{percent|百分之十二}。",
                "走了{measure|25公里}，花了{duration|三個小時}。",
            ],
        ),
    ] {
        check(language, Reading::Narrow, &cases);
    }
    check(Language::Zh, Reading::Wide, &["营业时间为{range|从九点到十七点}。"]);
}

#[test]
fn layout_does_not_matter_within_a_line_and_an_empty_line_ends_an_expression() {
    check(
        Language::En,
        Reading::Narrow,
        &[
            "born in {date|early\nMay\u{a0}1990}?",
            "in {date|May}\n\n5 horses",
            "{date|5  May  2016}\t{time|10:30}",
            "{measure|５ ｋｍ}",
        ],
    );
}

#[test]
fn numbers_inside_codes_are_left_alone() {
    for text in [
        "AB1990",
        "x_1990",
        "@1990",
        "10.20.30.40",
        "1990x",
        "555-123-9876",
        "a1b2c3",
    ] {
        assert_eq!(mark(text, Language::En, Reading::Narrow), text);
    }
}

#[test]
fn readings_are_merged_in_order() {
    let text = "From May 2010 to June 2012, every day, 5 km.";
    let found = find(text, Language::En);
    let seen: Vec<(&str, Reading)> = found.iter().map(|found| (found.span.of(text), found.reading)).collect();
    assert_eq!(
        seen,
        [
            ("From May 2010 to June 2012", Reading::Wide),
            ("May 2010", Reading::Narrow),
            ("June 2012", Reading::Narrow),
            ("every day", Reading::Both),
            ("5 km", Reading::Both),
        ]
    );
}

/// Quadratic work on a text of this length would take minutes, linear work takes a fraction of a second.
#[test]
fn repeated_text_takes_linear_time() {
    let mut scratch = Scratch::default();
    let expressions = Expressions::new();
    let mut out = Vec::new();
    for language in Language::ALL {
        expressions.prepare(language);
        for piece in [
            "1", "1 ", "9,", "a", "may ", "from ", "一", "두 ", "e\u{301}", "(", "\n", "1990-", "और ",
        ] {
            let text = piece.repeat(300_000 / piece.len());
            out.clear();
            let start = std::time::Instant::now();
            expressions.find(&mut scratch, &text, language, &mut out);
            assert!(start.elapsed().as_secs() < 5, "{} {piece:?}", language.code());
        }
    }
}

proptest! {
    #[test]
    fn any_text_gives_ordered_expressions_on_boundaries(
        text in "([0-9]{1,4}|[ ,.:/-]|may|from|to|monday|昨日|月|年|一|한|시|일|का|बजे|عام|من|\\PC){0,40}",
        language in 0..Language::ALL.len(),
    ) {
        let found = find(&text, Language::ALL[language]);
        for reading in [Reading::Wide, Reading::Narrow] {
            let mut end = 0;
            for found in found.iter().filter(|found| found.reading.is_part_of(reading)) {
                prop_assert!(found.span.start >= end && !found.span.is_empty());
                prop_assert!(text.get(found.span.start..found.span.end).is_some());
                prop_assert!((0.0..=1.0).contains(&found.score));
                end = found.span.end;
            }
        }
        prop_assert!(found.is_sorted_by_key(|found| found.span.start));
    }
}
