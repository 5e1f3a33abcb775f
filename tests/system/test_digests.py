"""The digests are those of ``hashlib`` and ``hmac``, whichever modules this Python has, and OpenSSL stays unloaded."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
import sys

import pytest

from ci.system import digests

CONTENTS = [b"", b"abc", bytes(range(256)), b"a" * 1000]


@pytest.fixture(params=["own modules", "hashlib alone"])
def python(request, monkeypatch):
    """This Python, and one whose own modules of digests are not there."""
    if request.param == "hashlib alone":
        for name in ("_sha1", "_sha2", "_sha256"):
            monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.setattr(digests, "_SHA1", digests._algorithm("sha1", "_sha1"))
        monkeypatch.setattr(digests, "_SHA256", digests._algorithm("sha256", "_sha2", "_sha256"))
        assert digests._SHA256 is hashlib.sha256


@pytest.mark.usefixtures("python")
@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_the_digests_are_those_of_hashlib(content):
    assert digests.sha1(content) == hashlib.sha1(content).digest()
    assert digests.sha256(content) == hashlib.sha256(content).digest()


@pytest.mark.usefixtures("python")
@pytest.mark.parametrize("key", [b"", b"key", b"k" * 32, b"k" * 64, b"k" * 65], ids=len)
@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_the_keyed_digest_is_that_of_hmac(key, content):
    assert digests.hmac_sha256(key, content) == hmac.digest(key, content, "sha256")


def test_openssl_is_not_loaded_for_them():
    program = (
        "import sys; from ci.system.digests import sha1, hmac_sha256; sha1(b''); hmac_sha256(b'', b''); "
        "print('_hashlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
