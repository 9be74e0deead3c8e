#!/usr/bin/python3
"""The JSON API of Google Cloud Storage in memory, for tests that are to fail when a generation condition is not sent or a
token is not that of the metadata server, which it plays too: its tokens are good for a few requests only. Prints its port.
  generations_gcs.py BUCKET [BUCKET-THAT-NEEDS-A-TOKEN]"""

import bisect
import json
import re
import sys
import threading
import urllib.parse

import counterpart

USES_OF_A_TOKEN = 20
TOKEN_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"
lock = threading.Lock()
buckets = {name: counterpart.Objects() for name in sys.argv[1:]}
guarded = set(sys.argv[2:])
tokens = {}
issued = generation = 0


def refusal(status, reason, message):
    told = {"reason": reason, "message": message, "domain": "global"}
    return counterpart.Refusal(status, json.dumps({"error": {"code": status, "message": message, "errors": [told]}}))


def token(headers):
    global issued
    if headers.get("Metadata-Flavor") != "Google":
        raise refusal(403, "forbidden", "Missing Metadata-Flavor:Google header.")
    issued += 1
    tokens[f"Bearer token-{issued}"] = USES_OF_A_TOKEN
    text = json.dumps({"access_token": f"token-{issued}", "expires_in": 3599, "token_type": "Bearer"})
    return 200, {"Metadata-Flavor": "Google", "Content-Type": "application/json"}, text.encode()


def check_token(bucket, headers):
    shown = headers.get("Authorization")
    if shown is None and bucket not in guarded:
        return
    if tokens.get(shown, 0) == 0:
        raise refusal(401, "authError", "Invalid Credentials")
    tokens[shown] -= 1


def check_condition(found, query):
    wanted = query.get("ifGenerationMatch")
    if wanted is not None and int(wanted) != (found["generation"] if found else 0):
        raise refusal(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def parts_of(headers, body):
    """The resource and the data of a multipart upload."""
    kind = re.fullmatch(r'multipart/related; boundary="?([^"]+)"?', headers.get("Content-Type", ""))
    if not kind:
        raise refusal(400, "invalid", "no multipart upload")
    mark = b"--" + kind[1].encode()
    end = body.rfind(b"\r\n" + mark + b"--")
    first, _, second = body[len(mark) + 2:end].partition(b"\r\n" + mark + b"\r\n")
    resource, data = (part.partition(b"\r\n\r\n")[2] for part in (first, second))
    return json.loads(resource), data


def shown(found):
    return json.dumps({**found["resource"], "generation": str(found["generation"]), "size": str(len(found["data"]))}).encode()


def upload(objects, query, headers, body):
    global generation
    if query.get("uploadType") != "multipart":
        raise refusal(400, "invalid", "uploadType")
    resource, data = parts_of(headers, body)
    name = resource["name"].encode()
    check_condition(objects.by_name.get(name), query)
    generation += 1
    objects.put(name, {"resource": resource, "data": data, "generation": 1700000000000000 + generation})
    return 200, {}, shown(objects.by_name[name])


def listing(objects, query):
    start = query.get("pageToken") or query.get("startOffset", "")
    page, more = objects.page(query.get("prefix", "").encode(), bisect.bisect_left(objects.order, start.encode()),
                              min(int(query.get("maxResults", "1000")), 1000))
    answer = {"items": [{"name": name.decode()} for name in page]} if page else {}
    if more:
        answer["nextPageToken"] = page[-1].decode() + "\0"
    return 200, {}, json.dumps(answer).encode()


def of_object(method, objects, name, query):
    found = objects.by_name.get(name)
    asked = query.get("generation")
    if found and asked and int(asked) != found["generation"]:
        found = None
    if found is None and (method != "DELETE" or "ifGenerationMatch" not in query):
        raise refusal(404, "notFound", "No such object: " + name.decode())
    if method == "DELETE":
        check_condition(found, query)
        objects.drop(name)
        return 204, {}, b""
    if query.get("alt") == "media":
        return 200, {"x-goog-generation": str(found["generation"])}, found["data"]
    return 200, {}, shown(found)


def apply(method, path, query, headers, body):
    if path == TOKEN_PATH:
        return token(headers)
    if method == "POST" and path == "/storage/v1/b":
        name = json.loads(body)["name"]
        check_token(name, headers)
        if name in buckets:
            raise refusal(409, "conflict", "Your previous request to create the named bucket succeeded and you already own it.")
        buckets[name] = counterpart.Objects()
        return 200, {}, json.dumps({"name": name}).encode()
    where = re.fullmatch(r"(/upload)?/storage/v1/b/([^/]+)/o(?:/([^/]+))?", path)
    if not where:
        raise counterpart.Refusal(404, "Not Found")
    uploading, bucket, name = where.groups()
    check_token(bucket, headers)
    if bucket not in buckets:
        raise refusal(404, "notFound", "The specified bucket does not exist.")
    if uploading and method == "POST":
        return upload(buckets[bucket], query, headers, body)
    if name is None and method == "GET":
        return listing(buckets[bucket], query)
    if name is None or method not in ("GET", "DELETE"):
        raise refusal(405, "methodNotAllowed", method)
    return of_object(method, buckets[bucket], urllib.parse.unquote_to_bytes(name), query)


def act(method, target, headers, body):
    path, _, text = target.partition("?")
    with lock:
        return apply(method, path, dict(urllib.parse.parse_qsl(text, keep_blank_values=True)), headers, body)


counterpart.serve(act)
