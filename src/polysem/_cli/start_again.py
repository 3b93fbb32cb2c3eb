"""`polysem explore` starts again with the allocator of C, before anything is loaded.

Python's own keeps what closed pages used (a fifth of the memory after a dozen pages); which one a
process has is settled when it starts. Linux only, where freed memory is then handed back. Who sets
PYTHONMALLOC has chosen.
"""

from __future__ import annotations

import os
import sys

VARIABLE, PLAIN = "PYTHONMALLOC", "malloc"


def start_again(arguments: list[str]) -> None:
    """Become the same command with PYTHONMALLOC=malloc, if it is one that serves pages."""
    if arguments[:1] != ["explore"] or sys.platform != "linux" or VARIABLE in os.environ:
        return
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, VARIABLE: PLAIN})
