//! PII detection in one text, answered at once.

use construe_comprehend_api::ApiError;
use construe_comprehend_api::records::PiiEntity;
use construe_comprehend_api::shapes::common::LanguageCode;
use construe_comprehend_api::shapes::pii::{
    ContainsPiiEntitiesRequest, ContainsPiiEntitiesResponse, DetectPiiEntitiesRequest, DetectPiiEntitiesResponse,
    EntityLabel,
};
use construe_pii::{Engine, Finding, Language};
use construe_telemetry::panics::Panicked;

use super::Call;
use crate::analysis::Analyst;
use crate::failure;
use crate::service::Gateway;

pub async fn detect(gateway: &Gateway, call: &Call<'_>) -> Result<DetectPiiEntitiesResponse, ApiError> {
    let request: DetectPiiEntitiesRequest = call.decode()?;
    request.check()?;
    let language = language(request.language_code)?;
    let work = move |analyst: &mut Analyst<'_, Engine>| {
        let found = analyst.analyze(request.text.as_str(), language)?;
        Ok(DetectPiiEntitiesResponse {
            entities: found.iter().map(entity).collect(),
        })
    };
    answered(gateway.pii.run(work).await?)
}

pub async fn contains(gateway: &Gateway, call: &Call<'_>) -> Result<ContainsPiiEntitiesResponse, ApiError> {
    let request: ContainsPiiEntitiesRequest = call.decode()?;
    request.check()?;
    let language = language(request.language_code)?;
    let work = move |analyst: &mut Analyst<'_, Engine>| {
        let found = analyst.analyze(request.text.as_str(), language)?;
        Ok(ContainsPiiEntitiesResponse { labels: labels(found) })
    };
    answered(gateway.pii.run(work).await?)
}

fn answered<T>(answer: Result<T, Panicked>) -> Result<T, ApiError> {
    answer.map_err(|Panicked| ApiError::internal())
}

/// The engine's name for a language that was checked to be one of the operation's.
fn language(code: LanguageCode) -> Result<Language, ApiError> {
    code.as_str().parse().map_err(|error| failure::internal(&error))
}

fn entity(finding: &Finding) -> PiiEntity<'static> {
    PiiEntity {
        begin_offset: finding.start,
        end_offset: finding.end,
        score: finding.score,
        entity_type: finding.kind.as_str(),
    }
}

/// The types found, each once with its best score, the highest first. Ties are in the types' own order.
fn labels(findings: &[Finding]) -> Vec<EntityLabel> {
    let mut best: Vec<&Finding> = findings.iter().collect();
    best.sort_by(|a, b| a.kind.cmp(&b.kind).then(b.score.total_cmp(&a.score)));
    best.dedup_by_key(|finding| finding.kind);
    best.sort_by(|a, b| b.score.total_cmp(&a.score));
    best.into_iter()
        .map(|finding| EntityLabel {
            name: finding.kind.as_str(),
            score: finding.score,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use construe_pii::PiiType;

    #[test]
    fn a_type_counts_once_with_its_best_score_and_the_best_comes_first() {
        let finding = |kind, score| Finding {
            kind,
            start: 0,
            end: 1,
            byte_start: 0,
            byte_end: 1,
            score,
        };
        let found = [
            finding(PiiType::Phone, 0.6),
            finding(PiiType::Ssn, 0.95),
            finding(PiiType::Phone, 0.95),
            finding(PiiType::Name, 0.7),
            finding(PiiType::Email, 0.99),
            finding(PiiType::Phone, 0.8),
        ];
        let labels: Vec<_> = labels(&found).iter().map(|label| (label.name, label.score)).collect();
        let expected = [("EMAIL", 0.99), ("PHONE", 0.95), ("SSN", 0.95), ("NAME", 0.7)];
        assert_eq!(labels, expected);
        assert_eq!(super::labels(&[]), []);
    }
}
