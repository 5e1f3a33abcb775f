"""What of the user's a job on this machine gets, and what it must not see: caches, version managers, credentials."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from ...dataclass import dataclass
from ...workflow.model import Pairs

VERSION_MANAGERS = {
    "PYENV_ROOT": ".pyenv",
    "RBENV_ROOT": ".rbenv",
    "NODENV_ROOT": ".nodenv",
    "GOENV_ROOT": ".goenv",
    "JENV_ROOT": ".jenv",
    "NVM_DIR": ".nvm",
    "RUSTUP_HOME": ".rustup",
    "SDKMAN_DIR": ".sdkman",
    "ASDF_DIR": ".asdf",
    "ASDF_DATA_DIR": ".asdf",
    "MISE_DATA_DIR": ".local/share/mise",
    "MISE_GLOBAL_CONFIG_FILE": ".config/mise/config.toml",
    "VOLTA_HOME": ".volta",
    "FNM_DIR": ".local/share/fnm",
}
"""By the variable that says where each keeps its versions: its place in the user's home."""
CREDENTIALS = """
  .ssh .aws .azure .gnupg .netrc .npmrc .yarnrc .yarnrc.yml .pypirc .pip .docker .kube .git-credentials .gitconfig
  .circleci .gradle/gradle.properties .gradle/init.gradle .gradle/init.gradle.kts .gradle/init.d .m2/settings.xml
  .m2/settings-security.xml .cargo/credentials .cargo/credentials.toml .cargo/config .cargo/config.toml
  .config/gh .config/glab-cli .config/hub .config/git .config/gcloud .config/doctl .config/op .config/sops
  .config/pip .config/rclone .config/containers .config/composer .config/heroku .config/nox-circleci
  .config/google-chrome .config/chromium .mozilla .thunderbird .composer/auth.json .bundle/config .gem/credentials
  .local/share/keyrings .local/share/nox-circleci .local/state/nox-circleci .password-store .vault-token .pgpass
  .my.cnf .s3cfg .boto .oci .fly .terraform.d .terraformrc .databrickscfg .snowsql .bash_history .zsh_history
  .python_history .node_repl_history .psql_history .mysql_history .Xauthority
  .kaggle .pulumi .nuget/NuGet .config/NuGet .ivy2/.credentials .sbt/.credentials .config/pypoetry .config/fly
  .config/netlify .config/configstore .config/firebase .cache/huggingface/token .huggingface .wrangler .config/.wrangler
"""
"""Below the user's home: files and folders that hold credentials, or settings that may."""
ELSEWHERE = {
    "AWS_CONFIG_FILE": "",
    "AWS_SHARED_CREDENTIALS_FILE": "",
    "AZURE_CONFIG_DIR": "",
    "CARGO_HOME": "credentials credentials.toml config config.toml",
    "CLOUDSDK_CONFIG": "",
    "DOCKER_CONFIG": "",
    "GH_CONFIG_DIR": "",
    "GIT_CONFIG_GLOBAL": "",
    "GNUPGHOME": "",
    "GOOGLE_APPLICATION_CREDENTIALS": "",
    "GRADLE_USER_HOME": "gradle.properties init.gradle init.gradle.kts init.d",
    "KUBECONFIG": "",
    "NETRC": "",
    "NPM_CONFIG_USERCONFIG": "",
    "PIP_CONFIG_FILE": "",
    "VAULT_TOKEN_FILE": "",
}
"""The same by the variable that names another place for it; for some, what in that folder."""


FEW = 4
"""So many places in one folder are looked for by its listing: most are not there."""


@dataclass(frozen=True, slots=True)
class Caches:
    """The user's caches that a job uses: ``variables`` name them to the tools, ``folders`` are shared at their place.

    ``in_home`` are shared below the job's own home, by their place in there, if a job has a view of its own.
    """

    variables: Pairs
    folders: tuple[str, ...]
    in_home: tuple[tuple[str, str], ...] = ()


class Belongings:
    """What of the user's the jobs of one run get, and what they must not see, looked up once for all of them."""

    def __init__(self, environ: Mapping[str, str], project: Path) -> None:
        self.environ = dict(environ)  # os.environ decodes a variable each time
        self._project = project

    @cached_property
    def caches_in_view(self) -> Caches:
        """The caches of jobs that have a view of their own."""
        return caches(self.environ, view=True)

    @cached_property
    def caches(self) -> Caches:
        """The caches of the other jobs."""
        return caches(self.environ, view=False)

    @cached_property
    def version_managers(self) -> Pairs:
        return version_managers(self.environ)

    def credentials(self) -> list[str]:
        """Return the files and folders with credentials that there are by now."""
        found: list[str] = []
        for folder, paths in self._credentials.items():
            if len(paths) >= FEW and (names := _names(folder)) is not None:
                paths = [each for each in paths if os.path.basename(each).casefold() in names]
            found += filter(os.path.exists, paths)
        return found

    @cached_property
    def _credentials(self) -> Mapping[str, list[str]]:
        """Where credentials may be, by folder."""
        found: dict[str, list[str]] = {}
        for each in credentials(self.environ, self._project):
            found.setdefault(os.path.dirname(each), []).append(each)
        return found


