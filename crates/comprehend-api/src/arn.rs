//! Amazon Resource Names of this service's resources, of roles, and references to KMS keys.

use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {expected}")]
pub struct ArnError {
    expected: &'static str,
}

/// The partition that a region belongs to.
pub fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// `arn:<partition>:comprehend:<region>:<account>:<type>/<id>`, the partition following the region.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceArn {
    pub region: String,
    pub account: String,
    /// Such as `pii-entities-detection-job`.
    pub resource_type: String,
    /// A job's id, or a name with what follows it (`name/version/v1`).
    pub resource_id: String,
}

impl ResourceArn {
    pub fn new(region: &str, account: &str, resource_type: &str, resource_id: &str) -> Self {
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            resource_type: resource_type.to_owned(),
            resource_id: resource_id.to_owned(),
        }
    }

    /// Of a model: all its versions share the name, and the first may have no version's name.
    pub fn versioned(region: &str, account: &str, resource_type: &str, name: &str, version: Option<&str>) -> Self {
        match version {
            Some(version) => Self::new(region, account, resource_type, &format!("{name}/version/{version}")),
            None => Self::new(region, account, resource_type, name),
        }
    }
}

impl fmt::Display for ResourceArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            region,
            account,
            resource_type,
            resource_id,
        } = self;
        write!(
            f,
            "arn:{}:comprehend:{region}:{account}:{resource_type}/{resource_id}",
            partition(region)
        )
    }
}

impl FromStr for ResourceArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let error = ArnError {
            expected: "Comprehend resource ARN",
        };
        let arn = Arn::split(text)
            .filter(|arn| arn.service == "comprehend")
            .ok_or(error)?;
        let (resource_type, resource_id) = arn.resource.split_once('/').ok_or(error)?;
        let complete = !resource_type.is_empty() && !resource_id.is_empty() && is_account(arn.account);
        if !complete || arn.partition != partition(arn.region) {
            return Err(error);
        }
        Ok(Self::new(arn.region, arn.account, resource_type, resource_id))
    }
}

/// `arn:<partition>:iam::<account>:role/<path and name>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoleArn {
    pub account: String,
    /// The role's path and name: all that follows `role/`.
    pub name: String,
}

impl FromStr for RoleArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let error = ArnError {
            expected: "IAM role ARN",
        };
        let arn = Arn::split(text)
            .filter(|arn| arn.service == "iam" && arn.region.is_empty())
            .ok_or(error)?;
        let name = arn
            .resource
            .strip_prefix("role/")
            .filter(|name| !name.is_empty())
            .ok_or(error)?;
        if !is_account(arn.account) {
            return Err(error);
        }
        Ok(Self {
            account: arn.account.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// Whether a `KmsKeyId` has one of its four forms: key id, key ARN, alias name, alias ARN.
pub fn is_kms_key_reference(text: &str) -> bool {
    match Arn::split(text) {
        Some(arn) => {
            let resource = arn.resource.strip_prefix("key/").map(is_kms_key_id);
            let valid_resource = resource.unwrap_or_else(|| is_kms_alias(arn.resource));
            arn.service == "kms" && !arn.region.is_empty() && is_account(arn.account) && valid_resource
        }
        None => is_kms_key_id(text) || is_kms_alias(text),
    }
}

/// Whether a `VolumeKmsKeyId` has one of its two forms: key id, key ARN. An alias is none.
pub fn is_kms_key(text: &str) -> bool {
    is_kms_key_reference(text) && !text.contains("alias/")
}

/// A UUID, or `mrk-` and 32 hexadecimal digits for a multi-region key.
fn is_kms_key_id(text: &str) -> bool {
    let is_hex = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit());
    match text.strip_prefix("mrk-") {
        Some(digits) => is_hex(digits, 32),
        None => {
            let parts: Vec<&str> = text.split('-').collect();
            let lengths = [8, 4, 4, 4, 12];
            parts.len() == lengths.len() && parts.iter().zip(lengths).all(|(part, length)| is_hex(part, length))
        }
    }
}

fn is_kms_alias(text: &str) -> bool {
    let name_byte = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-');
    text.strip_prefix("alias/")
        .is_some_and(|name| !name.is_empty() && name.bytes().all(name_byte))
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

struct Arn<'a> {
    partition: &'a str,
    service: &'a str,
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Arn<'a> {
    fn split(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (prefix, partition) = (parts.next()?, parts.next()?);
        if prefix != "arn" || !(partition == "aws" || partition.starts_with("aws-")) {
            return None;
        }
        let (service, region, account, resource) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            partition,
            service,
            region,
            account,
            resource,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_arns_round_trip_in_every_partition() {
        for (region, partition) in [
            ("us-east-1", "aws"),
            ("eu-west-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
        ] {
            let arn = ResourceArn::new(region, "111122223333", "pii-entities-detection-job", "0a1b");
            let text = format!("arn:{partition}:comprehend:{region}:111122223333:pii-entities-detection-job/0a1b");
            assert_eq!(arn.to_string(), text);
            assert_eq!(text.parse(), Ok(arn));
        }
    }

    #[test]
    fn refuses_other_arns() {
        for text in [
            "",
            "arn:aws:comprehend:us-east-1:111122223333:pii-entities-detection-job",
            "arn:aws:comprehend:us-east-1:111122223333:/id",
            "arn:aws:comprehend:us-east-1:1111:job/id",
            "arn:aws:s3:us-east-1:111122223333:job/id",
            "arn:aws-cn:comprehend:us-east-1:111122223333:job/id",
            "arn:awsome:comprehend:us-east-1:111122223333:job/id",
        ] {
            assert!(text.parse::<ResourceArn>().is_err(), "{text}");
        }
    }

    #[test]
    fn role_arns() {
        let role: RoleArn = "arn:aws:iam::111122223333:role/service-role/Reader".parse().unwrap();
        assert_eq!(
            (role.account.as_str(), role.name.as_str()),
            ("111122223333", "service-role/Reader")
        );
        assert!("arn:aws-cn:iam::111122223333:role/r".parse::<RoleArn>().is_ok());
        for text in [
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:user/u",
            "arn:aws:iam:us-east-1:111122223333:role/r",
            "arn:aws:iam::11112222333x:role/r",
        ] {
            assert!(text.parse::<RoleArn>().is_err(), "{text}");
        }
    }

    #[test]
    fn kms_key_references() {
        let id = "12345678-90ab-cdef-1234-567890abcdef";
        let multi_region = "mrk-1234567890abcdef1234567890abcdef";
        let arn = |resource: &str| format!("arn:aws:kms:us-east-1:111122223333:{resource}");
        for valid in [
            id.to_owned(),
            multi_region.to_owned(),
            "alias/team/key_1".to_owned(),
            arn(&format!("key/{id}")),
            arn(&format!("key/{multi_region}")),
            arn("alias/aws/s3"),
        ] {
            assert!(is_kms_key_reference(&valid), "{valid}");
        }
        for invalid in [
            "",
            "my key",
            "alias/",
            "12345678",
            "mrk-12",
            &arn("key/abc"),
            &arn(id),
            &format!("arn:aws:s3:us-east-1:111122223333:key/{id}"),
            &format!("arn:aws:kms::111122223333:key/{id}"),
        ] {
            assert!(!is_kms_key_reference(invalid), "{invalid}");
        }
    }
}
