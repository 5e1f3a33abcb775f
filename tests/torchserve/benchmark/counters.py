"""The server's own count of the predictions that were asked of a model.

TorchServe's metrics have a counter. 0.1 has no metrics API, and its access log a line for each answer
(docs/logging.md of that release).
"""

import re
import urllib.request

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the server is on this machine
METRIC = "ts_inference_requests_total"
ACCESS_LOG = "access_log.log"


def of_metrics(url, model):
    with OPENER.open(url + "/metrics", timeout=120) as answer:
        text = answer.read().decode()
    found = re.findall(r'^%s\{[^}]*model_name="%s"[^}]*\} ([\d.eE+]+)' % (METRIC, re.escape(model)), text, re.M)
    return int(sum(float(number) for number in found))


def of_access_log(path, model):
    line = re.compile(r' "POST /predictions/%s HTTP/[\d.]+" \d+ \d+$' % re.escape(model))
    with open(path, encoding="utf-8", errors="replace") as stream:
        return sum(bool(line.search(one.rstrip("\n"))) for one in stream)


def counter(metrics_url, access_log):
    """(the counter's name, the function that gives a model's count)"""
    if metrics_url:
        return METRIC, lambda model: of_metrics(metrics_url, model)
    return ACCESS_LOG, lambda model: of_access_log(access_log, model)
