//! Sentences of this project as training texts, with slots that are filled from annotated texts.

use std::ops::Range;

use super::random::Random;
use super::training::TrainingText;

/// One sentence per line; see the file.
const SENTENCES: &str = include_str!("../../training/sentences.txt");

/// How often each sentence is filled.
const ROUNDS: usize = 12;

/// What fills the slots.
pub(super) struct Slots<'t> {
    names: Vec<&'t str>,
    places: Vec<&'t str>,
    addresses: Vec<&'t str>,
}

/// A sentence with its slots filled. Labels are those of the models.
pub(super) struct Sentence {
    pub(super) text: String,
    pub(super) spans: Vec<(Range<usize>, &'static str)>,
}

impl<'t> Slots<'t> {
    /// What the annotated texts have to offer.
    pub(super) fn of(texts: &[&TrainingText<'t>]) -> Slots<'t> {
        let mut slots = Slots {
            names: Vec::new(),
            places: Vec::new(),
            addresses: Vec::new(),
        };
        for text in texts {
            for (range, label) in &text.spans {
                let Some(surface) = slice(text.text, range) else {
                    continue;
                };
                let kind = match *label {
                    "NAME" if is_plain_name(surface) && surface.contains(' ') => &mut slots.names,
                    "LOCATION" if surface.starts_with(char::is_uppercase) && surface.len() < 40 => &mut slots.places,
                    "ADDRESS" if surface.contains(|c: char| c.is_ascii_digit()) => &mut slots.addresses,
                    _ => continue,
                };
                kind.push(surface);
            }
        }
        slots
    }

    /// Every sentence several times.
    pub(super) fn fill(&self, random: &mut Random) -> Vec<Sentence> {
        if self.names.is_empty() || self.places.is_empty() || self.addresses.is_empty() {
            return Vec::new();
        }
        let lines = || {
            SENTENCES
                .lines()
                .filter(|line| !line.starts_with('#') && !line.is_empty())
        };
        (0..ROUNDS)
            .flat_map(|_| lines())
            .map(|line| self.sentence(line, random))
            .collect()
    }

    fn sentence(&self, line: &str, random: &mut Random) -> Sentence {
        let mut filled = Sentence {
            text: String::with_capacity(2 * line.len()),
            spans: Vec::new(),
        };
        let mut length = 0;
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((slot, after)) = after.split_once('}') else {
                break;
            };
            let before = before.replace("\\n", "\n");
            length += before.chars().count();
            filled.text.push_str(&before);
            let (value, label) = self.value(slot, random);
            let value_length = value.chars().count();
            filled.text.push_str(&value);
            filled.spans.push((length..length + value_length, label));
            length += value_length;
            rest = after;
        }
        filled.text.push_str(&rest.replace("\\n", "\n"));
        filled
    }

    fn value(&self, slot: &str, random: &mut Random) -> (String, &'static str) {
        let pick = |from: &[&str], random: &mut Random| from[random.below(from.len())].to_owned();
        match slot {
            "given" => (first_word(&pick(&self.names, random)), "NAME"),
            "surname" => (last_word(&pick(&self.names, random)), "NAME"),
            "org" => (self.organisation(random), "ORGANIZATION"),
            "place" => (pick(&self.places, random), "PLACE"),
            "address" => (pick(&self.addresses, random), "ADDRESS"),
            "street" => {
                let address = pick(&self.addresses, random);
                let street = address.split([',', '\n']).next().unwrap_or(&address).trim();
                (street.to_owned(), "ADDRESS")
            }
            _ => (pick(&self.names, random), "NAME"),
        }
    }

    /// An organisation that is named after people: without anything else in a text, only the form tells.
    fn organisation(&self, random: &mut Random) -> String {
        const FORMS: [&str; 12] = [
            "Inc",
            "LLC",
            "Ltd",
            "PLC",
            "Group",
            "and Sons",
            "& Co",
            "Holdings",
            "Partners",
            "Foundation",
            "Bank",
            "GmbH",
        ];
        let mut surname = || last_word(self.names[random.below(self.names.len())]);
        let (first, second, third) = (surname(), surname(), surname());
        match random.below(5) {
            0 => format!("{first}, {second} and {third}"),
            1 => format!("{first}-{second}"),
            2 => format!("{first} & {second}"),
            _ => format!("{first} {}", FORMS[random.below(FORMS.len())]),
        }
    }
}

/// Whether a name is of words with capitals and nothing else.
pub(super) fn is_plain_name(surface: &str) -> bool {
    surface
        .chars()
        .all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’'))
        && surface.split(' ').all(|word| word.starts_with(char::is_uppercase))
        && surface.chars().any(char::is_lowercase)
}

fn first_word(name: &str) -> String {
    name.split(' ').next().unwrap_or(name).to_owned()
}

fn last_word(name: &str) -> String {
    name.split(' ').next_back().unwrap_or(name).to_owned()
}

/// The code points of a range.
pub(super) fn slice<'t>(text: &'t str, range: &Range<usize>) -> Option<&'t str> {
    let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let start = starts.nth(range.start)?;
    if range.is_empty() {
        return Some("");
    }
    let end = starts.nth(range.len() - 1)?;
    Some(&text[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_and_marked() {
        let text = TrainingText {
            id: "1",
            source: "own",
            language: None,
            file: 0,
            text: "Zoë Ny lives in Ås, at 4 Elm Street, Ås.",
            spans: vec![(0..6, "NAME"), (16..18, "LOCATION"), (23..39, "ADDRESS")],
            ignore: Vec::new(),
            covers: vec!["NAME", "ADDRESS", "LOCATION"],
        };
        let sentences = Slots::of(&[&text]).fill(&mut Random::new(7));
        assert_eq!(sentences.len() % ROUNDS, 0);
        for sentence in &sentences {
            assert!(!sentence.text.contains(['{', '}', '\\']), "{}", sentence.text);
            for (range, label) in &sentence.spans {
                let surface = slice(&sentence.text, range).expect("a span lies in its text");
                match *label {
                    "NAME" => assert!("Zoë Ny".contains(surface), "{surface}"),
                    "PLACE" => assert_eq!(surface, "Ås"),
                    "ADDRESS" => assert!("4 Elm Street, Ås".starts_with(surface), "{surface}"),
                    _ => assert!(surface.contains("Ny"), "{surface}"),
                }
            }
        }
        assert!(sentences.iter().any(|sentence| sentence.spans.is_empty()));
    }
}
