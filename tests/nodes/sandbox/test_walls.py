"""What a worker cannot do, tried from inside one."""

import platform
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nodes.errors import WorkerDied
from nodes.sandbox.pool import Sandbox

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"},
    reason="the system offers no such filter; workers say so in their hello",
)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox("tests.nodes.sandbox.tasks", workers=1) as sandbox:
        assert sandbox.unsealed is None
        yield sandbox


async def _do(sandbox: Sandbox, deed: str, arg: object = None) -> object:
    header, _ = await sandbox.run({"do": deed, "with": arg}, seconds=100)
    return header["said"]


async def test_a_worker_reaches_no_listener(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)

        assert await _do(sandbox, "connect", listener.getsockname()[1]) == "PermissionError"

        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize("deed", ["pair", "program", "fork", "signal", "thread"])
async def test_a_worker_may_not(sandbox: Sandbox, deed: str) -> None:
    assert await _do(sandbox, deed) == "PermissionError"


async def test_a_worker_may_not_use_io_uring(sandbox: Sandbox) -> None:
    assert await _do(sandbox, "io_uring") == -1


@pytest.mark.skipif(platform.machine() != "x86_64", reason="other call tables are of x86-64")
@pytest.mark.parametrize("deed", ["foreign", "x32"])
async def test_another_call_table_kills_the_worker(sandbox: Sandbox, deed: str) -> None:
    with pytest.raises(WorkerDied, match="SIGSYS"):
        await _do(sandbox, deed)


async def test_a_worker_writes_no_large_file(sandbox: Sandbox, tmp_path: Path) -> None:
    assert await _do(sandbox, "write", str(tmp_path / "large")) == "OSError"

    assert (tmp_path / "large").stat().st_size <= 1 << 20


async def test_a_worker_knows_nothing_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CITYNODE_SECRET", "not for workers")

    async with Sandbox("tests.nodes.sandbox.tasks", workers=1) as sandbox:
        settings = await _do(sandbox, "settings")

    assert isinstance(settings, dict)
    assert "CITYNODE_SECRET" not in settings["environment"]
    assert settings["core"] == [0, 0]
