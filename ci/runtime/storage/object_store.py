"""Object stores, reached by fsspec: what signs URLs for others, and what fetches an archive to this machine.

Credentials and endpoint are those that the AWS tools take: AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, ~/.aws.
They stay in this process. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from typing import IO, Any, Literal

from .stored_archive import VOLUME, ArchiveGone, StoredArchive, StoreError

SCHEME = "s3://"
Method = Literal["get", "put", "head"]
SIGNED_SECONDS = 900
"""How long a signed URL is good for; what has begun by then goes on."""
LARGEST = 5 * 1024**3
"""Bytes that one request may put: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html"""
CHUNK = 1 << 20


def missing_package() -> str | None:
    """Return why no store can be reached from here; None if what that takes is installed."""
    if find_spec("s3fs"):
        return None
    import sys

    return f"an object store needs the package s3fs: {sys.executable} -m pip install s3fs"


class ObjectStore:
    """A store by its URL, ``s3://BUCKET/PREFIX``. Raise StoreError where it cannot be used."""

    def __init__(self, url: str) -> None:
        self.url = url
        if reason := missing_package():
            raise StoreError(f"{url}: {reason}")

    def signed(self, method: Method, key: str) -> str:
        """Return a URL that allows its bearer one kind of request for one object, for a short time."""
        try:
            return str(_files().sign(f"{self.url}/{key}", SIGNED_SECONDS, client_method=f"{method}_object"))
        except Exception as error:  # botocore's errors have no family of their own
            raise StoreError(f"{self.url}: {_words(error)}") from None

    def fetch(self, key: str, file: IO[bytes]) -> str:
        """Copy an object to a file of this machine; return the SHA-256 of its bytes."""
        digest = hashlib.sha256()
        try:
            with _files().open(f"{self.url}/{key}", "rb") as source:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
        except FileNotFoundError:
            raise ArchiveGone(f"{self.url}/{key} is not there any more") from None
        except Exception as error:
            raise StoreError(f"{self.url}/{key} cannot be read: {_words(error)}") from None
        file.flush()
        return digest.hexdigest()


def fetch_archive(archive: StoredArchive, file: IO[bytes]) -> None:
    """Copy an archive to a file of this machine, and see that it is what was put there. Raise StoreError."""
    if archive.place.startswith(VOLUME):
        claim = archive.place.removeprefix(VOLUME)
        raise StoreError(f"it lies on the volume of the claim {claim}, which only a job in that cluster reaches")
    if ObjectStore(archive.place).fetch(archive.key, file) != archive.digest:
        raise StoreError(f"{archive.url} is damaged: it has another content than it was stored with")
    file.seek(0)


def _files() -> Any:
    """Return fsspec's way to the store; it keeps one for equal arguments."""
    import fsspec

    return fsspec.filesystem("s3", config_kwargs={"signature_version": "s3v4"})


def _words(error: Exception) -> str:
    """Return what an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
