//! Places by rule: states and countries by their names, towns by what is said of them.

use construe_recognizers::Gazetteer;

use super::Found;
use crate::Type;
use crate::tokens::{Case, Class, Gap, Tokens};
use crate::words::WordSet;

/// States of the USA and countries, folded, in order; several words joined by spaces.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "afghanistan", "africa", "alabama", "alaska", "albania", "algeria", "arizona", "arkansas", "asia", "australia",
    "austria", "bangladesh", "belgium", "bolivia", "bosnia", "brazil", "bulgaria", "california", "cambodia", "canada",
    "chile", "china", "colombia", "colorado", "connecticut", "costa rica", "croatia", "cuba", "denmark",
    "dominican republic", "ecuador", "egypt", "el salvador", "england", "eritrea", "ethiopia", "europe", "finland",
    "florida", "france", "germany", "ghana", "great britain", "greece", "guatemala", "haiti", "hawaii", "honduras",
    "hungary", "idaho", "illinois", "india", "indiana", "indonesia", "iowa", "iran", "iraq", "ireland", "israel",
    "italy", "jamaica", "japan", "kansas", "kentucky", "kenya", "korea", "laos", "lebanon", "liberia", "louisiana",
    "maine", "malaysia", "maryland", "massachusetts", "mexico", "michigan", "minnesota", "mississippi", "missouri",
    "montana", "morocco", "nebraska", "nepal", "netherlands", "nevada", "new hampshire", "new jersey", "new mexico",
    "new york", "new zealand", "nicaragua", "nigeria", "north carolina", "north dakota", "norway", "ohio", "oklahoma",
    "oregon", "pakistan", "panama", "pennsylvania", "peru", "philippines", "poland", "portugal", "puerto rico",
    "rhode island", "romania", "russia", "saudi arabia", "scotland", "serbia", "somalia", "south africa",
    "south carolina", "south dakota", "spain", "sudan", "sweden", "switzerland", "syria", "taiwan", "tennessee",
    "texas", "thailand", "turkey", "uganda", "ukraine", "united kingdom", "united states", "utah", "venezuela",
    "vermont", "vietnam", "virginia", "wales", "washington", "west virginia", "wisconsin", "wyoming", "yugoslavia",
];
/// What people do at places.
static CUES: WordSet = WordSet::new(&[
    "live",
    "lives",
    "lived",
    "living",
    "born",
    "raised",
    "moved",
    "moving",
    "reside",
    "resides",
    "resided",
    "grew",
    "from",
    "traveled",
    "travelled",
    "traveling",
    "travel",
    "trip",
    "visited",
    "visiting",
    "relocated",
    "returned",
    "works",
    "worked",
    "stationed",
    "hometown",
    "home",
    "hospital",
    "hospitalized",
    "incarcerated",
    "institute",
    "center",
    "clinic",
    "college",
    "university",
    "school",
]);
/// How far behind its cue a place stands.
const REACH: usize = 8;

/// Adds the places of a text to `found` where nothing is found yet.
pub(super) fn find(gazetteer: &Gazetteer, tokens: &Tokens, found: &mut Vec<Found>) {
    let mut cue = None;
    let mut index = 0;
    while index < tokens.len() {
        let token = &tokens.all()[index];
        let word = tokens.folded(index);
        if CUES.contains(word) {
            cue = Some(index);
        } else if matches!(word, b"." | b";") || token.gap >= Gap::Blank {
            cue = None;
        }
        let end = named(tokens, index).or_else(|| {
            if word == b"at" {
                return town(tokens, index + 1).filter(|&(start, end)| !is_no_place(tokens, start, end));
            }
            let cued = cue.is_some_and(|cue| index - cue <= REACH);
            if !matches!(word, b"in" | b"from" | b"near" | b"to" | b"outside") {
                return None;
            }
            let town = town(tokens, index + 1)?;
            (cued || is_known(gazetteer, tokens, town)).then_some(town)
        });
        match end {
            Some((start, end)) => {
                let bytes = tokens.bytes_of(start..end);
                super::add(found, Type::Address, bytes.start, bytes.end, 0.7);
                index = end;
            }
            None => index += 1,
        }
    }
}

/// The longest name of a place that is looked up, in bytes.
const LONGEST: usize = 48;
/// How common a word may be that is taken for a city whatever is said, on the scale of the gazetteer: one in 10,000.
const COMMON_WORD: u8 = 32;

