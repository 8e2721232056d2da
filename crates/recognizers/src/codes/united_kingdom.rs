//! United Kingdom: national insurance, health service and taxpayer numbers.

use super::Layouts;
use crate::candidate::Kind;
use crate::tags::Tags;
use crate::validators;

pub(super) const LAYOUTS: &[Layouts] = &[
    Layouts {
        kind: Kind::UkNationalInsurance,
        cues: Tags::NINO,
        cued: 0.99,
        valid: validators::uk_national_insurance,
        shapes: &[
            ("AA999999A", 0.75),
            ("AA 99 99 99 A", 0.9),
            ("AA 999999 A", 0.8),
            ("AA-99-99-99-A", 0.85),
            ("AA999999 A", 0.7),
            ("AA 999999A", 0.7),
        ],
    },
    Layouts {
        kind: Kind::UkHealthService,
        cues: Tags::NHS,
        cued: 0.99,
        valid: validators::uk_health_service,
        shapes: &[("999 999 9999", 0.4), ("999-999-9999", 0.1), ("9999999999", 0.1)],
    },
    Layouts {
        kind: Kind::UkTaxpayer,
        cues: Tags::UTR,
        cued: 0.99,
        valid: validators::uk_taxpayer,
        shapes: &[
            ("9999999999", 0.1),
            ("99999 99999", 0.2),
            ("999 999 9999", 0.05),
            ("999-999-9999", 0.05),
            ("9999 999999", 0.05),
            ("9999999999K", 0.15),
            ("99999 99999K", 0.25),
        ],
    },
];
