"""Checks the shell scripts with shellcheck."""

import shutil
import subprocess
import sys
from pathlib import Path

from sources import tracked

root = sys.argv[1]
if not shutil.which("shellcheck"):
    print("shellcheck is not installed")
    sys.exit(77)
scripts = []
for name in tracked(root, ""):
    if name.startswith("core/") or name.endswith((".json", ".md", ".txt")):
        continue
    with open(Path(root, name), "rb") as file:
        first = file.readline(80)
    if first.startswith(b"#!") and b"sh" in first and b"python" not in first and b"node" not in first:
        scripts.append(name)
done = subprocess.run(["shellcheck", "-x", *scripts], cwd=root)
print(f"{len(scripts)} scripts")
sys.exit(done.returncode)
