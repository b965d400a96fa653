#!/usr/bin/env python3
"""Measures whole sessions against the real servers; see bench/README.md.

    .venv/bin/python bench/scenarios.py [NAME ...] [--reference PATH] [--runs N] [--seconds S]

Prints a JSON line a run and, after the runs of a scenario, one with the medians of both sides.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("bench", "test/e2e", "script/lib")]

from sessions.command import run  # noqa: E402

if __name__ == "__main__":
    run(__doc__.splitlines()[0])
