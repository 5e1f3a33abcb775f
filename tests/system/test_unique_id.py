"""UUIDs are those of RFC 9562."""

import uuid

from ci.system.unique_id import OF_URLS, derived_id, random_id


def test_a_random_one_is_of_version_4_and_another_each_time():
    made = {random_id() for _ in range(100)}
    assert len(made) == 100
    assert {(str(uuid.UUID(each)) == each, uuid.UUID(each).version, uuid.UUID(each).variant) for each in made} == {
        (True, 4, uuid.RFC_4122)
    }


def test_a_derived_one_is_that_of_its_namespace_and_name():
    assert str(uuid.NAMESPACE_URL) == OF_URLS
    for name in ("", "https://github.com/acme/web", "jöb/0"):
        assert derived_id(OF_URLS, name) == str(uuid.uuid5(uuid.NAMESPACE_URL, name))
