"""The architecture of the benchmark's eager model: torchvision's resnet-18, its weights by make_models.py."""

from torchvision.models.resnet import BasicBlock, ResNet


class ResNet18(ResNet):
    def __init__(self):
        super().__init__(BasicBlock, [2, 2, 2, 2])
