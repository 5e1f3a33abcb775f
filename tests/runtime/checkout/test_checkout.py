"""The user's checkout as the job's own repository. https://circleci.com/docs/reference/configuration-reference/#checkout"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess

import pytest

from ci.git.work_tree import WorkTree
from ci.runtime.checkout.checkout import describe, write_tree
from ci.runtime.checkout.ownership import Ownership
from ci.runtime.checkout.repository import remove_repository
from ci.runtime.failures import StepError
from tests.projects import GIT, Project


def git(folder, *words):
    done = subprocess.run([*GIT, *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def work_tree(project, **more):
    revision = git(project.path, "rev-parse", "HEAD")
    return WorkTree(project.path, True, revision, **{"branch": "main", **more})


def checked_out(project, tmp_path, **more):
    folder = tmp_path / "job"
    write_tree(folder, work_tree(project, **more), lambda line: None)
    return folder


def test_branches_tags_and_history_are_there_and_the_work_tree_is_clean(user, tmp_path):
    job = checked_out(user, tmp_path)
    assert git(job, "status", "--porcelain") == ""
    assert git(job, "log", "--format=%s") == "second\nfirst"
    assert git(job, "describe").startswith("v1.0-1-g")
    assert git(job, "branch", "--format=%(refname:short)").split() == ["main", "other"]
    assert git(job, "fsck") == ""


def test_its_objects_are_copies_that_a_job_may_destroy(user, tmp_path):
    job = checked_out(user, tmp_path)
    for folder, _, files in os.walk(job / ".git/objects"):
        for name in files:
            os.chmod(os.path.join(folder, name), 0o600)
            os.truncate(os.path.join(folder, name), 0)
    assert git(user.path, "fsck") == ""


@pytest.mark.parametrize(
    ("files", "text"),
    [(0, ""), (1, ", with 1 uncommitted file"), (2, ", with 2 uncommitted files")],
)
def test_the_line_says_what_comes_and_where(tmp_path, files, text):
    tree = WorkTree(tmp_path, True, "0123456789abcdef", branch="main", dirty=files)
    assert describe(tree, "~/project") == f"Checking out main at 0123456789ab to ~/project{text}"


def test_uncommitted_work_comes_along_as_such(user, tmp_path):
    user.write("file", "three\n")
    user.write("staged", "s\n")
    user.git("add", "staged")
    user.write("deep/untracked", "u\n")
    user.write(".gitignore", "ignored\n.nox/\n")
    user.write("ignored", "i\n")
    user.write(".nox/state", "x\n")
    job = checked_out(user, tmp_path)
    assert (job / "file").read_text() == "three\n"
    assert (job / "staged").exists()
    assert (job / "deep/untracked").exists()
    assert not (job / "ignored").exists()
    assert not (job / ".nox").exists()
    assert git(job, "show", "HEAD:file") == "two"


def test_what_the_user_deleted_is_absent_and_a_file_may_have_become_a_folder(user, tmp_path):
    (user.path / "file").unlink()
    user.write("file/inner", "x\n")
    job = checked_out(user, tmp_path)
    assert (job / "file/inner").read_text() == "x\n"


def test_the_users_index_and_files_are_not_touched(user, tmp_path):
    user.write("file", "three\n")
    before = (user.path / ".git/index").read_bytes(), git(user.path, "status", "--porcelain")
    checked_out(user, tmp_path)
    assert ((user.path / ".git/index").read_bytes(), git(user.path, "status", "--porcelain")) == before


@pytest.mark.parametrize("how", ["worktree", "shallow", "shared", "packed", "partial", "reftable"])
def test_any_kind_of_repository_will_do(user, tmp_path, how):
    place = tmp_path / how
    if how == "worktree":
        user.git("worktree", "add", "-q", str(place), "other")
    elif how == "shallow":
        git(tmp_path, "clone", "-q", "--depth=1", f"file://{user.path}", str(place))
    elif how == "partial":
        user.git("config", "uploadpack.allowFilter", "true")
        git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{user.path}", str(place))
    elif how == "reftable":
        if subprocess.run([*GIT, "init", "-q", "--ref-format=reftable", str(place)], capture_output=True).returncode:
            pytest.skip("this git has no reftable")
        git(place, "pull", "-q", str(user.path), "main")
    elif how == "shared":
        git(tmp_path, "clone", "-q", "--shared", str(user.path), str(place))
    else:
        user.git("gc", "-q")
        place = user.path
    branch = git(place, "branch", "--show-current")
    job = checked_out(Project(place), tmp_path, branch=branch)
    assert git(job, "branch", "--show-current") == branch
    assert git(job, "rev-parse", "HEAD") == git(place, "rev-parse", "HEAD")
    assert git(job, "status", "--porcelain") == ""
    assert (job / ".git").is_dir()
    assert not (job / ".git/objects/info/alternates").exists()


def test_a_tag_is_checked_out_without_a_branch(user, tmp_path):
    job = checked_out(user, tmp_path, branch="", tag="v2.0")
    assert git(job, "branch", "--show-current") == ""
    assert git(job, "describe", "--tags", "--exact-match") == "v2.0"


def test_a_repository_without_a_commit_has_its_files(tmp_path):
    project = Project(tmp_path / "user")
    project.path.mkdir()
    project.git("init", "-q")
    project.write("file", "x\n")
    write_tree(tmp_path / "job", WorkTree(project.path, True, "", "main"), lambda line: None)
    assert (tmp_path / "job/file").read_text() == "x\n"
    assert git(tmp_path / "job", "status", "--porcelain") == "?? file"


def test_a_folder_that_is_no_repository_is_copied_without_our_own_state(tmp_path):
    project = Project(tmp_path / "user")
    project.write("deep/file", "x\n")
    project.write(".nox/state", "x\n")
    os.symlink("deep", project.path / "link")
    write_tree(tmp_path / "job", WorkTree(project.path, False), lambda line: None)
    assert (tmp_path / "job/deep/file").read_text() == "x\n"
    assert os.readlink(tmp_path / "job/link") == "deep"
    assert not (tmp_path / "job/.nox").exists()
    assert not (tmp_path / "job/.git").exists()


def test_a_folder_with_something_else_in_it_is_refused(user, tmp_path):
    (tmp_path / "job").mkdir()
    (tmp_path / "job/other").touch()
    with pytest.raises(StepError, match="not empty and not a git repository"):
        checked_out(user, tmp_path)


def test_empty_folders_are_not_in_the_way(user, tmp_path):
    (tmp_path / "job/sub/deeper").mkdir(parents=True)
    (tmp_path / "job/file").mkdir()
    job = checked_out(user, tmp_path)
    assert (job / "file").read_text() == "two\n"
    assert git(job, "status", "--porcelain") == ""


def test_a_repository_that_the_job_did_not_make_is_refused_and_stays_as_it_is(user, tmp_path):
    other = Project(tmp_path / "job")
    other.write("mine", "committed\n")
    other.git("init", "-q")
    other.commit("mine")
    other.write("mine", "edited\n")
    with pytest.raises(StepError, match=f"{other.path}.* did not make.*--engine docker"):
        checked_out(user, tmp_path)
    ownership = Ownership(tmp_path / "scratch")
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch/project").symlink_to(other.path)
    with pytest.raises(StepError, match="did not make"):
        write_tree(tmp_path / "scratch/project", work_tree(user), lambda line: None, ownership)
    assert other.git("log", "--format=%s").strip() == "mine"
    assert (other.path / "mine").read_text() == "edited\n"


def test_a_second_checkout_replaces_the_repository_of_the_first(user, tmp_path):
    ownership = Ownership()
    job = tmp_path / "job"
    for _ in range(2):
        write_tree(job, work_tree(user), lambda line: None, ownership)
        git(job, "checkout", "-q", "-b", "mine")
        (job / "extra").write_text("x\n")
        git(job, "add", "extra")
        (job / "file").unlink()
        (job / "untracked").touch()
    write_tree(job, work_tree(user), lambda line: None, ownership)
    assert git(job, "branch", "--show-current") == "main"
    assert sorted(os.listdir(job)) == [".git", "file", "untracked"]


def test_the_index_that_a_second_checkout_takes_over_keeps_its_time(user, tmp_path):
    """A later time would hide a change made in the tick of the clock in which the first checkout ended."""
    write_tree(tmp_path / "job", work_tree(user), lambda line: None, Ownership())
    path = tmp_path / "job/.git/index"
    before = path.read_bytes(), path.stat().st_mtime_ns
    index = remove_repository(tmp_path / "job")
    path.parent.mkdir()
    index.write(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_repository_in_a_folder_of_the_jobs_own_is_replaced_as_one_from_a_cache(user, tmp_path):
    git(tmp_path, "clone", "-q", str(user.path), str(tmp_path / "scratch/project"))
    (tmp_path / "scratch/project/file").write_text("changed\n")
    write_tree(tmp_path / "scratch/project", work_tree(user), lambda line: None, Ownership(tmp_path / "scratch"))
    assert git(tmp_path / "scratch/project", "status", "--porcelain") == ""


@pytest.mark.parametrize("how", ["a link", "a file", "links within", "a work tree elsewhere", "a common folder"])
def test_a_repository_of_the_jobs_own_that_leads_to_another_one_leaves_that_alone(user, tmp_path, how):
    other = Project(tmp_path / "other")
    other.path.mkdir()
    other.git("init", "-q")
    other.write("file", "mine\n")
    other.commit("mine")
    job, theirs = tmp_path / "scratch/project", other.path / ".git"
    job.mkdir(parents=True)
    (job / "old").touch()
    if how == "a link":
        (job / ".git").symlink_to(theirs)
    elif how == "a file":
        (job / ".git").write_text(f"gitdir: {theirs}\n")
    else:
        git(job, "init", "-q")
        if how == "links within":
            for name in ("objects", "refs", "config", "HEAD"):
                git(job, "rev-parse", "--git-dir")
                subprocess.run(["rm", "-r", job / ".git" / name], check=True)
                (job / ".git" / name).symlink_to(theirs / name)
                break
        elif how == "a work tree elsewhere":
            git(job, "config", "core.worktree", str(other.path))
        else:
            (job / ".git/commondir").write_text(f"{theirs}\n")
    other.write("file", "edited\n")
    before = subprocess.run(["find", theirs, "-type", "f"], capture_output=True, check=True).stdout
    write_tree(job, work_tree(user), lambda line: None, Ownership(tmp_path / "scratch"))
    assert (job / "file").read_text() == "two\n"
    assert (other.path / "file").read_text() == "edited\n"
    assert subprocess.run(["find", theirs, "-type", "f"], capture_output=True, check=True).stdout == before
    assert other.git("log", "--format=%s").strip() == "mine"


def test_programs_that_a_step_left_in_its_repository_do_not_run(user, tmp_path):
    job, ownership = tmp_path / "job", Ownership()
    write_tree(job, work_tree(user), lambda line: None, ownership)
    touch = f"touch {tmp_path / 'ran'}; cat"
    for name in ("reference-transaction", "post-index-change", "post-checkout"):
        (job / ".git/hooks").mkdir(exist_ok=True)
        (job / f".git/hooks/{name}").write_text(f"#!/bin/sh\n{touch}\n")
        (job / f".git/hooks/{name}").chmod(0o755)
    git(job, "config", "filter.x.smudge", touch)
    git(job, "config", "core.fsmonitor", touch)
    (job / ".git/info").mkdir(exist_ok=True)
    (job / ".git/info/attributes").write_text("* filter=x\n")
    (job / "file").unlink()
    write_tree(job, work_tree(user), lambda line: None, ownership)
    assert (job / "file").read_text() == "two\n"
    assert not (tmp_path / "ran").exists()


def test_nothing_is_written_through_a_link_that_a_step_left(user, tmp_path):
    user.write("data/new", "untracked\n")
    job, ownership = tmp_path / "job", Ownership()
    write_tree(job, work_tree(user), lambda line: None, ownership)
    subprocess.run(["rm", "-r", job / "data"], check=True)
    (tmp_path / "private").mkdir()
    (tmp_path / "private/new").write_text("mine\n")
    (job / "data").symlink_to(tmp_path / "private")
    write_tree(job, work_tree(user), lambda line: None, ownership)
    assert (job / "data/new").read_text() == "untracked\n"
    assert (tmp_path / "private/new").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("https://me:secret@example.com/a/b.git", "https://example.com/a/b.git"),
        ("https://secret@example.com/a/b.git", "https://example.com/a/b.git"),
        ("HTTPS://me:secret@example.com/a", "HTTPS://example.com/a"),
        ("http://me:secret@and@example.com:8080/a", "http://example.com:8080/a"),
        ("ftp://me:secret@example.com/a", "ftp://example.com/a"),
        ("ftps://me:secret@example.com/a", "ftps://example.com/a"),
        ("ssh://git:secret@example.com:22/a", "ssh://git@example.com:22/a"),
        ("SSH://git:secret@example.com/a", "SSH://git@example.com/a"),
        ("git+ssh://git:secret@example.com/a", "git+ssh://git@example.com/a"),
        ("ext::https://me:secret@example.com/a", "ext::https://example.com/a"),
        ("ext::sshpass -p secret ssh %S example.com /a", "ext::"),
        ("https://example.com/a.git?private_token=secret&x=1", "https://example.com/a.git?x=1"),
        ("git@example.com:a/b.git", "git@example.com:a/b.git"),
        ("/srv/git/a@b.git", "/srv/git/a@b.git"),
    ],
)
def test_credentials_in_a_remotes_url_do_not_come_along(user, tmp_path, address, public):
    user.git("remote", "add", "origin", address)
    user.git("remote", "set-url", "--push", "origin", address)
    user.git("config", "branch.main.remote", address)
    job = checked_out(user, tmp_path)
    assert git(job, "config", "remote.origin.url") == public
    assert "secret" not in (job / ".git/config").read_text()


def test_settings_that_hold_credentials_or_programs_do_not_come_along(user, tmp_path):
    for key in (
        "http.extraheader", "http.https://example.com/.extraheader", "credential.helper", "http.proxy",
        "http.cookieFile", "user.signingkey", "credential.https://example.com.username", "remote.origin.proxy",
        "remote.origin.uploadpack",
        "core.sshCommand", "remote.origin.receivepack", "remote.origin.vcs", "url.https://secret@example.com/.insteadOf",
        "remote.https://me:secret@example.com/a.promisor",
    ):  # fmt: skip
        user.git("config", key, "secret")
    user.git("config", "remote.https://me:secret@example.com/a.promisor", "true")
    user.git("config", "remote.origin.url", "https://example.com/a")
    text = (checked_out(user, tmp_path) / ".git/config").read_text()
    assert "secret" not in text
    assert "https://example.com/a" in text


@pytest.mark.parametrize("name", ["a..b", "../../x", "a b", "a\nb", "-x", "x.lock", "a/.b", "x/", "@{1}"])
def test_a_name_that_git_does_not_take_is_refused(user, tmp_path, name):
    with pytest.raises(StepError, match="not a name that git takes"):
        checked_out(user, tmp_path, branch=name)


def test_a_new_branch_may_stand_beside_others(user, tmp_path):
    job = checked_out(user, tmp_path, branch="other/new")
    assert git(job, "branch", "--show-current") == "other/new"
    assert git(job, "rev-parse", "HEAD") == git(user.path, "rev-parse", "HEAD")


def test_lfs_files_in_a_folder_that_became_a_link_stay_the_users(user, tmp_path):
    scratch = tmp_path / "scratch"
    user.write("data/x.bin", "content\n")
    user.write(".gitattributes", "*.bin filter=lfs -text\n")
    digest = hashlib.sha256(b"content\n").hexdigest()
    pointer = user.write("../pointer", f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 8\n")
    blob = git(user.path, "hash-object", "-w", "--no-filters", str(pointer))
    git(user.path, "add", ".gitattributes")
    git(user.path, "update-index", "--add", "--cacheinfo", f"100644,{blob},data/x.bin")
    git(user.path, "commit", "-qm", "large file")
    (user.path / "data").rename(scratch)
    (user.path / "data").symlink_to(scratch)
    job = checked_out(user, tmp_path)
    assert (scratch / "x.bin").read_text() == "content\n"
    assert os.readlink(job / "data") == str(scratch)


@pytest.fixture(params=["with git-lfs", "without git-lfs"])
def lfs_user(request, user, monkeypatch):
    """A repository whose file data.bin has its real content, while a pointer is committed."""
    if request.param == "without git-lfs":  # a machine's git knows the filter where git-lfs is installed
        monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    elif not shutil.which("git-lfs"):
        pytest.skip("git-lfs is not installed")
    user.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    user.write("data.bin", CONTENT)
    blob = git(user.path, "hash-object", "-w", str(user.write("../pointer", POINTER)))
    git(user.path, "add", ".gitattributes")
    git(user.path, "update-index", "--add", "--cacheinfo", f"100644,{blob},data.bin")
    git(user.path, "commit", "-qm", "large file")
    return user


CONTENT = "the real content\n"
POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    f"oid sha256:{hashlib.sha256(CONTENT.encode()).hexdigest()}\nsize {len(CONTENT)}\n"
)
BARE = ("-c", "filter.lfs.process=", "-c", "filter.lfs.clean=cat")
"""A job's git without git-lfs."""


