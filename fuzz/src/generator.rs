//! Texts that engines may find hard.

mod characters;
mod fragments;

use construe_text::Language;
use fastrand::Rng;

use self::characters::{MARKS, SCRIPTS};
use self::fragments::FRAGMENTS;

/// Sentences of each language with names, numbers and dates in them, one on a line.
const SENTENCES: [(Language, &str); 12] = [
    (Language::En, include_str!("../seeds/en.txt")),
    (Language::Es, include_str!("../seeds/es.txt")),
    (Language::Fr, include_str!("../seeds/fr.txt")),
    (Language::De, include_str!("../seeds/de.txt")),
    (Language::It, include_str!("../seeds/it.txt")),
    (Language::Pt, include_str!("../seeds/pt.txt")),
    (Language::Ar, include_str!("../seeds/ar.txt")),
    (Language::Hi, include_str!("../seeds/hi.txt")),
    (Language::Ja, include_str!("../seeds/ja.txt")),
    (Language::Ko, include_str!("../seeds/ko.txt")),
    (Language::Zh, include_str!("../seeds/zh.txt")),
    (Language::ZhTw, include_str!("../seeds/zh-TW.txt")),
];

/// What stands between parts of a text.
const JOINTS: &[&str] = &[
    "", " ", "  ", "\n", "\r\n", "\n\n", "\t", ", ", ". ", ": ", "; ", " - ", "\u{a0}", "\u{3000}", "|",
];

/// Makes one case.
pub struct Generator {
    random: Rng,
    language: Language,
}

impl Generator {
    /// The generator of case `number`.
    pub fn new(seed: u64, number: u64) -> Generator {
        // Neighbouring seeds and numbers must not give related cases: an odd factor spreads them over all bits.
        let mixed = seed.rotate_left(32) ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Generator {
            random: Rng::with_seed(mixed),
            language: Language::En,
        }
    }

    /// The language in which the text is to be read; often also the one that it is written in.
    pub fn language(&mut self, languages: &[Language]) -> Language {
        let last = languages.last().copied().unwrap_or(Language::En);
        self.language = self.random.choice(languages).copied().unwrap_or(last);
        self.language
    }

    /// A text of about `longest` bytes at most.
    pub fn text(&mut self, longest: usize) -> String {
        let mut text = match self.random.u32(..100) {
            0..10 => self.characters(),
            10..15 => self.bytes(),
            15..35 => self.fragments(),
            35..45 => self.pattern().repeat(self.random.usize(1..200)),
            45..70 => self.sentence(),
            _ => self.document(),
        };
        for _ in 0..self.random.u32(..8).saturating_sub(2) {
            self.mutate(&mut text);
        }
        cut(&mut text, longest);
        text
    }

    /// Something short, to be repeated.
    pub fn pattern(&mut self) -> String {
        let parts = self.random.usize(1..=4);
        (0..parts)
            .map(|_| match self.random.bool() {
                true => self.pick(FRAGMENTS).to_owned(),
                false => self.character().to_string(),
            })
            .collect()
    }

