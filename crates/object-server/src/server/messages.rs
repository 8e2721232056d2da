//! Error documents that say what is wrong. s3s leaves the message of many errors out, and clients then
//! show "Unknown" for what is most often a mistyped secret.

use bytes::Bytes;
use http::Response;
use http::header::CONTENT_LENGTH;

use super::ObjectBody;

/// Puts a message into an error document that has none.
pub(super) fn complete(response: Response<ObjectBody>) -> Response<ObjectBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let Some(document) = response.body().bytes().and_then(|document| with_message(&document)) else {
        return response;
    };
    let (mut head, _) = response.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, ObjectBody::from(Bytes::from(document)))
}

fn with_message(document: &[u8]) -> Option<String> {
    let document = std::str::from_utf8(document).ok()?;
    if document.contains("<Message>") {
        return None;
    }
    let (before, after) = document.split_once("</Code>")?;
    let (_, code) = before.rsplit_once("<Code>")?;
    Some(format!("{before}</Code><Message>{}</Message>{after}", message(code)))
}

fn message(code: &str) -> &'static str {
    match code {
        "SignatureDoesNotMatch" => "The signature does not fit the request: check the secret access key.",
        "KeyTooLongError" => "The key is longer than 1024 bytes.",
        "InvalidBucketName" => "This is no valid name of a bucket.",
        "InvalidURI" => "The path of the request is not valid.",
        "MethodNotAllowed" => "This cannot be done with the place that the path names.",
        "MissingContentLength" => "The length of the body must be given.",
        "InvalidRange" => "No byte of the object lies in the range.",
        "PreconditionFailed" => "The precondition does not hold.",
        "MalformedXML" => "The XML cannot be understood.",
        _ => "The request was refused.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_missing_messages_are_put_in() {
        let bare = b"<Error><Code>SignatureDoesNotMatch</Code></Error>";
        let completed = with_message(bare).expect("the message is missing");
        assert!(completed.starts_with("<Error><Code>SignatureDoesNotMatch</Code><Message>The signature"));
        assert!(completed.ends_with("</Message></Error>"));
        assert_eq!(with_message(b"<Error><Code>X</Code><Message>m</Message></Error>"), None);
        assert_eq!(with_message(b"no document"), None);
    }
}
