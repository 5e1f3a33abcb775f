"""In which forms a secret is recognized, held against the programs that write them."""

import base64
import html
import itertools
import json
import os
import shlex
import shutil
import subprocess
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci.runtime.masking.forms import _texts, blank_forms, forms, is_masked
from ci.runtime.masking.stream import Masker
from tests.work import ends

SECRETS = [
    "correct-horse?>~~battery",
    'it\'s "quoted" & <tagged>, $HOME `x` \\ #~!',
    "~tilde:~/x=~ %41 +plus",
    "tab\there\rand\nnew\x01line\x7f",
    "äöü~~~???>>>ß日本",
    "aaaaaaaa",
    "x" * 300,
    "".join(chr(33 + at % 90) for at in range(400)),
]
ANSI = ["\x1b[31m", "\x1b[0m", "\x1b[01;31m\x1b[K", "\x1b(B\x1b[m", "\x1b[38;2;255;100;0m"]


def shown(secrets, *writes):
    stream = Masker(secrets).stream()
    return b"".join([*(stream.feed(write) for write in writes), stream.flush()])


def printed(script, secret, locale="C.UTF-8"):
    """What a shell script prints that has the secret in $SECRET."""
    environment = {"PATH": os.environ["PATH"], "SECRET": secret, "LC_ALL": locale}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, check=True)
    return done.stdout + done.stderr


def hidden(secret, written, left=6):
    """Whether what a program wrote shows no more of the secret's form than a few characters around the masks."""
    out = shown([secret], written)
    rest = out.replace(b"****", b"")
    return b"****" in out and len(rest) <= left


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("script", ['printf %q "$SECRET"', 'printf %s "${SECRET@Q}"', "declare -p SECRET"])
def test_what_bash_quotes_is_masked(script, locale, secret):
    written = printed(script, secret, locale)
    assert hidden(secret, written, left=len("declare -x SECRET=$''\n") + 4), written


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_what_bash_traces_is_masked(locale, secret):
    written = printed('set -x; : "$SECRET"; : "x$SECRET"', secret, locale)
    assert hidden(secret, written, left=len("+ : $''\n+ : $'x'\n")), written


@pytest.mark.parametrize("secret", SECRETS)
def test_what_python_shows_is_masked(secret):
    for written in (repr(secret), ascii(secret), repr(secret.encode()), repr({"k": secret + '"'}), shlex.quote(secret)):
        assert hidden(secret, os.fsencode(written), left=12), written


@pytest.mark.parametrize("secret", SECRETS)
def test_json_is_masked(secret):
    for ascii_only in (True, False):
        written = json.dumps({"key": secret}, ensure_ascii=ascii_only)
        assert hidden(secret, written.encode(), left=len('{"key": ""}'))
        assert hidden(
            secret, written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode(), 11
        )


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("inner", [True, False])
@pytest.mark.parametrize("outer", [True, False])
def test_json_in_json_is_masked(secret, inner, outer):
    written = json.dumps({"line": json.dumps({"key": secret}, ensure_ascii=inner)}, ensure_ascii=outer)
    assert hidden(secret, written.encode(), left=len(r'{"line": "{\"key\": \"\"}"}'))


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "program",
    ["env.SECRET | tojson", "env.SECRET | @sh", "env.SECRET | @uri", "env.SECRET | @html", "env.SECRET | @base64"],
)
def test_what_jq_writes_is_masked(program, secret):
    assert hidden(secret, printed(f"jq -nr '{program}'", secret))


@pytest.mark.parametrize("secret", SECRETS)
def test_percent_escapes_are_masked(secret):
    for written in (quote(secret), quote(secret, safe=""), quote_plus(secret), quote(secret, safe="~()*!'")):
        assert hidden(secret, written.encode(), 0)
    lower = "".join(f"%{byte:02x}" if not chr(byte).isalnum() or byte > 127 else chr(byte) for byte in secret.encode())
    if not {"-", "_", ".", "~"} & set(secret):
        assert hidden(secret, lower.encode(), 0)


