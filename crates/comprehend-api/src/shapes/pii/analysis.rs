//! The part of a start request that concerns the engine.

use super::{PiiEntityType, StartPiiEntitiesDetectionJobRequest};
use crate::error::ApiError;
use crate::shapes::common::LanguageCode;
use crate::shapes::string_enum;
use serde::{Deserialize, Serialize};

string_enum! {
    /// What a job writes: where findings are, or the text without them.
    PiiMode { OnlyRedaction = "ONLY_REDACTION", OnlyOffsets = "ONLY_OFFSETS" }
}

string_enum! {
    /// What takes the place of a finding: a mask of the same length, or its type in brackets.
    MaskMode { Mask = "MASK", ReplaceWithPiiEntityType = "REPLACE_WITH_PII_ENTITY_TYPE" }
}

/// The types to redact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PiiTypes {
    All,
    /// In the model's order, each once, never `ALL`.
    Only(Vec<PiiEntityType>),
}

/// What the engine is to do. The gateway stores it with the job, the worker reads it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PiiAnalysis {
    pub mode: PiiMode,
    pub language: LanguageCode,
    /// The members below count in mode `ONLY_REDACTION` only; offsets are reported for every type.
    pub types: PiiTypes,
    pub mask_mode: MaskMode,
    pub mask_character: char,
}

/// The model names no default for either; a mask of asterisks is the choice here.
const DEFAULT_MASK_MODE: MaskMode = MaskMode::Mask;
const DEFAULT_MASK_CHARACTER: char = '*';

impl PiiAnalysis {
    /// `ONLY_REDACTION` needs a `RedactionConfig` that names types.
    pub fn from_request(request: &StartPiiEntitiesDetectionJobRequest) -> Result<Self, ApiError> {
        let config = request.redaction_config.as_ref();
        let named = config
            .and_then(|config| config.pii_entity_types.as_deref())
            .unwrap_or_default();
        if request.mode == PiiMode::OnlyRedaction {
            if config.is_none() {
                return Err(ApiError::invalid_request(
                    "RedactionConfig is required when Mode is ONLY_REDACTION.",
                ));
            }
            if named.is_empty() {
                return Err(ApiError::invalid_request(
                    "RedactionConfig.PiiEntityTypes must name at least one type when Mode is ONLY_REDACTION.",
                ));
            }
        }
        let types = if named.is_empty() || named.contains(&PiiEntityType::All) {
            PiiTypes::All
        } else {
            let mut only = named.to_vec();
            only.sort_unstable();
            only.dedup();
            PiiTypes::Only(only)
        };
        Ok(Self {
            mode: request.mode,
            language: request.language_code,
            types,
            mask_mode: config.and_then(|config| config.mask_mode).unwrap_or(DEFAULT_MASK_MODE),
            mask_character: config
                .and_then(|config| config.mask_character)
                .unwrap_or(DEFAULT_MASK_CHARACTER),
        })
    }
}
