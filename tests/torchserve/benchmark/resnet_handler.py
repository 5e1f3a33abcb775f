"""A picture in, the five likeliest classes out. floor.py calls the same steps without a server.

Of its own, for TorchServe's image_classifier wants captum and matplotlib only to be imported. One
thread: what is compared is the server, not how torch shares two cores with it.
"""

import io

import torch
from PIL import Image
from torchvision import transforms

from whole_handler import WholeHandler

PREPARE = transforms.Compose(
    [
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
    ]
)


class ResNetHandler(WholeHandler):
    def initialize(self, context):
        torch.set_num_threads(1)
        super().initialize(context)

    def preprocess(self, data):
        pictures = [row.get("data") or row.get("body") for row in data]
        opened = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
        return torch.stack([PREPARE(picture) for picture in opened])

    def postprocess(self, data):
        likely, classes = torch.topk(torch.softmax(data, 1), 5)
        return [
            {str(number): round(value, 6) for number, value in zip(row.tolist(), values.tolist())}
            for row, values in zip(classes, likely)
        ]
