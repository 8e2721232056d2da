//! The two forms of listing objects.

use s3s::dto::{
    CommonPrefix, EncodingType, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, Object,
    ObjectStorageClass, Owner,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use crate::storage::{ListPage, ListQuery, MAX_PAGE, ObjectSummary};

use super::convert::{storage_error, strong, timestamp, url_encode};
use super::front::Front;

/// Encodes keys on their way out if the client asked for it.
pub(super) struct KeyEncoding(bool);

impl KeyEncoding {
    pub(super) fn new(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self(false)),
            Some(EncodingType::URL) => Ok(Self(true)),
            Some(_) => Err(s3_error!(InvalidArgument, "The only encoding type is url.")),
        }
    }

    pub(super) fn encode(&self, key: String) -> String {
        if self.0 { url_encode(&key) } else { key }
    }

    pub(super) fn prefixes(&self, prefixes: Vec<String>) -> Vec<CommonPrefix> {
        prefixes
            .into_iter()
            .map(|prefix| CommonPrefix {
                prefix: Some(self.encode(prefix)),
            })
            .collect()
    }
}

/// The page size that a client asks for.
pub(super) fn page_limit(asked: Option<i32>) -> S3Result<usize> {
    let asked = asked.unwrap_or(MAX_PAGE as i32);
    let asked = usize::try_from(asked)
        .map_err(|_| s3_error!(InvalidArgument, "The number of entries asked for must not be negative."))?;
    Ok(asked.min(MAX_PAGE))
}

/// Continuation tokens are the last entry in hex: opaque to clients, valid for ever.
fn token_entry(token: &str) -> S3Result<String> {
    hex::decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| s3_error!(InvalidArgument, "The continuation token is none of ours."))
}

fn list_query(input: &ListObjectsV2Input) -> S3Result<ListQuery> {
    let after = match &input.continuation_token {
        Some(token) => Some(token_entry(token)?),
        None => input.start_after.clone().filter(|after| !after.is_empty()),
    };
    Ok(ListQuery {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone().unwrap_or_default(),
        after,
        limit: page_limit(input.max_keys)?,
    })
}

fn object(summary: ObjectSummary, encoding: &KeyEncoding, owner: Option<&str>) -> Object {
    Object {
        key: Some(encoding.encode(summary.key)),
        e_tag: Some(strong(&summary.etag)),
        last_modified: Some(timestamp(summary.modified)),
        size: i64::try_from(summary.size).ok(),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        owner: owner.map(account),
        ..Object::default()
    }
}

pub(super) fn account(id: &str) -> Owner {
    Owner {
        id: Some(id.to_owned()),
        display_name: None,
    }
}

fn version_2(
    input: ListObjectsV2Input,
    query: &ListQuery,
    page: ListPage,
    owner: &str,
) -> S3Result<ListObjectsV2Output> {
    let encoding = KeyEncoding::new(input.encoding_type.as_ref())?;
    let owner = input.fetch_owner.unwrap_or(false).then_some(owner);
    let count = page.objects.len() + page.prefixes.len();
    Ok(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(encoding.encode(query.prefix.clone())),
        delimiter: input
            .delimiter
            .filter(|delimiter| !delimiter.is_empty())
            .map(|text| encoding.encode(text)),
        start_after: input.start_after.map(|text| encoding.encode(text)),
        max_keys: i32::try_from(query.limit).ok(),
        key_count: i32::try_from(count).ok(),
        is_truncated: Some(page.next.is_some()),
        continuation_token: input.continuation_token,
        next_continuation_token: page.next.map(hex::encode),
        contents: Some(
            page.objects
                .into_iter()
                .map(|summary| object(summary, &encoding, owner))
                .collect(),
        ),
        common_prefixes: Some(encoding.prefixes(page.prefixes)),
        encoding_type: input.encoding_type,
        ..ListObjectsV2Output::default()
    })
}

/// The older form: the same page under other names. `input` is its translation into the newer one.
fn version_1(input: ListObjectsV2Input, query: &ListQuery, page: ListPage, owner: &str) -> S3Result<ListObjectsOutput> {
    let encoding = KeyEncoding::new(input.encoding_type.as_ref())?;
    Ok(ListObjectsOutput {
        name: Some(input.bucket),
        prefix: Some(encoding.encode(query.prefix.clone())),
        delimiter: input
            .delimiter
            .filter(|delimiter| !delimiter.is_empty())
            .map(|text| encoding.encode(text)),
        marker: Some(encoding.encode(input.start_after.unwrap_or_default())),
        max_keys: i32::try_from(query.limit).ok(),
        is_truncated: Some(page.next.is_some()),
        next_marker: page.next.map(|next| encoding.encode(next)),
        contents: Some(
            page.objects
                .into_iter()
                .map(|summary| object(summary, &encoding, Some(owner)))
                .collect(),
        ),
        common_prefixes: Some(encoding.prefixes(page.prefixes)),
        encoding_type: input.encoding_type,
        ..ListObjectsOutput::default()
    })
}

pub(super) async fn list_objects(
    front: &Front,
    req: S3Request<ListObjectsInput>,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let input = ListObjectsV2Input::from(req.input);
    let query = list_query(&input)?;
    let page = front.storage.list(&bucket, &query).await.map_err(storage_error)?;
    Ok(S3Response::new(version_1(input, &query, page, &bucket.owner)?))
}

pub(super) async fn list_objects_v2(
    front: &Front,
    req: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let bucket = front.bucket(&req, &req.input.bucket)?;
    let query = list_query(&req.input)?;
    let page = front.storage.list(&bucket, &query).await.map_err(storage_error)?;
    Ok(S3Response::new(version_2(req.input, &query, page, &bucket.owner)?))
}
