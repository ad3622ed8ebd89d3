"""argv -> api -> stdout and exit code; the only room that prints.

Each module holds a group of commands; only the module of the command that runs is imported.
"""

from __future__ import annotations

import importlib
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
EXIT_INTERRUPTED = 130


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


def main() -> None:
    """Entry point of the command ``mculint``."""
    try:
        code = cli.main(standalone_mode=False)
    except EstimatorError as error:
        click.echo(f"error: {error}", err=True)
        code = EXIT_ERROR
    except click.ClickException as error:
        error.show()
        code = EXIT_ERROR
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = EXIT_INTERRUPTED
    sys.exit(code if isinstance(code, int) else 0)
