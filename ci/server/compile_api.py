"""The endpoints that the official CLI compiles with, answered from this project's own compiler.

``circleci --host URL config process|validate`` of the 0.1.x line posts to ``/api/v2/compile-config-with-defaults``:
first an empty body, to find out whether the route exists (any error but 404 means yes), then JSON with ``config_yaml``
and ``options``. The 1.x line posts to ``/api/v3/configs/compile``. A config that is wrong is answered with 200.
Their ``--next`` (``options.next``, ``enable_next_preview``) asks for the current compiler.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from ..compiler.announced import Announced
from ..compiler.compile import Mode, compile_config
from ..compiler.emit import emit
from ..compiler.orb_imports import NoOrbs, OrbSources
from ..compiler.pipeline_values import PipelineValues
from ..errors import CiError
from ..system.command_names import typed_command
from .json_endpoint import Json, JsonServer, Route, answering, mapping, scalars, text

HOST = "127.0.0.1"
NAME = "config.yml"
"""What a position calls the config: the CLI does not send its name."""


def compile_v2(request: Json, orbs: OrbSources, announced: Announced = "refused") -> Json:
    """Answer ``compile-config-with-defaults``: ``valid``, ``source-yaml``, ``output-yaml``, ``errors``."""
    source = text(request, "config_yaml")
    options = mapping(request, "options")
    output, errors = _compiled(source, options, orbs, "refused" if options.get("next") is True else announced)
    messages = [{"message": message} for message in errors]
    return {"valid": not errors, "source-yaml": source, "output-yaml": output, "errors": messages}


def compile_v3(request: Json, orbs: OrbSources, announced: Announced = "refused") -> Json:
    """Answer ``configs/compile``: ``data.attributes.outcome`` and ``compiled_config``, ``meta.messages``."""
    attributes = mapping(mapping(request, "data"), "attributes")
    chosen: Announced = "refused" if attributes.get("enable_next_preview") is True else announced
    output, errors = _compiled(text(attributes, "config"), attributes, orbs, chosen)
    outcome = "failed" if errors else "succeeded"
    answer = {"outcome": outcome, "compiled_config": output, "phase": "ended"}
    return {"data": {"attributes": answer}, "meta": {"messages": [{"title": message} for message in errors]}}


ROUTES: Mapping[str, Callable[[Json, OrbSources, Announced], Json]] = {
    "/api/v2/compile-config-with-defaults": compile_v2,
    "/api/v3/configs/compile": compile_v3,
}


def _compiled(source: str, options: Json, orbs: OrbSources, announced: Announced) -> tuple[str, list[str]]:
    given = scalars(options, "pipeline_values")
    values = {
        name.removeprefix("pipeline."): value
        for name, value in given.items()
        if not name.startswith("pipeline.parameters.")
    }
    try:
        chosen = PipelineValues(values=values, arguments=scalars(options, "pipeline_parameters"))
        mode = Mode(time.monotonic, announced, command=typed_command)
        return emit(compile_config(source, NAME, chosen, orbs, mode=mode)), []
    except CiError as error:
        return "", [str(problem) for problem in error.shown]


class Server(JsonServer):
    """The endpoints on the loopback address; ``url`` is what ``--host`` takes.

    A page in the user's browser could reach a loopback port by a name of its own: only ours are answered.
    """

    def __init__(self, port: int, orbs: OrbSources, announced: Announced) -> None:
        routes = {path: _route(answer, orbs, announced) for path, answer in ROUTES.items()}
        super().__init__((HOST, port), routes, (HOST, "localhost"))

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}"


def _route(answer: Callable[[Json, OrbSources, Announced], Json], orbs: OrbSources, announced: Announced) -> Route:
    return lambda request: (HTTPStatus.OK, answer(request, orbs, announced))


@contextmanager
def serving(orbs: OrbSources, port: int = 0, announced: Announced = "refused") -> Iterator[Server]:
    """Answer requests in a thread while the block lasts; port 0 takes a free one. Raises OSError if it is taken."""
    server = Server(port, orbs, announced)
    with answering(server):
        yield server


@contextmanager
def own_server() -> Iterator[str]:
    """Serve a CLI whose user has named no server, with a config that is compiled already; return the address."""
    with serving(NoOrbs(), announced="accepted") as server:
        yield server.url
