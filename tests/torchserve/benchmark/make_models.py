"""Make what the benchmark serves: make_models.py STORE. Nothing is downloaded.

resnet18_eager.mar and resnet18_torchscript.mar with the same random weights of a fixed seed (they
cost what trained ones do), their weights beside them for floor.py, and picture.jpg.
"""

import os
import random
import subprocess
import sys

import torch
from PIL import Image, ImageFilter
from resnet_model import ResNet18

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = 18


def picture(path):
    """A JPEG of about 40 kB, 500 x 375: coloured noise, blurred so that it packs as a photograph does."""
    chance = random.Random(SEED)
    noise = bytes(chance.getrandbits(8) for _ in range(500 * 375 * 3))
    Image.frombytes("RGB", (500, 375), noise).filter(ImageFilter.GaussianBlur(1)).save(path, quality=75)


def archive(store, name, *more):
    command = [os.path.join(os.path.dirname(sys.executable), "torch-model-archiver"), "--model-name", name]
    command += ["--version", "1.0", "--handler", os.path.join(HERE, "resnet_handler.py")]
    command += ["--extra-files", os.path.join(HERE, "..", "whole_handler.py")]
    subprocess.check_call(command + ["--export-path", store, "--force"] + list(more))


def main():
    store = sys.argv[1]
    os.makedirs(store, exist_ok=True)
    torch.manual_seed(SEED)
    model = ResNet18().eval()
    eager, script = os.path.join(store, "eager.pth"), os.path.join(store, "torchscript.pt")
    torch.save(model.state_dict(), eager)
    torch.jit.script(model).save(script)
    archive(store, "resnet18_eager", "--model-file", os.path.join(HERE, "resnet_model.py"), "--serialized-file", eager)
    archive(store, "resnet18_torchscript", "--serialized-file", script)
    picture(os.path.join(store, "picture.jpg"))
    for name in sorted(os.listdir(store)):
        print("%9d bytes  %s" % (os.path.getsize(os.path.join(store, name)), name))


if __name__ == "__main__":
    main()
