//! Tags on resources.

use super::common;
use crate::decode::Request;
use crate::error::{ApiError, ErrorCode};
use crate::validate::{ListRule, Rule, Shape, StringRule, optional, required};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Most tags on one resource, counting those already there.
pub const MAX_TAGS: usize = 50;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// Checks the tags of one request: their number, repeated keys, keys reserved for AWS.
pub fn check_tags(tags: &[Tag]) -> Result<(), ApiError> {
    if tags.len() > MAX_TAGS {
        return Err(ApiError::new(
            ErrorCode::TooManyTagsException,
            format!("A resource can have at most {MAX_TAGS} tags."),
        ));
    }
    let mut keys = HashSet::new();
    for Tag { key, .. } in tags {
        if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            return Err(ApiError::invalid_request("Tag keys cannot begin with 'aws:'."));
        }
        if !keys.insert(key) {
            return Err(ApiError::invalid_request("Tags cannot have the same key twice."));
        }
    }
    Ok(())
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResourceRequest {
    pub resource_arn: String,
    pub tags: Vec<Tag>,
}

impl TagResourceRequest {
    pub fn check(&self) -> Result<(), ApiError> {
        check_tags(&self.tags)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResourceRequest {
    pub resource_arn: String,
    pub tag_keys: Vec<String>,
}

impl UntagResourceRequest {
    pub fn check(&self) -> Result<(), ApiError> {
        if self.tag_keys.len() <= MAX_TAGS {
            return Ok(());
        }
        let message = format!("At most {MAX_TAGS} tag keys can be removed at once.");
        Err(ApiError::new(ErrorCode::TooManyTagKeysException, message))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceRequest {
    pub resource_arn: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceResponse {
    pub resource_arn: String,
    pub tags: Vec<Tag>,
}

impl Request for TagResourceRequest {
    const OPERATION: &'static str = "TagResource";
    const SHAPE: &'static Shape = &TAG_RESOURCE;
}

impl Request for UntagResourceRequest {
    const OPERATION: &'static str = "UntagResource";
    const SHAPE: &'static Shape = &UNTAG_RESOURCE;
}

impl Request for ListTagsForResourceRequest {
    const OPERATION: &'static str = "ListTagsForResource";
    const SHAPE: &'static Shape = &LIST_TAGS_FOR_RESOURCE;
}

const TAG_KEY: Rule = Rule::String(StringRule::new().min(1).max(128));

static TAG: Shape = Shape {
    members: &[
        required("Key", TAG_KEY),
        optional("Value", Rule::String(StringRule::new().min(0).max(256))),
    ],
};

static TAG_ITEM: Rule = Rule::Structure(&TAG);

pub(super) const TAG_LIST: Rule = Rule::List(ListRule::of(&TAG_ITEM));

static TAG_RESOURCE: Shape = Shape {
    members: &[
        required("ResourceArn", common::COMPREHEND_ARN),
        required("Tags", TAG_LIST),
    ],
};

static UNTAG_RESOURCE: Shape = Shape {
    members: &[
        required("ResourceArn", common::COMPREHEND_ARN),
        required("TagKeys", Rule::List(ListRule::of(&TAG_KEY))),
    ],
};

static LIST_TAGS_FOR_RESOURCE: Shape = Shape {
    members: &[required("ResourceArn", common::COMPREHEND_ARN)],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(keys: impl IntoIterator<Item = String>) -> Vec<Tag> {
        keys.into_iter().map(|key| Tag { key, value: None }).collect()
    }

    #[test]
    fn tag_lists() {
        let numbered = |count: usize| tags((0..count).map(|n| n.to_string()));
        assert_eq!(check_tags(&numbered(50)), Ok(()));
        assert_eq!(
            check_tags(&numbered(51)).unwrap_err().code,
            ErrorCode::TooManyTagsException
        );
        // Case counts, so these differ.
        assert_eq!(
            check_tags(&tags(["a".into(), "A".into(), "aws".into(), "é:é".into()])),
            Ok(())
        );
        for keys in [["a", "a"], ["b", "aws:x"], ["AWS:", "c"]] {
            let error = check_tags(&tags(keys.map(str::to_owned))).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidRequestException, "{keys:?}");
        }
    }

    #[test]
    fn untag_counts_keys() {
        let request = |count| UntagResourceRequest {
            resource_arn: String::new(),
            tag_keys: vec!["k".into(); count],
        };
        assert_eq!(request(50).check(), Ok(()));
        assert_eq!(
            request(51).check().unwrap_err().code,
            ErrorCode::TooManyTagKeysException
        );
    }
}