@pytest.mark.parametrize("secret", SECRETS)
def test_xml_is_masked(secret):
    for written in (html.escape(secret), html.escape(secret, quote=False), quoteattr(secret, {})):
        assert hidden(secret, written.encode(), 2), written


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("end", ["", "\\n"])
@pytest.mark.parametrize(
    "program",
    ["base64", "base64 -w0", "base64 -w64", "base64 | base64", "base64 -w0 | base64 -w0", "xxd -p", "xxd -p -u"],
)
def test_what_encoders_write_is_masked(program, end, secret):
    if not shutil.which(program.split()[0]):
        pytest.skip(f"{program.split()[0]} is not installed")
    written = printed(f"printf '%s{end}' \"$SECRET\" | {program}", secret)
    assert hidden(secret, written, left=written.count(b"\n") + 12), written


@pytest.mark.parametrize("outer", ["", "x", "xy"])
@pytest.mark.parametrize("inner", ["", "u", "us"])
@pytest.mark.parametrize("secret", SECRETS)
def test_base64_twice_is_masked_at_every_alignment(secret, inner, outer):
    once = base64.b64encode((inner + secret + "&c").encode()).decode()
    twice = base64.b64encode((outer + once + "&c").encode())
    assert hidden(secret, twice, left=24), twice


def test_quotes_around_a_secret_need_not_be_printed():
    assert shown(['"token-1234"'], b"token-1234") == b"****"
    assert shown(["'token-1234'\n"], b"token-1234") == b"****"
    assert shown(['"abc"'], b"abc") == b"abc"


@pytest.mark.parametrize("between", ANSI)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_colours_within_a_secret_do_not_hide_it_and_go_on_behind_it(between, size):
    raw = f"a hun{between}ter{between}22 b".encode()
    out = shown(["hunter22"], *(raw[at : at + size] for at in range(0, len(raw), size)))
    assert out == f"a ****{between}{between} b".encode()


def test_colours_between_all_letters_do_not_hide_a_secret():
    raw = "\x1b[31m".join("hunter22").encode()
    for size in range(1, len(raw)):
        out = shown(["hunter22"], *(raw[at : at + size] for at in range(0, len(raw), size)))
        assert out.replace(b"\x1b[31m", b"") == b"****"


def test_colours_of_other_text_are_kept():
    text = b"\x1b[1mhun\x1b[0m and \x1b[32mter22\x1b[0m\x1b[K\n" * 3
    assert shown(["hunter22"], text) == text
    assert shown(["hunter22"], b"hun\x1b[3", b"1m", b"t!") == b"hun\x1b[31mt!"


@pytest.mark.parametrize("break_", ["\n", "\r\n", " ", "\t"])
def test_a_secret_whose_blanks_became_line_breaks_is_masked_but_not_its_words(break_):
    secret = "correct horse battery"
    assert shown([secret], f"> {break_.join(secret.split())} <".encode()) == b"> **** <"
    assert shown([secret], b"correct\nhorse battery\n") == b"****\n"
    words = b"the horse needs a battery, correct? horse\nbattery\n"
    assert shown([secret], words) == words


def test_a_secret_of_lines_printed_on_one_is_masked():
    secret = "first line of it\nab\nlast line of it\n"
    assert shown([secret], b"first line of it ab last line of it") == b"****"


