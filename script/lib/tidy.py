"""Runs clang-tidy over the compile database, in parallel: tidy.py BUILD_DIR

A file found clean is not looked at again until something it depends on changes: its own text, a
header of ours that it includes (as Ninja recorded it), its compile command, .clang-tidy, or
clang-tidy itself. Without a record of the headers a file is always looked at.
"""

import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

TIDY = "clang-tidy-19"
ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "livekit-ingress-tidy"


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
    dependencies = headers.get(entry["output"])
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
    done = subprocess.run(
        [TIDY, "--quiet", "-p", build_dir, entry["file"]], capture_output=True, text=True
    )
    if done.returncode != 0:
        return entry["file"], done.stdout + done.stderr
    if key:
        (CACHE / key).touch()
    return entry["file"], None


def main() -> int:
    build_dir = Path(sys.argv[1]).resolve()
    CACHE.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()
    headers = recorded_headers(build_dir)
    entries = [
        entry
        for entry in json.loads((build_dir / "compile_commands.json").read_text())
        if not entry["file"].startswith(str(build_dir))
    ]
    keys = {entry["output"]: content_key(entry, headers, common) for entry in entries}
    pending = [e for e in entries if not ((k := keys[e["output"]]) and (CACHE / k).exists())]
    print(f"  clang-tidy: {len(pending)} of {len(entries)} files to look at", flush=True)

    started, complaints = time.monotonic(), 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(tidy, build_dir, e, keys[e["output"]]) for e in pending]
        for job in concurrent.futures.as_completed(jobs):
            name, text = job.result()
            if text is not None:
                complaints += 1
                print(f"--- {os.path.relpath(name, ROOT)}\n{text}", flush=True)
    print(f"  clang-tidy: {complaints} files with findings, {time.monotonic() - started:.0f} s")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
