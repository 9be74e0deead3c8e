"""Runs the must-fix list of .clang-tidy over the sources of core and plugins."""

import concurrent.futures
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from sources import tracked

root, build = sys.argv[1:3]
if not shutil.which("clang-tidy-19"):
    print("clang-tidy-19 is not installed")
    sys.exit(77)
compiled = {os.path.realpath(os.path.join(entry["directory"], entry["file"])): entry
            for entry in json.loads(Path(build, "compile_commands.json").read_text(encoding="utf-8"))}
sources = [n for n in tracked(root, ".cpp") if n.startswith(("core/src/", "plugins/"))
           and os.path.realpath(f"{root}/{n}") in compiled]
if not sources:
    sys.exit("no source of the project is in compile_commands.json")

# A file that was clean stays clean as long as it, the headers and the list are the same: tidy is slow, so remember that.
cache = Path(build, "tidy-clean")
cache.mkdir(exist_ok=True)
shared = hashlib.sha256(Path(root, ".clang-tidy").read_bytes())
for header in tracked(root, ".hpp", ".h"):
    shared.update(Path(root, header).read_bytes())


def check(name):
    key = shared.copy()
    key.update(Path(root, name).read_bytes())
    marker = cache / key.hexdigest()
    if marker.exists():
        return None
    done = subprocess.run(["clang-tidy-19", "--quiet", "-p", build, f"{root}/{name}"], capture_output=True, text=True)
    if done.returncode == 0:
        marker.touch()
        return None
    return f"{name}:\n{done.stdout[-3000:]}"


with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    faults = [fault for fault in pool.map(check, sources) if fault]
print("\n".join(faults) if faults else f"{len(sources)} files are clean")
sys.exit(1 if faults else 0)
