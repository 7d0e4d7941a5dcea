"""What root would not notice: folders closed to their owner. A program of an ordinary user."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from host.clearing import clear_away, open_to_owner

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        top = Path(name) / "a"
        (top / "b" / "c").mkdir(parents=True)
        for folder in (top / "b", top):
            folder.chmod(0)
        removed = clear_away(top)
        home = Path(name) / "home"
        home.mkdir()
        (home / "file").touch()
        home.chmod(0)
        opened = open_to_owner(home)
        facts = {"removed": removed, "opened": opened, "inside": os.listdir(home)}
    print(json.dumps(facts))
