//! Features of tokens in scripts that put no spaces between words, and in Korean, which adds particles to names.
//!
//! A token is one character there; a foreign word or a number among them is one token. What a word would say is said
//! by the characters around, by pairs and triples of them, and by *runs*: katakana or Latin letters that belong
//! together, in Korean all that stands between two spaces. What precedes a character in its run is likely the
//! beginning of a name, what follows may be its particle.

use construe_learn::FeatureHasher;
use construe_text::{Language, Script, Token, normalize_lower, simplified};

use crate::features::{Known, Sentence};
use crate::knowledge::WordFeatures;

// Templates: 200 to 299.
const BIAS: u32 = 200;
const SURFACE: u32 = 201;
const CLASS: u32 = 202;
const PREFIX: u32 = 203;
const SUFFIX: u32 = 204;
const PATTERN: u32 = 205;
const PAIR: u32 = 210;
const SKIP: u32 = 211;
const TRIPLE: u32 = 212;
const CLASS_PAIR: u32 = 213;
const CLASS_TRIPLE: u32 = 214;
const CLASS_FIVE: u32 = 215;
const CLASS_NEXT: u32 = 216;
const CLASS_BEFORE: u32 = 217;
const RUN_BEGINNING: u32 = 220;
const RUN_REST: u32 = 221;
const RUN_WHOLE: u32 = 222;
const RUN_PLACE: u32 = 223;
const BEFORE_RUN: u32 = 224;
const AFTER_RUN: u32 = 225;
const AFTER_RUN_PAIR: u32 = 226;
const SPACES: u32 = 227;

/// Whether a language is read by characters.
pub(crate) fn apply_to(language: Language) -> bool {
    language.is_written_in_characters()
}

/// Writes the features of a token and its folded form.
pub(crate) fn word(
    language: Language,
    token: &Token,
    surface: &str,
    folded: &mut String,
    out: &mut WordFeatures,
) -> Known {
    let alone = Token {
        start: 0,
        end: surface.len() as u32,
        ..*token
    };
    normalize_lower(surface, alone, folded);
    if token.script == Script::Han && matches!(language, Language::Zh | Language::ZhTw) {
        // One form for both scripts: what is learnt in one serves in the other.
        let simple: String = folded.chars().map(simplified).collect();
        *folded = simple;
    }
    let class = class(token, surface);
    let whole = FeatureHasher::new(SURFACE).text(folded);
    out.push_own(FeatureHasher::new(BIAS));
    out.push_wide(whole);
    out.push_wide(FeatureHasher::new(CLASS).number(class));
    if token.class.is_word() && !token.script.is_split() {
        word_features(token, folded, out);
    }
    Known {
        folded: u64::from(whole.finish()),
        shape: class,
        class: 0,
    }
}

/// Features of foreign words and numbers.
fn word_features(token: &Token, folded: &str, out: &mut WordFeatures) {
    if token.class.has_digit() {
        let mut pattern = FeatureHasher::new(PATTERN);
        for byte in folded.bytes().take(24) {
            pattern = pattern.number(u64::from(if byte.is_ascii_digit() { b'0' } else { byte }));
        }
        out.push_wide(pattern.number(folded.len().min(24) as u64));
    } else {
        for (at, c) in folded.char_indices().skip(1).take(3) {
            out.push_own(FeatureHasher::new(PREFIX).text(&folded[..at + c.len_utf8()]));
        }
        for (at, _) in folded.char_indices().rev().skip(1).take(3) {
            out.push_own(FeatureHasher::new(SUFFIX).text(&folded[at..]));
        }
    }
}

/// What kind of character or word it is, as a number below 32.
fn class(token: &Token, surface: &str) -> u64 {
    let class = token.class;
    if class.is_mark() {
        return match surface {
            "。" | "." | "!" | "?" | "！" | "？" | "…" => 1,
            "、" | "，" | "," | ";" | "；" => 2,
            "・" | "·" | "•" | "‧" | "=" | "＝" => 3,
            "「" | "『" | "《" | "〈" | "“" | "‘" | "【" => 4,
            "」" | "』" | "》" | "〉" | "”" | "’" | "】" => 5,
            "(" | "（" | "[" | "［" => 6,
            ")" | "）" | "]" | "］" => 7,
            "-" | "–" | "—" | "~" | "～" | "〜" => 8,
            "\"" | "'" => 9,
            ":" | "：" | "/" | "／" => 10,
            "%" | "％" | "$" | "＄" | "¥" | "￥" | "€" | "£" | "₩" => 11,
            _ => 12,
        };
    }
    if class.is_digits() {
        // Years have four digits.
        return 13 + surface.chars().count().min(5) as u64;
    }
    let script = token.script as u64;
    if token.script.is_split() || !class.has_upper() {
        return 19 + script;
    }
    if class.is_upper() { 29 } else { 30 }
}