    fn pick<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.random.usize(..choices.len())]
    }

    /// Characters of one script or of several.
    fn characters(&mut self) -> String {
        let length = self.random.usize(..400);
        match self.random.bool() {
            true => (0..length).map(|_| self.character()).collect(),
            false => {
                let script = self.random.usize(..SCRIPTS.len());
                (0..length).map(|_| self.character_of(script)).collect()
            }
        }
    }

    fn character(&mut self) -> char {
        match self.random.u32(..20) {
            0 => self.random.char(..),
            _ => {
                let script = self.random.usize(..SCRIPTS.len());
                self.character_of(script)
            }
        }
    }

    fn character_of(&mut self, script: usize) -> char {
        let ranges = SCRIPTS[script];
        let (first, last) = ranges[self.random.usize(..ranges.len())];
        self.random.char(first..=last)
    }

    /// Any bytes, read as leniently as a careless program would.
    fn bytes(&mut self) -> String {
        let bytes: Vec<u8> = (0..self.random.usize(..300)).map(|_| self.random.u8(..)).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn fragments(&mut self) -> String {
        let joint = self.pick(JOINTS);
        let parts: Vec<&str> = (0..self.random.usize(1..60)).map(|_| self.pick(FRAGMENTS)).collect();
        parts.join(joint)
    }

    /// A sentence: mostly of the language in which it will be read, sometimes of another.
    fn sentence(&mut self) -> String {
        let own = SENTENCES.iter().position(|(language, _)| *language == self.language);
        let index = match own {
            Some(own) if self.random.u32(..4) > 0 => own,
            _ => self.random.usize(..SENTENCES.len()),
        };
        let lines: Vec<&str> = SENTENCES[index].1.lines().collect();
        self.pick(&lines).to_owned()
    }

    /// Sentences and fragments, as prose, as lines or as fields.
    fn document(&mut self) -> String {
        let joint = self.pick(JOINTS);
        let parts = self.random.usize(1..20);
        let parts: Vec<String> = (0..parts)
            .map(|_| match self.random.u32(..4) {
                0 => self.fragments(),
                _ => self.sentence(),
            })
            .collect();
        parts.join(joint)
    }

    /// One change of the kind that copying, typing, scanning or malice make.
    fn mutate(&mut self, text: &mut String) {
        let (start, end) = self.range(text);
        match self.random.u32(..12) {
            0 => text.truncate(start),
            1 => text.replace_range(..start, ""),
            2 => text.replace_range(start..end, ""),
            3 => text.insert_str(start, self.pick(FRAGMENTS)),
            4 => text.insert(start, self.character()),
            5 => text.insert(start, *self.random.choice(MARKS).unwrap_or(&'\u{301}')),
            6 => {
                let again = text[start..end].to_owned();
                text.insert_str(end, &again);
            }
            7 => *text = text.to_uppercase(),
            8 => *text = text.to_lowercase(),
            9 => *text = text.replace(' ', self.pick(JOINTS)),
            10 => {
                let digit = self.random.u32(..10);
                let digit = char::from_digit(digit, 10).unwrap_or('0');
                let changed: String = text[start..end]
                    .chars()
                    .map(|c| if c.is_ascii_digit() { digit } else { c })
                    .collect();
                text.replace_range(start..end, &changed);
            }
            _ => {
                let mark = *self.random.choice(MARKS).unwrap_or(&'\u{301}');
                let marked: String = text[start..end].chars().flat_map(|c| [c, mark]).collect();
                text.replace_range(start..end, &marked);
            }
        }
    }

    /// A range of bytes on character boundaries.
    fn range(&mut self, text: &str) -> (usize, usize) {
        let boundary = |mut at: usize| {
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (one, other) = (self.random.usize(..=text.len()), self.random.usize(..=text.len()));
        (boundary(one.min(other)), boundary(one.max(other)))
    }
}

fn cut(text: &mut String, longest: usize) {
    let mut end = longest.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_a_function_of_seed_and_number() {
        let case = |seed, number| {
            let mut generator = Generator::new(seed, number);
            (generator.language(&Language::ALL), generator.text(4096))
        };
        assert_eq!(case(1, 7), case(1, 7));
        assert_ne!(case(1, 7), case(1, 8));
        assert_ne!(case(1, 7), case(2, 7));
    }

    #[test]
    fn cases_cover_scripts_lengths_and_forms() {
        let texts: Vec<String> = (0..2000).map(|number| Generator::new(3, number).text(4096)).collect();
        assert!(texts.iter().all(|text| text.len() <= 4096));
        let with = |wanted: &dyn Fn(&str) -> bool| texts.iter().filter(|text| wanted(text)).count();
        assert!(with(&|text| text.is_empty()) > 0);
        assert!(with(&|text| text.len() > 2000) > 100);
        for (name, first, last) in [
            ("Han", '\u{4e00}', '\u{9fff}'),
            ("Arabic", '\u{600}', '\u{6ff}'),
            ("Devanagari", '\u{900}', '\u{97f}'),
            ("Hangul", '\u{ac00}', '\u{d7a3}'),
            ("combining marks", '\u{300}', '\u{36f}'),
            ("beyond the first plane", '\u{10000}', '\u{10ffff}'),
            ("controls", '\0', '\u{1f}'),
        ] {
            assert!(
                with(&|text| text.chars().any(|c| (first..=last).contains(&c))) > 40,
                "{name}"
            );
        }
    }
}