def test_lfs_files_have_the_content_that_the_user_has(lfs_user, tmp_path):
    job = checked_out(lfs_user, tmp_path)
    assert (job / "data.bin").read_text() == CONTENT
    assert git(job, "show", "HEAD:data.bin") == POINTER.strip()
    assert git(job, *BARE, "status", "--porcelain") == ""


def test_an_lfs_file_that_the_user_has_changed_is_changed_in_the_job(lfs_user, tmp_path):
    lfs_user.write("data.bin", "edited content\n")
    job = checked_out(lfs_user, tmp_path)
    assert (job / "data.bin").read_text() == "edited content\n"
    assert git(job, *BARE, "status", "--porcelain") == "M data.bin"


def test_hooks_and_settings_of_the_user_do_not_come_along(user, tmp_path):
    hook = user.write(".git/hooks/post-checkout", "#!/bin/sh\ntouch /tmp/never\n")
    hook.chmod(0o755)
    user.git("config", "core.hooksPath", "hooks")
    user.git("config", "alias.mine", "!true")
    job = checked_out(user, tmp_path)
    assert not (job / ".git/hooks").exists()
    assert "mine" not in (job / ".git/config").read_text()


def test_a_repository_that_lacks_an_object_is_reported_in_whole_lines(user, tmp_path):
    blob = git(user.path, "rev-parse", "HEAD:file")
    (user.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(StepError, match=rf"^git reset failed with 128: error: \D*{blob}.*; fatal: .*$"):
        checked_out(user, tmp_path)