URLS = [
    ("postgres://app:hunter22@db.example.com/x", "hunter22", True),
    ("https://user:p%40ss%2Fword@host", "p@ss/word", True),
    ("https://user:p%40ss%2Fword@host", "p%40ss%2Fword", True),
    ("redis://:hunter2@cache:6379", "hunter2", True),
    ("amqp://guest:guest@rabbit", "guest", False),
    ("postgres://postgres:Postgres@db/postgres", "postgres", False),
    ("https://x:rabbit@rabbit.example.com", "rabbit", False),
    ("https://x:https@host", "https", False),
    ("https://user@host/secret:path@x", "user", False),
    ("https://my%2Duser:my-user@db", "my-user", False),
    ("https://my%2Duser:my%2Duser@db", "my%2Duser", False),
    ("https://x:RABBIT@Rabbit.Example.com", "RABBIT", False),
    ("https://X-Name:x-name@host", "x-name", False),
    ("https://x:example@a.example.com", "example", False),
    ("https://x:a.example.com@a.Example.com", "a.example.com", False),
    ("HTTPS://x:https@host", "https", False),
]


@pytest.mark.parametrize(("url", "word", "masked"), URLS)
def test_the_password_of_a_url_is_masked_unless_its_other_parts_are_called_so(url, word, masked):
    assert shown([url], f"<{word}>".encode()) == (b"<****>" if masked else f"<{word}>".encode())
    assert shown([url], url.encode()) == b"****"


def test_a_password_of_a_url_is_masked_as_the_bytes_that_are_sent():
    assert shown(["https://user:p%E4ssword@host"], b"<p\xe4ssword>") == b"<****>"


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("", False),
        ("abc", False),
        ("abcd", True),
        ("true", False),
        ("True", False),
        ("false", False),
        ("False", False),
        ("TRUE", True),
        ("falsey", True),
    ],
)
def test_values_of_four_characters_are_masked_unless_they_are_truth_values(value, masked):
    """https://circleci.com/docs/guides/security/env-vars/#secrets-masking"""
    assert is_masked(value) is masked
    assert (value.encode() in forms(value)) is masked


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("abcdefgh", set()),
        ("abc efg", set()),
        ("a b", set()),
        (" abc efg ", set()),
        ("abcd efg", {"abcd efg", "abcd  efg"}),
        (" correct\thorse\n", {"correct horse", "correct  horse"}),
        ("ab\tcd\nef", {"ab cd ef", "ab  cd  ef"}),
        ("abcd\r\nef g", {"abcd ef g", "abcd  ef  g", "abcd  ef g"}),
        ("ab \t cd ef", {"ab cd ef", "ab  cd  ef", "ab   cd ef"}),
    ],
)
def test_words_are_looked_for_with_spaces_between_them_but_never_one_alone(value, printed):
    assert blank_forms(value) == {text.encode() for text in printed}


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("abcd", {"abcd"}),
        (" abcd\t", {" abcd\t", "abcd"}),
        ("ab\ncd", {"ab\ncd", "ab\r\ncd", "ab", "cd"}),
        ("ab\r\ncd", {"ab\r\ncd", "ab\ncd", "ab", "cd"}),
        ("ab\n cd \n", {"ab\n cd \n", "ab\n cd", "ab\r\n cd", "ab", "cd"}),
        ("abcd\n", {"abcd\n", "abcd"}),
        ('"abcdef"', {'"abcdef"', "abcdef"}),
        ('"abcde"', {'"abcde"'}),  # 7 characters
        (" 'abcdef'", {" 'abcdef'", "'abcdef'", "abcdef"}),
        ("'abcdef\"", {"'abcdef\""}),
        (
            "-----BEGIN K-----\nkey\n-----END K----- ",
            {
                "-----BEGIN K-----\nkey\n-----END K----- ",
                "-----BEGIN K-----\nkey\n-----END K-----",
                "-----BEGIN K-----\r\nkey\r\n-----END K-----",
                "key",
            },
        ),
        ("-----a\nb-----", {"-----a\nb-----", "-----a\r\nb-----", "-----a", "b-----"}),
        ("u://a:pass@h", {"u://a:pass@h", "pass"}),
        ("u://a:p%40ss@h", {"u://a:p%40ss@h", "p%40ss", "p@ss"}),
    ],
)
def test_the_texts_of_a_value_are_without_blanks_and_quotes_with_either_line_end_and_its_parts(value, texts):
    assert set(_texts(value)) == texts


