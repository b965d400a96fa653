"""The program and its library were built with what makes a fault of theirs harder to use."""

import subprocess
from pathlib import Path

import pytest

from devstack import paths
from kit.elf import missing_hardening


def files() -> list[Path]:
    program = paths.ingress_binary()
    return [program, program.parent.parent / "lib" / "libingress_gst.so"]


@pytest.mark.parametrize("file", files(), ids=lambda file: file.name)
def test_release_is_hardened(file: Path):
    assert missing_hardening(file) == []


def test_a_build_without_it_is_noticed(tmp_path: Path):
    source = tmp_path / "plain.c"
    source.write_text("int main(void) { return 0; }\n")
    program = tmp_path / "plain"
    plain = ["-no-pie", "-fcf-protection=none", "-Wl,-z,norelro,-z,lazy,-z,execstack"]
    subprocess.run(["clang-19", "-fuse-ld=lld", *plain, source, "-o", program], check=True)
    assert set(missing_hardening(program)) >= {
        "position-independent code",
        "read-only relocations",
        "binding at the start",
        "a stack that is no code",
        "stack protector",
    }
