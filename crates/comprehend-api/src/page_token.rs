//! Opaque `NextToken`s of the List operations.
//!
//! A token is a position signed together with what it is a position in (account, region, operation,
//! filter), so a token that was made up, altered or taken from another listing is refused without any
//! state on the server. Positions are of a total order (submit time, then id), so jobs added while a
//! client pages neither repeat nor hide one that was there at the first page.

use crate::Caller;
use crate::error::ApiError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

const VERSION: u8 = 1;
const TIME_BYTES: usize = 8;
const TAG_BYTES: usize = 32;

/// The last job, or resource, of the page before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Microseconds since 1970.
    pub submit_time_micros: i64,
    /// Of a job its id, of a resource its ARN or, where names are listed, its name.
    pub id: String,
}

/// What the tokens of one listing are bound to.
pub struct Listing(Hmac<Sha256>);

impl Listing {
    /// `key` is the server's secret (any length); every gateway of one site must use the same.
    pub fn new(key: &[u8], caller: &Caller, operation: &str, filter: &impl Serialize) -> Self {
        let filter = serde_json::to_vec(filter).expect("filters are plain structs");
        let mut mac = Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
        for part in [
            caller.account.as_bytes(),
            caller.region.as_bytes(),
            operation.as_bytes(),
            &filter,
        ] {
            // Lengths keep neighbouring parts apart.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Self(mac)
    }

    pub fn encode(&self, position: &Position) -> String {
        let mut token = vec![VERSION];
        token.extend(position.submit_time_micros.to_be_bytes());
        token.extend(position.id.as_bytes());
        let tag = self.0.clone().chain_update(&token).finalize().into_bytes();
        token.extend(tag);
        URL_SAFE_NO_PAD.encode(token)
    }

    pub fn decode(&self, token: &str) -> Result<Position, ApiError> {
        self.open(token)
            .ok_or_else(|| ApiError::invalid_request("The NextToken is not valid for this request."))
    }

    fn open(&self, token: &str) -> Option<Position> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (signed, tag) = bytes.split_last_chunk::<TAG_BYTES>()?;
        // Constant-time comparison.
        self.0.clone().chain_update(signed).verify_slice(tag).ok()?;
        let (&version, rest) = signed.split_first()?;
        let (time, id) = rest.split_first_chunk::<TIME_BYTES>()?;
        if version != VERSION {
            return None;
        }
        Some(Position {
            submit_time_micros: i64::from_be_bytes(*time),
            id: String::from_utf8(id.to_vec()).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    fn listing(key: &[u8], account: &str, region: &str, operation: &str, filter: &str) -> Listing {
        let caller = Caller {
            account: account.into(),
            region: region.into(),
        };
        Listing::new(key, &caller, operation, &filter)
    }

    #[test]
    fn only_the_listing_that_made_a_token_reads_it() {
        let own = listing(b"key", "111122223333", "us-east-1", "List", "a");
        let position = Position {
            submit_time_micros: 1_763_856_000_123_456,
            id: "0123456789abcdef0123456789abcdef".into(),
        };
        let token = own.encode(&position);
        assert_eq!(own.decode(&token), Ok(position));
        assert!(
            token
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );

        for other in [
            listing(b"another", "111122223333", "us-east-1", "List", "a"),
            listing(b"key", "999922223333", "us-east-1", "List", "a"),
            listing(b"key", "111122223333", "eu-west-1", "List", "a"),
            listing(b"key", "111122223333", "us-east-1", "ListOther", "a"),
            listing(b"key", "111122223333", "us-east-1", "List", "b"),
        ] {
            assert_eq!(
                other.decode(&token).unwrap_err().code,
                ErrorCode::InvalidRequestException
            );
        }
    }

    #[test]
    fn altered_and_made_up_tokens_are_refused() {
        let own = listing(b"key", "111122223333", "us-east-1", "List", "a");
        let token = own.encode(&Position {
            submit_time_micros: 1,
            id: "ab".into(),
        });
        for index in 0..token.len() {
            let replacement = if token.as_bytes()[index] == b'A' { "B" } else { "A" };
            let mut altered = token.clone();
            altered.replace_range(index..=index, replacement);
            assert!(own.decode(&altered).is_err(), "byte {index}");
        }
        for made_up in [
            "",
            "x",
            "not base64!",
            &"A".repeat(43),
            &"A".repeat(200),
            &token[..token.len() - 4],
        ] {
            assert!(own.decode(made_up).is_err(), "{made_up}");
        }
    }
}
