"""Checks what operators copy: the files of examples/fleet parse and hold together, every property, metric and message that they and docs/fleet.md
name exists, and the program accepts the settings of the examples. documents.py SOURCE-ROOT MOCKFLEET PLUGIN-DIR"""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
import yaml

root, program, plugins = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
examples = root / "examples/fleet"
page = (root / "docs/fleet.md").read_text(encoding="utf-8")
faults = []


def expect(true, what):
    if not true:
        faults.append(what)


# The page of all properties is made from the program's table (its own test compares them).
table = (root / "docs/configuration.md").read_text(encoding="utf-8")
variables = set(re.findall(r"`(MOCKSERVER_[A-Z0-9_]+)`", table))
properties = set(re.findall(r"^\| `(\w+)` \|", table, re.M))
for names in re.findall(r"^Accepted, but without a meaning in this server: (.*)$", table, re.M):
    properties |= set(re.findall(r"`(\w+)`", names))
flags = {"--" + re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", name).lower() for name in properties}

# What the page names.
for name in set(re.findall(r"MOCKSERVER_[A-Z0-9_]+", page)):
    expect(name in variables, f"docs/fleet.md names {name}, which is no variable")
for name in set(re.findall(r"\b(?:cluster[A-Z]\w+|stateBackend|maxExpectations|maxLogEntries|metricsEnabled|stopDrainMillis)\b", page)):
    expect(name in properties, f"docs/fleet.md names {name}, which is no property")
for name in sorted(name for name in properties if name.startswith("cluster")):
    expect(name in page, f"docs/fleet.md does not name {name}")
for line in re.findall(r"^mockfleet run (.*)$", page, re.M):
    for flag in re.findall(r"(--[a-z-]+)", line):
        expect(flag in flags, f"docs/fleet.md shows {flag}, which is no flag")
for block in re.findall(r"```yaml\n(.*?)```", page, re.S):
    for key in yaml.safe_load(block):
        expect(key in properties or f"cluster{key[0].upper()}{key[1:]}" in properties, f"docs/fleet.md sets {key}, which is no property")
sources = ""
for folder in ("plugins/state-replicated", "core/src"):
    for file in sorted((root / folder).rglob("*.[ch]pp")):
        if "tests" not in file.relative_to(root).parts:
            # Texts that are written in pieces become one.
            sources += re.sub(r'"\s*\n?\s*"', "", file.read_text(encoding="utf-8"))
for name in set(re.findall(r"\b(mock_server_\w+?)(?:_total)?\b", page)):
    expect(f'"{name}"' in sources, f"docs/fleet.md names the metric {name}, which nobody writes")
for first_column in re.findall(r"^\| (.*?) \|", page[page.index("## 9. "):], re.M):
    for message in re.findall(r"`([^`]+)`", first_column):
        for part in re.split(r"\.\.\.|[()']", message):
            part = part.strip(" :,;")
            expect(part in sources, f"docs/fleet.md explains '{part}', which nobody says")


def accepted(what, environment):
    """Everything about the settings is checked before the engine's program is looked for, which is not there."""
    for name in environment:
        expect(name in variables, f"{what} sets {name}, which is no variable")
    with socket.socket() as probe:
        probe.bind(("", 0))
        free = str(probe.getsockname()[1])
    run = subprocess.run([program, "run", "--plugin-dir", plugins, "--server-port", "0", "--cluster-ack-port", free], capture_output=True, text=True,
                         timeout=60, env={"PATH": os.environ["PATH"], **environment, "MOCKSERVER_CLUSTER_ENGINE_BINARY_PATH": "/nowhere/etcd"})
    expect(run.returncode == 78 and "/nowhere/etcd" in run.stderr, f"{what}: the program says: {run.stdout}{run.stderr}")


compose = yaml.safe_load((examples / "compose.yaml").read_text(encoding="utf-8"))
nodes = {name: one for name, one in compose["services"].items() if "hostname" in one}
seeds = set()
for name, one in nodes.items():
    expect(one["hostname"] == name, f"compose.yaml: {name} is called {one['hostname']}")
    seeds |= set(one["environment"]["MOCKSERVER_CLUSTER_SEEDS"].split(","))
expect(seeds == set(nodes), "compose.yaml: the seeds are not the nodes")
expect(set(re.findall(r"^ *server \w+ (\w+):1080$", (examples / "haproxy.cfg").read_text(encoding="utf-8"), re.M)) == set(nodes),
       "haproxy.cfg: the servers are not the nodes")
environment = {name: re.sub(r"\$\{.*\}", "secret", value) for name, value in nodes["mock1"]["environment"].items()}
accepted("compose.yaml", environment)

kinds = {}
for one in yaml.safe_load_all((examples / "kubernetes.yaml").read_text(encoding="utf-8")):
    kinds.setdefault(one["kind"], []).append(one)
pods = kinds["StatefulSet"][0]["spec"]
labels = pods["template"]["metadata"]["labels"]
headless = [one for one in kinds["Service"] if one["spec"].get("clusterIP") == "None"]
expect(len(headless) == 1 and headless[0]["spec"]["publishNotReadyAddresses"] is True, "kubernetes.yaml: no headless service for nodes that are not ready")
expect(pods["serviceName"] == headless[0]["metadata"]["name"], "kubernetes.yaml: serviceName is not the headless service")
expect(pods["podManagementPolicy"] == "Parallel", "kubernetes.yaml: pods that are started in order wait for each other")
for one in kinds["Service"]:
    expect(one["spec"]["selector"] == labels, "kubernetes.yaml: a service selects other pods")
for kind in ("StatefulSet", "PodDisruptionBudget"):
    expect(kinds[kind][0]["spec"]["selector"]["matchLabels"] == labels, f"kubernetes.yaml: the {kind} selects other pods")
container = pods["template"]["spec"]["containers"][0]
environment = {one["name"]: one.get("value", "secret") for one in container["env"]}
expect(environment["MOCKSERVER_CLUSTER_DNS_QUERY"] == pods["serviceName"], "kubernetes.yaml: clusterDnsQuery is not the headless service")
for probe, path in {"readinessProbe": "/mockserver/ready", "livenessProbe": "/mockserver/live"}.items():
    expect(container[probe]["httpGet"]["path"] == path, f"kubernetes.yaml: {probe} is not of {path}")
accepted("kubernetes.yaml", environment)

# The image has every library that the program and the plugin need. Packages list a library below /lib or below /usr/lib.
image = set((examples / "Dockerfile").read_text(encoding="utf-8").split())
libraries = {}
for binary in (program, str(Path(plugins) / "state-replicated.so")):
    for library in re.findall(r"=> (/\S+)", subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout):
        for path in (library, os.path.realpath(library), library.removeprefix("/usr")):
            libraries[path] = library
owned = subprocess.run(["dpkg", "-S", *libraries], capture_output=True, text=True).stdout
packages = {libraries[path]: owner for owner, path in re.findall(r"^([^:]+):.*? (/\S+)$", owned, re.M) if path in libraries}
for library in set(libraries.values()):
    package = packages.get(library, "its package")
    expect(package in image or package in ("libc6", "libgcc-s1"), f"Dockerfile: {package} is missing, for {library}")

for fault in faults:
    print(fault)
sys.exit(1 if faults else 0)
