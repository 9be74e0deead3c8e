#!/usr/bin/python3
"""Starts a service on loopback, runs programs against it, and ends it again: the blob contract and a plugin's live cases,
or any command, which finds the settings of the plugin in MOCKFLEET_BLOB_SETTINGS (an object in JSON).
  blob_servers.py SERVICE CHECK PLUGIN LIVE-TEST
  blob_servers.py SERVICE run COMMAND...
Exit code 77 (skipped) when what the service needs is not installed."""

import fcntl
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start(command, port, folder, **environment):
    """A server and its whole process group, once it accepts connections."""
    log = open(os.path.join(folder, "log"), "ab")
    server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, start_new_session=True,
                              env={**os.environ, **environment})
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return server
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                end(server)
                sys.exit(f"{command[0]} did not start:\n" + pathlib.Path(folder, "log").read_text(errors="replace"))
            time.sleep(0.05)


def end(server):
    try:
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    server.wait()


def go_program(name):
    found = shutil.which(name)
    own = pathlib.Path(os.environ.get("GOPATH", str(pathlib.Path.home() / "go")), "bin", name)
    if not found and own.exists():
        found = str(own)
    if not found:
        print(f"{name} is not installed: make peers")
        sys.exit(SKIPPED)
    return found


def s3(port, key, secret, conditions="yes"):
    return ([f"blobStoreEndpoint=http://127.0.0.1:{port}", "blobStoreBucket=mockserver-test", "blobStoreKeyPrefix=ns/",
             f"blobStoreAccessKeyId={key}", f"blobStoreSecretAccessKey={secret}", "blobStoreCreateIfMissing=true"],
            {"MOCKFLEET_S3_PORT": str(port), "MOCKFLEET_S3_BUCKET": "mockserver-test", "MOCKFLEET_S3_KEY": key,
             "MOCKFLEET_S3_SECRET": secret, "MOCKFLEET_S3_CONDITIONS": conditions})


def own(script, *arguments):
    """One of this folder's services and its port; None when it ended at once."""
    server = subprocess.Popen(["/usr/bin/python3", HERE / script, *arguments], stdout=subprocess.PIPE, text=True,
                              start_new_session=True)
    line = server.stdout.readline()
    if not line:
        end(server)
        return server, None
    return server, int(line)


def signing_s3(folder):
    server, port = own("signing_s3.py", "mockserver-test", "AKIDEXAMPLE", "secret/+=")
    if port is None:
        print("python3-botocore is not installed")
        sys.exit(SKIPPED)
    return [server], *s3(port, "AKIDEXAMPLE", "secret/+=")


def minio(folder):
    port = free_port()
    server = start([go_program("minio"), "server", os.path.join(folder, "data"), "--address", f"127.0.0.1:{port}",
                    "--console-address", f"127.0.0.1:{free_port()}"], port, folder,
                   MINIO_ROOT_USER="minioadmin", MINIO_ROOT_PASSWORD="minioadmin", MINIO_BROWSER="off", HOME=folder)
    return [server], *s3(port, "minioadmin", "minioadmin")


def azurite(folder):
    home = HERE / "azurite"
    installing = os.open(home, os.O_RDONLY)
    fcntl.flock(installing, fcntl.LOCK_EX)  # several tests want it
    if not (home / "node_modules" / "azurite").exists():
        npm = shutil.which("npm")
        if not npm or subprocess.run([npm, "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"],
                                     cwd=home).returncode:
            sys.exit("npm could not install azurite; a registry (or a filled npm cache) is needed once")
    os.close(installing)
    port, tls_port = free_port(), free_port()
    certificate, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days",
                    "2", "-subj", "/CN=azurite", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    program = ["node", str(home / "node_modules/azurite/dist/src/blob/main.js"), "--blobHost", "127.0.0.1",
               "--inMemoryPersistence", "--silent", "--disableTelemetry"]
    plain = start([*program, "--blobPort", str(port)], port, folder)
    secure = start([*program, "--blobPort", str(tls_port), "--cert", certificate, "--key", key], tls_port, folder)
    return ([plain, secure], [f"blobStoreConnectionString=UseDevelopmentStorage=true;BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1",
                     "blobStoreContainer=mockserver-test", "blobStoreKeyPrefix=ns/", "blobStoreCreateIfMissing=true"],
            {"MOCKFLEET_AZURE_PORT": str(port), "MOCKFLEET_AZURE_CONTAINER": "mockserver-test",
             "MOCKFLEET_AZURE_TLS_PORT": str(tls_port), "MOCKFLEET_AZURE_CA": certificate})


def gcs(port, **more):
    return ([f"blobStoreEndpoint=http://127.0.0.1:{port}", "blobStoreBucket=mockserver-test", "blobStoreKeyPrefix=ns/",
             "blobStoreCreateIfMissing=true"],
            {"MOCKFLEET_GCS_PORT": str(port), "MOCKFLEET_GCS_BUCKET": "mockserver-test", **more})


def generations_gcs(folder):
    server, port = own("generations_gcs.py", "mockserver-test", "guarded")
    if port is None:
        sys.exit("generations_gcs.py did not start")
    return [server], *gcs(port, MOCKFLEET_GCS_GUARDED_BUCKET="guarded")


def fake_gcs(folder):
    port = free_port()
    server = start([go_program("fake-gcs-server"), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend",
                    "memory", "-public-host", f"127.0.0.1:{port}"], port, folder)
    return [server], *gcs(port)


SERVICES = {"signing-s3": signing_s3, "minio": minio, "azurite": azurite, "generations-gcs": generations_gcs,
            "fake-gcs": fake_gcs}


def main():
    service, *rest = sys.argv[1:]
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as folder:
        servers, settings, environment = SERVICES[service](folder)
        environment["MOCKFLEET_BLOB_SETTINGS"] = json.dumps(dict(one.split("=", 1) for one in settings))
        if rest[0] == "run":
            commands = [rest[1:]]
        else:
            check, plugin, live = rest
            commands = [[live], [check, plugin, *settings]]
        failed = 0
        try:
            for command in commands:
                failed |= subprocess.run(command, env={**os.environ, **environment}, timeout=500).returncode
        finally:
            for server in servers:
                end(server)
        return 1 if failed else 0


sys.exit(main())
