#!/usr/bin/python3
"""An S3 service in memory for tests that are to fail when a signature, a key or a region is wrong: each request is signed
again by Amazon's own library (python3-botocore) and compared. Conditional writes as S3 has them. Prints its port.
  signing_s3.py BUCKET ACCESS-KEY SECRET-KEY"""

import bisect
import datetime
import hashlib
import re
import sys
import threading
import urllib.parse
from xml.sax.saxutils import escape

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import counterpart

REGION = "us-east-1"
lock = threading.Lock()
buckets = {sys.argv[1]: counterpart.Objects()}
keys = {sys.argv[2]: sys.argv[3]}


def refusal(status, code, message="", more=""):
    return counterpart.Refusal(status, f"<Error><Code>{code}</Code><Message>{escape(message)}</Message>{more}</Error>")


def check_signature(method, target, headers, body):
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/,]+)/(\d{8})/([^/]+)/s3/aws4_request,\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})",
        headers.get("Authorization", ""))
    if not found:
        raise refusal(403, "AccessDenied", "no signature")
    key, day, region, names, signature = found.groups()
    if key not in keys:
        raise refusal(403, "InvalidAccessKeyId")
    if region != REGION:
        raise refusal(400, "AuthorizationHeaderMalformed", "wrong region", f"<Region>{REGION}</Region>")
    stamp = headers.get("x-amz-date", "")
    when = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    if abs((datetime.datetime.now(datetime.timezone.utc) - when).total_seconds()) > 900 or not stamp.startswith(day):
        raise refusal(403, "RequestTimeTooSkewed")
    if hashlib.sha256(body).hexdigest() != headers.get("x-amz-content-sha256"):
        raise refusal(400, "XAmzContentSHA256Mismatch")
    signed = names.split(";")
    # What the service acts on must be signed.
    for name in headers:
        if (name.lower().startswith("x-amz-") or name.lower() == "host") and name.lower() not in signed:
            raise refusal(403, "AccessDenied", f"{name} is not signed")
    request = AWSRequest(method, "http://" + headers["Host"] + target, headers={n: headers[n] for n in signed})
    request.context["timestamp"] = stamp
    auth = S3SigV4Auth(Credentials(key, keys[key]), "s3", REGION)
    wanted = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    if wanted != signature:
        raise refusal(403, "SignatureDoesNotMatch")


def check_condition(objects, name, headers, removing=False):
    present = objects.by_name.get(name)
    if headers.get("If-None-Match") == "*" and present:
        raise refusal(412, "PreconditionFailed")
    wanted = headers.get("If-Match")
    if wanted is not None and not present and not removing:
        raise refusal(404, "NoSuchKey")
    if wanted is not None and present and present["ETag"] != wanted:
        raise refusal(412, "PreconditionFailed")


def listing(objects, query):
    start = query.get("start-after", "").encode()
    page, more = objects.page(query.get("prefix", "").encode(), bisect.bisect_right(objects.order, start) if start else 0,
                              min(int(query.get("max-keys", "1000")), 1000))
    found = "".join(f"<Contents><Key>{urllib.parse.quote_plus(n, safe='')}</Key></Contents>" for n in page)
    return (f"<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>{str(more).lower()}</IsTruncated>{found}"
            "</ListBucketResult>").encode()


def apply(method, bucket, name, query, headers, body):
    if not name:
        if method == "PUT":
            if bucket in buckets:
                raise refusal(409, "BucketAlreadyOwnedByYou")
            buckets[bucket] = counterpart.Objects()
            return 200, {}, b""
        if bucket not in buckets:
            raise refusal(404, "NoSuchBucket")
        if query.get("list-type") != "2" or query.get("encoding-type") != "url":
            raise refusal(400, "InvalidArgument")
        return 200, {}, listing(buckets[bucket], query)
    if bucket not in buckets:
        raise refusal(404, "NoSuchBucket")
    objects = buckets[bucket]
    if method == "PUT":
        check_condition(objects, name, headers)
        kept = {n.lower(): v for n, v in headers.items() if n.lower().startswith("x-amz-meta-")}
        tag = f'"{hashlib.md5(body).hexdigest()}"'
        objects.put(name, {"ETag": tag, "body": body, **kept})
        return 200, {"ETag": tag}, b""
    if method == "DELETE":
        check_condition(objects, name, headers, removing=True)
        objects.drop(name)
        return 204, {}, b""
    if name not in objects.by_name:
        raise refusal(404, "NoSuchKey")
    found = dict(objects.by_name[name])
    data = found.pop("body")
    return 200, found, data


def act(method, target, headers, body):
    path, _, text = target.partition("?")
    query = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
    bucket, _, name = path[1:].partition("/")
    check_signature(method, target, headers, body)
    with lock:
        return apply(method, bucket, urllib.parse.unquote_to_bytes(name), query, headers, body)


counterpart.serve(act)
