"""Signature Version 4 by hand, so that a test can get any part of it wrong on purpose."""

import datetime
import hashlib
import hmac
import http.client
import json
from urllib.parse import urlsplit

from sites import ALICE, REGION

TARGET = "Comprehend_20171127"


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signed_headers(
    url, target, body, account=ALICE, region=REGION, service="comprehend", skew=datetime.timedelta(0), secret=None
):
    """The headers of a POST of `body` (bytes) to `/`, signed at the present time plus `skew`."""
    moment = (datetime.datetime.now(datetime.UTC) + skew).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": urlsplit(url).netloc,
        "x-amz-date": moment,
        "x-amz-target": target,
    }
    names = ";".join(headers)
    canonical = "\n".join(
        [
            "POST",
            "/",
            "",
            *(f"{name}:{value}" for name, value in headers.items()),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + (secret or account.secret)).encode()
    for part in (moment[:8], region, service, "aws4_request"):
        key = _hmac(key, part)
    signature = _hmac(key, to_sign).hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={account.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def type(self):
        return self.json["__type"].rpartition("#")[2]

    @property
    def message(self):
        return self.json.get("Message") or self.json.get("message")

    def __repr__(self):
        return f"{self.status} {self.text[:600]}"


def post(url, body, headers):
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    try:
        connection.request("POST", "/", body=body, headers=headers)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def call(url, operation, body, target=TARGET, **signing):
    """A well signed call unless `signing` says otherwise; `body` is bytes or something to put in JSON."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return post(url, body, signed_headers(url, f"{target}.{operation}", body, **signing))
