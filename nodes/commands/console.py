"""Where commands speak: tables and bars for people, JSON for scripts, errors on stderr."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from federation.errors import plain


class _Terminal(Console):
    """A console that leaves a sentence on one line where nobody sees its width: in files, pipes."""

    def print(self, *objects: Any, **how: Any) -> None:
        """Print; what is not text, such as a table, keeps its width."""
        if not self.is_terminal and all(isinstance(each, str) for each in objects):
            how.setdefault("soft_wrap", True)
        super().print(*objects, **how)


out = _Terminal()
err = _Terminal(stderr=True)

Folder = Annotated[
    Path,
    typer.Option(
        "--folder",
        "-C",
        envvar="CITYNODE_FOLDER",
        help="The folder of the node (its node.toml lies there).",
    ),
]
Words = Annotated[
    str | None,
    typer.Option("--words", "--fingerprint", help="The six words you were told; they must fit."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for scripts.")]


def tell_json(said: Any) -> None:
    """Write a value as JSON and nothing else."""
    typer.echo(json.dumps(said, ensure_ascii=False, indent=2, default=str))


def fail(detail: str, hint: str) -> None:
    """Say what went wrong and what to do; what a stranger wrote speaks to no terminal."""
    shown = "\n".join(map(plain, detail.split("\n")))
    err.print(f"[bold red]citynode:[/] {escape(shown)}", highlight=False, soft_wrap=True)
    err.print(f"  {escape(hint)}", highlight=False, soft_wrap=True)


def watching(progress: Progress) -> Callable[[int, int], None]:
    """Move the first task of a bar: `done`, of `total`."""
    task = progress.task_ids[0]
    return lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def bar(title: str, total: int | None, *, shown: bool = True) -> Iterator[Progress]:
    """Show a progress bar while the block runs; the first task is there already."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not (shown and err.is_terminal),
    ) as progress:
        progress.add_task(title, total=total)
        yield progress
