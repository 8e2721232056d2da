//! The two protocols that AWS's clients speak to these services: AWS JSON 1.1 and Smithy RPC v2 CBOR.
//!
//! The service models name both. A request in CBOR is turned into the JSON that means the same, and its answer back, so
//! that an operation is written once. What JSON cannot say by itself goes by the name of the member, which in these
//! models always means one type: `tests/model.rs` compares the lists here with the models.
//!
//! Followed: <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html> and, for JSON,
//! <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>.

use crate::error::{ApiError, ErrorCode};
use crate::operation::{self, Operation};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value as Json};
use std::borrow::Cow;

/// The header by which a client says that it speaks CBOR, and its value; answers carry it too.
pub const SMITHY_PROTOCOL: (&str, &str) = ("smithy-protocol", "rpc-v2-cbor");

/// Members that are moments: seconds since 1970.
pub const TIMES: &[&str] = &[
    "CreationTime",
    "CreationTimeAfter",
    "CreationTimeBefore",
    "EndTime",
    "ExpirationTime",
    "LastModifiedTime",
    "LatestVersionCreatedAt",
    "SubmitTime",
    "SubmitTimeAfter",
    "SubmitTimeBefore",
    "TrainingEndTime",
    "TrainingStartTime",
];

/// Members that are numbers of single precision; other fractions are of double precision. Some clients read no others.
pub const FLOATS: &[&str] = &[
    "GroupScore",
    "Height",
    "Left",
    "Mixed",
    "Negative",
    "Neutral",
    "Positive",
    "RelationshipScore",
    "Score",
    "Top",
    "Toxicity",
    "Width",
    "X",
    "Y",
];

/// CBOR's tag for seconds since 1970 (RFC 8949, 3.4.2).
const EPOCH_SECONDS: u64 = 1;

/// How deep values may lie in one another, as in `serde_json`.
const DEPTH: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Json,
    Cbor,
}

impl Protocol {
    /// The protocol of a request by its `smithy-protocol` header.
    pub fn of(smithy_protocol: Option<&str>) -> Self {
        match smithy_protocol {
            Some(name) if name == SMITHY_PROTOCOL.1 => Self::Cbor,
            _ => Self::Json,
        }
    }

    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/x-amz-json-1.1",
            Self::Cbor => "application/cbor",
        }
    }

    /// The operation that a request asks for, by its `X-Amz-Target` header or by its path.
    ///
    /// # Errors
    /// UnknownOperationException.
    pub fn operation(self, target: Option<&str>, path: &str) -> Result<&'static Operation, ApiError> {
        match self {
            Self::Json => operation::lookup(target.unwrap_or_default()),
            Self::Cbor => {
                let named = path
                    .strip_prefix("/service/")
                    .and_then(|rest| rest.split_once("/operation/"));
                match named {
                    Some((service, name)) => operation::lookup(&format!("{service}.{name}")),
                    None => Err(ApiError::new(
                        ErrorCode::UnknownOperationException,
                        "The path is not /service/SERVICE/operation/OPERATION.",
                    )),
                }
            }
        }
    }

    /// The JSON of a request's body.
    ///
    /// # Errors
    /// SerializationException, if it is not CBOR, or CBOR that no client sends: values nested deeply, keys that are no
    /// strings, tags other than that of a moment, numbers that are infinite or none.
    pub fn request(self, body: &[u8]) -> Result<Cow<'_, [u8]>, ApiError> {
        if self == Self::Json || body.is_empty() {
            return Ok(Cow::Borrowed(body));
        }
        let mut rest = body;
        // The parser's own text may quote the body.
        let value: Cbor = ciborium::de::from_reader_with_recursion_limit(&mut rest, DEPTH)
            .map_err(|_| ApiError::serialization("The body is not valid CBOR."))?;
        if !rest.is_empty() {
            return Err(ApiError::serialization("There is something after the CBOR value."));
        }
        let json = to_json(value)?;
        Ok(Cow::Owned(serde_json::to_vec(&json).map_err(|_| ApiError::internal())?))
    }

    /// The body of an answer, or of an error, that is given in JSON.
    ///
    /// # Errors
    /// InternalServerException, if it is not JSON.
    pub fn answer(self, json: Vec<u8>) -> Result<Vec<u8>, ApiError> {
        if self == Self::Json {
            return Ok(json);
        }
        let value: Json = serde_json::from_slice(&json).map_err(|_| ApiError::internal())?;
        let mut body = Vec::with_capacity(json.len());
        ciborium::ser::into_writer(&to_cbor("", value), &mut body).map_err(|_| ApiError::internal())?;
        Ok(body)
    }

    /// The HTTP status of an error. Over JSON 400 for all that the client did, as the API reference says; over CBOR what
    /// the service models name. Clients look at the name of the error.
    pub fn status(self, code: ErrorCode) -> u16 {
        match (self, code) {
            (
                Self::Cbor,
                ErrorCode::JobNotFoundException
                | ErrorCode::ResourceNotFoundException
                | ErrorCode::ResourceUnavailableException,
            ) => 404,
            (Self::Cbor, ErrorCode::TooManyRequestsException) => 429,
            _ => code.http_status(),
        }
    }
}

