//! Word lists of prescription language and of units.

use super::Reader;
use super::numbers::quantity;
use crate::words::{PhraseSet, WordSet};

/// Units of doses.
#[rustfmt::skip]
pub(super) static UNITS: WordSet = WordSet::new(&[
    "%", "amp", "amps", "cc", "drop", "drops", "g", "gm", "gms", "gram", "grams", "gtt", "gtts", "iu", "kg", "l",
    "liter", "liters", "mcg", "mcgs", "meq", "mg", "mgs", "microgram", "micrograms", "milligram", "milligrams",
    "milliliter", "milliliters", "ml", "mls", "mmol", "ng", "ounce", "ounces", "oz", "puff", "puffs", "spray",
    "sprays", "tablespoon", "tablespoons", "tbsp", "teaspoon", "teaspoons", "tsp", "u", "ug", "unit", "units",
    "\u{b5}g", "\u{3bc}g",
]);

/// What doses are given per, beside time.
#[rustfmt::skip]
pub(super) static PER: WordSet = WordSet::new(&[
    "d", "day", "dose", "kg", "m", "m2", "m\u{b2}", "week", "wk",
]);

/// Units of time.
#[rustfmt::skip]
pub(super) static PERIODS: WordSet = WordSet::new(&[
    "d", "day", "days", "h", "hour", "hours", "hr", "hrs", "mo", "month", "months", "mos", "week", "weeks", "wk",
    "wks", "year", "years", "yr", "yrs",
]);

/// Forms of which a number is taken.
#[rustfmt::skip]
pub(super) static COUNTED_FORMS: WordSet = WordSet::new(&[
    "cap", "caplet", "caplets", "caps", "capsule", "capsules", "lozenge", "lozenges", "patch", "patches", "pill",
    "pills", "suppositories", "suppository", "tab", "tablet", "tablets", "tabs",
]);

/// Forms.
#[rustfmt::skip]
pub(super) static FORMS: WordSet = WordSet::new(&[
    "aerosol", "ampule", "cap", "caplet", "caplets", "caps", "capsule", "capsules", "cr", "cream", "drops", "ec",
    "elixir", "emulsion", "er", "foam", "gel", "granules", "gtts", "gummies", "inhaler", "injection", "injections",
    "liquid", "lotion", "lozenge", "lozenges", "mdi", "mouthwash", "nebulizer", "odt", "ointment", "ointments",
    "paste", "patch", "patches", "pill", "pills", "powder", "shampoo", "softgel", "softgels", "solution", "spray",
    "sr", "suppositories", "suppository", "suspension", "syringe", "syrup", "tab", "tablet", "tablets", "tabs",
    "troche", "vial", "wafer", "xl", "xr",
]);

/// Forms of several words.
pub(super) static MULTIWORD_FORMS: PhraseSet = PhraseSet::new(&[
    &["chewable", "tablet"],
    &["chewable", "tablets"],
    &["delayed", "-", "release"],
    &["ear", "drops"],
    &["enteric", "-", "coated"],
    &["extended", "-", "release"],
    &["extended", "-", "release", "tablets"],
    &["eye", "drops"],
    &["immediate", "release"],
    &["nasal", "spray"],
    &["nebulizer", "solution"],
    &["oral", "solution"],
    &["oral", "suspension"],
    &["sustained", "-", "release"],
    &["sustained", "-", "release", "tablets"],
    &["transdermal", "patch"],
]);

/// Ways of giving.
#[rustfmt::skip]
pub(super) static ROUTES: WordSet = WordSet::new(&[
    "buccal", "buccally", "epidural", "gt", "im", "infusion", "inhaled", "intraarticular", "intradermal",
    "intradermally", "intramuscular", "intramuscularly", "intranasal", "intranasally", "intraosseous",
    "intraperitoneal", "intraperitoneally", "intrathecal", "intrathecally", "intravaginal", "intravaginally",
    "intravenous", "intravenously", "intravesical", "intravitreal", "iv", "ivp", "ivpb", "nebulized", "ngt",
    "ophthalmic", "oral", "orally", "otic", "ou", "parenteral", "parenterally", "pca", "po", "pr", "pv", "rectal",
    "rectally", "sc", "sl", "sq", "subcut", "subcutaneous", "subcutaneously", "sublingual", "sublingually", "subq",
    "systemic", "topical", "topically", "transdermal", "transdermally", "vaginally",
]);

/// Ways of giving that are written with dots.
pub(super) static DOTTED_ROUTES: WordSet = WordSet::new(&["im", "iv", "ng", "po", "pr", "pv", "sc", "sl", "sq"]);

