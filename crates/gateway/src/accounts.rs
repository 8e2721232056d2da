//! Who may call.

use std::collections::HashMap;

use construe_comprehend_api::signature::{Secret, sha256_hex};

#[derive(Clone)]
pub struct Account {
    pub(crate) id: String,
    access_key_id: String,
    pub(crate) secret: Secret,
    pub(crate) page_key: String,
}

impl Account {
    /// `id` has twelve digits.
    pub fn new(id: impl Into<String>, access_key_id: impl Into<String>, secret: &str) -> Self {
        // Every gateway of a site knows the same accounts, so pages may be fetched from any of them.
        let page_key = sha256_hex(format!("page tokens\n{secret}").as_bytes());
        Self {
            id: id.into(),
            access_key_id: access_key_id.into(),
            secret: Secret::new(secret),
            page_key,
        }
    }
}

/// Accounts by access key. An account may have several keys; a key belongs to one account.
#[derive(Clone, Default)]
pub struct Accounts {
    by_access_key: HashMap<String, Account>,
}

impl FromIterator<Account> for Accounts {
    fn from_iter<T: IntoIterator<Item = Account>>(accounts: T) -> Self {
        let by_access_key = accounts
            .into_iter()
            .map(|account| (account.access_key_id.clone(), account))
            .collect();
        Self { by_access_key }
    }
}

impl Accounts {
    pub(crate) fn get(&self, access_key_id: &str) -> Option<&Account> {
        self.by_access_key.get(access_key_id)
    }
}
