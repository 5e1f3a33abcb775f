"""Which images a project builds, and whose Dockerfiles it may name."""

import pytest

from ci.errors import UsageError
from ci.git.reading import GitReading
from ci.options.settings import ProjectSettings
from ci.project.executor_images import builds
from ci.project.project import Project
from ci.workflow.model import Image

from ..tasks import HERE, instance, job

INSTANCES = [instance(job(images=(Image("some/image:1", HERE),)))]


def built(root, place, user=None):
    settings = ProjectSettings(images=(("py3", str(place)),), user=user)
    return builds(Project(root, settings, GitReading(root)), INSTANCES)


@pytest.fixture
def repository(tmp_path):
    for folder in ("repository/.git", "repository/project/images", "elsewhere"):
        (tmp_path / folder).mkdir(parents=True)
    for folder in ("repository", "repository/project/images", "elsewhere"):
        (tmp_path / folder / "Dockerfile").write_text("FROM scratch\n")
    return tmp_path / "repository"


@pytest.mark.parametrize("place", ["images/Dockerfile", "../Dockerfile"])
def test_a_dockerfile_of_the_repository_is_built(repository, place):
    project = repository / "project"
    assert built(project, place) == {"some/image:1": project / place}


def test_a_dockerfile_elsewhere_is_refused_however_it_is_reached(repository, tmp_path):
    project = repository / "project"
    (project / "link").symlink_to(tmp_path / "elsewhere")
    (project / "Dockerfile").symlink_to(tmp_path / "elsewhere" / "Dockerfile")
    for place in ("../../elsewhere/Dockerfile", tmp_path / "elsewhere/Dockerfile", "link/Dockerfile", "Dockerfile"):
        with pytest.raises(UsageError, match=r"is outside of the project's repository"):
            built(project, place)


def test_without_a_repository_the_project_is_the_limit(tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(UsageError, match=r"is outside of the project's repository"):
        built(tmp_path / "project", "../Dockerfile")


def test_the_users_own_settings_may_name_any(repository, tmp_path):
    place = tmp_path / "elsewhere" / "Dockerfile"
    user = ProjectSettings(images=(("py3", str(place)),))
    assert built(repository / "project", place, user) == {"some/image:1": place}


def test_a_dockerfile_that_is_not_there_is_an_error(repository):
    with pytest.raises(UsageError, match=r"there is no no/Dockerfile"):
        built(repository / "project", "no/Dockerfile")