/// Whether a town, without the state behind it, is a city that the gazetteer knows, and no common word.
fn is_known(gazetteer: &Gazetteer, tokens: &Tokens, (start, end): (usize, usize)) -> bool {
    let end = (start..end).find(|&index| tokens.folded(index) == b",").unwrap_or(end);
    let mut name = Vec::with_capacity(LONGEST);
    for index in start..end {
        if index > start {
            name.push(b' ');
        }
        name.extend_from_slice(tokens.folded(index));
    }
    let common = || std::str::from_utf8(&name).is_ok_and(|word| gazetteer.entry(word).english >= COMMON_WORD);
    name.len() <= LONGEST && gazetteer.place(&name).is_some_and(|place| place.is_city()) && !common()
}

/// What stands behind `at` with a capital and is no place.
fn is_no_place(tokens: &Tokens, start: usize, end: usize) -> bool {
    let first = tokens.folded(start);
    let follows = tokens
        .get(end)
        .is_some_and(|next| next.gap == Gap::None && next.class != Class::Mark);
    matches!(
        first,
        b"baseline"
            | b"home"
            | b"risk"
            | b"rest"
            | b"time"
            | b"age"
            | b"night"
            | b"dr"
            | b"this"
            | b"that"
            | b"his"
            | b"her"
    ) || follows
}

/// A state or a country.
fn named(tokens: &Tokens, at: usize) -> Option<(usize, usize)> {
    if tokens.all()[at].case != Case::Title {
        return None;
    }
    // The heart association is no place.
    if tokens.word(at + 2) == b"heart" {
        return None;
    }
    let (first, second) = (tokens.folded(at), tokens.word(at + 1));
    let is_title = tokens.get(at + 1).is_some_and(|next| next.case == Case::Title);
    let two = is_title
        && NAMES
            .binary_search_by(|name| {
                name.bytes()
                    .cmp(first.iter().copied().chain(*b" ").chain(second.iter().copied()))
            })
            .is_ok();
    if two {
        return Some((at, at + 2));
    }
    NAMES
        .binary_search_by(|name| name.as_bytes().cmp(first))
        .is_ok()
        .then_some((at, at + 1))
}

/// A run of capitalised words, with the state behind a comma.
fn town(tokens: &Tokens, at: usize) -> Option<(usize, usize)> {
    let capital = |index: usize| {
        tokens.get(index).is_some_and(|token| {
            token.class == Class::Word && token.case == Case::Title && token.end - token.start >= 3
        })
    };
    let mut end = at;
    while end < at + 4 && capital(end) && (end == at || tokens.all()[end].gap == Gap::Space) {
        end += 1;
    }
    let first = tokens.word(at);
    if end == at
        || matches!(first, b"the" | b"emergency" | b"intensive" | b"operating")
        || super::rules::is_calendar_word(first)
    {
        return None;
    }
    let state = tokens.word(end) == b","
        && (capital(end + 1) && named(tokens, end + 1).is_some()
            || tokens
                .get(end + 1)
                .is_some_and(|token| token.case == Case::Upper && token.end - token.start == 2));
    Some((at, end + 2 * usize::from(state)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towns_and_countries() {
        assert!(NAMES.is_sorted());
        let gazetteer = Gazetteer::load().expect("the gazetteer");
        let cases: &[(&str, &[&str])] = &[
            (
                "She lived in Seattle and moved to Gig Harbor, WA.",
                &["Seattle", "Gig Harbor, WA"],
            ),
            ("Born and raised in Iowa; speaks German.", &["Iowa"]),
            ("He is from New Mexico.", &["New Mexico"]),
            ("They will be in Boston, then in Wartenberg.", &["Boston"]),
            ("She was started on Coumadin in March.", &[]),
            ("Seen at Kapiolani on Monday, at Easter and at Home.", &["Kapiolani"]),
        ];
        for (text, expected) in cases {
            let mut tokens = Tokens::default();
            tokens.read(text);
            let mut found = Vec::new();
            find(&gazetteer, &tokens, &mut found);
            let surface: Vec<&str> = found.iter().map(|found| &text[found.start..found.end]).collect();
            assert_eq!(surface, *expected, "{text}");
        }
    }
}
