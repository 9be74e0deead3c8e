"""Compiles each header by itself: a header includes what it uses."""

import concurrent.futures
import os
import subprocess
import sys

from sources import tracked

root, build = sys.argv[1:3]
headers = [n for n in tracked(root, ".hpp", ".h") if n.startswith(("core/", "plugins/"))]
common = ["-fsyntax-only", "-w", f"-I{root}/core/src", f"-I{root}/core/include", f"-I{root}/plugins"]


def check(name):
    compiler = ["gcc", "-std=c99", "-x", "c"] if name.endswith(".h") else ["g++", "-std=c++20", "-x", "c++"]
    done = subprocess.run(["ccache", *compiler, *common, f"-I{os.path.dirname(f'{root}/{name}')}", f"{root}/{name}"],
                          capture_output=True, text=True)
    return None if done.returncode == 0 else f"{name}:\n{done.stderr[:1500]}"


with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    faults = [fault for fault in pool.map(check, headers) if fault]
print("\n".join(faults) if faults else f"{len(headers)} headers compile alone")
sys.exit(1 if faults else 0)
