"""Checks what says of itself that it is sans-IO.

Sans-IO code takes bytes and times: no sockets, no threads of its own, no media libraries, no look
at a clock. Two claims are checked:

- a module whose row in ARCHITECTURE.md ends with "(*sans-IO*)": all its files;
- a header of which a comment says "Sans-IO": it, and the .cc files that implement it.

What ARCHITECTURE.md calls sans-IO by the name of its class has to say so in its header, and is
checked by that. No forbidden header may be included, directly or through headers of src/ (Boost
lies on the system's include path, so CMake's module map alone cannot see to it), and the clock may
not be read. base holds what looks at the clock for the others.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"

FORBIDDEN = re.compile(
    r"(boost/(asio|beast)|gst/|nice/|srtp|sys/socket|sys/epoll|poll\.h|netinet/|thread|mutex|"
    r"shared_mutex|condition_variable|future)"
)
INCLUDE = re.compile(r'^#include ([<"])([^>"]+)[>"]', re.MULTILINE)
CLOCK = re.compile(r"[cC]lock::now\(")
# "the sans-IO Session" speaks of another class.
CLAIM = re.compile(r"^\s*//.*\b[Ss]ans-IO\b(?! [A-Z])", re.MULTILINE)
MODULES = re.compile(r"^\| ((?:`[\w/]+` ?)+)\|.*\(\*sans-IO\*\) \|$", re.MULTILINE)
CLASSES = re.compile(
    r"`(?:\w+::)*(\w+)`,? \(?\*sans-IO\*"  # `X` (*sans-IO*), (`X`, *sans-IO*)
    r"|\*sans-IO\* `(?:\w+::)*(\w+)`"  # (*sans-IO* `X`)
)


class Tree:
    """The tracked sources of src/, and what each includes."""

    def __init__(self) -> None:
        listed = subprocess.run(
            ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "src"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        paths = [ROOT / name for name in listed if name.endswith((".h", ".cc"))]
        self.text = {path: path.read_text() for path in paths if path.exists()}

    def includes(self, path: Path) -> list[tuple[str, str]]:
        return INCLUDE.findall(self.text[path])

    def forbidden_way(self, path: Path) -> list[str] | None:
        """The shortest chain of includes from `path` to a forbidden header."""
        ways = [[path]]
        seen = {path}
        for way in ways:
            for mark, name in self.includes(way[-1]):
                if mark == "<":
                    if FORBIDDEN.match(name):
                        return [str(step.relative_to(SRC)) for step in way] + [f"<{name}>"]
                    continue
                below = SRC / name
                if below in self.text and below not in seen:
                    seen.add(below)
                    ways.append([*way, below])
        return None

    def implementations(self, header: Path) -> list[Path]:
        """The .cc files named like `header` that begin with it."""
        own = str(header.relative_to(SRC))
        found = []
        for path in header.parent.glob(f"{header.stem}*.cc"):
            if path not in self.text or path.name.endswith("_test.cc"):
                continue
            quoted = [name for mark, name in self.includes(path) if mark == '"']
            if own in quoted:
                found.append(path)
        return found


def claiming_files(tree: Tree) -> set[Path]:
    headers = {path for path, text in tree.text.items() if CLAIM.search(text)}
    files = set(headers)
    for header in headers:
        files.update(tree.implementations(header))
    return files


def module_files(tree: Tree, architecture: str, problems: list[str]) -> set[Path]:
    files: set[Path] = set()
    for row in MODULES.findall(architecture):
        for module in re.findall(r"`([\w/]+)`", row):
            below = {path for path in tree.text if (SRC / module) in path.parents}
            if not below:
                problems.append(f"ARCHITECTURE.md: src/{module} is gone")
            files.update(below)
    return files


def unclaimed_classes(tree: Tree, architecture: str) -> list[str]:
    problems = []
    for name in {first or second for first, second in CLASSES.findall(architecture)}:
        declared = re.compile(rf"^(class|struct) {name}\b(?!;)", re.MULTILINE)
        homes = [path for path, text in tree.text.items() if declared.search(text)]
        if not any(CLAIM.search(tree.text[path]) for path in homes):
            problems.append(f"ARCHITECTURE.md calls {name} sans-IO; its header does not")
    return problems


def main() -> int:
    tree = Tree()
    architecture = (ROOT / "ARCHITECTURE.md").read_text()
    problems: list[str] = []
    modules = module_files(tree, architecture, problems)
    if not modules:
        problems.append("ARCHITECTURE.md marks no module as sans-IO")
    problems += unclaimed_classes(tree, architecture)
    checked = modules | claiming_files(tree)
    for path in sorted(checked):
        name = path.relative_to(ROOT)
        if CLOCK.search(tree.text[path]):
            problems.append(f"{name} reads the clock")
        way = tree.forbidden_way(path)
        if way and SRC / way[1] not in checked:  # else that one is told of
            problems.append(f"{name} includes {' > '.join(way[1:])}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