def _names(folder: str) -> set[str] | None:
    """Return what is in a folder, in small letters, as the folder may not mind the case; None if it shows nothing."""
    try:
        return {each.casefold() for each in os.listdir(folder)}
    except (FileNotFoundError, NotADirectoryError):
        return set()
    except OSError:
        return None


def user_home(environ: Mapping[str, str]) -> Path:
    """Return the user's home folder; the one of the user database if HOME is not an absolute path."""
    import pwd

    if os.path.isabs(environ.get("HOME", "")):
        return Path(environ["HOME"])
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return Path("/nonexistent")


def _folder(environ: Mapping[str, str], name: str, default: str) -> str:
    """Return the folder that a variable names, if it is an absolute path."""
    found = environ.get(name, "")
    return found if os.path.isabs(found) else default


def caches(environ: Mapping[str, str], view: bool) -> Caches:
    """Return the caches of pip, uv, npm, Go, Maven, Gradle and Cargo; no folder that holds settings or credentials.

    ``view``: whether the job has a view of its own, in which a folder can be shown at another place.
    """
    home = str(user_home(environ))
    variables = dict(_always(environ, home)) | dict(_present(environ, home))
    folders = [os.path.normpath(value) for value in variables.values()]
    repository = f"{home}/.m2/repository"
    option = f"-Dmaven.repo.local={repository}"
    options = environ.get("MAVEN_OPTS") or ("" if " " in option else option)  # it is split at blanks
    if options:
        variables["MAVEN_OPTS"] = options
        folders.append(repository)
    in_home = tuple(_in_home(environ, home)) if view else ()
    ready = _folder(environ, "GRADLE_USER_HOME", f"{home}/.gradle")
    if not view and os.path.isdir(f"{ready}/caches/modules-2"):
        variables["GRADLE_RO_DEP_CACHE"] = f"{ready}/caches"
    return Caches(tuple(variables.items()), tuple(folders), in_home)


def _always(environ: Mapping[str, str], home: str) -> Iterator[tuple[str, str]]:
    """Return caches that the tools make themselves if they are absent."""
    cache = _folder(environ, "XDG_CACHE_HOME", f"{home}/.cache")
    places = {
        "PIP_CACHE_DIR": f"{home}/Library/Caches/pip" if sys.platform == "darwin" else f"{cache}/pip",
        "UV_CACHE_DIR": f"{cache}/uv",
        "npm_config_cache": f"{home}/.npm",
    }
    return ((name, _folder(environ, name, place)) for name, place in places.items())


def _present(environ: Mapping[str, str], home: str) -> Iterator[tuple[str, str]]:
    cache = _folder(environ, "XDG_CACHE_HOME", f"{home}/.cache")
    for name, place in (("GOMODCACHE", f"{home}/go/pkg/mod"), ("GOCACHE", f"{cache}/go-build")):
        found = _folder(environ, name, place)
        if os.path.isdir(found):
            yield name, found


def _in_home(environ: Mapping[str, str], home: str) -> Iterator[tuple[str, str]]:
    """Folders of caches that lie beside settings: each with its place below the job's home."""
    for variable, name, parts in (
        ("GRADLE_USER_HOME", ".gradle", ("caches", "wrapper")),
        ("CARGO_HOME", ".cargo", ("registry", "git")),
    ):
        folder = _folder(environ, variable, f"{home}/{name}")
        yield from ((f"{folder}/{part}", f"{name}/{part}") for part in parts if os.path.isdir(f"{folder}/{part}"))


def version_managers(environ: Mapping[str, str]) -> Pairs:
    """Return the variables by which version managers find the user's versions under another HOME."""
    home = str(user_home(environ))
    places = ((name, environ.get(name) or f"{home}/{place}") for name, place in VERSION_MANAGERS.items())
    return tuple((name, place) for name, place in places if os.path.exists(place))


def credentials(environ: Mapping[str, str], project: Path) -> Iterator[str]:
    """Return the files and folders of the user's that a job must not see, by absolute path; absent ones too."""
    home = str(user_home(environ))
    yield from (f"{home}/{name}" for name in CREDENTIALS.split())
    for variable, names in ELSEWHERE.items():
        for place in filter(os.path.isabs, environ.get(variable, "").split(os.pathsep)):
            yield from (os.path.join(place, name) for name in names.split()) if names else (place,)
    settings = environ.get("XDG_CONFIG_HOME", "")
    if os.path.isabs(settings):
        yield from (f"{settings}{each[7:]}" for each in CREDENTIALS.split() if each.startswith(".config/"))
    yield f"{project}/.circleci/contexts"
