"""Writes the tables of docs/ and README.md that come from the program's own: reference.py [--check]

A page is written by hand; what lies between `<!-- table: NAME -->` and `<!-- end -->` is made here.
Fields of the debug pages and environment variables have no table in the code that says what they
mean: their pages are written by hand, and checked for names that are missing or no more.
"""

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

from cpp_text import Item, Text, calls, closing, parse_list, table

ROOT = Path(__file__).resolve().parents[2]
SRC, DOCS = ROOT / "src", ROOT / "docs"
_BLOCK = re.compile(r"(<!-- table: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


class Unknown(Exception):
    """The code says something in a way that this program does not read."""


def sources() -> list[Path]:
    return [p for p in sorted(SRC.rglob("*.cc")) if not p.name.endswith("_test.cc")]


def markdown(*rows: tuple[str, ...]) -> str:
    """The first row is the head."""
    lines = [rows[0], ("---",) * len(rows[0]), *rows[1:]]
    return "".join("| " + " | ".join(cell or "–" for cell in line) + " |\n" for line in lines)


def literal(item: Item, what: str) -> str:
    if not isinstance(item, Text):
        raise Unknown(f"{what}: {item!r} is no text")
    return item.value


# --- metrics -----------------------------------------------------------------------------------


def label_keys(items: list[Item], what: str) -> list[str]:
    """The names in a braced list of labels."""
    keys = []
    for item in items:
        if not isinstance(item, list) or len(item) != 2:
            raise Unknown(f"the labels of {what}: {item!r} is no pair of name and value")
        keys.append(literal(item[0], f"the labels of {what}"))
    return keys


def enum_label(type_name: str, all_text: str) -> str:
    """The label that Label(type_name) names."""
    found = re.search(
        rf"LabelText Label\({type_name} value\) \{{.*?return \{{\"(\w+)\"", all_text, re.S
    )
    if not found:
        raise Unknown(f"there is no Label({type_name})")
    return found[1]


def added_labels(text: str, family: str, what: str) -> set[str]:
    """The labels that a file gives to the series of a family that it keeps as `family`."""
    keys: set[str] = set()
    for _, arguments, _ in calls(text, rf"\b{family}\.Add"):
        for argument in arguments[:1]:
            if isinstance(argument, list):
                keys.update(label_keys(argument, what))
                continue
            made = re.search(rf"prometheus::Labels {argument}\s*(?:= )?(?=\{{)", text)
            if not made:
                raise Unknown(
                    f"the labels of {what}: write those of {argument} as {{{{name, value}}}}"
                )
            keys.update(label_keys(parse_list(text[made.end() :]), what))
    return keys


def labels_of(text: str, at: int, end: int, what: str, everything: str) -> set[str]:
    """The labels of the family that the call from `at` to `end` registers."""
    chained = re.match(r"\s*\.Add\(", text[end:])
    if chained:
        start = end + chained.end() - 1
        first = parse_list(text[start : closing(text, start)])[:1]
        return set(label_keys(first[0], what)) if first and isinstance(first[0], list) else set()
    keeper = re.search(r"(\w+)(?:\(|\{| = )\s*\w+\s*(?:\.|->)\s*$", text[:at])
    if not keeper:
        raise Unknown(f"{what}: its family is not kept in a member or a variable")
    family = keeper[1]
    enums = re.search(rf"Family<prometheus::\w+, ([\w, ]+)> {family};", everything)
    if enums:
        return {enum_label(name.strip(), everything) for name in enums[1].split(",")}
    found = added_labels(text, family, what)
    if not found and f"{family}.Add(" not in text:
        raise Unknown(f"{what}: nothing is added to {family}")
    return found


def metrics() -> str:
    headers = "".join(path.read_text() for path in sorted(SRC.rglob("*.h")))
    everything = headers + "".join(path.read_text() for path in sources())
    rows = []
    for path in sources():
        text = path.read_text()
        pattern = r"(?<!::)\bAdd(Counter|Gauge|Histogram)"
        for match, arguments, end in calls(text, pattern):
            name, meaning = (literal(item, f"{path.name}: {match[0]}") for item in arguments[:2])
            extra = arguments[2] if len(arguments) > 2 else []
            if not isinstance(extra, list):
                raise Unknown(f"{name}: its labels {extra!r} are no list")
            labels = set(label_keys(extra, name))
            labels |= labels_of(text, match.start(), end, name, everything)
            shown = ", ".join(f"`{label}`" for label in sorted(labels))
            rows.append((f"`{name}`", match[1].lower(), shown, meaning))
    text = (SRC / "observability" / "process_metrics.cc").read_text()
    for _, arguments, _ in calls(text, r"\badd"):
        name, meaning = (literal(item, "a process metric") for item in arguments[:2])
        rows.append((f"`{name}`", str(arguments[2]).lower(), "", meaning))
    return markdown(("metric", "kind", "labels", "meaning"), *sorted(set(rows)))


# --- failures, warnings, configuration ---------------------------------------------------------


def failures() -> str:
    rtmp = table((SRC / "input" / "rtmp" / "refusal.cc").read_text(), "RtmpStatus")
    statuses = {str(code): status for code, status in rtmp}
    rows = []
    for row in table((SRC / "domain" / "failure.cc").read_text(), "FailureTraits"):
        code, name, cause, remedy, psrpc, clean = row
        status = statuses[str(code)]
        texts = [literal(item, "a failure") for item in (name, cause, remedy, status, psrpc)]
        end = {"true": "in order", "false": "as an error"}[str(clean)]
        rows.append((f"`{texts[0]}`", texts[1], texts[2], f"`{texts[3]}`", f"`{texts[4]}`", end))
    head = ("code", "cause", "remedy", "RTMP status", "psrpc code", "ends the session")
    return markdown(head, *rows)


def warnings() -> str:
    rows = []
    for row in table((SRC / "domain" / "warning.cc").read_text(), "WarningTraits"):
        name, cause, remedy = (literal(item, "a warning") for item in row[1:4])
        rows.append((f"`{name}`", cause, remedy))
    return markdown(("code", "what viewers miss", "remedy"), *rows)


WHEN = {"kAtOnce": "at once", "kAtRestart": "at a restart"}


def shown_default(value: str, absent: str) -> str:
    """A number as it is, another value as code; what people call it besides."""
    shown = value if not value or value[0].isdigit() else f"`{value}`"
    return f"{shown} ({absent})" if value and absent else shown or absent


def keys() -> str:
    """An option without words of its own stands in the row of the one before."""
    rows: list[list[str]] = []
    for option in table((SRC / "config" / "options.cc").read_text(), "Option"):
        path, value, absent, meaning = (
            literal(option[at], "an option's path, default or meaning") for at in (0, 2, 3, 4)
        )
        default = shown_default(value, absent)
        if meaning:
            rows.append([f"`{path}`", default, WHEN[str(option[1])], meaning])
            continue
        if rows[-1][2] != WHEN[str(option[1])]:
            raise Unknown(f"{path} has no meaning of its own, but applies at another time")
        rows[-1][0] += f", `{path}`"
        if default and default != rows[-1][1]:
            rows[-1][1] += f", {default}"
    return markdown(("key", "default", "a change applies", "meaning"), *map(tuple, rows))


def keys_without_effect() -> str:
    """By reason: a section has dozens of keys and one of them."""
    keys: dict[str, list[str]] = {}
    for row in table((SRC / "config" / "schema.cc").read_text(), "KeySpec"):
        if len(row) > 2 and isinstance(row[2], Text):
            keys.setdefault(row[2].value, []).append(f"`{literal(row[0], 'a key')}`")
    rows = [(", ".join(names), reason) for reason, names in keys.items()]
    return markdown(("keys", "why they do nothing here"), *rows)


TABLES: dict[str, Callable[[], str]] = {
    "metrics": metrics,
    "failures": failures,
    "warnings": warnings,
    "keys": keys,
    "keys-without-effect": keys_without_effect,
}


# --- pages that are written by hand ------------------------------------------------------------


def fields_of_debug_pages() -> set[str]:
    names: set[str] = set()
    for file in (
        "service/session/session_dump.cc",
        "service/session/drop_reasons.h",
        "service/pages/debug_pages.cc",
        "handler/publish_session_report.cc",
        "handler/session_runner.cc",
        "whip_source/client_description.cc",
    ):
        text = re.sub(r"logger_?\.\w+\([^;]*;", "", (SRC / file).read_text())
        names.update(re.findall(r'\{"(\w+)",', text))
        names.update(re.findall(r'\["(\w+)"\]', text))
    return names


def environment_variables() -> set[str]:
    names: set[str] = set()
    for path in sources():
        names.update(re.findall(r'(?:getenv|Environment)\("(\w+)"\)', path.read_text()))
    text = (SRC / "ipc" / "environment.cc").read_text()
    return names | set(re.findall(r'"([A-Z_]+)"sv', text))


CHECKED: dict[str, Callable[[], set[str]]] = {
    "debug-pages.md": fields_of_debug_pages,
    "environment.md": environment_variables,
}


def check_names(page: Path, wanted: set[str]) -> list[str]:
    """Names stand in backticks in the page's tables, the first column of which has nothing else."""
    rows = [line for line in page.read_text().splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    defined = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    where = page.relative_to(ROOT)
    missing = [f"{where} does not say what `{name}` is" for name in sorted(wanted - named)]
    stale = [f"{where} names `{name}`, which is no more" for name in sorted(defined - wanted)]
    return missing + stale


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    complaints = []
    for page in [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]:
        before = page.read_text()
        after = _BLOCK.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], before)
        if after == before:
            continue
        if check:
            complaints.append(
                f"{page.relative_to(ROOT)} is not what the code says: run script/docs"
            )
        else:
            page.write_text(after)
    for name, wanted in CHECKED.items():
        complaints += check_names(DOCS / name, wanted())
    print("\n".join(complaints), file=sys.stderr, end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
