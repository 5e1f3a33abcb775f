"""A handler with torch, by TorchServe's own base handler: a JSON list of numbers in, one of numbers out."""

import torch

from whole_handler import WholeHandler


class LinearHandler(WholeHandler):
    def preprocess(self, data):
        rows = [row.get("data", row.get("body")) for row in data]
        self.counts = [len(row) for row in rows]
        return torch.tensor([[float(number)] for row in rows for number in row])

    def postprocess(self, data):
        numbers = [round(value, 4) for value in data.flatten().tolist()]
        parts, start = [], 0
        for count in self.counts:
            parts.append(numbers[start : start + count])
            start += count
        return parts

    def explain_handle(self, data_preprocess, raw_data):
        """The gradient by each input: of a linear model, its slope."""
        inputs = data_preprocess.clone().requires_grad_()
        self.model(inputs).sum().backward()
        return self.postprocess(inputs.grad)
