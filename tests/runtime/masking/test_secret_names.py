"""Which variables are taken for secrets by their name."""

import pytest

from ci.runtime.masking.secret_names import ANYWHERE, WORDS, looks_secret

SECRET = [
    "GITHUB_TOKEN",
    "NPM_CONFIG_//registry.npmjs.org/:_authToken",
    "client_secret",
    "PGPASSWORD",
    "HTPASSWD",
    "AWS_SECRET_ACCESS_KEY",
    "APIKEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GPG_PASSPHRASE",
    "SESSION_COOKIE",
    "SLACK_WEBHOOK_URL",
    "DB_PASS",
    "DB_PWD",
    "GH_PAT",
    "SENTRY_DSN",
    "npm_config__auth",
]
PLAIN = ["PATH", "PWD", "OLDPWD", "HOME", "JAVA_HOME", "GIT_AUTHOR_NAME", "BYPASS", "COMPASS", "PATTERN", "OPTION", ""]


@pytest.mark.parametrize("name", [*SECRET, *sorted(ANYWHERE), *(f"MY_{word}" for word in sorted(WORDS))])
def test_a_name_of_a_secret_is_recognized(name):
    assert looks_secret(name)
    assert looks_secret(name.lower())


@pytest.mark.parametrize("name", PLAIN)
def test_other_names_are_not(name):
    assert not looks_secret(name)
