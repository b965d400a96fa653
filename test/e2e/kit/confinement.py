"""What the kernel says of a process: its privileges, filters and limits."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Confinement:
    capabilities: int  # those that it has or could get
    no_new_privileges: bool
    filters: int  # on its system calls
    core_limit: str
    file_limit: str


def confinement(pid: int) -> Confinement:
    """Of a process that runs."""
    folder = Path("/proc") / str(pid)
    status = dict(
        line.split(":\t", 1)
        for line in (folder / "status").read_text().splitlines()
        if ":\t" in line
    )
    limits = {
        line[:26].strip(): line[26:].split()[1]
        for line in (folder / "limits").read_text().splitlines()
    }
    names = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    return Confinement(
        capabilities=max(int(status[name], 16) for name in names),
        no_new_privileges=status["NoNewPrivs"] == "1",
        filters=int(status["Seccomp_filters"]),
        core_limit=limits["Max core file size"],
        file_limit=limits["Max file size"],
    )


def command_line(pid: int) -> str:
    return (Path("/proc") / str(pid) / "cmdline").read_bytes().rstrip(b"\0").decode()


def command_name(pid: int) -> str:
    return (Path("/proc") / str(pid) / "comm").read_text().strip()
