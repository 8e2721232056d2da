//! Which trained model a request means.

use construe_comprehend_api::ApiError;
use construe_comprehend_api::shapes::classification::ModelChoice;
use construe_comprehend_api::shapes::common::LanguageCode;
use construe_comprehend_api::shapes::policies::PolicyRecord;
use construe_models::{ModelRef, Resource, ResourceKind};
use serde::{Deserialize, Serialize};

use super::resources::{existing, stored_request};
use super::{Call, policies};
use crate::failure;
use crate::service::Gateway;

/// The model that a request chose, trained and pinned: whatever becomes of names, this is what it means from now on.
pub async fn pinned(
    gateway: &Gateway,
    call: &Call<'_>,
    kind: ResourceKind,
    choice: &ModelChoice,
) -> Result<(Resource, ModelRef), ApiError> {
    let model = match choice {
        ModelChoice::Model(arn) => existing(gateway, call, kind, arn).await?,
        ModelChoice::Flywheel(arn) => {
            let active = active_model(gateway, call, arn).await?;
            active.ok_or_else(failure::model_unavailable)?
        }
    };
    if model.kind != kind {
        return Err(ApiError::invalid_request(format!(
            "The flywheel is one of {}s; a model of the kind {kind} is needed.",
            model.kind
        )));
    }
    let pinned = model.model().ok_or_else(failure::model_unavailable)?;
    Ok((model, pinned))
}

/// The model that a flywheel stands for, if there is one yet.
pub async fn active_model(gateway: &Gateway, call: &Call<'_>, flywheel: &str) -> Result<Option<Resource>, ApiError> {
    let flywheel = existing(gateway, call, ResourceKind::Flywheel, flywheel).await?;
    let Some(active) = &flywheel.uses else {
        return Ok(None);
    };
    gateway
        .registry
        .get_resource(&call.caller.account, &call.caller.region, active)
        .await
        .map_err(failure::store)
}

/// What is kept of a model besides the request that made it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Properties {
    /// Of a flywheel's recognizer: where the iteration that trained it left what it measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<String>,
    /// ARN of the model of which it is a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Who else may copy it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyRecord>,
}

impl Properties {
    pub fn of(model: &Resource) -> Result<Self, ApiError> {
        let kept = Option::<Self>::deserialize(&model.properties).map_err(|error| failure::internal(&error))?;
        Ok(kept.unwrap_or_default())
    }

    pub fn stored(&self) -> Result<serde_json::Value, ApiError> {
        serde_json::to_value(self).map_err(|error| failure::internal(&error))
    }

    /// Of a model that is made with this policy.
    pub fn with_policy(gateway: &Gateway, policy: Option<&str>) -> Self {
        Self {
            policy: policy.map(|text| policies::record(gateway, text, None)),
            ..Self::default()
        }
    }
}

/// What the requests that make models of either kind have in common.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WithLanguage {
    language_code: LanguageCode,
}

/// Code of the language that a model was trained for.
pub fn language(model: &Resource) -> Result<String, ApiError> {
    let request: WithLanguage = stored_request(model)?;
    Ok(request.language_code.as_str().to_owned())
}
