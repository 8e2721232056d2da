//! Redaction: a copy of a text with findings replaced.

use crate::engine::Finding;
use crate::types::TypeSet;

/// What takes the place of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// This character once for every code point of the finding, blanks included.
    Character(char),
    /// The name of the type in square brackets: `[NAME]`.
    TypeName,
}

/// Appends to `out` a copy of `text` in which every finding of a type in `types` is replaced. `findings` are
/// those of an analysis of the same text: in order, without overlaps.
pub fn redact(text: &str, findings: &[Finding], types: &TypeSet, mask: Mask, out: &mut Vec<u8>) {
    out.reserve(text.len());
    let mut copied = 0;
    for finding in findings.iter().filter(|finding| types.contains(finding.kind)) {
        out.extend_from_slice(&text.as_bytes()[copied..finding.byte_start]);
        match mask {
            Mask::Character(character) => {
                let mut buffer = [0; 4];
                let encoded = character.encode_utf8(&mut buffer).as_bytes();
                for _ in finding.start..finding.end {
                    out.extend_from_slice(encoded);
                }
            }
            Mask::TypeName => {
                out.push(b'[');
                out.extend_from_slice(finding.kind.as_str().as_bytes());
                out.push(b']');
            }
        }
        copied = finding.byte_end;
    }
    out.extend_from_slice(&text.as_bytes()[copied..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::PiiType;

    fn redacted(types: &TypeSet, mask: Mask) -> String {
        let text = "Ñandú: Zoë Núñez, +34 600 000 001.";
        let finding = |kind, surface: &str| {
            let byte_start = text.find(surface).expect("in the text");
            let start = text[..byte_start].chars().count();
            Finding {
                kind,
                start,
                end: start + surface.chars().count(),
                byte_start,
                byte_end: byte_start + surface.len(),
                score: 1.0,
            }
        };
        let findings = [
            finding(PiiType::Name, "Zoë Núñez"),
            finding(PiiType::Phone, "+34 600 000 001"),
        ];
        let mut out = b"> ".to_vec();
        redact(text, &findings, types, mask, &mut out);
        String::from_utf8(out).expect("UTF-8 stays UTF-8")
    }

    #[test]
    fn a_character_for_every_code_point() {
        assert_eq!(
            redacted(&TypeSet::all(), Mask::Character('*')),
            "> Ñandú: *********, ***************."
        );
        assert_eq!(
            redacted(&[PiiType::Phone].into_iter().collect(), Mask::Character('█')),
            "> Ñandú: Zoë Núñez, ███████████████."
        );
    }

    #[test]
    fn the_name_of_the_type() {
        assert_eq!(redacted(&TypeSet::all(), Mask::TypeName), "> Ñandú: [NAME], [PHONE].");
        assert_eq!(
            redacted(&TypeSet::new(), Mask::TypeName),
            "> Ñandú: Zoë Núñez, +34 600 000 001."
        );
    }
}
