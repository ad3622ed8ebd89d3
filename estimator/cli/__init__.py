"""argv -> api -> stdout and exit code; the only room that prints.

Each module holds a group of commands; only the module of the command that runs is imported.
"""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys

import click

from estimator.errors import EstimatorError

COMMANDS = {
    "calibrate": "calibrate",
    "check": "check",
    "diff": "lock",
    "estimate": "estimate",
    "explain": "rules",
    "fit": "fit",
    "flash": "flash",
    "link": "link",
    "lock": "lock",
    "measure": "measure",
    "plan": "plan",
    "resolver": "resolver",
    "rules": "rules",
    "strip": "strip",
    "targets": "targets",
    "validate": "validate",
}
"""Command -> module of this package that defines it as a click command of the same name."""

EXIT_ERROR = 2
EXIT_BROKEN_PIPE = 1
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"estimator.cli.{COMMANDS[cmd_name]}")
        command = getattr(module, cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mculint")
def cli() -> None:
    """Say what a .tflite model needs on a microcontroller under TensorFlow Lite Micro.

    SRAM to the byte, Flash, latency, and whether TFLM accepts it; nothing is compiled or run.
    """


class Terminated(KeyboardInterrupt):
    """SIGTERM: ends what an interrupt would end."""


def main() -> None:
    """Entry point of the command ``mculint``."""
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may not know every letter
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except EstimatorError as error:
        complain(str(error))
        code = EXIT_ERROR
    except click.ClickException as error:
        error.show()
        code = EXIT_ERROR
    except (click.Abort, KeyboardInterrupt) as error:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is ending; a second one changes nothing
        terminated = isinstance(error.__context__ or error, Terminated)
        click.echo("terminated" if terminated else "interrupted", err=True)
        code = EXIT_TERMINATED if terminated else EXIT_INTERRUPTED
    except BrokenPipeError:  # nobody reads any more, as in `mculint rules | head`
        code = EXIT_BROKEN_PIPE
        _discard_output()
    except OSError as error:
        complain(f"{error.filename or 'output'}: {error.strerror or error}")
        code = EXIT_ERROR
        _discard_output()
    sys.exit(code if isinstance(code, int) else 0)


def _terminate(number: int, frame: object) -> None:
    raise Terminated


def complain(message: str) -> None:
    """An error's text holds names from models and files: nothing in it acts on a terminal or CI."""
    from estimator.reports._escape import printable

    lines = [printable(line) for line in message.split("\n")]
    click.echo("error: " + "\n  | ".join(lines), err=True)


def _discard_output() -> None:
    """What is still buffered for standard output goes nowhere, without another error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
