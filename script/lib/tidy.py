"""Runs clang-tidy over the compile database, in parallel: tidy.py BUILD_DIR [--budget SECONDS]

A file found clean is not looked at again until something it depends on changes: its own text, a
header of ours that it includes (as Ninja recorded it), its compile command, .clang-tidy, or
clang-tidy itself. Without a record of the headers a file is always looked at.

What was committed last is looked at first, so that a budget leaves out what has stood longest.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

TIDY = "clang-tidy-19"
# In tests these cost more than they find: results are thrown away to provoke what is looked at
# next, and lists of expected lines hold long literals in pieces.
TEST_CHECKS = "-performance-*,-bugprone-unused-return-value,-bugprone-suspicious-missing-comma"
ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "livekit-ingress-tidy"


_OUTPUT = re.compile(r" -o (\S+)")


def recorded_headers(build_dir: Path) -> dict[str, list[str]]:
    """Object file -> the files of this project that it was compiled from."""
    listing = subprocess.run(
        ["ninja", "-C", build_dir, "-t", "deps"], capture_output=True, text=True, check=True
    ).stdout
    headers: dict[str, list[str]] = {}
    current: list[str] = []
    for line in listing.splitlines():
        if line.startswith("    "):
            path = line.strip()
            path = path if path.startswith("/") else str(build_dir / path)
            if os.path.realpath(path).startswith(str(ROOT)):
                current.append(path)
        elif ": #deps" in line and line.endswith("(VALID)"):
            current = headers.setdefault(line.split(": #deps")[0], [])
        else:
            current = []
    return headers


def content_key(entry: dict, headers: dict[str, list[str]], common: bytes) -> str | None:
    """What the verdict on one file depends on; None when the headers are not known."""
    dependencies = headers.get(_OUTPUT.search(entry["command"])[1])
    if dependencies is None:
        return None
    key = hashlib.sha256(common)
    key.update(entry["command"].replace(str(ROOT), "").encode())
    for path in sorted(os.path.realpath(p) for p in dependencies):
        key.update(path.removeprefix(str(ROOT)).encode())
        try:
            key.update(hashlib.sha256(Path(path).read_bytes()).digest())
        except FileNotFoundError:
            return None
    return key.hexdigest()


def tidy(build_dir: Path, entry: dict, key: str | None) -> tuple[str, str | None]:
    """Returns the file's name and the complaints, or None when it is clean."""
    argv = [TIDY, "--quiet", "-p", str(build_dir), entry["file"]]
    if entry["file"].endswith("_test.cc"):
        argv.append(f"--checks={TEST_CHECKS}")
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        return entry["file"], done.stdout + done.stderr
    if key:
        (CACHE / key).touch()
    return entry["file"], None


def by_age() -> dict[str, int]:
    """Path below the root -> its place in the history, the last committed first."""
    log = subprocess.run(
        ["git", "log", "--name-only", "--pretty=format:"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    places: dict[str, int] = {}
    for name in log.split():
        places.setdefault(name, len(places))
    return places


def work_list(build_dir: Path, headers: dict[str, list[str]]) -> list[tuple[dict, str | None]]:
    """Compile commands of our own files that are not known to be clean, with their keys."""
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes() + TEST_CHECKS.encode()
    entries = json.loads((build_dir / "compile_commands.json").read_text())
    work = []
    for entry in entries:
        if entry["file"].startswith(str(build_dir)):
            continue  # generated
        key = content_key(entry, headers, common)
        if not (key and (CACHE / key).exists()):
            work.append((entry, key))
    places = by_age()
    work.sort(key=lambda item: places.get(os.path.relpath(item[0]["file"], ROOT), -1))
    return work


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("build_dir", type=Path)
    parser.add_argument("--budget", type=float, default=float("inf"))
    options = parser.parse_args()
    build_dir, started = options.build_dir.resolve(), time.monotonic()
    CACHE.mkdir(parents=True, exist_ok=True)
    work = work_list(build_dir, recorded_headers(build_dir))
    print(f"  clang-tidy: {len(work)} files to look at", flush=True)

    def look(item: tuple[dict, str | None]) -> tuple[str, str | None] | None:
        if time.monotonic() - started > options.budget:
            return None
        return tidy(build_dir, *item)

    findings = left_out = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(look, work):
            if result is None:
                left_out += 1
            elif result[1] is not None:
                findings += 1
                print(f"--- {os.path.relpath(result[0], ROOT)}\n{result[1]}", flush=True)
    note = f", {left_out} files left out for want of time" if left_out else ""
    print(f"  clang-tidy: {findings} files with findings{note}, {time.monotonic() - started:.0f} s")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
