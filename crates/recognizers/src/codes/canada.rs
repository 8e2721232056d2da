//! Canada: social insurance and provincial health numbers.

use super::Layouts;
use crate::candidate::Kind;
use crate::tags::Tags;
use crate::validators;

pub(super) const LAYOUTS: &[Layouts] = &[
    Layouts {
        kind: Kind::CaSocialInsurance,
        cues: Tags::SIN,
        cued: 0.99,
        valid: validators::ca_social_insurance,
        shapes: &[("999 999 999", 0.35), ("999-999-999", 0.55), ("999999999", 0.05)],
    },
    Layouts {
        kind: Kind::CaHealth,
        cues: Tags::HEALTH,
        cued: 0.99,
        valid: validators::ca_health,
        shapes: &[
            ("9999-999-999-AA", 0.9),
            ("9999-999-999 AA", 0.7),
            ("9999-999-999", 0.6),
            ("9999 999 999 AA", 0.5),
            ("9999 999 999", 0.4),
            ("9999999999 AA", 0.1),
            ("9999999999AA", 0.2),
            ("9999999999", 0.05),
        ],
    },
];
