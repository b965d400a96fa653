"""Says which tests failed, from the JUnit files that CTest and pytest write.

test_report.py tests FILE: how many passed, and all that each failed test printed
test_report.py failures FOLDER STAGE…: the failed tests of these stages, each with its assertion,
    in few lines: where only the end of an output is kept, it must say everything

A stage is a file STAGE.xml or, where it has none, STAGE.log.
"""

import argparse
import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 200  # of a line that is shown
LOG_LINES = 200  # of one failed test's output
SUMMARY_LINES = 48  # for all failures together

# Where GoogleTest, pytest and the sanitizers begin to say what is wrong.
_CAUSE = re.compile(
    r": Failure$|^unknown file: |ERROR: \w+Sanitizer|runtime error: |^SUMMARY: "
    r"|[Tt]erminate called|Timeout"
)
_NOISE = re.compile(r"^\[[ =\-A-Z0-9]+\]|^Note: |^Running main|^\s*$")
_ERROR = re.compile(r"error:|FAILED")


@dataclass(frozen=True)
class Failure:
    name: str
    message: str  # the assertion alone
    output: str  # all there is


def _cause(output: str) -> str:
    """The part of a test program's output that says what is wrong."""
    lines = output.splitlines()
    begin = next((i for i, line in enumerate(lines) if _CAUSE.search(line)), None)
    if begin is None:
        return "\n".join([line for line in lines if not _NOISE.match(line)][-4:])
    cause = lines[begin : begin + 1]
    for line in lines[begin + 1 : begin + 12]:
        if _NOISE.match(line):
            break
        cause.append(line)
    return "\n".join(cause)


def _message(part: ElementTree.Element, output: str) -> str:
    """pytest gives the message of the exception; CTest how the program ended."""
    message = part.get("message") or ""
    if part.text:  # pytest; for fixtures: failed on setup with "the message"
        return message.partition(' with "')[2].rstrip('"') or message
    cause = _cause(output)
    if _CAUSE.search(cause):
        return cause
    return "\n".join(filter(None, [message, cause])) or "crash or timeout: it printed nothing"


def _broken(case: ElementTree.Element) -> list[ElementTree.Element]:
    """What says that a test failed. CTest calls it skipped when there was no program to run."""
    parts = [part for part in case if part.tag in ("failure", "error")]
    missing = "Unable to find"
    return parts + [p for p in case.iter("skipped") if missing in (p.get("message") or "")]


def read_failures(file: Path) -> tuple[list[Failure], int, int]:
    """The failed tests of a JUnit file, and how many passed and were skipped."""
    failures, passed, skipped = [], 0, 0
    for case in ElementTree.parse(file).getroot().iter("testcase"):
        name, group = case.get("name") or "?", case.get("classname") or ""
        if group and group != name:
            name = f"{group.replace('.', '/')}.py::{name}"
        broken = _broken(case)
        # One test may fail by itself and in the end of a fixture.
        for part in broken:
            output = part.text or case.findtext("system-out") or ""
            failures.append(Failure(name, _message(part, output), output))
        if not broken:
            skipped += case.find("skipped") is not None
            passed += case.find("skipped") is None
    return failures, passed, skipped


def show_tests(file: Path) -> None:
    failures, passed, skipped = read_failures(file)
    for failure in failures:
        print(f"--- FAILED {failure.name}")
        lines = failure.output.rstrip().splitlines()
        if len(lines) > LOG_LINES:
            lines = [f"[{len(lines) - LOG_LINES} lines left out]", *lines[-LOG_LINES:]]
        for line in lines:
            print(f"    {line}")
    print(f"  {passed} tests passed, {skipped} skipped, {len(failures)} failed")


def _failures_of_log(file: Path) -> list[Failure]:
    """A stage without tests: the lines that speak of an error, or the last ones."""
    text = file.read_text(errors="replace") if file.exists() else ""
    lines = [line for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if _ERROR.search(line)] or lines
    return [Failure("", "\n".join(telling[-8:]), text)]


def _shortened(failure: Failure, lines: int) -> list[str]:
    """The message in so many lines: those of a log as they are, an assertion without its breaks."""
    text = failure.message.replace(f"{ROOT}/", "")
    if failure.name:
        return textwrap.wrap(text, WIDTH, max_lines=lines, placeholder=" …")
    return [line[:WIDTH] for line in text.splitlines()[-lines:]]


def show_failures(folder: Path, stages: list[str]) -> None:
    found: list[tuple[str, Failure]] = []
    for stage in stages:
        report = folder / f"{stage}.xml"
        failures = read_failures(report)[0] if report.exists() else []
        found += [
            (stage, failure) for failure in failures or _failures_of_log(folder / f"{stage}.log")
        ]
    share = min(6, max(1, SUMMARY_LINES // max(1, len(found)) - 1))
    for stage, failure in found:
        print(f"  {stage}: {failure.name}".rstrip(": "))
        for line in _shortened(failure, share):
            print(f"      {line}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("tests").add_argument("file", type=Path)
    failures = commands.add_parser("failures")
    failures.add_argument("folder", type=Path)
    failures.add_argument("stages", nargs="+")
    options = parser.parse_args()
    if options.command == "tests":
        show_tests(options.file)
    else:
        show_failures(options.folder, options.stages)


if __name__ == "__main__":
    sys.exit(main())
