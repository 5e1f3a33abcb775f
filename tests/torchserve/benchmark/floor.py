"""The floor under the server's latency: floor.py STORE KIND WARM-UP REQUESTS prints JSON.

The handler's own steps (decode, model, five likeliest) on the same bytes in one process, without
server, socket or queue. A process of its own, so that it shares no thread setting with what measures.
"""

import json
import os
import sys
import time

import torch

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))  # whole_handler.py
from resnet_handler import ResNetHandler
from resnet_model import ResNet18


def load(store, kind):
    if kind == "torchscript":
        return torch.jit.load(os.path.join(store, "torchscript.pt"))
    model = ResNet18()
    model.load_state_dict(torch.load(os.path.join(store, "eager.pth")))
    return model


def main():
    store, kind, warm_up, requests = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(1)
    start = time.perf_counter()
    model = load(store, kind).eval()
    load_seconds = time.perf_counter() - start
    handler = ResNetHandler()
    with open(os.path.join(store, "picture.jpg"), "rb") as stream:
        body = stream.read()
    latencies = []
    with torch.no_grad():
        for _ in range(warm_up + requests):
            start = time.perf_counter()
            answer = handler.postprocess(model(handler.preprocess([{"body": body}])))
            latencies.append((time.perf_counter() - start) * 1000)
    kept = latencies[warm_up:]
    print(json.dumps({"load_seconds": load_seconds, "latencies_ms": kept, "answer": answer[0]}))


if __name__ == "__main__":
    main()
