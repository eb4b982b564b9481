"""Starts the processes, waits until they are ready, restarts what crashes, stops all of it."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

STOP_SECONDS = 15.0
READY_SECONDS = 180.0
CALM_SECONDS = 60.0
LONGEST_PAUSE = 30.0
LOG_BYTES = 5_000_000
PR_SET_PDEATHSIG = 1

console = Console(stderr=True, highlight=False)


class NotReady(RuntimeError):
    """A process did not become ready."""


@dataclass
class Process:
    """A program to be kept running.

    Args:
        ready: tells whether it serves.
        log: where what it prints goes; None: to the terminal.
        pid_file: where its process number is written.
    """

    name: str
    command: list[str]
    environment: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]]
    log: Path | None = None
    pid_file: Path | None = None
    running: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def start(self) -> None:
        """Start the program, in a session of its own, to die with this one."""
        output = self._open_log()
        self.running = await asyncio.create_subprocess_exec(
            *self.command,
            env={**os.environ, **self.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        if output is not None:
            os.close(output)
        if self.pid_file is not None:
            self.pid_file.parent.mkdir(parents=True, exist_ok=True)
            self.pid_file.write_text(f"{self.running.pid}\n")

    def _open_log(self) -> int | None:
        if self.log is None:
            return None
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old"))
        return os.open(self.log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    async def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        if self.running is None or self.running.returncode is not None:
            return
        self.running.terminate()
        try:
            await asyncio.wait_for(self.running.wait(), STOP_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.running.pid, signal.SIGKILL)
            await self.running.wait()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Keeps processes running until SIGINT or SIGTERM."""

    def __init__(self, processes: list[Process]) -> None:
        self._processes = processes
        self._stopping = asyncio.Event()

    async def run(self, announce: Callable[[], None]) -> None:
        """Start everything, announce when all is ready, watch until asked to stop.

        Raises:
            NotReady: a process ended or stayed silent before it was ready.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        try:
            await self._start_all()
            if not self._stopping.is_set():
                announce()
            await asyncio.gather(*(self._watch(process) for process in self._processes))
        finally:
            for process in reversed(self._processes):  # each still needs those started before it
                await process.stop()

    async def _start_all(self) -> None:
        for process in self._processes:
            await process.start()
        with console.status("Starting …") as status:
            await asyncio.gather(*(self._wait_ready(process) for process in self._processes))
            status.update("Ready.")

    async def _wait_ready(self, process: Process) -> None:
        began = time.monotonic()
        while not self._stopping.is_set():
            if await process.ready():
                console.print(f"  {process.name} is ready ({time.monotonic() - began:.0f} s)")
                return
            if process.running is not None and process.running.returncode is not None:
                raise NotReady(_explain(process, f"ended with {process.running.returncode}"))
            if time.monotonic() - began > READY_SECONDS:
                raise NotReady(_explain(process, f"was not ready in {READY_SECONDS:.0f} seconds"))
            await asyncio.sleep(0.2)

    async def _watch(self, process: Process) -> None:
        pause = 0.5
        while not self._stopping.is_set():
            began = time.monotonic()
            if not await self._ended(process):
                return
            console.print(f"  {process.name} ended unexpectedly; starting it again.")
            pause = (
                0.5 if time.monotonic() - began > CALM_SECONDS else min(pause * 2, LONGEST_PAUSE)
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
                return
            await process.start()

    async def _ended(self, process: Process) -> bool:
        """Wait for a process to end; False when all is to stop before that."""
        assert process.running is not None
        end = asyncio.create_task(process.running.wait())
        stop = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({end, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if self._stopping.is_set():
            end.cancel()
            return False
        return True


def _explain(process: Process, what: str) -> str:
    if process.log is None or not process.log.exists():
        return f"{process.name} {what}."
    tail = "\n".join(process.log.read_text(errors="replace").splitlines()[-15:])
    return f"{process.name} {what}. The end of {process.log}:\n{tail}"