fn to_json(value: Cbor) -> Result<Json, ApiError> {
    Ok(match value {
        Cbor::Null => Json::Null,
        Cbor::Bool(value) => Json::Bool(value),
        Cbor::Integer(value) => {
            let value = i128::from(value);
            let number = Number::from_i128(value);
            Json::Number(number.ok_or_else(|| ApiError::serialization("A number in the body is too large."))?)
        }
        Cbor::Float(value) => {
            let number = Number::from_f64(value);
            Json::Number(number.ok_or_else(|| ApiError::serialization("A number in the body is not finite."))?)
        }
        Cbor::Text(value) => Json::String(value),
        // As JSON clients send them.
        Cbor::Bytes(value) => Json::String(BASE64_STANDARD.encode(value)),
        Cbor::Array(values) => Json::Array(values.into_iter().map(to_json).collect::<Result<_, _>>()?),
        Cbor::Map(members) => {
            let mut object = Map::with_capacity(members.len());
            for (key, value) in members {
                let Cbor::Text(key) = key else {
                    return Err(ApiError::serialization("A key in the body is not a string."));
                };
                object.insert(key, to_json(value)?);
            }
            Json::Object(object)
        }
        Cbor::Tag(EPOCH_SECONDS, seconds) if matches!(*seconds, Cbor::Integer(_) | Cbor::Float(_)) => {
            to_json(*seconds)?
        }
        _ => {
            return Err(ApiError::serialization(
                "The body has a CBOR tag that has no meaning here.",
            ));
        }
    })
}

