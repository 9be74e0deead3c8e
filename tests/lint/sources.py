"""Which files of the project a check looks at: tracked ones and new ones that git does not ignore."""

import subprocess
from pathlib import Path


def tracked(root, *endings):
    listed = subprocess.run(["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, text=True)
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:  # an unpacked source archive
        names = [str(path.relative_to(root)) for path in Path(root).rglob("*")
                 if path.is_file() and not path.relative_to(root).parts[0].startswith("build")]
    return sorted(name for name in names if name.endswith(endings) and (Path(root) / name).exists())
