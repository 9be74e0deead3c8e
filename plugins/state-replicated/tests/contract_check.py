#!/usr/bin/python3
# Runs the contract suite on the plugin: "alone" on a node that is not clustered and supervises its own engine, "fleet"
# on one of three nodes over one external engine, the other two being processes of NODE_PROGRAM.
#   contract_check.py alone CHECK PLUGIN | contract_check.py fleet CHECK PLUGIN NODE_PROGRAM
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def alone(check, plugin, folder):
    peer, client = free_ports(2)
    return subprocess.run([check, plugin, f"clusterEngineDataDir={folder}", f"clusterPeerPort={peer}",
                           f"clusterClientPort={client}"], timeout=240).returncode


def start_engine(folder, client, peer):
    engine = subprocess.Popen(
        ["etcd", "--name", "m", "--data-dir", folder, "--listen-client-urls", client, "--advertise-client-urls", client,
         "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"m={peer}",
         "--unsafe-no-fsync", "--logger", "zap", "--log-outputs", "/dev/null"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(client + "/health", timeout=1)
            return engine
        except OSError:
            if time.monotonic() > deadline:
                engine.kill()
                raise
            time.sleep(0.05)


def in_a_fleet(check, plugin, program, folder):
    client, peer = (f"http://127.0.0.1:{port}" for port in free_ports(2))
    started = [start_engine(folder, client, peer)]
    try:
        for name in ("second", "third"):
            node = subprocess.Popen([program, name, client], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL, text=True)
            started.append(node)
            if not node.stdout.readline().startswith("0 "):
                print("the node", name, "did not start")
                return 1
        return subprocess.run(
            [check, plugin, "clusterEnabled=true", "clusterName=test", "clusterEngine=external",
             f"clusterEngineEndpoints.0={client}", "clusterAdvertisedAddress=127.0.0.1",
             f"clusterAckPort={free_ports(1)[0]}", "clusterToken=secret"], timeout=240).returncode
    finally:
        for one in reversed(started):
            one.kill()
            one.wait()


def main():
    how, check, plugin = sys.argv[1:4]
    with tempfile.TemporaryDirectory() as folder:
        if how == "alone":
            return alone(check, plugin, folder)
        return in_a_fleet(check, plugin, sys.argv[4], folder)


sys.exit(main())
