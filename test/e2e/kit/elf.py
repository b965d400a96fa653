"""How a program or library was built, as llvm-readelf tells."""

import re
import subprocess
from pathlib import Path

READELF = "llvm-readelf-19"


def _readelf(file: Path, *what: str) -> str:
    return subprocess.run([READELF, *what, file], check=True, capture_output=True, text=True).stdout


def missing_hardening(file: Path) -> list[str]:
    """What cmake/Hardening.cmake asks for and `file` does not have."""
    dynamic = _readelf(file, "--dynamic-table")
    segments = _readelf(file, "--program-headers", "--wide")
    notes = _readelf(file, "--notes")
    symbols = _readelf(file, "--dyn-syms", "--wide")
    is_program = re.search(r"^\s*INTERP\s", segments, re.MULTILINE) is not None
    stack = re.search(r"^\s*GNU_STACK\s+.*$", segments, re.MULTILINE)
    has = {
        "position-independent code": re.search(r"FLAGS_1.*\bPIE\b", dynamic) or not is_program,
        "read-only relocations": "GNU_RELRO" in segments,
        "binding at the start": re.search(r"FLAGS_1.*\bNOW\b", dynamic),
        "a stack that is no code": stack and "E" not in stack[0].split()[-2],
        "no segment to write and run": not re.search(r"\sRWE\s", segments),
        "no relocations in code": "(TEXTREL)" not in dynamic,
        "no search path of its own": "(RPATH)" not in dynamic and "(RUNPATH)" not in dynamic,
        "stack protector": "__stack_chk_fail" in symbols,
        "assertions of the standard library": "__glibcxx_assert_fail" in symbols,
    }
    if "X86-64" in _readelf(file, "--file-header"):
        has["shadow stack"] = "SHSTK" in notes
    return [name for name, found in has.items() if not found]
