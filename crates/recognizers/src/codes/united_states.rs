//! United States: social security, taxpayer identification and bank routing numbers.

use super::Layouts;
use crate::candidate::Kind;
use crate::tags::Tags;
use crate::validators;

pub(super) const LAYOUTS: &[Layouts] = &[
    Layouts {
        kind: Kind::UsSocialSecurity,
        cues: Tags::SSN,
        cued: 0.99,
        valid: validators::us_social_security,
        shapes: &[
            ("999-99-9999", 0.85),
            ("999 99 9999", 0.55),
            ("999.99.9999", 0.4),
            ("999999999", 0.05),
        ],
    },
    Layouts {
        kind: Kind::UsTaxpayer,
        cues: Tags::ITIN,
        cued: 0.99,
        valid: validators::us_taxpayer,
        shapes: &[("999-99-9999", 0.8), ("999 99 9999", 0.6), ("999999999", 0.05)],
    },
    Layouts {
        kind: Kind::BankRouting,
        cues: Tags::ROUTING,
        cued: 0.98,
        valid: validators::us_bank_routing,
        shapes: &[("999999999", 0.2), ("9999-9999-9", 0.3), ("9999 9999 9", 0.1)],
    },
];
