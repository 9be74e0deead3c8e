"""Checks the layout of all C and C++ files with clang-format-19."""

import shutil
import subprocess
import sys

from sources import tracked

root = sys.argv[1]
if not shutil.which("clang-format-19"):
    print("clang-format-19 is not installed")
    sys.exit(77)
names = tracked(root, ".hpp", ".cpp", ".h", ".c")
done = subprocess.run(["clang-format-19", "--dry-run", "--Werror", *names], cwd=root, capture_output=True, text=True)
print("\n".join(done.stderr.splitlines()[:40]) or f"{len(names)} files")
sys.exit(1 if done.returncode else 0)
