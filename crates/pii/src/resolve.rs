//! Which candidates stand where several overlap.

use construe_recognizers::{Candidate, Kind};

/// Bytes of length that still count in favour of a candidate.
const LENGTH_CAP: usize = 40;
/// What one byte of length is worth, in score: an address beats the name of its street.
const LENGTH_WEIGHT: f32 = 0.006;

/// How specific a kind is: between equals, a number with a check digit beats one without.
fn specificity(kind: Kind) -> f32 {
    match kind {
        Kind::Email | Kind::Url => 0.08,
        Kind::Iban | Kind::Vin | Kind::AwsAccessKey | Kind::AwsSecretKey | Kind::PaymentCard => 0.06,
        Kind::UsSocialSecurity
        | Kind::UsTaxpayer
        | Kind::BankRouting
        | Kind::UkHealthService
        | Kind::UkTaxpayer
        | Kind::UkNationalInsurance
        | Kind::CaHealth
        | Kind::CaSocialInsurance
        | Kind::InAadhaar
        | Kind::InPermanentAccount
        | Kind::InJobCard
        | Kind::InVoter
        | Kind::MacAddress
        | Kind::IpAddress => 0.03,
        Kind::CardExpiry | Kind::CardVerification => 0.02,
        // A password may hold the name of a day or a person.
        Kind::Password => 0.08,
        Kind::Username => -0.02,
        Kind::BankAccount => -0.01,
        _ => 0.0,
    }
}

/// The rank of a candidate among those that it overlaps.
fn rank(found: &Candidate) -> f32 {
    found.score + specificity(found.kind) + found.span.len().min(LENGTH_CAP) as f32 * LENGTH_WEIGHT
}

/// Puts into `out`, in order, the candidates that remain when of any two that overlap the one of lower rank goes.
/// Ties go to the earlier, then the longer, then the kind that comes first.
pub fn resolve(candidates: &mut [Candidate], out: &mut Vec<Candidate>) {
    out.clear();
    candidates.sort_unstable_by(|a, b| {
        (a.span.start, b.span.end, a.kind)
            .cmp(&(b.span.start, a.span.end, b.kind))
            .then(b.score.total_cmp(&a.score))
    });
    let mut first = 0;
    while first < candidates.len() {
        // A group of candidates that hang together.
        let mut end = candidates[first].span.end;
        let mut next = first + 1;
        while next < candidates.len() && candidates[next].span.start < end {
            end = end.max(candidates[next].span.end);
            next += 1;
        }
        let group = &mut candidates[first..next];
        if let [only] = group {
            out.push(*only);
        } else {
            settle(group, out);
        }
        first = next;
    }
}

fn settle(group: &mut [Candidate], out: &mut Vec<Candidate>) {
    let base = out.len();
    group.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    for found in group.iter() {
        // What is kept stays in order and apart, so only the neighbours can overlap.
        let at = base + out[base..].partition_point(|kept| kept.span.end <= found.span.start);
        if out.get(at).is_none_or(|kept| kept.span.start >= found.span.end) {
            out.insert(at, *found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use construe_text::Span;
    use proptest::prelude::*;

    fn candidate(kind: Kind, start: usize, end: usize, score: f32) -> Candidate {
        Candidate {
            kind,
            span: Span::new(start, end),
            score,
        }
    }

    fn resolved(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        let mut out = Vec::new();
        resolve(&mut candidates, &mut out);
        out
    }

    #[test]
    fn the_longer_and_the_checked_win() {
        let address = candidate(Kind::Address, 0, 30, 0.8);
        let name = candidate(Kind::PersonName, 4, 12, 0.85);
        assert_eq!(resolved(vec![name, address]), [address]);
        let card = candidate(Kind::PaymentCard, 0, 16, 0.8);
        let account = candidate(Kind::BankAccount, 0, 16, 0.82);
        assert_eq!(resolved(vec![account, card]), [card]);
    }

    proptest! {
        #[test]
        fn what_remains_is_apart_ordered_and_independent_of_the_order_given(
            spans in proptest::collection::vec((0usize..60, 1usize..12, 0u8..10), 0..30),
            rotation in 0usize..30,
        ) {
            let candidates: Vec<Candidate> = spans
                .iter()
                .map(|&(start, len, score)| candidate(if len % 2 == 0 { Kind::Phone } else { Kind::PersonName }, start, start + len, 0.5 + f32::from(score) / 20.0))
                .collect();
            let out = resolved(candidates.clone());
            prop_assert!(out.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
            // Everything that went overlaps something that stayed.
            prop_assert!(candidates.iter().all(|gone| out.iter().any(|kept| kept.span.overlaps(gone.span))));
            let mut turned = candidates;
            if !turned.is_empty() {
                let by = rotation % turned.len();
                turned.rotate_left(by);
            }
            prop_assert_eq!(resolved(turned), out);
        }
    }
}
