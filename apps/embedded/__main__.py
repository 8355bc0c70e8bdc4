"""By hand: `python -m apps.embedded run|stop|clear|urls`, for the home AFTERLAUNCH_HOME names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from apps.embedded import EmbeddedError, Home, Services, Supervisor, services


def run(home: Home) -> None:
    """Keep both servers running until Ctrl-C."""
    with services(home) as ours:
        show(home)
        Supervisor([], log=home.log, tend=ours.ensure).run()


def stop(home: Home) -> None:
    """Stop the servers, whoever started them."""
    for server in reversed(Services(home).servers):
        server.halt()


def clear(home: Home) -> None:
    """Remove the home and everything in it; refused while its servers run."""
    running = [server.title for server in Services(home).servers if server.alive()]
    if running:
        raise EmbeddedError(f"{' and '.join(running)} in {home.path} still running: stop it first.")
    home.clear()


def show(home: Home) -> None:
    """Print the addresses; starts nothing."""
    for name, url in Services(home).environ.items():
        sys.stdout.write(f"{name}={url}\n")
    sys.stdout.flush()


COMMANDS = {"run": run, "stop": stop, "clear": clear, "urls": show}


def main(argv: Sequence[str] | None = None) -> None:
    """Do one of the commands; a refusal is a sentence and return code 1."""
    parser = argparse.ArgumentParser(prog="python -m apps.embedded", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    try:
        COMMANDS[parser.parse_args(argv).command](Home.default())
    except EmbeddedError as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