def test_of_short_secrets_no_other_form_is_masked():
    for secret in ("a b'c", "hunter2", "x&y<z"):
        assert forms(secret) == {secret.encode()}


LOG = [
    "Step 3/9 : RUN apt-get install -y curl",
    'curl: (7) Failed to connect to db.example.com port 5432: {"status": "ok", "count": 61626364}',
    "npm WARN deprecated request@2.88.2: request has been deprecated",
    "ok 12 - the user app may log in with a password (0.4 s)",
    "first second third horse battery staple correct",
    "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945",
    "Authorization: Basic ****",
    "-----BEGIN PRIVATE KEY-----",
    "YWJjZA== ZGVm dXNlcjo= 68756e74",
    "+ export 'PATH=/usr/bin:/bin' && echo \"done\" $'\\n'",
    "https://user@example.com/path?token=&x=%20%2F postgres://app@db:5432/app",
]
TYPICAL = [
    "postgres://app:app@db.example.com:5432/app",
    "hunter2",
    "abcd",
    "correct horse battery",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "AKIAIOSFODNN7EXAMPLE",
    "-----BEGIN PRIVATE KEY-----\nMIIBVgIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n",
    '"quoted-value"',
    "a" * 20_000,
]


def test_ordinary_logs_stay_readable():
    text = "".join(f"\x1b[32m{line}\x1b[0m\n{line}\r\n" for line in LOG).encode()
    assert shown(TYPICAL, text) == text


def test_no_form_is_short_but_the_secret_itself():
    for secret in [*SECRETS, *TYPICAL]:
        own = {
            secret,
            secret.strip(),
            secret.strip("\"'"),
            *secret.splitlines(),
            *(line.strip() for line in secret.splitlines()),
        }
        assert not [form for form in forms(secret) if len(form) < 6 and form.decode() not in own]


ENCODERS = [
    str,
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: quote(text, safe=""),
    quote_plus,
    html.escape,
    lambda text: repr(text)[1:-1],
    lambda text: ascii(text)[1:-1],
    lambda text: shlex.quote(text).strip("'") if not {"'"} & {text[0], text[-1]} else text,
    lambda text: text.encode().hex(),
    lambda text: text.encode().hex().upper(),
    lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    lambda text: base64.b64encode(base64.b64encode(text.encode())).decode().rstrip("="),
    lambda text: "\x1b[1m".join(text) if "\x1b" not in text else text,
    lambda text: "\n".join(text.split()) if len(text.split()) > 1 else text,
]
SECRET = st.text(st.characters(codec="utf-8"), min_size=8, max_size=40).filter(lambda text: len(text.strip()) >= 8)
PLAIN = st.text("0123456789.", max_size=30)


@given(SECRET, st.sampled_from(ENCODERS), PLAIN, PLAIN, st.data())
def test_no_form_of_any_secret_appears_however_it_is_split(secret, encode, before, after, data):
    form = encode(secret)
    text = f"{before}#{form}#{after}".encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    out = shown([secret], *(text[a:b] for a, b in itertools.pairwise([0, *cuts, len(text)])))
    assert form.encode() not in out
    assert b"****" in out


@given(SECRET.filter(lambda text: not set(text) & set("0123456789.")), PLAIN, st.data())
def test_text_without_any_form_is_unchanged(secret, plain, data):
    text = f"{plain}\n\x1b[31m{plain}\x1b[0m".encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    found = [form for form in forms(secret) if form in text]
    if not found:
        assert shown([secret], *(text[a:b] for a, b in itertools.pairwise([0, *cuts, len(text)]))) == text


def test_the_forms_of_a_long_word_are_found_at_all():
    """In a second or two; more than an hour if a URL is looked for from every letter on."""
    assert ends("from ci.runtime.masking.forms import forms; assert forms('x' * 1_000_000 + '@')")
