"""Reads a source: a head of `key: value` lines, a line `---`, then blocks.

Blocks are set apart by empty lines. `# ` to `### ` begin headings, `- `, `1. ` and `(a) ` list items, `|` table rows; anything
else is a paragraph, whose line breaks are kept. `**bold**` is the only mark inside a line. `{name key=value "text"}` at the
start of a line is a directive: it stands alone (`{page}`), begins a table, or is followed by the paragraph it shapes.
In a table `<` joins a cell with the one on its left, `^` with the one above.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

DIRECTIVE = re.compile(r"\{([a-z-]+)([^{}]*)\}(.*)")
ARGUMENT = re.compile(r'"([^"]*)"|(\w+)=(\S+)|(\S+)')
ITEM = re.compile(r"(-|\d+\.|\([a-z]\)) (.*)")


@dataclass
class Block:
    kind: str  # heading, paragraph, item, table, or a directive's name
    text: str = ""
    level: int = 0
    marker: str = ""
    rows: list[list[str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)


@dataclass
class Source:
    name: str
    head: dict[str, str]
    blocks: list[Block]
    body: str

    def get(self, key: str) -> str:
        return self.head.get(key, "")


def read(path: Path) -> Source:
    head, _, body = path.read_text(encoding="utf-8").partition("\n---\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return Source(path.stem, fields, blocks(body), body)


def blocks(body: str) -> list[Block]:
    found: list[Block] = []
    fresh = True
    for line in body.splitlines():
        if not line.strip():
            fresh = True
            continue
        last = found[-1] if found else None
        if match := DIRECTIVE.fullmatch(line):
            found.append(directive(*match.groups()))
        elif line.startswith("#"):
            marks, text = line.split(" ", 1)
            found.append(Block("heading", text, level=len(marks)))
        elif match := ITEM.fullmatch(line):
            found.append(Block("item", match[2], marker=match[1]))
        elif line.startswith("|"):
            if last is None or last.kind != "table":
                raise ValueError(f"a table row without {{table}}: {line}")
            last.rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif not fresh and last is not None and last.kind == "paragraph":
            last.text += "\n" + line
        elif last is not None and last.kind in ("center", "abstract") and not last.text:
            last.text = line
        else:
            found.append(Block("paragraph", line))
        fresh = False
    return found


def directive(name: str, arguments: str, rest: str) -> Block:
    block = Block(name, rest)
    for quoted, key, value, word in ARGUMENT.findall(arguments):
        if key:
            block.options[key] = value
        else:
            block.words.append(word or quoted)
    return block


def plain(text: str) -> str:
    return text.replace("**", "")
