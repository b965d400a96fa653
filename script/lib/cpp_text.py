"""Reads tables out of C++ source: string literals, calls and braced lists. No compiler is needed.

It knows what clang-format leaves of this project's code, no more; what it does not know is an
error, never a guess.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r'(?P<space>\s+|//[^\n]*)|(?P<string>"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z_][\w:]*)'
    r"|(?P<number>[0-9][\w.']*)|(?P<sign>.)"
)
_CONSTANT = re.compile(r'constexpr std::string_view (\w+)\s*=\s*((?:"(?:[^"\\]|\\.)*"\s*)+);')
_OPEN, _CLOSE = "({[", ")}]"


@dataclass(frozen=True)
class Text:
    """A string literal, with those that follow it."""

    value: str


Item = Text | str | list  # a literal, other source text, a braced list


def tokens(source: str) -> list[str]:
    found = (match for match in _TOKEN.finditer(source) if match.lastgroup != "space")
    return [match.group() for match in found]


def unquote(literal: str) -> str:
    return literal[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def constants(source: str) -> dict[str, str]:
    """The string constants of a file, by name."""
    return {
        name: "".join(unquote(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"', value))
        for name, value in _CONSTANT.findall(source)
    }


def parse_list(source: str) -> list[Item]:
    """What stands between the bracket that `source` begins with and its counterpart."""
    items, _ = _parse(tokens(source), 1)
    return items


def _parse(all_tokens: list[str], at: int) -> tuple[list[Item], int]:
    items: list[Item] = []
    current: list[str | list] = []
    while True:
        token = all_tokens[at]
        if token == "{" or (token in _OPEN and not current):
            inner, at = _parse(all_tokens, at + 1)
            current.append(inner)
            continue
        if token in _OPEN:  # a call or an index: its text is of no use
            _, at = _parse(all_tokens, at + 1)
            current.append("()")
            continue
        if token in _CLOSE or token == ",":
            if current:
                items.append(_item(current))
                current = []
            if token != ",":
                return items, at + 1
        else:
            current.append(token)
        at += 1


def _item(parts: list[str | list]) -> Item:
    if all(isinstance(part, str) and part.startswith('"') for part in parts):
        return Text("".join(unquote(part) for part in parts))
    lists = [part for part in parts if isinstance(part, list)]
    if lists:  # `Type{…}` and `.member = {…}` are their list
        return lists[-1]
    return "".join(str(part) for part in parts)


def calls(source: str, pattern: str) -> Iterator[tuple[re.Match, list[Item], int]]:
    """Each call whose name matches: the match, its arguments, and where the call ends."""
    for match in re.finditer(rf"(?:{pattern})\(", source):
        end = closing(source, match.end() - 1)
        yield match, parse_list(source[match.end() - 1 : end]), end


def closing(source: str, at: int) -> int:
    """The place behind the bracket that closes the one at `at`."""
    depth = 0
    for match in _TOKEN.finditer(source, at):
        if match.group() in _OPEN:
            depth += 1
        elif match.group() in _CLOSE:
            depth -= 1
            if depth == 0:
                return match.end()
    raise ValueError(f"no end of the bracket in: {source[at : at + 80]}")


def table(source: str, row_type: str) -> list[list[Item]]:
    """The rows of `std::to_array<row_type>({…})`, constants in place of their names."""
    start = source.index(f"to_array<{row_type}>(") + len(f"to_array<{row_type}>(")
    known = constants(source)

    def resolved(item: Item) -> Item:
        return Text(known[item]) if isinstance(item, str) and item in known else item

    return [[resolved(item) for item in row] for row in parse_list(source[start:])]
