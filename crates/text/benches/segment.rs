//! Bytes a second: tokens and sentences of English, German, Hindi and Chinese prose.

use construe_text::{Language, sentences, tokenize};
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

const PROSE: [(Language, &str); 4] = [
    (
        Language::En,
        "The committee met in Springfield on 3 March 2021. Dr. Jane Doe, who had come from Boston the day before, read \
         the minutes aloud; nobody objected. \"Is that all?\" asked Mr. Brown. It was not.\n",
    ),
    (
        Language::De,
        "Am 3. März 2021 tagte der Ausschuss in Nürnberg. Frau Dr. Müller, die am Vortag aus Köln angereist war, verlas \
         das Protokoll; niemand widersprach. „War das alles?“, fragte Herr Groß. Das war es nicht.\n",
    ),
    (
        Language::Hi,
        "समिति की बैठक ३ मार्च को दिल्ली में हुई। डॉ. शर्मा ने कार्यवृत्त पढ़ा और किसी ने विरोध नहीं किया। क्या यही सब था?\n",
    ),
    (
        Language::Zh,
        "委员会于2021年3月3日在南京开会。前一天从上海赶来的王博士宣读了会议记录，没有人反对。“就这些吗？”李先生问道。\n",
    ),
];

fn text(language: Language) -> String {
    let (_, prose) = PROSE
        .iter()
        .find(|(of, _)| *of == language)
        .expect("there is prose of every language asked for");
    prose.repeat(1 << 12)
}

const LANGUAGES: [Language; 4] = [Language::En, Language::De, Language::Hi, Language::Zh];

#[divan::bench(args = LANGUAGES)]
fn tokens(bencher: Bencher, language: Language) {
    let text = text(language);
    let mut found = Vec::new();
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| {
        found.clear();
        tokenize(&text, &mut found);
        found.len()
    });
}

#[divan::bench(args = LANGUAGES)]
fn tokens_and_sentences(bencher: Bencher, language: Language) {
    let text = text(language);
    let (mut found, mut ranges) = (Vec::new(), Vec::new());
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| {
        found.clear();
        ranges.clear();
        tokenize(&text, &mut found);
        sentences(language, &text, &found, &mut ranges);
        ranges.len()
    });
}
