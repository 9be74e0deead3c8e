"""Prints `passed failed skipped` of one Meson test log (JSON lines), and appends to a second file what failed or was skipped
with the end of its output, so that the end of a long run tells it again."""

import json
import sys

last_lines = 30


def end_of(text):
    return [f"    {line}" for line in (text or "").rstrip().split("\n")[-last_lines:]]


passed = failed = skipped = 0
with open(sys.argv[1], encoding="utf-8") as log, open(sys.argv[2], "a", encoding="utf-8") as notes:
    for line in log:
        entry = json.loads(line)
        result = entry["result"]
        if result in ("OK", "EXPECTEDFAIL"):
            passed += 1
        elif result == "SKIP":
            skipped += 1
            print(f"skipped: {entry['name']}", file=notes)
        else:
            failed += 1
            print(f"{result}: {entry['name']}", *end_of(entry.get("stdout")), *end_of(entry.get("stderr")), sep="\n", file=notes)
print(passed, failed, skipped)
