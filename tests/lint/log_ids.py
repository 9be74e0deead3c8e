"""Checks that each id given to the operator log stands in base/log_ids.hpp, and that each id there is used."""

import re
import sys
from pathlib import Path

from sources import tracked

root = Path(sys.argv[1])
known = set(re.findall(r'\{"([a-z0-9-]+)",', (root / "core/src/base/log_ids.hpp").read_text(encoding="utf-8")))
used = {}
for name in tracked(root, ".cpp", ".hpp"):
    if not name.startswith("core/src/"):
        continue
    text = (root / name).read_text(encoding="utf-8")
    for found in re.finditer(r'log::(?:debug|info|warn|error)\(\s*"([^"]*)"', text):
        used.setdefault(found.group(1), name)
    for found in re.finditer(r'log::write\(\s*[^,]+,\s*"([^"]*)"', text):
        used.setdefault(found.group(1), name)
faults = [f"{name}: log id \"{one}\" is not in core/src/base/log_ids.hpp" for one, name in sorted(used.items())
          if one and one not in known]
faults += [f"core/src/base/log_ids.hpp: \"{one}\" is used nowhere" for one in sorted(known - set(used))]
print("\n".join(faults) if faults else f"{len(known)} log ids")
sys.exit(1 if faults else 0)
