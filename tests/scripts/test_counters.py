"""The benchmark's check on itself: the server's own count of predictions, of its metrics or its access log."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[1] / "torchserve" / "benchmark"
sys.path.insert(0, str(BENCHMARK))
import counters  # noqa: E402

sys.path.remove(str(BENCHMARK))

# As docs/logging.md of 0.1.1 describes it, by the pattern of that release's log4j.properties.
LOG = """\
2020-06-15 13:56:18,976 - /127.0.0.1:64003 "POST /predictions/resnet HTTP/1.1" 200 118
2020-06-15 13:56:18,977 - /127.0.0.1:64003 "POST /predictions/resnet HTTP/1.1" 503 2
2020-06-15 13:56:18,978 - /127.0.0.1:64003 "POST /predictions/resnet_2 HTTP/1.1" 200 118
2020-06-15 13:56:18,979 - /127.0.0.1:64003 "GET /ping HTTP/1.1" 200 1
2020-06-15 13:56:18,980 - /127.0.0.1:64003 "POST /models?url=resnet.mar HTTP/1.1" 200 900
2020-06-15 13:56:18,981 - /127.0.0.1:64003 "POST /predictions/resnet HTTP/1.1" 2"""
METRICS = """\
# HELP ts_inference_requests_total Total number of inference requests.
ts_inference_requests_total{model_name="resnet",model_version="1.0",hostname="host",} 580.0
ts_inference_requests_total{model_name="resnet",model_version="2.0",hostname="host",} 1.0
ts_inference_requests_total{model_name="resnet_2",model_version="1.0",hostname="host",} 7.0
ts_inference_latency_microseconds{model_name="resnet",model_version="1.0",} 9.0
"""


class Metrics(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/metrics" else 404)
        self.end_headers()
        self.wfile.write(METRICS.encode())

    def log_message(self, *_: object) -> None:
        """Nobody asks."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Metrics) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_the_access_log_has_a_line_for_each_answer(tmp_path: Path) -> None:
    (tmp_path / "access_log.log").write_text(LOG)
    name, count = counters.counter(None, str(tmp_path / "access_log.log"))
    assert (name, count("resnet"), count("resnet_2"), count("other")) == ("access_log.log", 2, 1, 0)


def test_a_log_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent"):
        counters.counter(None, str(tmp_path / "absent"))[1]("resnet")


def test_where_there_are_metrics_their_counter_counts(url: str) -> None:
    name, count = counters.counter(url, "/nonexistent")
    assert (name, count("resnet"), count("resnet_2"), count("other")) == ("ts_inference_requests_total", 581, 7, 0)
