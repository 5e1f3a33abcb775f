"""TorchServe's base handler, whole. That of 0.1 is abstract: inference and what calls it are left to its heirs."""

import torch
from ts.torch_handler.base_handler import BaseHandler

if hasattr(BaseHandler, "handle"):
    WholeHandler = BaseHandler
else:

    class WholeHandler(BaseHandler):
        def inference(self, data):
            with torch.no_grad():
                return self.model(data)

        def handle(self, data, context):
            return self.postprocess(self.inference(self.preprocess(data)))
