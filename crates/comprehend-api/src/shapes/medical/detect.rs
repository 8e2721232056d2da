//! Entities and protected health information in one text. A batch writes the same answers into its files.

use crate::decode::Request;
use crate::error::ApiError;
use crate::shapes::text::DocumentText;
use crate::validate::{Rule, Shape, StringRule, required};
use serde::{Deserialize, Serialize};

/// Longest text of a request, in bytes. The model has a maximum of as many characters; a longer text is answered like
/// one of too many bytes, as the documentation of both operations says, so the rule below has no maximum.
pub const MAX_TEXT_BYTES: usize = 20_000;

macro_rules! text_request {
    ($request:ident = $operation:literal) => {
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $request {
            pub text: DocumentText,
        }

        impl $request {
            /// The check that the shape cannot express.
            pub fn check(&self) -> Result<(), ApiError> {
                self.text.check_size(MAX_TEXT_BYTES)
            }
        }

        impl Request for $request {
            const OPERATION: &'static str = $operation;
            const SHAPE: &'static Shape = &TEXT_REQUEST;
        }
    };
}

text_request!(DetectEntitiesV2Request = "DetectEntitiesV2");
text_request!(DetectPhiRequest = "DetectPHI");

static TEXT_REQUEST: Shape = Shape {
    members: &[required("Text", Rule::String(StringRule::new().min(1).sensitive()))],
};

// None of what follows implements `Debug`: it holds the words of documents.

#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetectEntitiesV2Response<'a> {
    pub entities: Vec<Entity<'a>>,
    pub unmapped_attributes: Vec<UnmappedAttribute<'a>>,
    pub model_version: &'a str,
}

#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetectPhiResponse<'a> {
    pub entities: Vec<Entity<'a>>,
    pub model_version: &'a str,
}

/// Offsets count Unicode code points of the text, the end is exclusive.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entity<'a> {
    /// Unique within the answer, attributes included.
    pub id: usize,
    pub begin_offset: usize,
    pub end_offset: usize,
    /// 0 to 1.
    pub score: f32,
    /// The words themselves, from the document.
    pub text: &'a str,
    pub category: &'a str,
    #[serde(rename = "Type")]
    pub entity_type: &'a str,
    pub traits: Vec<Trait<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute<'a>>,
}

#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Trait<'a> {
    pub name: &'a str,
    /// 0 to 1.
    pub score: f32,
}

/// Offsets as in [`Entity`].
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attribute<'a> {
    #[serde(rename = "Type")]
    pub attribute_type: &'a str,
    /// 0 to 1, as is the relationship's.
    pub score: f32,
    /// Absent where there is no entity to relate to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relationship_score: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relationship_type: Option<&'a str>,
    pub id: usize,
    pub begin_offset: usize,
    pub end_offset: usize,
    pub text: &'a str,
    pub category: &'a str,
    pub traits: Vec<Trait<'a>>,
}

/// An attribute of no entity, and the category of entities that it would belong to.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UnmappedAttribute<'a> {
    #[serde(rename = "Type")]
    pub category: &'a str,
    pub attribute: Attribute<'a>,
}
