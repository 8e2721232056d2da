//! Who may ask: access keys and the accounts they belong to.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

/// A secret access key. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("REDACTED")
    }
}

/// An access key of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Usually twelve digits; buckets belong to it.
    pub id: String,
    pub access_key_id: String,
    pub secret: Secret,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an account is written as ACCOUNT_ID:ACCESS_KEY_ID:SECRET")]
pub struct InvalidAccount;

impl FromStr for Account {
    type Err = InvalidAccount;

    fn from_str(text: &str) -> Result<Self, InvalidAccount> {
        let mut fields = text.splitn(3, ':');
        let mut field = || fields.next().filter(|field| !field.is_empty()).ok_or(InvalidAccount);
        let (id, access_key_id, secret) = (field()?, field()?, field()?);
        Ok(Self {
            id: id.to_owned(),
            access_key_id: access_key_id.to_owned(),
            secret: Secret::new(secret),
        })
    }
}

/// Knows the access keys.
pub trait AccountDirectory: Send + Sync + 'static {
    fn by_access_key(&self, access_key_id: &str) -> Option<Account>;
}

/// Accounts that do not change.
#[derive(Debug, Clone, Default)]
pub struct StaticAccounts(HashMap<String, Account>);

impl FromIterator<Account> for StaticAccounts {
    fn from_iter<I: IntoIterator<Item = Account>>(accounts: I) -> Self {
        Self(
            accounts
                .into_iter()
                .map(|account| (account.access_key_id.clone(), account))
                .collect(),
        )
    }
}

impl AccountDirectory for StaticAccounts {
    fn by_access_key(&self, access_key_id: &str) -> Option<Account> {
        self.0.get(access_key_id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_parse_and_never_show_their_secret() {
        let account: Account = "111122223333:AKIAEXAMPLE:se/cr:et".parse().expect("well formed");
        assert_eq!(account.secret.expose(), "se/cr:et");
        assert!(!format!("{account:?}").contains("se/cr"));
        for bad in ["", "1:2", "1::3", ":2:3", "1:2:"] {
            assert_eq!(bad.parse::<Account>(), Err(InvalidAccount), "{bad}");
        }
    }
}
