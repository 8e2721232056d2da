//! India: Aadhaar, permanent account, job card and voter numbers.

use super::Layouts;
use crate::candidate::Kind;
use crate::tags::Tags;
use crate::validators;

pub(super) const LAYOUTS: &[Layouts] = &[
    Layouts {
        kind: Kind::InAadhaar,
        cues: Tags::AADHAAR,
        cued: 0.99,
        valid: validators::in_aadhaar,
        shapes: &[("9999 9999 9999", 0.7), ("9999-9999-9999", 0.7), ("999999999999", 0.2)],
    },
    Layouts {
        kind: Kind::InPermanentAccount,
        cues: Tags::PAN,
        cued: 0.99,
        valid: validators::in_permanent_account,
        shapes: &[("AAAAA9999A", 0.8)],
    },
    Layouts {
        kind: Kind::InJobCard,
        cues: Tags::NREGA,
        cued: 0.99,
        valid: validators::in_job_card,
        shapes: &[
            ("AA99999999999999", 0.7),
            ("AA-99-999-999-999-999", 0.95),
            ("AA-99-999-999-999/999", 0.95),
            ("AA 99 999 999 999 999", 0.8),
            ("AA-99-99999999-9999", 0.7),
        ],
    },
    Layouts {
        kind: Kind::InVoter,
        cues: Tags::VOTER,
        cued: 0.99,
        valid: validators::in_voter,
        shapes: &[("AAA9999999", 0.55), ("AAA 9999999", 0.3)],
    },
];
