"""Every snippet of the documentation and the README runs, page by page, as a reader would.

Python blocks of a page share their names, as in a notebook; commands run in the same folder. What
takes long is compiled or parsed only, and says so: in the page by `<!-- not run: reason -->`, or
below for commands. Pages of Python alone that make pictures are run by the site's build, which
tests/meta/test_docs_site.py does; running them here, too, would tell nothing more.
"""

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer
from tests.examples.snippets import Block, blocks

from polysem._cli import run as polysem_command
from polysem._cli.app import build

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
ALL = [ROOT / "README.md", *sorted(p for p in DOCS.rglob("*.md") if "generated" not in p.parts)]
NOT_RUN = {
    r"--full": "hours; tests of claims and of reproduce run small sizes",
    r"--cluster": "needs a scheduler; tests/unit/test_sweep_dask.py has one",
    r"polysem reproduce": "minutes; tests/unit/test_reproduce_whole.py runs a small one",
    r"polysem benchmark-origin": "many minutes; it has tests of its own",
    r"polysem claims(?!.*--seeds)": "minutes; tests/unit/test_claims_whole.py runs some",
    r"polysem explore": "serves until it is interrupted; tests/browser runs it",
    r"[A-Z]{3,}|…|module:function": "has placeholders",
}
EXPECTED = re.compile(r"# exit code (\d)")


def reason(block: Block) -> str:
    """Why a command is parsed and not run; '' if it is run."""
    return block.why or next((w for p, w in NOT_RUN.items() if re.search(p, block.text)), "")


def parse(line: str) -> None:
    """Raise if the command line has an unknown verb, option or value."""
    verb, *rest = shlex.split(line, comments=True)[1:]
    group = build()
    command = group.get_command(typer.Context(group), verb)
    assert command is not None, f"no verb {verb}"
    if not rest or rest[0] != "--help":
        command.make_context(verb, [word.replace("…", "x") for word in rest])


def run_command(line: str) -> None:
    """Run it and compare its exit code with the one in its comment, 0 if it says none."""
    expected = EXPECTED.search(line)
    code = polysem_command(shlex.split(line, comments=True)[1:])
    assert code == (int(expected[1]) if expected else 0), line


def run(block: Block, names: dict, folder: Path, printed: str = "") -> None:
    """One block in `folder`; `printed` — by the block before."""
    if block.kind == "output":
        assert printed == block.text
    elif block.kind == "file":
        (folder / block.name).write_text(block.text)
    elif block.kind == "python":
        code = compile(block.text, "snippet", "exec")
        if not block.why:
            exec(code, names)
    elif reason(block):
        parse(block.text)
    else:
        run_command(block.text)


def run_by_the_build(page: str) -> bool:
    """True if all that could be run on a page is Python that makes its pictures."""
    own = re.search(r"<!-- picture (?!/)", page)
    return bool(own and find_spec("sphinx")) and {b.kind for b in blocks(page)} == {"python"}


PAGES = [page for page in ALL if not run_by_the_build(page.read_text())]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_page(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    go_through(page.read_text(), tmp_path, capsys)


def go_through(page: str, folder: Path, capsys) -> None:
    names: dict = {"__name__": "snippet"}
    for block in blocks(page):
        run(block, names, folder, capsys.readouterr().out)


@pytest.mark.parametrize(
    "page",
    [
        "```python\nraise ValueError\n```\n",
        "```python\nx = 1\n```\n\n```python\ny\n```\n",
        "```python\nprint(1)\n```\n\n```text\n2\n```\n",
        "```\npolysem simulate --n 0 --m 4 --l1 0.1\n```\n",
        "    polysem claims --ful\n",
        "    polysem nothing\n",
    ],
)
def test_this_test_can_fail(page, tmp_path, capsys):
    with pytest.raises((AssertionError, NameError, ValueError, typer.TyperException)):
        go_through(page, tmp_path, capsys)


@pytest.mark.skipif(find_spec("sphinx") is None, reason="without Sphinx all pages are run here")
def test_only_pages_of_python_with_pictures_are_left_to_the_build():
    page = "```python\nx = 1\n```\n\n<!-- picture a.svg: An a. -->\n"
    assert run_by_the_build(page)
    for more in ("    polysem doctor\n", "```text\n1\n```\n"):
        assert not run_by_the_build(page + more)
    assert not run_by_the_build("```python\nx = 1\n```\n\n<!-- picture /a.svg: An a. -->\n")
    left = {page.name for page in ALL} - {page.name for page in PAGES}
    assert "figures.md" in left
    assert len(left) <= 6
