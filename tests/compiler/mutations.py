"""Real configs, damaged at random: what a fuzzer feeds the compiler. ``python -m tests.compiler.mutations SECONDS``."""

from __future__ import annotations

import random
import sys
import time
import traceback
from pathlib import Path

import yaml

from ci.compiler.compile import NoOrbs, compile_config
from ci.compiler.emit import emit
from ci.compiler.pipeline_values import PipelineValues
from ci.errors import CiError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOKENS = (
    *("<<", ">>", "<< parameters.x >>", "<< pipeline.id >>", "<<# a >>", "<</ a >>", "\\<<"),
    *("&a ", "*a", "<<: *a", "!!set ", "{", "}", "[", "]", ": ", "- ", "? ", "|\n", ">-\n", "#", "'", '"'),
    *(
        "\t",
        "\r\n",
        "\x00",
        "\ufeff",
        "é",
        "🜚",
        "~",
        "null",
        "true",
        "2.1",
        "1e999",
        "0x1f",
        "0o7",
        "-.inf",
        "2020-01-01",
    ),
    *("when:", "unless:", "matrix:", "requires:", "steps:", "type:", "executor", "env_var_name", "enum", "approval"),
    *("filters:", "only: /(a+)+$/", "parallelism: -1", "serial-group:", "orbs:"),
)


def corpus() -> list[str]:
    """The configs of the rules' cases and this repository's own."""
    texts = [(ROOT / ".circleci" / "config.yml").read_text(encoding="utf-8")]
    for file in sorted((HERE / "rules").glob("[0-9A-Z]*.yml")):
        cases = yaml.safe_load_all(file.read_text(encoding="utf-8"))
        texts += [case["config"] for case in cases if case]
    return texts


def damaged(texts: list[str], seed: int) -> str:
    """One of the texts with some damages, the same for the same seed."""
    chance = random.Random(seed)
    text = chance.choice(texts)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 6])):
        lines = text.split("\n")
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        place = chance.randrange(len(text) + 1)
        damage = chance.randrange(8)
        if damage == 0:
            del lines[at]
        elif damage == 1:
            lines.insert(at, lines[other])
        elif damage == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif damage == 3:
            lines[at] = " " * chance.randint(0, 8) + lines[at].lstrip()
        elif damage == 4:
            lines[at] = lines[at].replace(*chance.choice([(":", ""), ("-", ""), (" ", ""), ("<<", "<"), ("a", "A")]))
        if damage < 5:
            text = "\n".join(lines)
        elif damage == 5:
            text = text[:place] + chance.choice(TOKENS) + text[place:]
        elif damage == 6:
            text = text[:place] + text[place + chance.randint(1, 12) :]
        else:
            text = (
                text[:place]
                + chr(chance.choice([chance.randrange(1, 128), chance.randrange(0x2000, 0x2100)]))
                + text[place:]
            )
    return text


def check(text: str) -> str:
    """What goes wrong with a text beyond errors for its author: a traceback, or output that is not its own document."""
    try:
        compiled = compile_config(text, "config.yml", PipelineValues(values={}), NoOrbs())
        if yaml.safe_load(emit(compiled)) is None:
            return "the output is empty"
    except CiError as error:
        return "" if str(error) else "an error without a message"
    except Exception:
        return traceback.format_exc()
    return ""


def main(seconds: float) -> int:
    """Fuzz for so long, from a seed that is printed; returns 1 where something was found."""
    texts, first = corpus(), random.randrange(10**9)
    print(f"{len(texts)} configs, seeds from {first}", flush=True)
    until, seed, found = time.monotonic() + seconds, first, 0
    while time.monotonic() < until and found < 5:
        wrong = check(damaged(texts, seed))
        if wrong:
            found += 1
            print(f"seed {seed}:\n{wrong}", flush=True)
        seed += 1
    print(f"{seed - first} configs tried, {found} found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0))
