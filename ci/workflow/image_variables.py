"""Variables that only the ``environment`` of an image sets: they are that container's program's, and reach no step.

https://circleci.com/docs/reference/configuration-reference/#docker, confirmed in circleci-docs issue 4276
"""

from __future__ import annotations

from collections.abc import Collection

from ..source.shell_variables import assigns, unset
from .model import Job, Run


def unset_in(step: Run, job: Job, known: Collection[str] = ()) -> tuple[str, ...]:
    """Return the variables that the step's text uses and that nothing but an image of its job sets.

    ``known`` are the names of variables that the step has from elsewhere. A variable that the text of any of the
    job's steps assigns counts as set.
    """
    names = dict.fromkeys(name for image in job.images for name, _ in image.environment)
    if not names:
        return ()
    elsewhere = {*known, *(name for name, _ in (*job.environment, *step.environment))}
    texts = [each.command for each in job.steps if isinstance(each, Run)]
    return tuple(unset(names, step.command, elsewhere, texts))


def unseen_by_programs(step: Run, job: Job, known: Collection[str] = ()) -> tuple[str, ...]:
    """Return the variables that only the primary image's ``environment`` sets.

    A program that the step starts may read one without a word of it in the step's text, as tox does TOXENV.
    """
    elsewhere = {*known, *(name for name, _ in (*job.environment, *step.environment))}
    texts = [each.command for each in job.steps if isinstance(each, Run)]
    names = dict.fromkeys(name for image in job.images[:1] for name, _ in image.environment)
    return tuple(name for name in names if name not in elsewhere and not any(assigns(text, name) for text in texts))
