"""The embedded S3 endpoint, driven by boto3 and by hand-made requests, like any other S3 would be."""

import base64
import concurrent.futures
import hashlib
import http.client
import itertools
import os
import threading
import urllib.error
import urllib.request
import zlib
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.client import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from sites import ALICE, BOB, Account, ObjectServer

MIB = 1024 * 1024
PART = 5 * MIB
_numbers = itertools.count()


def client(server, account=ALICE, **options):
    return boto3.client(
        "s3",
        endpoint_url=server.url,
        region_name=options.pop("region", "us-east-1"),
        aws_access_key_id=account.access_key,
        aws_secret_access_key=account.secret,
        config=Config(
            signature_version=options.pop("signature_version", "s3v4"),
            retries={"total_max_attempts": 1},
            connect_timeout=5,
            read_timeout=30,
            s3={"addressing_style": "path", **options.pop("s3", {})},
            **options,
        ),
    )


@pytest.fixture
def s3(object_server):
    return client(object_server)


@pytest.fixture
def bucket(s3):
    name = f"bucket-{next(_numbers)}"
    s3.create_bucket(Bucket=name)
    return name


def refusal(call, **arguments):
    """(code, HTTP status) of the error that the call ends with."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]


def body_of(answer):
    return answer["Body"].read()


def keys(answer):
    return [entry["Key"] for entry in answer.get("Contents", [])]


def prefixes(answer):
    return [entry["Prefix"] for entry in answer.get("CommonPrefixes", [])]


def fetch(url, method="GET", data=None, headers=None):
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def upload_parts(s3, bucket, key, bodies, **options):
    """Begins an upload and sends its parts, a dict from number to body."""
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, **options)["UploadId"]
    parts = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body)["ETag"],
        }
        for number, body in bodies.items()
    ]
    return upload, parts


def complete(s3, bucket, key, upload, parts, **options):
    return s3.complete_multipart_upload(
        Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, **options
    )


# Buckets


def test_buckets_come_and_go(s3, bucket):
    assert bucket in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]
    assert s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    elsewhere = f"{bucket}-elsewhere"
    s3.create_bucket(Bucket=elsewhere, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert s3.get_bucket_location(Bucket=elsewhere)["LocationConstraint"] == "eu-west-1"

    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    assert refusal(s3.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", 409)
    s3.delete_object(Bucket=bucket, Key="key")
    s3.delete_bucket(Bucket=bucket)
    assert refusal(s3.head_bucket, Bucket=bucket) == ("404", 404)
    assert refusal(s3.list_objects_v2, Bucket=bucket) == ("NoSuchBucket", 404)
    assert refusal(s3.put_object, Bucket=bucket, Key="key", Body=b"x") == ("NoSuchBucket", 404)
    assert refusal(s3.get_object, Bucket=bucket, Key="key") == ("NoSuchBucket", 404)


def test_bucket_names_follow_the_rules(object_server):
    for name in ("ab", "Upper", "under_score", "192.168.0.1"):
        status, _ = signed(object_server, "PUT", f"/{name}")
        assert status == 400, name


# Objects


def test_headers_and_metadata_come_back(s3, bucket):
    kept = {
        "ContentType": "text/csv; charset=utf-8",
        "CacheControl": "max-age=60",
        "ContentDisposition": 'attachment; filename="a.csv"',
        "ContentEncoding": "identity",
        "ContentLanguage": "de",
        "Metadata": {"one": "1", "two": "two words"},
    }
    put = s3.put_object(Bucket=bucket, Key="key", Body=b"hello", **kept)
    assert put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    head = s3.head_object(Bucket=bucket, Key="key")
    got = s3.get_object(Bucket=bucket, Key="key")
    for answer in (head, got):
        assert {name: answer[name] for name in kept} == kept
        assert answer["ETag"] == put["ETag"] and answer["ContentLength"] == 5
        assert answer["LastModified"].tzinfo is not None
        assert answer["ResponseMetadata"]["HTTPHeaders"]["accept-ranges"] == "bytes"
        assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-request-id"]
    assert body_of(got) == b"hello"
    other = s3.get_object(Bucket=bucket, Key="key", ResponseContentType="text/plain")
    assert other["ContentType"] == "text/plain"
    s3.put_object(Bucket=bucket, Key="key", Body=b"")
    head = s3.head_object(Bucket=bucket, Key="key")
    assert head["ContentLength"] == 0 and head["Metadata"] == {}
    assert body_of(s3.get_object(Bucket=bucket, Key="key")) == b""


ODD_KEYS = [
    "p",
    "p/q",
    "a//b",
    "d/",
    "/leading",
    "//",
    "../x",
    "x/../../y",
    ".",
    "..",
    "k" * 1024,
    "long/" + "segment-" * 30,
    "\u00e9" * 512,
    "sp ace+plus%20percent",
    "quote\"'<>&",
    "tilde~star*paren()",
    "\U0001f600",
    "new\nline\ttab",
    "?query#fragment",
    "back\\slash",
    ":;,=@$!",
]


@pytest.mark.parametrize("key", ODD_KEYS, ids=lambda key: ascii(key)[:24])
def test_keys_of_any_shape(s3, bucket, key):
    body = hashlib.sha256(key.encode()).digest()
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    assert body_of(s3.get_object(Bucket=bucket, Key=key)) == body
    assert keys(s3.list_objects_v2(Bucket=bucket)) == [key]
    assert keys(s3.list_objects(Bucket=bucket, Prefix=key[:3])) == [key]
    s3.copy_object(Bucket=bucket, Key="copy of it", CopySource={"Bucket": bucket, "Key": key})
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]})
    assert refusal(s3.get_object, Bucket=bucket, Key=key) == ("NoSuchKey", 404)
    assert body_of(s3.get_object(Bucket=bucket, Key="copy of it")) == body


def test_keys_that_are_too_long(s3, bucket):
    assert refusal(s3.put_object, Bucket=bucket, Key="k" * 1025, Body=b"x")[0] == "KeyTooLongError"


def test_keys_live_beside_each_other_and_stay_in_the_folder(s3, bucket, object_server):
    odd = [key for key in ODD_KEYS if len(key.encode()) < 300]
    for key in odd:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert keys(s3.list_objects_v2(Bucket=bucket)) == sorted(odd, key=str.encode)
    for key in odd:
        assert body_of(s3.get_object(Bucket=bucket, Key=key)) == key.encode()
    top = {entry.name for entry in (object_server.directory / "objects").iterdir()}
    assert top <= {"lock", "content", "index.sqlite", "index.sqlite-wal", "index.sqlite-shm"}
    assert not [name for name in os.listdir(object_server.directory) if name in ("x", "y")]


def test_ranges(s3, bucket):
    body = bytes(range(256)) * 9000
    s3.put_object(Bucket=bucket, Key="key", Body=body)
    size = len(body)
    for given, first, end in [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, size),
        ("bytes=1048570-1048590", 1048570, 1048591),
        (f"bytes={size - 1}-", size - 1, size),
        ("bytes=100-99999999999", 100, size),
        ("bytes=-5", size - 5, size),
        (f"bytes=-{size * 2}", 0, size),
    ]:
        answer = s3.get_object(Bucket=bucket, Key="key", Range=given)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert answer["ContentRange"] == f"bytes {first}-{end - 1}/{size}", given
        assert answer["ContentLength"] == end - first
        assert body_of(answer) == body[first:end], given
        head = s3.head_object(Bucket=bucket, Key="key", Range=given)
        assert head["ContentLength"] == end - first
    assert refusal(s3.get_object, Bucket=bucket, Key="key", Range=f"bytes={size}-") == ("InvalidRange", 416)
    assert refusal(s3.get_object, Bucket=bucket, Key="key", Range="bytes=-0") == ("InvalidRange", 416)


def test_conditional_reads(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="key", Body=b"one")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="key")["LastModified"]
    for call in (s3.get_object, s3.head_object):
        code = (
            (lambda name: name)
            if call == s3.get_object
            else (lambda name: {"PreconditionFailed": "412"}.get(name, "304"))
        )
        target = {"Bucket": bucket, "Key": "key"}
        assert call(**target, IfMatch=etag)["ETag"] == etag
        assert call(**target, IfNoneMatch='"other"')["ETag"] == etag
        assert call(**target, IfModifiedSince=modified.replace(year=2001))["ETag"] == etag
        assert call(**target, IfUnmodifiedSince=modified)["ETag"] == etag
        assert refusal(call, **target, IfMatch='"other"') == (code("PreconditionFailed"), 412)
        assert refusal(call, **target, IfUnmodifiedSince=modified.replace(year=2001)) == (
            code("PreconditionFailed"),
            412,
        )
        assert refusal(call, **target, IfNoneMatch=etag) == ("304", 304)
        assert refusal(call, **target, IfModifiedSince=modified) == ("304", 304)


def test_conditional_writes(s3, bucket):
    target = {"Bucket": bucket, "Key": "key"}
    assert refusal(s3.put_object, **target, Body=b"x", IfMatch='"e"') == ("NoSuchKey", 404)
    first = s3.put_object(**target, Body=b"one", IfNoneMatch="*")["ETag"]
    assert refusal(s3.put_object, **target, Body=b"x", IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert refusal(s3.put_object, **target, Body=b"x", IfMatch='"stale"') == ("PreconditionFailed", 412)
    assert refusal(s3.put_object, **target, Body=b"x", IfNoneMatch=first)[1] == 501
    s3.put_object(**target, Body=b"two", IfMatch=first)
    assert body_of(s3.get_object(**target)) == b"two"
    assert refusal(s3.delete_object, **target, IfMatch=first) == ("PreconditionFailed", 412)

    for number, options in enumerate(({"IfNoneMatch": "*"}, {"IfMatch": '"stale"'})):
        upload, parts = upload_parts(s3, bucket, "key", {1: b"part"})
        assert refusal(complete, s3=s3, bucket=bucket, key="key", upload=upload, parts=parts, **options) == (
            "PreconditionFailed",
            412,
        )
        assert body_of(s3.get_object(**target)) == b"two"
        # The refused upload is still there, to be completed elsewise or given up.
        complete(s3, bucket, "key", upload, parts) if number else s3.abort_multipart_upload(**target, UploadId=upload)
    assert body_of(s3.get_object(**target)) == b"part"


@pytest.mark.parametrize("multipart", [False, True])
def test_four_racing_creators_have_one_winner(object_server, bucket, multipart):
    racers = [client(object_server) for _ in range(4)]
    barrier = threading.Barrier(len(racers))

    def race(number, key):
        s3 = racers[number]
        body = bytes([number]) * 2000
        if multipart:
            upload, parts = upload_parts(s3, bucket, key, {1: body})
        barrier.wait(timeout=30)
        try:
            if multipart:
                complete(s3, bucket, key, upload, parts, IfNoneMatch="*")
            else:
                s3.put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*")
            return body
        except ClientError as error:
            assert error.response["Error"]["Code"] == "PreconditionFailed"
            return None

    with concurrent.futures.ThreadPoolExecutor(len(racers)) as pool:
        for round_number in range(25):
            key = f"key-{round_number}"
            won = [body for body in pool.map(race, range(len(racers)), [key] * len(racers)) if body]
            assert len(won) == 1, f"{len(won)} winners in round {round_number}"
            assert body_of(racers[0].get_object(Bucket=bucket, Key=key)) == won[0]


def test_reads_while_the_object_is_overwritten(object_server, bucket):
    writer, reader = client(object_server), client(object_server)
    versions = [bytes([number]) * (2 * MIB + number) for number in range(12)]
    writer.put_object(Bucket=bucket, Key="key", Body=versions[0])
    done = threading.Event()

    def overwrite():
        try:
            for body in versions[1:] * 3:
                writer.put_object(Bucket=bucket, Key="key", Body=body)
        finally:
            done.set()

    thread = threading.Thread(target=overwrite)
    thread.start()
    reads = 0
    try:
        while not done.is_set() or reads == 0:
            answer = reader.get_object(Bucket=bucket, Key="key")
            body = body_of(answer)
            assert body == versions[body[0]], "a body was mixed or cut"
            assert answer["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
            reads += 1
    finally:
        thread.join()
    assert reads > 3


def test_copies(s3, bucket, object_server):
    body = os.urandom(3 * MIB)
    etag = s3.put_object(Bucket=bucket, Key="from", Body=body, ContentType="text/x", Metadata={"a": "1"})["ETag"]
    source = {"Bucket": bucket, "Key": "from"}
    copied = s3.copy_object(Bucket=bucket, Key="to/here", CopySource=source)
    assert copied["CopyObjectResult"]["ETag"] == etag
    s3.delete_object(**source)
    answer = s3.get_object(Bucket=bucket, Key="to/here")
    assert body_of(answer) == body and answer["ContentType"] == "text/x" and answer["Metadata"] == {"a": "1"}

    source["Key"] = "to/here"
    s3.copy_object(
        Bucket=bucket,
        Key="new",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"b": "2"},
        ContentType="text/y",
    )
    answer = s3.head_object(Bucket=bucket, Key="new")
    assert answer["Metadata"] == {"b": "2"} and answer["ContentType"] == "text/y"
    assert refusal(s3.copy_object, Bucket=bucket, Key="to/here", CopySource=source)[0] == "InvalidRequest"
    s3.copy_object(Bucket=bucket, Key="to/here", CopySource=source, MetadataDirective="REPLACE")
    assert body_of(s3.get_object(Bucket=bucket, Key="to/here")) == body
    refused = {"Bucket": bucket, "Key": "other", "CopySource": source}
    assert refusal(s3.copy_object, **refused, CopySourceIfMatch='"x"') == ("PreconditionFailed", 412)
    assert refusal(s3.copy_object, **refused, CopySourceIfNoneMatch=etag) == ("PreconditionFailed", 412)
    missing = {"Bucket": bucket, "Key": "missing"}
    assert refusal(s3.copy_object, Bucket=bucket, Key="other", CopySource=missing) == ("NoSuchKey", 404)
    assert refusal(client(object_server, BOB).copy_object, **refused)[0] == "AccessDenied"

    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    parts = []
    for number, given in ((1, {}), (2, {"CopySourceRange": "bytes=10-19"})):
        part = s3.upload_part_copy(
            Bucket=bucket, Key="parts", UploadId=upload, PartNumber=number, CopySource=source, **given
        )
        parts.append({"PartNumber": number, "ETag": part["CopyPartResult"]["ETag"]})
    # 3 MiB are too small for a part that is not the last.
    assert refusal(complete, s3=s3, bucket=bucket, key="parts", upload=upload, parts=parts) == ("EntityTooSmall", 400)
    complete(s3, bucket, "parts", upload, parts[1:])
    assert body_of(s3.get_object(Bucket=bucket, Key="parts")) == body[10:20]


def test_deletes(s3, bucket):
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=f"key-{number}", Body=b"x")
    assert s3.delete_object(Bucket=bucket, Key="missing")["ResponseMetadata"]["HTTPStatusCode"] == 204
    answer = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": "key-0"}, {"Key": "missing"}, {"Key": "key-2"}]}
    )
    assert sorted(entry["Key"] for entry in answer["Deleted"]) == ["key-0", "key-2", "missing"]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "key-1"}], "Quiet": True})
    assert "Deleted" not in answer and "Errors" not in answer
    answer = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": "key-3", "VersionId": "v1"}, {"Key": "key-4"}]}
    )
    assert [entry["Code"] for entry in answer["Errors"]] == ["NoSuchVersion"]
    assert keys(s3.list_objects_v2(Bucket=bucket)) == ["key-3"]


# Listing


def test_listing_in_pages(s3, bucket):
    stored = [f"a/{number:02}" for number in range(7)] + [
        "b",
        "c/x/1",
        "c/x/2",
        "c/y",
        "\ud7ff",
        "\uffff",
        "\U00010000",
    ]
    for key in stored:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    # By bytes of UTF-8: U+FFFF before U+10000, unlike UTF-16 has it.
    ordered = sorted(stored, key=str.encode)
    for size in (1, 2, 3, 1000):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
        assert [key for page in pages for key in keys(page)] == ordered
        pages = s3.get_paginator("list_objects").paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
        assert [key for page in pages for key in keys(page)] == ordered
        rolled = []
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size}
        )
        for page in pages:
            assert page["KeyCount"] == len(keys(page)) + len(prefixes(page)) <= size
            rolled += keys(page) + prefixes(page)
        assert sorted(rolled) == sorted(["a/", "b", "c/"] + ordered[-3:])
        pages = s3.get_paginator("list_objects").paginate(
            Bucket=bucket, Delimiter="/", Prefix="c/", PaginationConfig={"PageSize": size}
        )
        rolled = [entry for page in pages for entry in keys(page) + prefixes(page)]
        assert sorted(rolled) == ["c/x/", "c/y"]
    first = s3.list_objects_v2(Bucket=bucket, MaxKeys=3)
    assert first["IsTruncated"] and first["MaxKeys"] == 3 and first["NextContinuationToken"]
    entry = first["Contents"][0]
    assert entry["ETag"] == f'"{hashlib.md5(b"a/00").hexdigest()}"' and entry["Size"] == 4
    assert "Owner" not in entry
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=1, FetchOwner=True)["Contents"][0]["Owner"]["ID"] == ALICE.id
    assert keys(s3.list_objects_v2(Bucket=bucket, StartAfter="a/05", MaxKeys=2)) == ["a/06", "b"]
    assert keys(s3.list_objects_v2(Bucket=bucket, StartAfter="a/055", MaxKeys=1)) == ["a/06"]
    assert keys(s3.list_objects_v2(Bucket=bucket, Prefix="zzz")) == []
    none = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    assert none["KeyCount"] == 0 and not none["IsTruncated"]
    assert refusal(s3.list_objects_v2, Bucket=bucket, ContinuationToken="nonsense")[0] == "InvalidArgument"


# Multipart uploads


def test_multipart_upload_with_gaps(s3, bucket):
    bodies = {2: os.urandom(PART), 7: os.urandom(PART + 1), 10000: b"tail"}
    upload, parts = upload_parts(s3, bucket, "key", bodies, ContentType="text/x", Metadata={"m": "1"})
    assert refusal(s3.get_object, Bucket=bucket, Key="key") == ("NoSuchKey", 404)
    listed = s3.list_parts(Bucket=bucket, Key="key", UploadId=upload)
    assert [(part["PartNumber"], part["Size"]) for part in listed["Parts"]] == [(2, PART), (7, PART + 1), (10000, 4)]
    page = s3.list_parts(Bucket=bucket, Key="key", UploadId=upload, MaxParts=1, PartNumberMarker=2)
    assert [part["PartNumber"] for part in page["Parts"]] == [7] and page["IsTruncated"]
    assert page["NextPartNumberMarker"] == 7
    digests = b"".join(hashlib.md5(body).digest() for body in bodies.values())
    done = complete(s3, bucket, "key", upload, parts)
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    answer = s3.get_object(Bucket=bucket, Key="key")
    whole = b"".join(bodies.values())
    assert body_of(answer) == whole and answer["ContentType"] == "text/x" and answer["Metadata"] == {"m": "1"}
    across = s3.get_object(Bucket=bucket, Key="key", Range=f"bytes={PART - 3}-{2 * PART + 3}")
    assert body_of(across) == whole[PART - 3 : 2 * PART + 4]
    assert refusal(s3.list_parts, Bucket=bucket, Key="key", UploadId=upload) == ("NoSuchUpload", 404)


def test_multipart_uploads_that_are_wrong(s3, bucket):
    target = {"Bucket": bucket, "Key": "key"}
    upload, parts = upload_parts(s3, bucket, "key", {1: os.urandom(PART), 2: b"small", 3: b"last"})

    def refused(parts, key="key"):
        return refusal(complete, s3=s3, bucket=bucket, key=key, upload=upload, parts=parts)

    assert refused([parts[0], {**parts[1], "ETag": '"0123456789abcdef0123456789abcdef"'}]) == ("InvalidPart", 400)
    assert refused([parts[0], {"PartNumber": 9, "ETag": parts[0]["ETag"]}]) == ("InvalidPart", 400)
    assert refused([parts[1], parts[0]]) == ("InvalidPartOrder", 400)
    assert refused([parts[0], parts[0]]) == ("InvalidPartOrder", 400)
    assert refused(parts) == ("EntityTooSmall", 400)
    assert refused(parts, key="other") == ("NoSuchUpload", 404)
    other = {"Bucket": bucket, "Key": "other", "UploadId": upload}
    assert refusal(s3.upload_part, **other, PartNumber=1, Body=b"x") == ("NoSuchUpload", 404)
    assert refusal(s3.abort_multipart_upload, **other) == ("NoSuchUpload", 404)
    assert refusal(s3.upload_part, **target, UploadId="made-up", PartNumber=1, Body=b"x") == ("NoSuchUpload", 404)
    for number in (0, 10001):
        assert refusal(s3.upload_part, **target, UploadId=upload, PartNumber=number, Body=b"x") == (
            "InvalidArgument",
            400,
        )

    # A part sent again replaces the first; parts not named are dropped.
    parts[1]["ETag"] = s3.upload_part(**target, UploadId=upload, PartNumber=2, Body=b"second thought")["ETag"]
    complete(s3, bucket, "key", upload, parts[1:2])
    assert body_of(s3.get_object(**target)) == b"second thought"


def test_listing_and_aborting_uploads(s3, bucket, object_server):
    uploads = [
        (key, s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]) for key in ("a/1", "a/1", "a/2", "b")
    ]

    def listed(**options):
        answer = s3.list_multipart_uploads(Bucket=bucket, **options)
        return [(entry["Key"], entry["UploadId"]) for entry in answer.get("Uploads", [])], prefixes(answer)

    assert listed() == (uploads, [])
    assert listed(Prefix="a/") == (uploads[:3], [])
    assert listed(Delimiter="/") == (uploads[3:], ["a/"])
    assert listed(KeyMarker="a/1") == (uploads[2:], [])
    assert listed(KeyMarker="a/1", UploadIdMarker=uploads[0][1]) == (uploads[1:], [])
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    assert [entry["UploadId"] for page in pages for entry in page.get("Uploads", [])] == [
        upload for _, upload in uploads
    ]

    key, upload = uploads[0]
    s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)
    assert refusal(s3.list_parts, Bucket=bucket, Key=key, UploadId=upload) == ("NoSuchUpload", 404)
    assert refusal(s3.abort_multipart_upload, Bucket=bucket, Key=key, UploadId=upload) == ("NoSuchUpload", 404)
    assert listed() == (uploads[1:], [])


def test_managed_transfers(s3, bucket, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(20 * MIB + 7))
    s3.upload_file(str(source), bucket, "key")
    s3.download_file(bucket, "key", str(target))
    assert source.read_bytes() == target.read_bytes()
    assert s3.head_object(Bucket=bucket, Key="key")["ETag"].endswith('-3"')


# Checksums


def test_wrong_checksums_leave_nothing_behind(s3, bucket, object_server):
    wrong = base64.b64encode(b"\0" * 4).decode()
    assert refusal(s3.put_object, Bucket=bucket, Key="key", Body=b"x", ChecksumCRC32=wrong) == ("BadDigest", 400)
    md5 = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    assert refusal(s3.put_object, Bucket=bucket, Key="key", Body=b"x", ContentMD5=md5) == ("BadDigest", 400)
    status, answer = signed(
        object_server, "PUT", f"/{bucket}/key", b"x", claimed_sha256=hashlib.sha256(b"y").hexdigest()
    )
    assert status == 400 and b"XAmzContentSHA256Mismatch" in answer
    upload = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    part = {"Bucket": bucket, "Key": "key", "UploadId": upload, "PartNumber": 1}
    assert refusal(s3.upload_part, **part, Body=b"x", ChecksumCRC32=wrong) == ("BadDigest", 400)
    assert "Parts" not in s3.list_parts(Bucket=bucket, Key="key", UploadId=upload)
    assert keys(s3.list_objects_v2(Bucket=bucket)) == []


def test_bodies_that_end_early_leave_nothing_behind(s3, bucket, object_server):
    headers = signed_headers(object_server, "PUT", f"/{bucket}/key", b"", claimed_sha256="UNSIGNED-PAYLOAD")
    address = urlsplit(object_server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    connection.putrequest("PUT", f"/{bucket}/key", skip_host=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b"far less than announced")
    connection.close()
    s3.put_object(Bucket=bucket, Key="after", Body=b"x")
    assert keys(s3.list_objects_v2(Bucket=bucket)) == ["after"]


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_are_kept(s3, bucket, algorithm):
    body = b"some bytes"
    digest = {
        "CRC32": lambda: zlib.crc32(body).to_bytes(4, "big"),
        "SHA1": lambda: hashlib.sha1(body).digest(),
        "SHA256": lambda: hashlib.sha256(body).digest(),
    }[algorithm]()
    expected = base64.b64encode(digest).decode()
    put = s3.put_object(Bucket=bucket, Key="key", Body=body, ChecksumAlgorithm=algorithm)
    head = s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert put[f"Checksum{algorithm}"] == head[f"Checksum{algorithm}"] == expected
    # boto3 compares it while reading.
    assert body_of(s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")) == body


def test_checksums_of_multipart_uploads(s3, bucket):
    bodies = [os.urandom(PART), b"tail"]
    for form, expected in (
        ("FULL_OBJECT", base64.b64encode(zlib.crc32(b"".join(bodies)).to_bytes(4, "big")).decode()),
        (
            "COMPOSITE",
            base64.b64encode(
                zlib.crc32(b"".join(zlib.crc32(body).to_bytes(4, "big") for body in bodies)).to_bytes(4, "big")
            ).decode()
            + "-2",
        ),
    ):
        upload = s3.create_multipart_upload(Bucket=bucket, Key="key", ChecksumAlgorithm="CRC32", ChecksumType=form)[
            "UploadId"
        ]
        parts = []
        for number, body in enumerate(bodies, 1):
            sent = s3.upload_part(
                Bucket=bucket, Key="key", UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="CRC32"
            )
            parts.append({"PartNumber": number, "ETag": sent["ETag"], "ChecksumCRC32": sent["ChecksumCRC32"]})
        if form == "FULL_OBJECT":
            wrong = base64.b64encode(b"\0" * 4).decode()
            assert refusal(
                complete,
                s3=s3,
                bucket=bucket,
                key="key",
                upload=upload,
                parts=parts,
                ChecksumCRC32=wrong,
                ChecksumType=form,
            ) == ("BadDigest", 400)
        done = complete(s3, bucket, "key", upload, parts, ChecksumType=form)
        assert done["ChecksumCRC32"] == expected and done["ChecksumType"] == form
        head = s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
        assert head["ChecksumCRC32"] == expected and head["ChecksumType"] == form
        assert body_of(s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")) == b"".join(bodies)


@pytest.mark.parametrize("signing", [True, False])
def test_streamed_bodies(object_server, bucket, signing):
    """Chunked uploads with trailing checksums, and signed whole bodies."""
    s3 = client(object_server, s3={"payload_signing_enabled": signing})
    body = os.urandom(MIB + 17)
    s3.put_object(Bucket=bucket, Key="key", Body=body, ChecksumAlgorithm="CRC32")
    answer = s3.get_object(Bucket=bucket, Key="key")
    assert body_of(answer) == body and "ContentEncoding" not in answer


# What is not offered is refused


def test_unsupported_features_are_refused(s3, bucket):
    put = {"Bucket": bucket, "Key": "key", "Body": b"x"}
    for options in (
        {"ServerSideEncryption": "AES256"},
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "key"},
        {"Tagging": "a=b"},
        {"ACL": "public-read"},
        {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2099-01-01"},
    ):
        assert refusal(s3.put_object, **put, **options) == ("NotImplemented", 501), options
    assert refusal(s3.put_object, **put, StorageClass="GLACIER")[0] == "InvalidStorageClass"
    assert refusal(s3.get_bucket_policy, Bucket=bucket)[1] == 501
    assert refusal(s3.create_multipart_upload, Bucket=bucket, Key="key", ServerSideEncryption="AES256")[1] == 501
    assert keys(s3.list_objects_v2(Bucket=bucket)) == []


# Who may do what


def signed_headers(server, method, path, body, account=ALICE, claimed_sha256=None):
    request = AWSRequest(method=method, url=f"{server.url}{path}", data=body)
    request.headers["Host"] = urlsplit(server.url).netloc
    request.headers["x-amz-content-sha256"] = claimed_sha256 or hashlib.sha256(body).hexdigest()
    signer = SigV4Auth(Credentials(account.access_key, account.secret), "s3", "us-east-1")
    signer.payload = lambda request: request.headers["x-amz-content-sha256"]
    signer.add_auth(request)
    return dict(request.headers.items())


def signed(server, method, path, body=b"", **options):
    headers = signed_headers(server, method, path, body, **options)
    return fetch(f"{server.url}{path}", method, body or None, headers)


def test_wrong_keys_are_refused(object_server, bucket):
    wrong = Account(ALICE.id, ALICE.access_key, "not the secret")
    assert refusal(client(object_server, wrong).list_objects_v2, Bucket=bucket) == ("SignatureDoesNotMatch", 403)
    unknown = Account(ALICE.id, "AKIAUNKNOWN", ALICE.secret)
    assert refusal(client(object_server, unknown).list_objects_v2, Bucket=bucket) == ("InvalidAccessKeyId", 403)
    with pytest.raises(ClientError, match="check the secret"):
        client(object_server, wrong).list_buckets()
    status, body = fetch(f"{object_server.url}/{bucket}/key")
    assert status == 403 and b"AccessDenied" in body
    # A version 2 signature is refused even where it is right.
    old = client(object_server, signature_version="s3")
    assert refusal(old.put_object, Bucket=bucket, Key="key", Body=b"x") == ("InvalidRequest", 400)


def test_any_region_will_do(object_server, bucket):
    s3 = client(object_server, region="ap-southeast-2")
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    assert body_of(s3.get_object(Bucket=bucket, Key="key")) == b"x"


def test_presigned_requests(s3, bucket):
    def url(operation, seconds=60, **options):
        return s3.generate_presigned_url(
            operation, Params={"Bucket": bucket, "Key": "a b/\u00e9", **options}, ExpiresIn=seconds
        )

    assert fetch(url("put_object"), "PUT", b"body")[0] == 200
    assert fetch(url("get_object")) == (200, b"body")
    assert fetch(url("get_object"), "DELETE")[0] == 403
    assert fetch(url("get_object").replace("%20b", "%20c"))[0] == 403
    status, answer = fetch(url("get_object").replace("X-Amz-Expires=60", "X-Amz-Expires=600"))
    assert status == 403 and b"SignatureDoesNotMatch" in answer
    status, answer = fetch(url("get_object", seconds=-5))
    assert status in (400, 403) and b"body" != answer
    status, answer = fetch(
        url("put_object", ServerSideEncryption="AES256"), "PUT", b"x", {"x-amz-server-side-encryption": "AES256"}
    )
    assert status == 501


def test_an_expired_url(s3, bucket, monkeypatch):
    import datetime

    import botocore.auth

    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    hour_ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: hour_ago)
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"}, ExpiresIn=60)
    status, answer = fetch(url)
    assert status == 403 and b"Request has expired" in answer
    assert refusal(s3.get_object, Bucket=bucket, Key="key") == ("RequestTimeTooSkewed", 403)


def test_accounts_are_kept_apart(s3, bucket, object_server):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    bob = client(object_server, BOB)
    own = f"{bucket}-of-bob"
    bob.create_bucket(Bucket=own)
    target = {"Bucket": bucket, "Key": "key"}
    for call, arguments in (
        (bob.get_object, target),
        (bob.put_object, {**target, "Body": b"y"}),
        (bob.delete_object, target),
        (bob.list_objects_v2, {"Bucket": bucket}),
        (bob.list_objects, {"Bucket": bucket}),
        (bob.list_multipart_uploads, {"Bucket": bucket}),
        (bob.list_parts, {**target, "UploadId": upload}),
        (bob.upload_part, {**target, "UploadId": upload, "PartNumber": 1, "Body": b"y"}),
        (bob.abort_multipart_upload, {**target, "UploadId": upload}),
        (bob.create_multipart_upload, target),
        (bob.delete_objects, {"Bucket": bucket, "Delete": {"Objects": [{"Key": "key"}]}}),
        (bob.delete_bucket, {"Bucket": bucket}),
        (bob.get_bucket_location, {"Bucket": bucket}),
        (bob.copy_object, {"Bucket": own, "Key": "stolen", "CopySource": target}),
        (s3.copy_object, {"Bucket": own, "Key": "planted", "CopySource": target}),
        (s3.get_object, {**target, "ExpectedBucketOwner": BOB.id}),
    ):
        assert refusal(call, **arguments) == ("AccessDenied", 403), call
    assert refusal(bob.head_object, **target) == ("403", 403)
    assert refusal(bob.create_bucket, Bucket=bucket) == ("BucketAlreadyExists", 409)
    assert bucket not in [entry["Name"] for entry in bob.list_buckets()["Buckets"]]
    assert body_of(s3.get_object(**target)) == b"x"


# The server


def test_objects_survive_a_crash(tmp_path):
    server = ObjectServer(tmp_path)
    try:
        s3 = client(server)
        s3.create_bucket(Bucket="kept")
        body = os.urandom(PART)
        s3.put_object(Bucket="kept", Key="key", Body=body)
        upload, parts = upload_parts(s3, "kept", "parts", {1: body, 2: b"tail"})
        server.process.kill()
        server.start_process()
        s3 = client(server)
        assert body_of(s3.get_object(Bucket="kept", Key="key")) == body
        complete(s3, "kept", "parts", upload, parts)
        assert body_of(s3.get_object(Bucket="kept", Key="parts")) == body + b"tail"
    finally:
        server.close()


def test_secrets_stay_out_of_the_log(object_server):
    log = object_server.process.stderr()
    for account in (ALICE, BOB):
        assert account.secret not in log
