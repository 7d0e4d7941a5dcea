"""Plays the escape suite in its theatre, as a program: the tests start it as an ordinary user."""

from __future__ import annotations

import json

from host.walls.escape.theatre import play

if __name__ == "__main__":
    print(json.dumps(play()))
