"""What a project's config asks for that is the user's: contexts of the home folder, variables for a registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..dataclass import replace
from ..options.permissions import LINKED, Permission
from ..options.table import Options
from ..project.contexts import FOLDER, context_file, is_users
from ..project.executor_images import images
from ..workflow.job_instances import JobInstance

CONTEXT = "jobs that name this context get its variables from a file of yours"
AUTH = "this variable of yours is sent to that registry"


def with_config(root: Path, options: Options, instances: Sequence[JobInstance], environ: Mapping[str, str]) -> Options:
    """Return the options with what the config of those instances asks for among their permissions."""
    pulls = options.engine in ("auto", "docker")
    found = [*contexts(root, instances), *(auths(instances, environ) if pulls else ())]
    return replace(options, permissions=(*options.permissions, *dict.fromkeys(found)))


def contexts(root: Path, instances: Sequence[JobInstance]) -> Iterator[Permission]:
    """Yield the contexts of jobs that come from the user's files, not from the project's."""
    for name in dict.fromkeys(name for instance in instances for name in instance.contexts):
        file = context_file(name, root, Path.home())
        if file is not None and is_users(file, root):
            own = file.resolve() == (Path.home() / FOLDER / f"{name}.env").resolve()
            value = name if own else f"{name}{LINKED}{file.resolve()}"
            yield Permission("context", value, meaning=CONTEXT)


def auths(instances: Sequence[JobInstance], environ: Mapping[str, str]) -> Iterator[Permission]:
    """Yield the user's variables that the ``auth`` of images names, each with the registry that gets it."""
    private = [image for image in images(instances) if image.auth or image.cloud_auth]
    if not private:
        return
    from ..engines.docker.images.registries import auth_variables, registry_of

    for image in private:
        for name in auth_variables(image):
            if name in environ:
                yield Permission("auth", f"{name} for {registry_of(image.image)}", meaning=AUTH)