/// Ways of giving, of several words.
pub(super) static ROUTE_PHRASES: PhraseSet = PhraseSet::new(&[
    &["by", "inhalation"],
    &["by", "mouth"],
    &["continuous", "infusion"],
    &["into", "each", "nostril"],
    &["intra", "-", "articular"],
    &["iv", "drip"],
    &["iv", "push"],
    &["per", "g", "-", "tube"],
    &["per", "ng"],
    &["per", "ng", "tube"],
    &["per", "nostril"],
    &["per", "rectum"],
    &["swish", "and", "spit"],
    &["swish", "and", "swallow"],
    &["to", "affected", "area"],
    &["to", "the", "affected", "area"],
    &["under", "the", "tongue"],
    &["via", "inhaler"],
    &["via", "nebulizer"],
    &["via", "ng", "tube"],
    &["via", "peg"],
    &["via", "peg", "tube"],
]);

/// What is smoked and drunk by number.
#[rustfmt::skip]
static PORTIONS: WordSet = WordSet::new(&[
    "beer", "beers", "bottle", "bottles", "can", "cans", "cigarette", "cigarettes", "cigars", "drink", "drinks",
    "glass", "glasses", "joint", "joints", "pack", "packs", "pint", "pints", "ppd", "shots", "sticks",
]);

/// `two glasses`, `1 ppd`, `half a pack`, `a six-pack`, `a few`.
pub(super) fn consumption(reader: &Reader<'_>, at: usize) -> Option<usize> {
    if reader.word(at) == b"a" {
        if reader.word(at + 1) == b"few" {
            return Some(at + 2);
        }
        let sixpack = reader.word(at + 1) == b"six" && reader.word(at + 2) == b"-" && reader.word(at + 3) == b"pack";
        return sixpack.then_some(at + 4);
    }
    let mut end = quantity(reader, at)?;
    end += usize::from(matches!(reader.word(end), b"a" | b"-"));
    (PORTIONS.contains(reader.word(end)) && reader.word(end + 1) != b"year" && reader.word(end + 1) != b"-")
        .then_some(end + 1)
}

/// Parts of units of results.
#[rustfmt::skip]
static UNIT_PARTS: WordSet = WordSet::new(&[
    "%", "1.73", "10", "24h", "beats", "bpm", "breaths", "c", "cells", "cfu", "cm", "cm2", "cm3", "cmh2o", "copies",
    "d", "day", "degrees", "dl", "f", "fl", "ft", "g", "gm", "gy", "h", "hg", "hpf", "hr", "hour", "inches", "iu",
    "k", "kg", "kg2", "kpa", "l", "lb", "lbs", "lpf", "m", "m2", "m\u{b2}", "mcg", "mcl", "meq", "mg", "min",
    "minute", "miu", "ml", "mm", "mm2", "mm3", "mmhg", "mmol", "mm\u{b3}", "mosm", "ms", "msec", "mv", "ng", "nmol",
    "per", "pg", "pmol", "points", "pounds", "s", "sec", "seconds", "u", "ug", "uiu", "ul", "umol", "week", "x10",
    "\u{b0}", "\u{b5}g", "\u{b5}iu", "\u{b5}l", "\u{b5}mol", "\u{3bc}g", "\u{3bc}l", "\u{3bc}mol", "\u{d7}10",
]);

/// Where the unit of a result that starts at `at` ends: `mg/dL`, `x10^9/L`, `mm Hg`, `beats per minute`, `°C`.
pub(super) fn test_unit(reader: &Reader<'_>, at: usize) -> Option<usize> {
    let part = |at: usize| UNIT_PARTS.contains(reader.word(at));
    let mut next = at;
    if matches!(reader.word(next), b"x" | b"\xc3\x97") && reader.word(next + 1) == b"10" {
        next += 1;
    }
    let starts = part(next) || reader.word(next) == b"/" && part(next + 1);
    if !starts || reader.word(at) == b"per" || matches!(reader.word(at), b"10" | b"1.73" | b"24h") {
        return None;
    }
    while next < reader.end {
        let word = reader.word(next);
        let joined = next == at
            || reader.glued(next)
            || matches!(word, b"hg" | b"per" | b"mm" | b"minute" | b"min" | b"m2" | b"/");
        let exponent =
            matches!(word, b"^" | b"*") || word.iter().all(u8::is_ascii_digit) && reader.glued(next) && next > at;
        if !(joined && (part(next) || word == b"/" && part(next + 1) || exponent)) {
            break;
        }
        next += 1;
    }
    // `per` alone does not end a unit.
    while next > at && reader.word(next - 1) == b"per" {
        next -= 1;
    }
    (next > at).then_some(next)
}
