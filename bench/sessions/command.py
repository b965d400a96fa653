"""The command: which scenarios, how often, against what."""

import argparse
import asyncio
import json
import shutil
import sys
from pathlib import Path

from devstack import StartFailed, WaitTimeout
from sessions.bed import Options, Refused
from sessions.catalogue import CATALOGUE
from sessions.report import summary
from sessions.sides import Side, sides

_LOG_LINES = 8  # of an ingress that refused a stream


async def main(description: str) -> None:
    arguments = _arguments(description)
    options = Options(
        seconds=arguments.seconds,
        footage=arguments.footage and arguments.footage.resolve(),
        ppm=arguments.ppm,
        minutes=arguments.minutes,
        starts=arguments.starts,
        logs=arguments.logs,
    )
    for name in arguments.names:
        CATALOGUE[name].prepare(options)
    for name in arguments.names:
        results = []
        for _ in range(arguments.runs):
            compared = None if CATALOGUE[name].without_ingress else arguments.reference
            for side in sides(compared):
                results.append(await _run(name, side, options))
                print(json.dumps(results[-1]), flush=True)
        print(json.dumps(summary(name, results)), flush=True)


async def _run(name: str, side: Side, options: Options) -> dict:
    result = {"scenario": name, "side": side.name}
    try:
        async with side.bed(options) as bed:
            result["machine_busy_before"] = round(bed.busy_before, 2)
            try:
                result |= await CATALOGUE[name].run(bed)
                if given_up := bed.given_up():
                    result["given_up"] = given_up
                return result
            except Refused as refused:
                log = bed.stack.ingress.process.tail(_LOG_LINES).splitlines()
                return result | {"refused": str(refused), "log": [line[:200] for line in log]}
    except WaitTimeout as failed:
        return result | {"failed": str(failed)}
    except StartFailed as failed:
        return result | {"refused": f"did not start: {failed}"}


def _arguments(description: str) -> argparse.Namespace:
    default = Options()
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CATALOGUE))
    parser.add_argument("--reference", type=_program, help="a drop-in ingress to compare with")
    parser.add_argument("--runs", type=int, default=1, help="of each scenario and side, in turns")
    parser.add_argument("--seconds", type=float, default=default.seconds, help="of a session")
    parser.add_argument("--footage", type=_file, help="a film in place of made pictures")
    parser.add_argument("--ppm", type=float, default=default.ppm, help="of drift-fast, drift-slow")
    parser.add_argument("--minutes", type=float, default=default.minutes, help="of the same")
    parser.add_argument(
        "--starts", type=int, default=default.starts, help="of starts, missed-tracks"
    )
    parser.add_argument("--logs", type=Path, help="a folder that keeps the servers' logs")
    arguments = parser.parse_args()
    arguments.names = arguments.names or list(CATALOGUE)
    if unknown := [name for name in arguments.names if name not in CATALOGUE]:
        parser.error(f"no scenario {', '.join(unknown)}; there are {', '.join(CATALOGUE)}")
    return arguments


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text} is no file")
    return path


def _program(text: str) -> Path:
    path = _file(text)
    if shutil.which(path.resolve()) is None:
        raise argparse.ArgumentTypeError(f"{text} cannot be executed")
    return path


def run(description: str) -> None:
    try:
        asyncio.run(main(description))
    except KeyboardInterrupt:
        sys.exit(130)