/// `name`: of the member that holds the value, or holds a list of such values.
fn to_cbor(name: &str, value: Json) -> Cbor {
    match value {
        Json::Null => Cbor::Null,
        Json::Bool(value) => Cbor::Bool(value),
        Json::String(value) => Cbor::Text(value),
        Json::Number(number) => {
            let float = number.as_f64().unwrap_or_default();
            if TIMES.contains(&name) {
                Cbor::Tag(EPOCH_SECONDS, Box::new(Cbor::Float(float)))
            } else if let Some(integer) = number.as_i64() {
                Cbor::from(integer)
            } else if FLOATS.contains(&name) {
                // It was of single precision before it was written in decimal digits.
                #[allow(clippy::cast_possible_truncation)]
                let single = float as f32;
                Cbor::Float(f64::from(single))
            } else {
                Cbor::Float(float)
            }
        }
        Json::Array(values) => Cbor::Array(values.into_iter().map(|value| to_cbor(name, value)).collect()),
        Json::Object(members) => {
            let members = members.into_iter().map(|(key, value)| {
                let value = to_cbor(&key, value);
                (Cbor::Text(key), value)
            });
            Cbor::Map(members.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cbor(value: &Cbor) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::ser::into_writer(value, &mut bytes).unwrap();
        bytes
    }

    fn text(text: &str) -> Cbor {
        Cbor::Text(text.to_owned())
    }

    #[test]
    fn operations_by_header_or_path() {
        let json = Protocol::of(None);
        let cbor = Protocol::of(Some("rpc-v2-cbor"));
        assert_eq!((json, cbor), (Protocol::Json, Protocol::Cbor));
        let target = Some("Comprehend_20171127.DetectEntities");
        assert_eq!(json.operation(target, "/").unwrap().name, "DetectEntities");
        let path = "/service/Comprehend_20171127/operation/DetectEntities";
        assert_eq!(cbor.operation(None, path).unwrap().name, "DetectEntities");
        for path in [
            "/",
            "/service/Comprehend_20171127/DetectEntities",
            "/service/X/operation/DetectEntities",
        ] {
            let error = cbor.operation(target, path).unwrap_err();
            assert_eq!(error.code, ErrorCode::UnknownOperationException, "{path}");
        }
    }

    #[test]
    fn requests_become_json() {
        let request = Cbor::Map(vec![
            (text("Text"), text("Zoë")),
            (text("Bytes"), Cbor::Bytes(vec![0, 255])),
            (text("SubmitTimeAfter"), Cbor::Tag(1, Box::new(Cbor::Float(1.5)))),
            (
                text("Wanted"),
                Cbor::Array(vec![Cbor::from(-3), Cbor::Bool(true), Cbor::Null]),
            ),
        ]);
        let body = cbor(&request);
        let json: Json = serde_json::from_slice(&Protocol::Cbor.request(&body).unwrap()).unwrap();
        let expected = r#"{"Text":"Zoë","Bytes":"AP8=","SubmitTimeAfter":1.5,"Wanted":[-3,true,null]}"#;
        assert_eq!(json, serde_json::from_str::<Json>(expected).unwrap());
        assert_eq!(Protocol::Cbor.request(b"").unwrap(), &b""[..]);
        assert_eq!(Protocol::Json.request(b"{nothing").unwrap(), &b"{nothing"[..]);
        // Of indefinite length, as some clients send maps and strings.
        assert_eq!(
            Protocol::Cbor.request(b"\xbf\x61a\x7f\x61b\x61c\xff\xff").unwrap(),
            &br#"{"a":"bc"}"#[..]
        );
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let deep = [vec![0x81; 100_000], vec![0x01]].concat();
        let bodies: [&[u8]; 8] = [
            b"{}",
            b"\xa1",
            b"\xa1\x61a",
            b"\xa0\xa0",
            b"\xa1\x01\x02",
            b"\xa1\x61a\xfb\x7f\xf0\0\0\0\0\0\0",
            b"\xa1\x61a\xc0\x61b",
            &deep,
        ];
        for body in bodies {
            let error = Protocol::Cbor.request(body).unwrap_err();
            let start = &body[..body.len().min(12)];
            assert_eq!(error.code, ErrorCode::SerializationException, "{start:x?}");
        }
        // A length that is not there is no reason to ask for so much memory.
        assert!(Protocol::Cbor.request(b"\x9b\x00\xff\xff\xff\xff\xff\xff\xff").is_err());
        assert!(Protocol::Cbor.request(b"\x5b\x00\xff\xff\xff\xff\xff\xff\xff").is_err());
    }

    #[test]
    fn answers_have_times_and_precision() {
        let json =
            br#"{"SubmitTime":1700000000.25,"List":[{"Score":0.99,"BeginOffset":3}],"Accuracy":0.99,"Name":"a"}"#;
        let body = Protocol::Cbor.answer(json.to_vec()).unwrap();
        let Cbor::Map(members) = ciborium::de::from_reader(&body[..]).unwrap() else {
            panic!("no map")
        };
        let member = |name: &str| members.iter().find(|(key, _)| *key == text(name)).unwrap().1.clone();
        assert_eq!(
            member("SubmitTime"),
            Cbor::Tag(1, Box::new(Cbor::Float(1_700_000_000.25)))
        );
        assert_eq!(member("Accuracy"), Cbor::Float(0.99));
        let found = Cbor::Map(vec![
            (text("Score"), Cbor::Float(f64::from(0.99_f32))),
            (text("BeginOffset"), Cbor::from(3)),
        ]);
        let Cbor::Array(list) = member("List") else {
            panic!("no list")
        };
        let (Cbor::Map(mut list), Cbor::Map(mut found)) = (list[0].clone(), found) else {
            panic!("no map")
        };
        list.sort_by_key(|(key, _)| cbor(key));
        found.sort_by_key(|(key, _)| cbor(key));
        assert_eq!(list, found);
        assert_eq!(Protocol::Json.answer(json.to_vec()).unwrap(), json);
    }

    #[test]
    fn statuses_of_errors() {
        let statuses = |code| (Protocol::Json.status(code), Protocol::Cbor.status(code));
        assert_eq!(statuses(ErrorCode::JobNotFoundException), (400, 404));
        assert_eq!(statuses(ErrorCode::TooManyRequestsException), (400, 429));
        assert_eq!(statuses(ErrorCode::ValidationException), (400, 400));
        assert_eq!(statuses(ErrorCode::InvalidSignatureException), (403, 403));
    }
}
