"""Runs clang-tidy over the compile database, in parallel: tidy.py BUILD_DIR [--budget SECONDS]

A file found clean is not looked at again until something it depends on changes: its own text, a
header of ours that it includes (as Ninja recorded it), its compile command, .clang-tidy, or
clang-tidy itself. Without a record of the headers a file is always looked at.

A budget never leaves out what the change touches: each source file that it edits, and each header,
by way of one file that includes it. The change is what is not committed, and the commits since
INGRESS_LINT_BASE, else since the branch left origin/main, else since the last tag or ten commits,
whichever is less. Of the rest what was committed last is looked at first, so that the budget leaves
out what has stood longest. With FILE… at the end only these are looked at.
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


# On main itself, where nothing says where a change begins.
COMMITS_OF_A_CHANGE = 10

_OUTPUT = re.compile(r" -o (\S+)")

Item = tuple[dict, str | None]  # a compile command, and the key of its verdict


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


def git(*arguments: str) -> str | None:
    """What git prints; None when it fails."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def by_age() -> dict[str, int]:
    """Path below the root -> its place in the history, the last committed first."""
    places: dict[str, int] = {}
    for name in (git("log", "--name-only", "--pretty=format:") or "").split():
        places.setdefault(name, len(places))
    return places


def base_of_change() -> str | None:
    """The commit that the change begins after; None where the history is too short to have one."""
    named = os.environ.get("INGRESS_LINT_BASE")  # may be gone, after a push by force
    if named and (base := git("rev-parse", "--verify", "--quiet", named + "^{commit}")):
        return base
    head = git("rev-parse", "HEAD")
    if (left := git("merge-base", "HEAD", "origin/main")) and left != head:
        return left
    commits = (
        git("rev-list", "--first-parent", f"--max-count={COMMITS_OF_A_CHANGE + 1}", "HEAD") or ""
    ).split()
    tag = git("describe", "--tags", "--abbrev=0", "HEAD^")
    if tag and (tagged := git("rev-list", "-n1", tag)) in commits:
        return tagged
    return commits[-1] if len(commits) > 1 else None


def touched_files() -> set[str]:
    """Paths below the root of what the change edits."""
    base = base_of_change()
    listing = (git("diff", "--name-only", "--diff-filter=d", base) or "") if base else ""
    listing += "\n" + (git("ls-files", "--others", "--exclude-standard") or "")
    return set(listing.split())


def files_of(entry: dict, headers: dict[str, list[str]]) -> set[str]:
    """Paths below the root of what a file was compiled from, as far as that is recorded."""
    recorded = headers.get(_OUTPUT.search(entry["command"])[1], [])
    return {os.path.relpath(os.path.realpath(path), ROOT) for path in recorded} | {
        os.path.relpath(entry["file"], ROOT)
    }


def split(
    work: list[Item], headers: dict[str, list[str]], touched: set[str], looked_at: set[str]
) -> tuple[list[Item], list[Item]]:
    """What the change touches, and the rest. `looked_at`: what clean files were compiled from."""
    unseen = touched - looked_at
    first: list[Item] = []
    rest: list[Item] = []
    for entry, key in work:
        name = os.path.relpath(entry["file"], ROOT)
        seen = files_of(entry, headers)
        namesake = re.sub(r"(_test)?\.cc$", ".h", name)  # of a header whose users are not built
        if seen & unseen or namesake in unseen:
            first.append((entry, key))
            unseen -= seen | {namesake}
        else:
            rest.append((entry, key))
    return first, rest


def work_list(build_dir: Path, headers: dict[str, list[str]]) -> tuple[list[Item], set[str]]:
    """Compile commands of our own files that are not known to be clean, with their keys; and what
    those that are clean were compiled from."""
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes() + TEST_CHECKS.encode()
    entries = json.loads((build_dir / "compile_commands.json").read_text())
    work: list[Item] = []
    clean: set[str] = set()
    for entry in entries:
        if entry["file"].startswith(str(build_dir)):
            continue  # generated
        key = content_key(entry, headers, common)
        if key and (CACHE / key).exists():
            clean |= files_of(entry, headers)
        else:
            work.append((entry, key))
    places = by_age()
    work.sort(key=lambda item: places.get(os.path.relpath(item[0]["file"], ROOT), -1))
    return work, clean


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("build_dir", type=Path)
    parser.add_argument("--budget", type=float, default=float("inf"))
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    build_dir, started = options.build_dir.resolve(), time.monotonic()
    CACHE.mkdir(parents=True, exist_ok=True)
    headers = recorded_headers(build_dir)
    work, clean = work_list(build_dir, headers)
    if options.files:
        wanted = {str(path.resolve()) for path in options.files}
        work = [item for item in work if os.path.realpath(item[0]["file"]) in wanted]
    touched, rest = split(work, headers, touched_files(), clean)
    print(f"  clang-tidy: {len(touched)} files of the change, {len(rest)} others", flush=True)

    def look(item: Item, at_any_cost: bool) -> tuple[str, str | None] | None:
        if not at_any_cost and time.monotonic() - started > options.budget:
            return None
        return tidy(build_dir, *item)

    findings = left_out = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        at_any_cost = [True] * len(touched) + [False] * len(rest)
        for result in pool.map(look, touched + rest, at_any_cost):
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
