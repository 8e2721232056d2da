//! Vehicles: registration plates by the layouts in use, and identification numbers.

use super::Layouts;
use crate::candidate::Kind;
use crate::tags::Tags;
use crate::validators;

pub(super) const LAYOUTS: &[Layouts] = &[
    Layouts {
        kind: Kind::Vin,
        cues: Tags::VIN,
        cued: 0.995,
        valid: likely_vin,
        shapes: &[("XXXXXXXXXXXXXXXXX", 0.9)],
    },
    Layouts {
        kind: Kind::LicensePlate,
        cues: Tags::PLATE,
        cued: 0.97,
        valid: validators::any,
        shapes: &[
            // North America.
            ("AAA-999", 0.2),
            ("AAA-9999", 0.2),
            ("AAA 999", 0.1),
            ("AAA 9999", 0.1),
            ("AAA999", 0.05),
            ("AAA9999", 0.05),
            ("AAAA 999", 0.1),
            ("AAAA-999", 0.1),
            ("AAAA999", 0.05),
            ("999-AAA", 0.2),
            ("999 AAA", 0.1),
            ("999AAA", 0.05),
            ("9AAA999", 0.2),
            ("9AA-AA9", 0.3),
            ("99A-AAA", 0.2),
            ("9AA AA9", 0.1),
            ("999-AAAA", 0.1),
            ("AA-99999", 0.1),
            ("AA 99999", 0.05),
            ("AA99999", 0.05),
            ("A99-AAA", 0.2),
            ("A99 AAA", 0.2),
            ("A99AAA", 0.1),
            ("AAA-99A", 0.1),
            ("AAA 99A", 0.1),
            ("AAA99A", 0.1),
            ("AA9 999", 0.05),
            ("999 999", 0.0),
            ("AA-9999", 0.1),
            ("AA 9999", 0.05),
            ("AA9999", 0.05),
            ("A9A 9A9", 0.0),
            ("9A9 A9A", 0.0),
            ("A999999", 0.0),
            ("999999A", 0.0),
            ("9A99999", 0.0),
            ("A99999", 0.0),
            ("99A9999", 0.0),
            // United Kingdom and Ireland.
            ("AA99AAA", 0.5),
            ("AA99 AAA", 0.5),
            ("A999 AAA", 0.3),
            ("A999AAA", 0.2),
            ("AAA 999A", 0.3),
            ("AAA999A", 0.2),
            ("99-A-9999", 0.2),
            ("99-AA-9999", 0.2),
            ("999-A-9999", 0.2),
            // India.
            ("AA99AA9999", 0.6),
            ("AA 99 AA 9999", 0.8),
            ("AA-99-AA-9999", 0.8),
            ("AA99 AA 9999", 0.8),
            ("AA99-AA-9999", 0.8),
            ("AA99A9999", 0.3),
            ("AA 99 A 9999", 0.6),
            ("AA-99-A-9999", 0.6),
            ("AA9AA9999", 0.2),
            ("AA 9 AA 9999", 0.4),
            // Spain and the rest of Europe.
            ("9999 AAA", 0.25),
            ("9999-AAA", 0.3),
            ("9999AAA", 0.2),
            ("A 9999 AA", 0.3),
            ("A-9999-AA", 0.4),
            ("AA-999-AA", 0.4),
            ("AA 999 AA", 0.3),
            ("AA999AA", 0.2),
            ("AA-99-99", 0.1),
            ("99-AA-99", 0.1),
            ("99-99-AA", 0.1),
            ("A-AA 9999", 0.3),
            ("AA-AA 999", 0.3),
            // Latin America and Australia.
            ("AAA9A99", 0.2),
            ("AAA-99-99", 0.2),
            ("AAA 99 99", 0.1),
            ("AAA-99-AA", 0.1),
            ("AA 99 AA", 0.05),
            ("AA-99-AA", 0.1),
            ("9AA 9AA", 0.1),
            ("9AA9AA", 0.1),
            ("AA 999 A", 0.1),
        ],
    },
];

/// An identification number that is no placeholder: some letters, and digits as in every serial number.
fn likely_vin(characters: &[u8]) -> bool {
    let digits = characters.iter().filter(|byte| byte.is_ascii_digit()).count();
    (4..17).contains(&digits) && validators::vin(characters)
}
