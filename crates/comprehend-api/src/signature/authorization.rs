//! The Authorization header's value.

use super::{ALGORITHM, incomplete};
use crate::error::ApiError;

/// Last part of every credential scope.
pub(super) const TERMINATOR: &str = "aws4_request";

/// A parsed `AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...`, nothing verified.
#[derive(Debug, PartialEq, Eq)]
pub struct Authorization<'a> {
    pub access_key: &'a str,
    pub date: &'a str,
    pub region: &'a str,
    pub service: &'a str,
    /// Lower case, in strictly ascending order.
    pub signed_headers: Vec<&'a str>,
    pub signature: [u8; 32],
}

impl<'a> Authorization<'a> {
    /// Takes any mix of commas and white space between the three parts, in any order.
    pub fn parse(value: &'a str) -> Result<Self, ApiError> {
        let value = value.trim();
        let (algorithm, rest) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
        if algorithm != ALGORITHM {
            return Err(incomplete("The Authorization header must begin with AWS4-HMAC-SHA256."));
        }
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        let parts = rest
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|part| !part.is_empty());
        for part in parts {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| incomplete("The Authorization header has a part without an equals sign."))?;
            let slot = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(incomplete("The Authorization header has an unknown part.")),
            };
            if slot.replace(value).is_some() {
                return Err(incomplete("The Authorization header names a part twice."));
            }
        }
        let credential = credential.ok_or_else(|| incomplete("The Authorization header lacks Credential."))?;
        let signed_headers =
            signed_headers.ok_or_else(|| incomplete("The Authorization header lacks SignedHeaders."))?;
        let signature = signature.ok_or_else(|| incomplete("The Authorization header lacks Signature."))?;

        let [access_key, date, region, service, terminator] =
            credential.split('/').collect::<Vec<_>>().try_into().map_err(|_| {
                incomplete("The Credential must have the form access-key/date/region/service/aws4_request.")
            })?;
        let name_byte = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_name = |name: &str| (1..=63).contains(&name.len()) && name.bytes().all(name_byte);
        let is_date = date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit());
        if access_key.is_empty() || !is_date || !is_name(region) || !is_name(service) {
            return Err(incomplete("The Credential has an empty or malformed part."));
        }
        if terminator != TERMINATOR {
            return Err(ApiError::invalid_signature(
                "The credential's scope must end with aws4_request.",
            ));
        }

        let signed_headers: Vec<&str> = signed_headers.split(';').collect();
        let header_byte = |b: u8| b.is_ascii_graphic() && !b.is_ascii_uppercase();
        let are_names = signed_headers
            .iter()
            .all(|name| !name.is_empty() && name.bytes().all(header_byte));
        if !are_names || !signed_headers.is_sorted_by(|a, b| a < b) {
            return Err(incomplete(
                "SignedHeaders must list lower-case header names in ascending order.",
            ));
        }

        let lower_case = !signature.bytes().any(|b| b.is_ascii_uppercase());
        let mut bytes = [0; 32];
        if !lower_case || hex::decode_to_slice(signature, &mut bytes).is_err() {
            return Err(incomplete("The Signature must be 64 lower-case hexadecimal digits."));
        }
        Ok(Self {
            access_key,
            date,
            region,
            service,
            signed_headers,
            signature: bytes,
        })
    }

    pub(super) fn signs(&self, header: &str) -> bool {
        self.signed_headers.binary_search(&header).is_ok()
    }

    pub(super) fn scope(&self) -> String {
        format!("{}/{}/{}/{TERMINATOR}", self.date, self.region, self.service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    const SIGNATURE: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

    #[test]
    fn spacing_and_order_are_free() {
        let (credential, headers) = ("AKID/20150830/us-east-1/comprehend/aws4_request", "host;x-amz-date");
        for value in [
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={headers}, Signature={SIGNATURE}"),
            format!("AWS4-HMAC-SHA256 Credential={credential},SignedHeaders={headers},Signature={SIGNATURE}"),
            format!("  AWS4-HMAC-SHA256\t Signature={SIGNATURE}  Credential={credential} ,\tSignedHeaders={headers} "),
        ] {
            let parsed = Authorization::parse(&value).unwrap();
            assert_eq!(
                (parsed.access_key, parsed.date, parsed.region, parsed.service),
                ("AKID", "20150830", "us-east-1", "comprehend"),
            );
            assert_eq!(parsed.signed_headers, ["host", "x-amz-date"]);
            assert_eq!(hex::encode(parsed.signature), SIGNATURE);
        }
    }

    #[test]
    fn unreadable_headers() {
        let header = |credential: &str, headers: &str, signature: &str| {
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={headers}, Signature={signature}")
        };
        let credential = "AKID/20150830/us-east-1/comprehend/aws4_request";
        for value in [
            String::new(),
            "Basic dXNlcjpwYXNz".to_owned(),
            "Bearer token".to_owned(),
            "AWS4-HMAC-SHA256".to_owned(),
            "AWS4-HMAC-SHA256 Credential".to_owned(),
            format!("AWS4-HMAC-SHA256 Credential={credential}"),
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host"),
            header(credential, "host", SIGNATURE).replace("AWS4-HMAC", "AWS4-ECDSA-P256"),
            header(credential, "host", SIGNATURE) + ", Extra=1",
            header(credential, "host", SIGNATURE) + ", Signature=00",
            header("AKID/20150830/us-east-1/aws4_request", "host", SIGNATURE),
            header("AK/ID/20150830/us-east-1/comprehend/aws4_request", "host", SIGNATURE),
            header("/20150830/us-east-1/comprehend/aws4_request", "host", SIGNATURE),
            header("AKID/2015083/us-east-1/comprehend/aws4_request", "host", SIGNATURE),
            header("AKID/20150830//comprehend/aws4_request", "host", SIGNATURE),
            header("AKID/20150830/us:east/comprehend/aws4_request", "host", SIGNATURE),
            header(credential, "", SIGNATURE),
            header(credential, "Host", SIGNATURE),
            header(credential, "x-amz-date;host", SIGNATURE),
            header(credential, "host;host", SIGNATURE),
            header(credential, "host", &SIGNATURE[1..]),
            header(credential, "host", &SIGNATURE.to_uppercase()),
            header(credential, "host", "zz"),
        ] {
            let error = Authorization::parse(&value).expect_err(&value);
            assert_eq!(error.code, ErrorCode::IncompleteSignatureException, "{value}");
        }
        let other_scope = header("AKID/20150830/us-east-1/comprehend/aws5_request", "host", SIGNATURE);
        assert_eq!(
            Authorization::parse(&other_scope).unwrap_err().code,
            ErrorCode::InvalidSignatureException
        );
    }
}
