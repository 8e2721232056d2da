use super::*;
use serde::Deserialize;

/// AWS's published test suite; see the generator beside the file.
const VECTORS: &str = include_str!("../../tests/fixtures/signature_vectors.json");

#[derive(Deserialize)]
struct Vectors {
    access_key: String,
    secret: String,
    now: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    canonical_request: String,
    signature: String,
}

impl Case {
    fn headers(&self) -> Vec<(&str, &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect()
    }

    fn verify(&self, now: OffsetDateTime, secret: &str) -> Result<Scope, ApiError> {
        let (headers, body_sha256_hex) = (self.headers(), sha256_hex(self.body.as_bytes()));
        let request = SignedRequest {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
            body_sha256_hex: &body_sha256_hex,
        };
        verify(&request, now, |access_key| {
            (access_key == "AKIDEXAMPLE").then(|| Secret::new(secret))
        })
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(VECTORS).unwrap()
}

const NOW: OffsetDateTime = time::macros::datetime!(2015-08-30 12:36:00 UTC);

#[test]
fn published_examples() {
    let vectors = vectors();
    assert_eq!(
        (vectors.access_key.as_str(), vectors.now.as_str()),
        ("AKIDEXAMPLE", "2015-08-30T12:36:00Z")
    );
    assert_eq!(vectors.cases.len(), 31);
    for case in &vectors.cases {
        let authorization = case.headers.iter().find(|(name, _)| name == "Authorization").unwrap();
        let parsed = Authorization::parse(&authorization.1).unwrap();
        assert_eq!(hex::encode(parsed.signature), case.signature, "{}", case.name);
        let (headers, body_sha256_hex) = (case.headers(), sha256_hex(case.body.as_bytes()));
        let request = SignedRequest {
            method: &case.method,
            path: &case.path,
            query: &case.query,
            headers: &headers,
            body_sha256_hex: &body_sha256_hex,
        };
        let canonical = canonical::canonical_request(&request, &parsed.signed_headers).unwrap();
        assert_eq!(
            String::from_utf8(canonical).unwrap(),
            case.canonical_request,
            "{}",
            case.name
        );
        let scope = case
            .verify(NOW, &vectors.secret)
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(
            (scope.region.as_str(), scope.service.as_str()),
            ("us-east-1", "service"),
            "{}",
            case.name
        );
    }
}

/// Requests as botocore 1.43 signs them for this service, with and without a session token.
#[test]
fn botocore_requests() {
    let now = time::macros::datetime!(2025-11-23 00:00:00 UTC);
    for (token, signed_headers, signature) in [
        (
            None,
            "content-type;host;x-amz-date;x-amz-target",
            "b4f88d5270366638021f35a6845671c5cb1145def437d8468c31e72eedfc68e4",
        ),
        (
            Some("TOKEN"),
            "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
            "9c52fa6f3877bb2dd905f8e3009a2e269be1e1ba586e51c51d99c47bcec92f19",
        ),
    ] {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20251123/eu-west-1/comprehend/aws4_request, \
             SignedHeaders={signed_headers}, Signature={signature}"
        );
        let mut headers: Vec<(&str, &[u8])> = vec![
            ("host", b"localhost:8080"),
            ("x-amz-target", b"Comprehend_20171127.ListPiiEntitiesDetectionJobs"),
            ("content-type", b"application/x-amz-json-1.1"),
            ("user-agent", b"Botocore/1.43.11"),
            ("x-amz-date", b"20251123T000000Z"),
            ("authorization", authorization.as_bytes()),
            ("content-length", b"51"),
        ];
        headers.extend(token.map(|token: &str| ("x-amz-security-token", token.as_bytes())));
        let body_sha256_hex = sha256_hex(br#"{"Filter": {"JobName": "nightly"}, "MaxResults": 5}"#);
        let request = SignedRequest {
            method: "POST",
            path: "/",
            query: "",
            headers: &headers,
            body_sha256_hex: &body_sha256_hex,
        };
        let scope = verify(&request, now, |_| Some(Secret::new("secret"))).unwrap();
        assert_eq!(
            (scope.region.as_str(), scope.service.as_str()),
            ("eu-west-1", "comprehend")
        );
    }
}

/// A request as SDKs send it, signed by this crate's own functions, which the tests above pin down.
fn comprehend_case(changes: impl FnOnce(&mut Case)) -> Case {
    let mut case = Case {
        name: "comprehend".into(),
        method: "POST".into(),
        path: "/".into(),
        query: String::new(),
        headers: [
            ("Host", "localhost:8080"),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", "Comprehend_20171127.StartPiiEntitiesDetectionJob"),
            ("X-Amz-Date", "20150830T123600Z"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        body: "{\"Mode\":\"ONLY_OFFSETS\"}".into(),
        canonical_request: String::new(),
        signature: String::new(),
    };
    changes(&mut case);
    sign(
        &mut case,
        "20150830",
        "20150830T123600Z",
        "content-type;host;x-amz-date;x-amz-target",
    );
    case
}

/// Adds an Authorization header over the headers named, for service comprehend.
fn sign(case: &mut Case, date: &str, timestamp: &str, signed_headers: &str) {
    let mut authorization = Authorization {
        access_key: "AKIDEXAMPLE",
        date,
        region: "eu-west-1",
        service: "comprehend",
        signed_headers: signed_headers.split(';').collect(),
        signature: [0; 32],
    };
    let headers = case.headers();
    let request = SignedRequest {
        method: &case.method,
        path: &case.path,
        query: &case.query,
        headers: &headers,
        body_sha256_hex: &sha256_hex(case.body.as_bytes()),
    };
    let canonical = canonical::canonical_request(&request, &authorization.signed_headers).unwrap();
    let scope = authorization.scope();
    let string_to_sign = format!("{ALGORITHM}\n{timestamp}\n{scope}\n{}", sha256_hex(&canonical));
    authorization.signature = hmac(
        &signing_key(&Secret::new("secret"), &authorization),
        string_to_sign.as_bytes(),
    );
    let signature = hex::encode(authorization.signature);
    let value =
        format!("{ALGORITHM} Credential=AKIDEXAMPLE/{scope}, SignedHeaders={signed_headers}, Signature={signature}");
    case.headers.push(("Authorization".into(), value));
}

#[test]
fn any_change_breaks_the_signature() {
    let sound = comprehend_case(|_| {});
    let scope = sound.verify(NOW, "secret").unwrap();
    assert_eq!(
        (scope.access_key.as_str(), scope.region.as_str()),
        ("AKIDEXAMPLE", "eu-west-1")
    );
    assert_eq!(
        (scope.service.as_str(), scope.date.as_str()),
        ("comprehend", "20150830")
    );

    type Tampering = fn(&mut Case);
    let tamperings: [(&str, Tampering); 9] = [
        ("method", |case| case.method = "GET".into()),
        ("path", |case| case.path = "/x".into()),
        ("query", |case| case.query = "a=1".into()),
        ("body", |case| case.body.push(' ')),
        ("host", |case| case.headers[0].1 = "localhost:8081".into()),
        ("target", |case| {
            case.headers[2].1 = "Comprehend_20171127.StopPiiEntitiesDetectionJob".into()
        }),
        ("second value", |case| {
            case.headers.push(("host".into(), "other".into()))
        }),
        ("header removed", |case| drop(case.headers.remove(1))),
        ("region", |case| {
            case.headers[4].1 = case.headers[4].1.replace("eu-west-1", "us-east-1")
        }),
    ];
    for (what, tamper) in tamperings {
        let mut case = comprehend_case(|_| {});
        tamper(&mut case);
        assert_eq!(
            case.verify(NOW, "secret").unwrap_err().code,
            ErrorCode::InvalidSignatureException,
            "{what}"
        );
    }
    let wrong_secret = sound.verify(NOW, "another").unwrap_err();
    assert_eq!(wrong_secret.code, ErrorCode::InvalidSignatureException);
}

#[test]
fn clock() {
    let case = comprehend_case(|_| {});
    for (skew, accepted) in [(-901, false), (-900, true), (900, true), (901, false)] {
        let result = case.verify(NOW + Duration::seconds(skew), "secret");
        assert_eq!(result.is_ok(), accepted, "{skew}");
        if let Err(error) = result {
            assert_eq!(error.code, ErrorCode::InvalidSignatureException);
        }
    }
    // Scope of another day, correctly signed.
    let mut case = comprehend_case(|_| {});
    case.headers.pop();
    sign(
        &mut case,
        "20150829",
        "20150830T123600Z",
        "content-type;host;x-amz-date;x-amz-target",
    );
    let error = case.verify(NOW, "secret").unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidSignatureException);
    assert!(error.message.contains("scope"), "{error}");
}

#[test]
fn date_header_instead_of_amz_date() {
    for date in [
        "Sun, 30 Aug 2015 12:36:00 GMT",
        "20150830T123600Z",
        "Sun, 30 Aug 2015 14:36:00 +0200",
    ] {
        let mut case = comprehend_case(|case| case.headers[3] = ("X-Amz-Date".into(), "unused".into()));
        case.headers.truncate(3);
        case.headers.push(("Date".into(), date.into()));
        sign(&mut case, "20150830", "20150830T123600Z", "date;host;x-amz-target");
        assert!(case.verify(NOW, "secret").is_ok(), "{date}");
    }
}

#[test]
fn headers_that_must_be_signed() {
    for signed in [
        "host;x-amz-date",
        "x-amz-date;x-amz-target",
        "content-type;host;x-amz-target",
    ] {
        let mut case = comprehend_case(|_| {});
        case.headers.pop();
        sign(&mut case, "20150830", "20150830T123600Z", signed);
        let error = case.verify(NOW, "secret").unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidSignatureException, "{signed}");
        assert!(error.message.contains("must be signed"), "{signed}: {error}");
    }
}

#[test]
fn what_cannot_be_verified() {
    use ErrorCode::*;
    type Change = fn(&mut Case);
    let changes: [(&str, Change, ErrorCode); 7] = [
        (
            "no authorization",
            |case| drop(case.headers.pop()),
            MissingAuthenticationTokenException,
        ),
        (
            "two authorizations",
            |case| {
                let first = case.headers[4].clone();
                case.headers.push(first);
            },
            IncompleteSignatureException,
        ),
        (
            "other scheme",
            |case| case.headers[4].1 = "Basic dTpw".into(),
            IncompleteSignatureException,
        ),
        (
            "no date",
            |case| drop(case.headers.remove(3)),
            IncompleteSignatureException,
        ),
        (
            "bad date",
            |case| case.headers[3].1 = "yesterday".into(),
            IncompleteSignatureException,
        ),
        (
            "impossible date",
            |case| case.headers[3].1 = "20151330T123600Z".into(),
            IncompleteSignatureException,
        ),
        (
            "unknown key",
            |case| case.headers[4].1 = case.headers[4].1.replace("AKIDEXAMPLE", "AKIDOTHER"),
            UnrecognizedClientException,
        ),
    ];
    for (what, change, code) in changes {
        let mut case = comprehend_case(|_| {});
        change(&mut case);
        assert_eq!(case.verify(NOW, "secret").unwrap_err().code, code, "{what}");
    }
}

#[test]
fn secrets_do_not_show() {
    assert_eq!(format!("{:?}", Secret::new("wJalrXUtnFEMI")), "Secret(REDACTED)");
}