/// Runs are followed for that many tokens to each side.
const LONGEST_RUN: usize = 10;

/// The tokens that belong together around `position`, cut to [`LONGEST_RUN`] on both sides.
#[inline]
fn run(sentence: Sentence<'_>, position: usize) -> (usize, usize) {
    let tokens = sentence.tokens;
    let belongs = |before: &Token, after: &Token| {
        if after.class.space_before() || before.class.is_mark() || after.class.is_mark() {
            return false;
        }
        // In Korean a number or a foreign word takes particles too.
        let hangul = before.script == Script::Hangul || after.script == Script::Hangul;
        before.script == after.script || hangul
    };
    let mut start = position;
    while start > 0 && position - start < LONGEST_RUN && belongs(&tokens[start - 1], &tokens[start]) {
        start -= 1;
    }
    let mut end = position + 1;
    while end < tokens.len() && end - position < LONGEST_RUN && belongs(&tokens[end - 1], &tokens[end]) {
        end += 1;
    }
    (start, end)
}

/// Calls with each feature of the context.
#[inline]
pub(crate) fn context(sentence: Sentence<'_>, position: usize, mut push: impl FnMut(u32)) {
    let around = [-3, -2, -1, 0, 1, 2, 3].map(|distance| sentence.at(position, distance));
    let text = around.map(|known| known.folded);
    let class = around.map(|known| known.shape);
    let mut combine = |template: u32, values: &[u64]| {
        let hasher = values
            .iter()
            .fold(FeatureHasher::new(template), |hasher, &value| hasher.number(value));
        push(hasher.finish());
    };
    for place in 1..5 {
        combine(PAIR, &[place as u64, text[place], text[place + 1]]);
    }
    combine(SKIP, &[text[2], text[4]]);
    for place in 1..4 {
        combine(TRIPLE, &[place as u64, text[place], text[place + 1], text[place + 2]]);
    }
    combine(CLASS_PAIR, &[0, class[2], class[3]]);
    combine(CLASS_PAIR, &[1, class[3], class[4]]);
    combine(CLASS_TRIPLE, &[class[2], class[3], class[4]]);
    combine(CLASS_FIVE, &class[1..6]);
    combine(CLASS_BEFORE, &[text[2], class[3]]);
    combine(CLASS_NEXT, &[class[3], text[4]]);

    let (start, end) = run(sentence, position);
    let (before, after) = (position - start, end - position);
    let hash = |from: usize, to: usize| {
        sentence.known[from..to]
            .iter()
            .fold(FeatureHasher::new(0), |hasher, known| hasher.number(known.folded))
            .number(0)
    };
    let whole_is_seen = before < LONGEST_RUN && after < LONGEST_RUN;
    let value = |hasher: FeatureHasher| u64::from(hasher.finish());
    if end - start > 1 && whole_is_seen {
        combine(RUN_BEGINNING, &[value(hash(start, position + 1))]);
        combine(RUN_REST, &[value(hash(position + 1, end))]);
        combine(RUN_WHOLE, &[value(hash(start, end)), before.min(3) as u64]);
    }
    combine(RUN_PLACE, &[class[3], before.min(4) as u64, after.min(5) as u64]);
    let known = |at: usize, distance: isize| sentence.at(at, distance).folded;
    combine(BEFORE_RUN, &[class[3], known(start, -1)]);
    combine(AFTER_RUN, &[class[3], known(end - 1, 1)]);
    combine(AFTER_RUN_PAIR, &[class[3], known(end - 1, 1), known(end - 1, 2)]);

    // What lies before a sentence is not known to matter.
    let space =
        |at: usize| u64::from(at == 0 || sentence.tokens.get(at).is_none_or(|token| token.class.space_before()));
    combine(SPACES, &[space(position), space(position + 1), class[3]]);
}
