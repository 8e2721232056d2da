//! Copies of a text in other case, to learn from: offsets in code points stay the same.

/// How to write a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Without capitals.
    Lower,
    /// In capitals.
    Upper,
    /// Every word with a capital.
    Title,
}

/// The text in that case. Characters whose counterpart is more than one character stay as they are.
pub fn recase(text: &str, case: Case) -> String {
    let mut in_word = false;
    text.chars()
        .map(|c| {
            let first = !in_word;
            in_word = c.is_alphanumeric() || (in_word && matches!(c, '\'' | '’'));
            match case {
                Case::Lower => single(c, c.to_lowercase()),
                Case::Upper => single(c, c.to_uppercase()),
                Case::Title if first => single(c, c.to_uppercase()),
                Case::Title => c,
            }
        })
        .collect()
}

fn single(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(other), None) => other,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_keep_their_places() {
        for (case, expected) in [
            (Case::Lower, "straße i̇n o'neill's ĳ"),
            (Case::Upper, "STRAßE İN O'NEILL'S Ĳ"),
            (Case::Title, "Straße İn O'Neill's Ĳ"),
        ] {
            let text = "Straße İn O'Neill's Ĳ";
            let got = recase(text, case);
            assert_eq!(got.chars().count(), text.chars().count());
            // The dotted capital I has a counterpart of two characters.
            assert_eq!(got, expected.replace("i̇", "İ"));
        }
    }
}
