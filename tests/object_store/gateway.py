"""An S3 server of a test's own: its program, built by Go from the module that is pinned beside this file."""

from __future__ import annotations

import os
import random
import secrets
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.go_program import go_program
from tests.patience import eventually

HERE = Path(__file__).resolve().parent
MODULE = "github.com/versity/versitygw/cmd/versitygw"
BUCKET = "layers"
HOST = "127.0.0.1"
MOST_TRIES = 5
"""How often another port is tried: nobody else's must be free in the cluster's network."""


@dataclass(frozen=True)
class Store:
    """A running server with one bucket."""

    folder: Path
    endpoint: str
    access: str
    secret: str

    @property
    def url(self) -> str:
        return f"s3://{BUCKET}/some/prefix"

    @property
    def environ(self) -> dict[str, str]:
        """Return the variables with which the AWS tools reach it, whatever the user has set up."""
        return {
            "AWS_ACCESS_KEY_ID": self.access,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def objects(self) -> list[Path]:
        """Return the files of the objects that it has."""
        return sorted((self.folder / BUCKET / "some").rglob("*.tar"))


def program() -> Path:
    """Return the server's program."""
    return go_program(HERE, MODULE, "versitygw", "-ldflags", "-s -w")


@contextmanager
def serving(folder: Path, host: str = HOST, enter: Sequence[str] = ()) -> Iterator[Store]:
    """Run a server that keeps its objects below a folder; ``enter`` are the words that enter another network."""
    (folder / "objects" / BUCKET).mkdir(parents=True)
    (folder / "attributes").mkdir()
    access, secret = "tests", secrets.token_hex(16)
    words = ["posix", "--sidecar", str(folder / "attributes"), str(folder / "objects")]
    environ = {**os.environ, "ROOT_ACCESS_KEY": access, "ROOT_SECRET_KEY": secret}
    with open(folder / "log", "w+") as log:
        for _ in range(MOST_TRIES):
            port = _free_port() if host == HOST else random.randrange(20000, 30000)
            command = [*enter, str(program()), "--port", f"{host}:{port}", *words]
            running = subprocess.Popen(command, env=environ, stdout=log, stderr=subprocess.STDOUT)
            try:
                if _listens(running, [*enter, "bash", "-c", f"true </dev/tcp/{host}/{port}"]):
                    yield Store(folder / "objects", f"http://{host}:{port}", access, secret)
                    return
            finally:
                running.terminate()
                running.wait()
    raise AssertionError((folder / "log").read_text())


def _listens(running: subprocess.Popen[bytes], asked: Sequence[str]) -> bool:
    """Return whether a server comes to listen, rather than to its end."""

    def ready() -> bool:
        return running.poll() is not None or subprocess.run(asked, capture_output=True).returncode == 0

    return eventually(ready) and running.poll() is None


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return int(taken.getsockname()[1])
