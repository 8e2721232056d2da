//! Measures of a whole text: how long it is, and how much of it is capitals, digits and marks.
//!
//! Each measure is a feature, one for each range of half a doubling: nothing is learnt from a measure that no example came
//! near. What cannot be told by words is often told by these: whether a message shouts, counts or goes on and on.

/// Number of measures.
pub(crate) const COUNT: usize = 4;

/// Steps of a measure: half doublings of a length below 2^32.
const STEPS: u32 = 64;
/// A smaller share than 2 to the power of minus ten is as good as none.
const LAST_STEP_OF_SHARE: u32 = 20;
/// Features of measures are the multiples of four below this: words by their kind, see [`crate::reader::Kind`]. The hash of
/// a word is among them once in four million times.
const BOUND: u32 = (COUNT as u32 * STEPS) << 2;

/// Whether a feature is one of a measure.
pub(crate) fn is_measure(feature: u32) -> bool {
    feature < BOUND
}

/// The features of a text, none if it is empty.
pub(crate) fn of_text(text: &str) -> Option<[u32; COUNT]> {
    let counts = Counts::of(text.as_bytes());
    let length = u64::from(u32::try_from(counts.characters).unwrap_or(u32::MAX));
    if length == 0 {
        return None;
    }
    let square = length * length;
    let share = |part: usize| {
        let part = (part as u64).min(length);
        // How many half doublings the whole is larger than the part.
        let step = square.checked_div(part * part).map_or(STEPS - 1, u64::ilog2);
        if step > LAST_STEP_OF_SHARE { STEPS - 1 } else { step }
    };
    let steps = [
        square.ilog2(),
        share(counts.capitals),
        share(counts.digits),
        share(counts.marks),
    ];
    let mut first = 0;
    Some(steps.map(|step| {
        let feature = (first + step) << 2;
        first += STEPS;
        feature
    }))
}

/// Numbers of characters. Of scripts other than Latin only those are told apart that need no table: what is counted is
/// compared with texts of the same kind.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    characters: usize,
    /// A to Z.
    capitals: usize,
    /// 0 to 9.
    digits: usize,
    /// ASCII punctuation and symbols, and all characters beyond the basic plane: emoji.
    marks: usize,
}

impl Counts {
    fn of(bytes: &[u8]) -> Counts {
        let mut counts = Counts::default();
        // So few at a time that they can be counted in bytes, many in one instruction.
        for bytes in bytes.chunks(usize::from(u8::MAX)) {
            let count = |is: fn(u8) -> bool| usize::from(bytes.iter().map(|&byte| u8::from(is(byte))).sum::<u8>());
            counts.characters += count(|byte| byte.cast_signed() >= -0x40);
            counts.capitals += count(|byte| byte.is_ascii_uppercase());
            counts.digits += count(|byte| byte.is_ascii_digit());
            counts.marks += count(|byte| byte.is_ascii_punctuation() || byte >= 0xF0);
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_in_texts_of_any_length() {
        let text = "Größe: 10 €, WOW! 😀 ".repeat(100);
        let expected = Counts {
            characters: 2000,
            capitals: 400,
            digits: 200,
            marks: 400,
        };
        assert_eq!(Counts::of(text.as_bytes()), expected);
    }

    #[test]
    fn a_measure_is_told_to_half_a_doubling() {
        let of = |text: &str| of_text(text).expect("it is not empty").map(|feature| feature >> 2);
        // 2 to the power of 3.0, 3.5 (11.3 characters) and 4.0.
        for (length, step) in [(8, 6), (11, 6), (12, 7), (15, 7), (16, 8)] {
            assert_eq!(of(&"x".repeat(length))[0], step, "{length}");
        }
        // No capitals, one digit in four characters, nothing but marks.
        assert_eq!(of("ab1c ab1c")[1..], [64 + 63, 128 + 4, 192 + 63]);
        assert_eq!(of("!!!")[1..], [64 + 63, 128 + 63, 192]);
        assert_eq!(of(&format!("{}A", " ".repeat(4000)))[1], 64 + 63);
        assert_eq!(of_text(""), None);
        assert!(of_text("A1!").expect("it is not empty").into_iter().all(is_measure));
    }
}
