//! How a sentence uses capitals: what a capital means depends on it.

use construe_text::Token;

/// The use of capitals in a sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Regime {
    /// Names begin with a capital, other words do not.
    #[default]
    Mixed,
    /// No capital at all: it says nothing that a word has none.
    Lower,
    /// Capitals throughout.
    Upper,
    /// Most words begin with a capital, as in headings.
    Title,
}

impl Regime {
    /// The regime of a sentence.
    pub fn of(tokens: &[Token]) -> Regime {
        let (mut words, mut lower, mut upper, mut capital) = (0, 0, 0, 0);
        for class in tokens.iter().map(|token| token.class) {
            if !(class.has_lower() || class.has_upper()) {
                continue;
            }
            words += 1;
            lower += usize::from(!class.has_upper());
            upper += usize::from(!class.has_lower());
            capital += usize::from(class.starts_upper() && class.has_lower());
        }
        if words > 0 && lower == words {
            Regime::Lower
        } else if words >= 3 && upper * 5 >= words * 4 {
            Regime::Upper
        } else if words >= 4 && (capital + upper) * 5 >= words * 4 {
            Regime::Title
        } else {
            Regime::Mixed
        }
    }
}
