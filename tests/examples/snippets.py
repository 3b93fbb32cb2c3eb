"""Blocks of a Markdown page, in the order in which a reader would run them."""

import re
from typing import NamedTuple

FENCE = re.compile(
    r"(?:<!-- not run: (?P<why>.+?) -->\n+)?^```(?P<language>\S*)\n(?P<text>.*?)^```$"
    r"|(?P<indented>(?:^    polysem .*\n)+)",
    flags=re.DOTALL | re.MULTILINE,
)


class Block(NamedTuple):
    """`kind` — python, output (what the block before prints), command, or file (`name`).

    `why` — the reason not to run it.
    """

    kind: str
    text: str
    why: str = ""
    name: str = ""


def blocks(page: str) -> list[Block]:
    """What can be run, and the files it needs (```yaml blocks that begin with `# name.yaml`)."""
    found = []
    for match in FENCE.finditer(page):
        text, language = match["text"] or match["indented"], match["language"] or ""
        why = match["why"] or ""
        named = re.match(r"# (\S+\.\w+)\n", text)
        if language == "python":
            found.append(Block("python", text, why))
        elif language == "text":
            found.append(Block("output", text))
        elif language == "yaml" and named:
            found.append(Block("file", text, why, named[1]))
        elif not language:
            found += [Block("command", line, why) for line in commands(text)]
    return found


def commands(text: str) -> list[str]:
    """Lines that call polysem, without the indentation."""
    return [line.strip() for line in text.splitlines() if line.strip().startswith("polysem ")]
