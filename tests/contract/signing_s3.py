#!/usr/bin/python3
"""An S3 service in memory for tests that are to fail when a signature, a key or a region is wrong: each request is signed
again by Amazon's own library (python3-botocore) and compared. Conditional writes as S3 has them. Prints its port.
  signing_s3.py BUCKET ACCESS-KEY SECRET-KEY"""

import bisect
import datetime
import email.utils
import hashlib
import http.server
import re
import socket
import sys
import threading
import urllib.parse
from xml.sax.saxutils import escape

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "us-east-1"
lock = threading.Lock()
buckets = {sys.argv[1]: ({}, [])}
keys = {sys.argv[2]: sys.argv[3]}


class Refusal(Exception):
    def __init__(self, status, code, message="", more=""):
        super().__init__(code)
        self.status = status
        self.body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message>{more}</Error>".encode()


def check_signature(method, target, headers, body):
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/,]+)/(\d{8})/([^/]+)/s3/aws4_request,\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})",
        headers.get("Authorization", ""))
    if not found:
        raise Refusal(403, "AccessDenied", "no signature")
    key, day, region, names, signature = found.groups()
    if key not in keys:
        raise Refusal(403, "InvalidAccessKeyId")
    if region != REGION:
        raise Refusal(400, "AuthorizationHeaderMalformed", "wrong region", f"<Region>{REGION}</Region>")
    stamp = headers.get("x-amz-date", "")
    when = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    if abs((datetime.datetime.now(datetime.timezone.utc) - when).total_seconds()) > 900 or not stamp.startswith(day):
        raise Refusal(403, "RequestTimeTooSkewed")
    if hashlib.sha256(body).hexdigest() != headers.get("x-amz-content-sha256"):
        raise Refusal(400, "XAmzContentSHA256Mismatch")
    signed = names.split(";")
    # What the service acts on must be signed.
    for name in headers:
        if (name.lower().startswith("x-amz-") or name.lower() == "host") and name.lower() not in signed:
            raise Refusal(403, "AccessDenied", f"{name} is not signed")
    request = AWSRequest(method, "http://" + headers["Host"] + target, headers={n: headers[n] for n in signed})
    request.context["timestamp"] = stamp
    auth = S3SigV4Auth(Credentials(key, keys[key]), "s3", REGION)
    wanted = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    if wanted != signature:
        raise Refusal(403, "SignatureDoesNotMatch")


def check_condition(objects, name, headers, removing=False):
    present = objects.get(name)
    if headers.get("If-None-Match") == "*" and present:
        raise Refusal(412, "PreconditionFailed")
    wanted = headers.get("If-Match")
    if wanted is not None and not present and not removing:
        raise Refusal(404, "NoSuchKey")
    if wanted is not None and present and present["ETag"] != wanted:
        raise Refusal(412, "PreconditionFailed")


def listing(objects, order, query):
    prefix = query.get("prefix", "").encode()
    start = query.get("start-after", "").encode()
    most = min(int(query.get("max-keys", "1000")), 1000)
    at = max(bisect.bisect_left(order, prefix), bisect.bisect_right(order, start) if start else 0)
    page = []
    while at < len(order) and order[at].startswith(prefix) and len(page) < most:
        page.append(order[at])
        at += 1
    more = at < len(order) and order[at].startswith(prefix)
    found = "".join(f"<Contents><Key>{urllib.parse.quote_plus(n, safe='')}</Key></Contents>" for n in page)
    return (f"<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>{str(more).lower()}</IsTruncated>{found}"
            "</ListBucketResult>").encode()


def act(method, bucket, name, query, headers, body):
    if not name:
        if method == "PUT":
            if bucket in buckets:
                raise Refusal(409, "BucketAlreadyOwnedByYou")
            buckets[bucket] = ({}, [])
            return 200, {}, b""
        if bucket not in buckets:
            raise Refusal(404, "NoSuchBucket")
        if query.get("list-type") != "2" or query.get("encoding-type") != "url":
            raise Refusal(400, "InvalidArgument")
        return 200, {}, listing(*buckets[bucket], query)
    if bucket not in buckets:
        raise Refusal(404, "NoSuchBucket")
    objects, order = buckets[bucket]
    if method == "PUT":
        check_condition(objects, name, headers)
        if name not in objects:
            bisect.insort(order, name)
        kept = {n.lower(): v for n, v in headers.items() if n.lower().startswith("x-amz-meta-")}
        objects[name] = {"ETag": f'"{hashlib.md5(body).hexdigest()}"', "body": body, **kept}
        return 200, {"ETag": objects[name]["ETag"]}, b""
    if method == "DELETE":
        check_condition(objects, name, headers, removing=True)
        if objects.pop(name, None):
            order.remove(name)
        return 204, {}, b""
    if name not in objects:
        raise Refusal(404, "NoSuchKey")
    found = dict(objects[name])
    data = found.pop("body")
    return 200, found, data


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            path, _, text = self.path.partition("?")
            query = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
            bucket, _, name = path[1:].partition("/")
            check_signature(self.command, self.path, self.headers, body)
            with lock:
                status, headers, data = act(self.command, bucket, urllib.parse.unquote_to_bytes(name), query,
                                            self.headers, body)
        except Refusal as why:
            status, headers, data = why.status, {}, why.body
        self.send_response_only(status)
        self.send_header("Date", email.utils.formatdate(usegmt=True))
        for key, value in headers.items():
            self.send_header(key, value)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(data)

    do_GET = do_PUT = do_HEAD = do_DELETE = answer


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    address_family = socket.AF_INET

    def handle_error(self, request, client_address):
        """The live cases break connections on purpose."""


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
