"""Starts `bottega demo` as a customer's engineer would, in a folder of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from app.serve import free_port
from app.settings import ROOT, load_settings

READY_SECONDS = 240


@dataclass
class Instance:
    """A running demo company. `home` holds its database, logs and process numbers."""

    home: Path
    port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "BOTTEGA_HOME": str(self.home),
            "BOTTEGA_PORT": str(self.port),
            "BOTTEGA_MODELS_FOLDER": str(load_settings().models),
            "BOTTEGA_WEBCHAT_MESSAGES_PER_MINUTE": "6000",
            **self.settings,
        }

    def start(self) -> "Instance":
        """Start it and wait until it serves."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "demo.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("bottega")), "demo"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        self.wait_ready()
        return self

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until the app answers and Rasa takes turns."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process is not None and self.process.poll() is None, self.logs()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        raise TimeoutError(self.logs())

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=40)

    def kill(self, name: str) -> None:
        """Kill one of its processes without warning (-9)."""
        os.kill(self.pid(name), signal.SIGKILL)

    def pid(self, name: str) -> int:
        """The number of the process `rasa` or `app`."""
        return int((self.home / "run" / f"{name}.pid").read_text())

    def logs(self) -> str:
        """The ends of all its logs."""
        files = [self.home / "demo.log", *sorted((self.home / "logs").glob("*.log"))]
        return "\n".join(
            f"== {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-25:])
            for path in files
            if path.exists()
        )

    def token(self, role: str) -> str:
        """A token of the staff API, made by the command line."""
        made = subprocess.run(
            [str(Path(sys.executable).with_name("bottega")), "token", "create", "--role", role,
             "--label", role.title()],
            cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return made.stdout.strip()

    def staff(self, role: str = "agent") -> httpx.Client:
        """A client of the staff API."""
        headers = {"Authorization": f"Bearer {self.token(role)}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=30)

    def mailbox(self) -> list[dict[str, str]]:
        """What mail was sent, newest first."""
        mails: list[dict[str, str]] = httpx.get(f"{self.url}/demo/mailbox.json", timeout=30).json()
        return mails
