//! PII detection in one text, answered at once.

use super::LANGUAGES;
use crate::decode::Request;
use crate::error::ApiError;
use crate::records::PiiEntity;
use crate::shapes::common::LanguageCode;
use crate::shapes::text::{DocumentText, TEXT_REQUEST, check_language};
use crate::validate::Shape;
use serde::{Deserialize, Serialize};

/// Longest text of either operation, in bytes.
pub const MAX_TEXT_BYTES: usize = 100_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetectPiiEntitiesRequest {
    pub text: DocumentText,
    pub language_code: LanguageCode,
}

impl DetectPiiEntitiesRequest {
    /// The checks that the shape cannot express.
    pub fn check(&self) -> Result<(), ApiError> {
        check(Self::OPERATION, &self.text, self.language_code)
    }
}

/// The members of a finding, and how its score is written, are those of a job's records.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetectPiiEntitiesResponse {
    pub entities: Vec<PiiEntity<'static>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainsPiiEntitiesRequest {
    pub text: DocumentText,
    pub language_code: LanguageCode,
}

impl ContainsPiiEntitiesRequest {
    /// The checks that the shape cannot express.
    pub fn check(&self) -> Result<(), ApiError> {
        check(Self::OPERATION, &self.text, self.language_code)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainsPiiEntitiesResponse {
    pub labels: Vec<EntityLabel>,
}

/// A type of which the text has at least one finding.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EntityLabel {
    /// A type's name on the wire.
    pub name: &'static str,
    /// 0 to 1.
    pub score: f32,
}

fn check(operation: &str, text: &DocumentText, language: LanguageCode) -> Result<(), ApiError> {
    text.check_size(MAX_TEXT_BYTES)?;
    check_language(operation, language, LANGUAGES)
}

impl Request for DetectPiiEntitiesRequest {
    const OPERATION: &'static str = "DetectPiiEntities";
    const SHAPE: &'static Shape = &TEXT_REQUEST;
}

impl Request for ContainsPiiEntitiesRequest {
    const OPERATION: &'static str = "ContainsPiiEntities";
    const SHAPE: &'static Shape = &TEXT_REQUEST;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;
    use crate::error::ErrorCode;
    use crate::records::RecordWriter;
    use serde_json::{Value, json};

    fn checked(body: &Value) -> Result<DetectPiiEntitiesRequest, ApiError> {
        let request: DetectPiiEntitiesRequest = decode(body.to_string().as_bytes())?;
        request.check().map(|()| request)
    }

    #[test]
    fn texts_up_to_the_limit_in_a_language_served() {
        for text in ["x".to_owned(), "é".repeat(50_000), "\u{0}\u{feff} \n".to_owned()] {
            for language in ["en", "es"] {
                let request = checked(&json!({"Text": text, "LanguageCode": language, "Unknown": [1]})).unwrap();
                assert_eq!(request.text.as_str(), text);
            }
        }
    }

    #[test]
    fn refusals_have_the_service_s_codes_and_never_quote_the_text() {
        use ErrorCode::*;
        let long = format!("canary{}", "é".repeat(50_000));
        for (body, code, fragment) in [
            (
                json!({"Text": long, "LanguageCode": "en"}),
                TextSizeLimitExceededException,
                "Max length of request text allowed is 100000 bytes while in this request the text size is 100006 bytes",
            ),
            (
                json!({"Text": "canary", "LanguageCode": "fr"}),
                UnsupportedLanguageException,
                "DetectPiiEntities does not support the language 'fr'. Supported languages: en, es.",
            ),
            (
                json!({"Text": "canary", "LanguageCode": "tlh"}),
                ValidationException,
                "Value 'tlh' at 'languageCode' failed to satisfy constraint: Member must satisfy enum value set: [en, ",
            ),
            (
                json!({"Text": "", "LanguageCode": "en"}),
                ValidationException,
                "Value at 'text' failed to satisfy constraint: Member must have length greater than or equal to 1",
            ),
            (
                json!({"Text": null}),
                ValidationException,
                "2 validation errors detected: Value null at 'text' ",
            ),
            (
                json!({"Text": ["canary"], "LanguageCode": "en"}),
                SerializationException,
                "Expected a string at 'text', found a list.",
            ),
        ] {
            let error = checked(&body).unwrap_err();
            assert_eq!(error.code, code, "{error}");
            assert!(error.message.contains(fragment), "{error}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
        let request: DetectPiiEntitiesRequest = decode(br#"{"Text":"canary","LanguageCode":"en"}"#).unwrap();
        assert!(!format!("{request:?}").contains("canary"), "{request:?}");
    }

    #[test]
    fn findings_are_written_as_in_a_job_s_records() {
        let entities = vec![
            PiiEntity {
                begin_offset: 0,
                end_offset: 5,
                score: 0.9987,
                entity_type: "NAME",
            },
            PiiEntity {
                begin_offset: 10,
                end_offset: 21,
                score: 1.0,
                entity_type: "SSN",
            },
        ];
        for entities in [Vec::new(), entities] {
            let mut record = Vec::new();
            RecordWriter::new("f").pii(&mut record, None, entities.iter().copied());
            let answer = serde_json::to_string(&DetectPiiEntitiesResponse { entities }).unwrap();
            let members = answer.strip_suffix('}').unwrap();
            assert_eq!(
                String::from_utf8(record).unwrap(),
                format!("{members},\"File\":\"f\"}}\n")
            );
        }
    }

    #[test]
    fn labels_are_written_with_names_and_scores() {
        let answer = ContainsPiiEntitiesResponse {
            labels: vec![EntityLabel {
                name: "EMAIL",
                score: 0.9987,
            }],
        };
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"Labels":[{"Name":"EMAIL","Score":0.9987}]}"#
        );
    }
}
