//! What is needed to reach an S3.

use std::fmt;

/// An access key. `Debug` does not show the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticCredentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

impl StaticCredentials {
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
        }
    }
}

impl fmt::Debug for StaticCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticCredentials")
            .field("access_key_id", &self.access_key_id)
            .field("secret_access_key", &"REDACTED")
            .finish()
    }
}

/// The credentials behind a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleCredentials {
    /// A role ARN, or an account id for all roles of that account. The ARN wins.
    pub holder: String,
    pub credentials: StaticCredentials,
}

#[derive(Debug, Clone)]
pub struct S3Config {
    /// `None`: Amazon's own.
    pub endpoint: Option<String>,
    /// Region of the work bucket, and of all buckets behind a custom endpoint.
    pub region: String,
    /// `http://endpoint/bucket/key` instead of `http://bucket.endpoint/key`.
    pub path_style: bool,
    /// The service's own rights.
    pub service: StaticCredentials,
    pub work_bucket: String,
    pub roles: Vec<RoleCredentials>,
    /// STS that gives credentials for roles that `roles` does not cover; `aws` means Amazon's own.
    pub sts_endpoint: Option<String>,
}

impl S3Config {
    /// The static credentials for a role, if there are any.
    pub(crate) fn credentials_for(&self, account: &str, role_arn: &str) -> Option<&StaticCredentials> {
        let held_by = |holder: &str| self.roles.iter().find(|role| role.holder == holder);
        held_by(role_arn)
            .or_else(|| held_by(account))
            .map(|role| &role.credentials)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_wins_over_its_account_and_secrets_stay_hidden() {
        let role = |holder: &str, key: &str| RoleCredentials {
            holder: holder.to_owned(),
            credentials: StaticCredentials::new(key, "hush"),
        };
        let config = S3Config {
            endpoint: None,
            region: "us-east-1".to_owned(),
            path_style: true,
            service: StaticCredentials::new("service", "hush"),
            work_bucket: "work".to_owned(),
            roles: vec![
                role("111122223333", "account"),
                role("arn:aws:iam::111122223333:role/one", "one"),
            ],
            sts_endpoint: None,
        };
        let key = |arn| {
            config
                .credentials_for("111122223333", arn)
                .map(|found| found.access_key_id.as_str())
        };
        assert_eq!(key("arn:aws:iam::111122223333:role/one"), Some("one"));
        assert_eq!(key("arn:aws:iam::111122223333:role/two"), Some("account"));
        assert_eq!(
            config.credentials_for("444455556666", "arn:aws:iam::444455556666:role/one"),
            None
        );
        assert!(!format!("{config:?}").contains("hush"));
    }
}
