"""The scripts themselves: what they say without a build."""

import subprocess
import sys
from pathlib import Path

import pytest

from devstack import ROOT

SCRIPTS = ("bootstrap", "build", "clean", "docs", "lint", "server", "test")
REPORT = ROOT / "script" / "lib" / "test_report.py"

CTEST = """<testsuite>
  <testcase name="flv.Good" classname="flv.Good" status="run"/>
  <testcase name="flv.Skips" classname="flv.Skips" status="notrun">
    <skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/></testcase>
  <testcase name="flv.Bad" classname="flv.Bad" status="fail"><failure message=""/>
    <system-out>[ RUN      ] Flv.Bad
src/flv/tag_test.cc:12: Failure
Expected equality of these values:
  1
  2
[  FAILED  ] Flv.Bad (0 ms)</system-out></testcase>
  <testcase name="flv.Dies" classname="flv.Dies" status="fail"><failure message=""/>
    <system-out></system-out></testcase>
  <testcase name="flv.Gone" classname="flv.Gone" status="notrun">
    <skipped message="Unable to find executable"/></testcase>
</testsuite>"""
PYTEST = """<testsuites><testsuite>
  <testcase classname="test_a" name="test_ok"/>
  <testcase classname="test_a" name="test_no[x]">
    <failure message="AssertionError: no picture&#10;assert 0">long trace</failure></testcase>
  <testcase classname="test_a" name="test_late">
    <error message="failed on teardown with &quot;RuntimeError: left over&quot;">trace</error>
  </testcase>
</testsuite></testsuites>"""


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_is_shown_and_nothing_else_done(name: str):
    script = ROOT / "script" / name
    done = subprocess.run([script, "--help"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert f"script/{name}" in done.stdout
    assert "shellcheck source" not in done.stdout


def report(*arguments: str | Path) -> list[str]:
    argv = [sys.executable, REPORT, *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=30)
    return [line.strip() for line in done.stdout.splitlines()]


def test_each_failure_of_a_run_is_named_with_its_assertion(tmp_path: Path):
    (tmp_path / "unit.xml").write_text(CTEST)
    (tmp_path / "e2e.xml").write_text(PYTEST)
    (tmp_path / "build.log").write_text("[1/2] a.cc\na.cc:3:1: error: no such thing\n[2/2]\n")
    assert report("failures", tmp_path, "build", "unit", "e2e") == [
        "build",
        "a.cc:3:1: error: no such thing",
        "unit: flv.Bad",
        "src/flv/tag_test.cc:12: Failure Expected equality of these values:   1   2",
        "unit: flv.Dies",
        "crash or timeout: it printed nothing",
        "unit: flv.Gone",
        "Unable to find executable",
        "e2e: test_a.py::test_no[x]",
        "AssertionError: no picture assert 0",
        "e2e: test_a.py::test_late",
        "RuntimeError: left over",
    ]


def test_a_stage_that_passed_is_one_line(tmp_path: Path):
    (tmp_path / "unit.xml").write_text('<testsuite><testcase name="a" status="run"/></testsuite>')
    assert report("tests", tmp_path / "unit.xml") == ["1 tests passed, 0 skipped, 0 failed"]


def test_many_failures_share_the_lines_that_are_read(tmp_path: Path):
    case = '<testcase name="t{}" status="fail"><failure message="{}"/></testcase>'
    words = "a long story of what went wrong " * 40
    cases = "".join(case.format(number, words) for number in range(24))
    (tmp_path / "unit.xml").write_text(f"<testsuite>{cases}</testsuite>")
    assert len(report("failures", tmp_path, "unit")) == 48
