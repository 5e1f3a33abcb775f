"""Service containers with a real PostgreSQL and a real Redis. https://circleci.com/docs/guides/execution-managed/databases/"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.projects import make_project

pytestmark = pytest.mark.docker
PROGRAM = os.environ.get("NOX_CIRCLECI_DOCKER", "docker")
IMAGE = "nox-circleci/test-services"

CONFIG = f"""
version: 2.1
jobs:
  build:
    docker:
      - image: {IMAGE}
      - image: {IMAGE}
      - image: {IMAGE}
        command: [redis-server, --port, "6390"]
    environment: {{PGHOST: localhost, PGUSER: postgres}}
    steps:
      - run:
          name: Wait for the database
          command: |
            for _ in $(seq 100); do pg_isready && exit 0; sleep 0.3; done
            exit 1
      - run: psql -c 'CREATE TABLE visit (id int)' && psql -c 'INSERT INTO visit VALUES (41), (1)'
      - run: psql -At -c 'SELECT sum(id) FROM visit'
      - run: redis-cli -p 6390 ping && redis-cli -p 6390 set k v && test "$(redis-cli -p 6390 get k)" = v
"""


@pytest.fixture(scope="module")
def image():
    folder = Path(__file__).with_name("services")
    words = [PROGRAM, "build", "--quiet", "--tag", IMAGE, "--build-arg", "BASE=nox-circleci/base", str(folder)]
    subprocess.run(words, check=True, capture_output=True, text=True)


def test_a_job_uses_its_postgresql_and_redis(tmp_path, image):
    done = make_project(tmp_path, CONFIG).ci("run", "workflow", "--engine", "docker", "--json")
    assert done.status == 0, done.stdout
    assert "42" in done.output("build").split()
    assert "PONG" in done.output("build").split()
