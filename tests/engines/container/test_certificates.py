"""Files of certificates by the variables that tools know them by, each in a container once."""

import pytest

from ci.engines.container import certificates


@pytest.fixture
def bundle(tmp_path):
    file = tmp_path / "bundle.pem"
    file.write_text("certificates")
    return file


def test_a_file_under_many_names_has_one_place_which_each_variable_names(bundle, tmp_path):
    link = tmp_path / "link.pem"
    link.symlink_to(bundle)
    environ = {"SSL_CERT_FILE": str(bundle), "PIP_CERT": str(link), "HOME": "/root"}
    places = certificates.bundles(environ, "/in")
    assert list(places) == [str(bundle)]
    named = dict(certificates.variables(environ, places))
    assert named.keys() == {"SSL_CERT_FILE", "PIP_CERT"}
    assert set(named.values()) == set(places.values())
    assert next(iter(named.values())).startswith("/in/")


def test_a_variable_that_names_no_file_is_not_passed_on_and_that_is_reported(bundle, tmp_path):
    environ = {"SSL_CERT_DIR": str(tmp_path), "PIP_CERT": str(tmp_path / "absent.pem")}
    assert certificates.bundles(environ, "/in") == {}
    assert certificates.variables(environ, {}) == ()
    said = list(certificates.lines(environ, {}))
    assert any("SSL_CERT_DIR names a folder" in each for each in said)
    assert any("absent.pem" in each for each in said)


def test_what_a_job_sees_of_a_file_changes_with_its_content(bundle):
    environ = {"SSL_CERT_FILE": str(bundle)}
    before = dict(certificates.facts(environ, "/in"))
    bundle.write_text("others")
    after = dict(certificates.facts(environ, "/in"))
    assert before.keys() == after.keys()
    assert before != after
