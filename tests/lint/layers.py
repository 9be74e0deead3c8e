"""Checks the layering: every #include "module/..." in core/src against the table in core/meson.build, outside libraries
against the one module that may include them, and that plugins include only the public headers."""

import re
import sys
from pathlib import Path

from sources import tracked

root = Path(sys.argv[1])
table_text = (root / "core/meson.build").read_text(encoding="utf-8")
table = {}
for name, uses in re.findall(r"^  '(\w+)': \[([^\]]*)\],$", table_text, re.M):
    table[name] = set(re.findall(r"'(\w+)'", uses))
if len(table) < 11:
    sys.exit("core/meson.build: the table of modules could not be read")

# An outside header may be included by these files only (a prefix of the path).
owners = {
    "spdlog/": ["core/src/base/log.cpp"],
    "simdjson": ["core/src/json/"],
    "yaml-cpp/": ["core/src/config/"],
    "boost/dll": ["core/src/plugin/"],
    "boost/beast": ["core/src/http/", "core/src/upstream/"],
    "pcre2.h": ["core/src/matching/"],
    "zlib.h": ["core/src/http/"],
    "openssl/": ["core/src/http/", "core/src/upstream/"],
}
# The rooms of a large plugin; each may include those before it.
rooms = {"state-replicated": ["base", "net", "settings", "etcd", "life", "peer", "state"]}
faults = []
for name in tracked(root, ".hpp", ".cpp", ".h", ".c"):
    text = (root / name).read_text(encoding="utf-8")
    includes = re.findall(r'^\s*#\s*include\s*(["<])([^">]+)[">]', text, re.M)
    for _, target in includes:
        for outside, allowed in owners.items():
            if target.startswith(outside) and name.startswith("core/") and not any(name.startswith(a) for a in allowed):
                faults.append(f"{name}: includes <{target}>, which belongs to {', '.join(allowed)}")
        if target == "boost/asio.hpp" and name.startswith("core/"):
            faults.append(f"{name}: includes <boost/asio.hpp>; name the specific Asio headers")
    if name.startswith("core/src/"):
        module = name.split("/")[2]
        for quote, target in includes:
            other = target.split("/")[0]
            if quote == '"' and other in table and other != module and other not in table[module]:
                faults.append(f"{name}: module {module} must not include \"{target}\"")
            if quote == '"' and other not in table:
                faults.append(f"{name}: \"{target}\" is not written as \"module/file\"")
    if name.startswith("plugins/"):
        folder = root / "plugins" / name.split("/")[1]
        for quote, target in includes:
            if quote == "<" or target.startswith("common/"):
                continue
            places = [(start / target).resolve() for start in (folder, (root / name).parent)]
            if not any(place.exists() and folder.resolve() in place.parents for place in places):
                faults.append(f"{name}: a plugin includes <mockfleet/...>, its own files and common/ only, not \"{target}\"")
            order = rooms.get(folder.name, [])
            room, other = name.split("/")[2], target.split("/")[0]
            if quote == '"' and room in order and other in order and order.index(other) > order.index(room):
                faults.append(f"{name}: room {room} must not include \"{target}\"")
            if quote == "<" and target.startswith("boost/dll"):
                faults.append(f"{name}: plugins do not load plugins")
    if name.startswith("core/src/") or name.startswith("plugins/"):
        first = text.split("\n", 1)[0]
        if not first.startswith(("//", "/*")):
            faults.append(f"{name}: the first line must be a comment with the file's purpose")
for folder in sorted({"/".join(n.split("/")[:3]) for n in tracked(root, ".cpp", ".hpp") if n.startswith("core/src/")}):
    if not (root / folder / "README.md").exists():
        faults.append(f"{folder}: no README.md (why, what goes here, what does not)")
print("\n".join(faults) if faults else f"layers hold: {len(table)} modules")
sys.exit(1 if faults else 0)
