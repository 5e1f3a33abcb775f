"""Archive the models of the API tests into a store: make_models.py STORE [--torch].

echo (versions 1.0 and 2.0, no torch), broken (its handler cannot be imported) and,
with torch, linear. All are made here; nothing is downloaded.
"""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def archive(store, name, version, handler, *more):
    command = [os.path.join(os.path.dirname(sys.executable), "torch-model-archiver")]
    command += ["--model-name", name, "--version", version]
    subprocess.check_call(command + ["--handler", handler, "--export-path", store, "--force"] + list(more))
    print("archived: %s %s" % (name, version))


def save_linear(path):
    import torch

    torch.save({"layer.weight": torch.tensor([[2.0]]), "layer.bias": torch.tensor([1.0])}, path)


def main():
    store, with_torch = sys.argv[1], "--torch" in sys.argv
    os.makedirs(store, exist_ok=True)
    echo = os.path.join(HERE, "echo_handler.py")
    with tempfile.TemporaryDirectory() as folder:
        weights = os.path.join(folder, "weights.pt")
        with open(weights, "wb") as stream:
            stream.write(b"none")  # 0.1 archives no model without a file of weights
        archive(store, "echo", "1.0", echo, "--serialized-file", weights)
        os.rename(os.path.join(store, "echo.mar"), os.path.join(store, "echo_v1.mar"))
        archive(store, "echo", "2.0", echo, "--serialized-file", weights)
        os.rename(os.path.join(store, "echo.mar"), os.path.join(store, "echo_v2.mar"))
        broken = os.path.join(folder, "broken_handler.py")
        with open(broken, "w") as stream:
            stream.write("import a_module_that_is_not_there\n")
        archive(store, "broken", "1.0", broken, "--serialized-file", weights)
        if with_torch:
            save_linear(weights)
            model = os.path.join(HERE, "linear_model.py")
            handler = os.path.join(HERE, "linear_handler.py")
            whole = os.path.join(HERE, "..", "whole_handler.py")
            files = ["--model-file", model, "--serialized-file", weights, "--extra-files", whole]
            archive(store, "linear", "1.0", handler, *files)


if __name__ == "__main__":
    main()
