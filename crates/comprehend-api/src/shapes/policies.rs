//! Copies of models, and the policies that say who may make them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::common::{self, check_role};
use super::job::epoch_seconds;
use super::resource::{arn_requests, check_model_key};
use super::tags::{self, Tag, check_tags};
use crate::Caller;
use crate::arn::is_account;
use crate::decode::Request;
use crate::error::ApiError;
use crate::validate::{Pattern, Rule, Shape, StringRule, optional, required};

/// What a policy of a model can allow.
const IMPORT: &str = "comprehend:ImportModel";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImportModelRequest {
    pub source_model_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_access_role_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

impl ImportModelRequest {
    /// The checks that the shape cannot express.
    pub fn check(&self, caller: &Caller) -> Result<(), ApiError> {
        check_model_key(self.model_kms_key_id.as_deref())?;
        if let Some(role) = &self.data_access_role_arn {
            check_role(caller, role)?;
        }
        check_tags(self.tags.as_deref().unwrap_or_default())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImportModelResponse {
    pub model_arn: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutResourcePolicyRequest {
    pub resource_arn: String,
    pub resource_policy: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_revision_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutResourcePolicyResponse {
    pub policy_revision_id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeResourcePolicyResponse {
    pub resource_policy: String,
    /// Seconds since 1970, as is `last_modified_time`.
    pub creation_time: f64,
    pub last_modified_time: f64,
    pub policy_revision_id: String,
}

/// A model's policy as the server keeps it. Times are microseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRecord {
    pub text: String,
    /// Hexadecimal, another one for each change.
    pub revision: String,
    pub created_micros: i64,
    pub modified_micros: i64,
}

impl PolicyRecord {
    pub fn describe(&self) -> DescribeResourcePolicyResponse {
        DescribeResourcePolicyResponse {
            resource_policy: self.text.clone(),
            creation_time: epoch_seconds(self.created_micros),
            last_modified_time: epoch_seconds(self.modified_micros),
            policy_revision_id: self.revision.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteResourcePolicyRequest {
    pub resource_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_revision_id: Option<String>,
}

/// A policy that was understood. What of the language of policies cannot be upheld here (conditions, single users,
/// exceptions) is refused instead of being passed over: a policy must not allow more than its writer meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Statement {
    allows: bool,
    /// `None`: everyone.
    accounts: Option<Vec<String>>,
    actions: Vec<String>,
    resources: Vec<String>,
}

impl Policy {
    /// # Errors
    /// A text that is no policy, or one that asks for what this server cannot uphold.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let invalid = |why: &str| ApiError::invalid_request(format!("The resource policy cannot be used: {why}."));
        let policy: Value = serde_json::from_str(text).map_err(|_| invalid("it is not in JSON"))?;
        let policy = policy.as_object().ok_or_else(|| invalid("it is not a JSON object"))?;
        if policy
            .keys()
            .any(|key| !matches!(key.as_str(), "Version" | "Id" | "Statement"))
        {
            return Err(invalid("it has members besides Version, Id and Statement"));
        }
        let statements = match policy.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().collect(),
            Some(statement) => vec![statement],
            None => Vec::new(),
        };
        if statements.is_empty() {
            return Err(invalid("it has no Statement"));
        }
        let statements = statements.into_iter().map(Statement::parse);
        let statements = statements.collect::<Result<Vec<_>, _>>().map_err(invalid)?;
        Ok(Self { statements })
    }

    /// Whether it lets `account` import the model with this ARN.
    pub fn allows_import(&self, account: &str, arn: &str) -> bool {
        let mut about = self
            .statements
            .iter()
            .filter(|statement| statement.is_about(account, arn));
        let mut allowed = false;
        about.all(|statement| {
            allowed = true;
            statement.allows
        }) && allowed
    }
}

impl Statement {
    fn parse(statement: &Value) -> Result<Self, &'static str> {
        let members = statement.as_object().ok_or("a statement is not a JSON object")?;
        let known = ["Sid", "Effect", "Principal", "Action", "Resource"];
        if members.keys().any(|key| !known.contains(&key.as_str())) {
            return Err("statements can have Sid, Effect, Principal, Action and Resource, and no conditions");
        }
        let allows = match members.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err("the Effect of a statement is neither Allow nor Deny"),
        };
        let texts = |name: &str| members.get(name).and_then(texts);
        Ok(Self {
            allows,
            accounts: accounts(members.get("Principal"))?,
            actions: texts("Action").ok_or("a statement has no Action")?,
            resources: texts("Resource").ok_or("a statement has no Resource")?,
        })
    }

    fn is_about(&self, account: &str, arn: &str) -> bool {
        let names = |name: &String| name == account;
        let import = IMPORT.to_ascii_lowercase();
        self.accounts.as_ref().is_none_or(|accounts| accounts.iter().any(names))
            && self
                .actions
                .iter()
                .any(|action| matches(&action.to_ascii_lowercase(), &import))
            && self.resources.iter().any(|resource| matches(resource, arn))
    }
}

/// One text or a list of them, at least one.
fn texts(value: &Value) -> Option<Vec<String>> {
    let texts: Vec<String> = match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<_>>()?,
        _ => return None,
    };
    (!texts.is_empty()).then_some(texts)
}

/// The accounts of a `Principal`, `None` for everyone.
fn accounts(principal: Option<&Value>) -> Result<Option<Vec<String>>, &'static str> {
    let bad = "the Principal of a statement must be accounts: their numbers, arn:aws:iam::NUMBER:root, or *";
    let named = match principal {
        Some(Value::String(all)) if all == "*" => return Ok(None),
        Some(Value::Object(members)) if members.len() == 1 => members.get("AWS").and_then(texts).ok_or(bad)?,
        _ => return Err(bad),
    };
    if named.iter().any(|name| name == "*") {
        return Ok(None);
    }
    let account = |name: &String| {
        let of_root = || {
            name.strip_prefix("arn:aws")?
                .strip_suffix(":root")?
                .rsplit_once(":iam::")
        };
        let number = of_root().map_or(name.as_str(), |(_, number)| number);
        is_account(number).then(|| number.to_owned())
    };
    named.iter().map(account).collect::<Option<_>>().map(Some).ok_or(bad)
}

/// Whether `text` is of the form of `pattern`, in which `*` stands for any characters and `?` for any one.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut next) = (0, 0);
    // Where the last `*` is, and up to where in the text it reaches so far.
    let mut star: Option<(usize, usize)> = None;
    while next < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, next));
                at += 1;
            }
            Some(&one) if one == '?' || one == text[next] => (at, next) = (at + 1, next + 1),
            _ => match star {
                Some((place, reach)) => {
                    star = Some((place, reach + 1));
                    (at, next) = (place + 1, reach + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&one| one == '*')
}

impl Request for ImportModelRequest {
    const OPERATION: &'static str = "ImportModel";
    const SHAPE: &'static Shape = &IMPORT_MODEL;
}

impl Request for PutResourcePolicyRequest {
    const OPERATION: &'static str = "PutResourcePolicy";
    const SHAPE: &'static Shape = &PUT_RESOURCE_POLICY;
}

impl Request for DeleteResourcePolicyRequest {
    const OPERATION: &'static str = "DeleteResourcePolicy";
    const SHAPE: &'static Shape = &DELETE_RESOURCE_POLICY;
}

arn_requests! {
    resource_arn: common::MODEL_ARN as "ResourceArn";
    DescribeResourcePolicyRequest = "DescribeResourcePolicy",
}

static REVISION_PATTERN: Pattern = Pattern::new("[0-9A-Fa-f]+");
const REVISION: Rule = Rule::String(StringRule::new().max(64).pattern(&REVISION_PATTERN));

static IMPORT_MODEL: Shape = Shape {
    members: &[
        required("SourceModelArn", common::MODEL_ARN),
        optional("ModelName", common::RESOURCE_NAME),
        optional("VersionName", common::RESOURCE_NAME),
        optional("ModelKmsKeyId", common::KMS_KEY_ID),
        optional("DataAccessRoleArn", common::ROLE_ARN),
        optional("Tags", tags::TAG_LIST),
    ],
};

static PUT_RESOURCE_POLICY: Shape = Shape {
    members: &[
        required("ResourceArn", common::MODEL_ARN),
        required("ResourcePolicy", common::MODEL_POLICY),
        optional("PolicyRevisionId", REVISION),
    ],
};

static DELETE_RESOURCE_POLICY: Shape = Shape {
    members: &[
        required("ResourceArn", common::MODEL_ARN),
        optional("PolicyRevisionId", REVISION),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ARN: &str = "arn:aws:comprehend:us-east-1:111122223333:document-classifier/spam/version/v1";
    const OTHER: &str = "444455556666";

    fn statement(changes: &Value) -> Value {
        let mut statement = json!({
            "Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": IMPORT, "Resource": ARN,
        });
        for (name, value) in changes.as_object().unwrap() {
            statement[name] = value.clone();
        }
        statement
    }

    fn policy(statements: Value) -> Result<Policy, ApiError> {
        Policy::parse(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
    }

    #[test]
    fn policies_allow_what_they_name() {
        for (changes, allows) in [
            (json!({}), true),
            (
                json!({"Sid": "x", "Principal": {"AWS": ["1".repeat(12), "arn:aws:iam::444455556666:root"]}}),
                true,
            ),
            (
                json!({"Principal": "*", "Action": ["comprehend:*"], "Resource": "*"}),
                true,
            ),
            (
                json!({"Resource": "arn:aws:comprehend:us-east-1:111122223333:document-classifier/*/version/v?"}),
                true,
            ),
            (json!({"Action": "COMPREHEND:importmodel"}), true),
            (json!({"Principal": {"AWS": "1".repeat(12)}}), false),
            (json!({"Action": "comprehend:DescribeDocumentClassifier"}), false),
            (
                json!({"Resource": "arn:aws:comprehend:us-east-1:111122223333:document-classifier/spam"}),
                false,
            ),
            (json!({"Effect": "Deny"}), false),
        ] {
            let policy = policy(statement(&changes)).unwrap();
            assert_eq!(policy.allows_import(OTHER, ARN), allows, "{changes}");
        }
        let denied = json!([
            statement(&json!({})),
            statement(&json!({"Effect": "Deny", "Principal": "*"}))
        ]);
        assert!(
            !policy(denied).unwrap().allows_import(OTHER, ARN),
            "what is denied stays so"
        );
    }

    #[test]
    fn what_cannot_be_upheld_is_refused() {
        for changes in [
            json!({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
            json!({"NotAction": "x"}),
            json!({"Effect": "Perhaps"}),
            json!({"Principal": {"AWS": "arn:aws:iam::444455556666:user/eve"}}),
            json!({"Principal": {"Service": "comprehend.amazonaws.com"}}),
            json!({"Principal": null}),
            json!({"Action": []}),
            json!({"Resource": 7}),
        ] {
            assert!(policy(statement(&changes)).is_err(), "{changes}");
        }
        for text in [
            "",
            "[]",
            "{}",
            r#"{"Statement": []}"#,
            r#"{"Statement": [1], "More": 1}"#,
        ] {
            assert!(Policy::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn patterns() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a*c", "abcbc", true),
            ("a*b*c", "abc", true),
            ("a?c", "ac", false),
            ("", "a", false),
            ("a*", "ba", false),
            ("*é", "éé", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }
}
