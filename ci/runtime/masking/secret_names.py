"""Names of variables that usually hold a secret."""

from __future__ import annotations

ANYWHERE = (
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASSCODE",
    "KEY",
    "CREDENTIAL",
    "COOKIE",
    "WEBHOOK",
    "BEARER",
)
WORDS = frozenset({"AUTH", "PASS", "PAT", "PWD", "PW", "JWT", "OTP", "DSN", "CREDS", "CRED"})
"""Secret only as a whole word of the name: ``GIT_AUTHOR_NAME`` and ``PATH`` hold nothing secret."""
FOLDERS = frozenset({"PWD", "OLDPWD"})
"""The shell's own variables."""


def looks_secret(name: str) -> bool:
    """Return whether a variable of that name probably holds a secret, whatever its letters' case."""
    upper = name.upper()
    if upper in FOLDERS:
        return False
    return any(part in upper for part in ANYWHERE) or not WORDS.isdisjoint(upper.split("_"))
