"""The command line: one thin file per verb; every error is one sentence and an exit code."""

from __future__ import annotations

import signal
import sys

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Entry point of `polysem`; always leaves through `SystemExit`.

    Exit code 0 done, 1 finished with failures reported, 2 bad input, 130 interrupted.
    """
    if arguments is None:
        from polysem._cli.start_again import start_again

        start_again(arguments := sys.argv[1:])
    code = run(arguments)
    if code == EXIT_INTERRUPTED and arguments == sys.argv[1:]:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # one more would end us with another code
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command and give back its exit code; errors are printed, never raised."""
    import typer

    from polysem._cli.app import build
    from polysem._errors import PolysemError, one_line

    try:
        code = build().main(arguments or ["--help"], prog_name="polysem", standalone_mode=False)
    except PolysemError as error:
        return _complain(one_line(str(error)), error.exit_code)
    except typer.TyperException as error:
        return _complain(one_line(error.format_message()), EXIT_BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        _silence_stdout()
        return 0
    if code == EXIT_INTERRUPTED:  # the library may turn Ctrl-C into this code by itself
        return _complain("Interrupted; what was finished is kept.", EXIT_INTERRUPTED)
    return code if isinstance(code, int) else 0


def _complain(sentence: str, code: int) -> int:
    print(f"polysem: {sentence}", file=sys.stderr)
    return code


def _silence_stdout() -> None:
    """The reader of our output has gone (`| head`): leave without a traceback at exit."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
