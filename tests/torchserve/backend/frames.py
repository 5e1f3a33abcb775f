"""The frames that frontend and worker exchange, written and read here without the release's own codec."""

import struct


def number(value):
    return struct.pack("!i", value)


def text(value):
    data = value if isinstance(value, bytes) else value.encode("utf-8")
    return number(len(data)) + data


def load(name, path, handler, batch=1, gpu=-1, modern=True, envelope=""):
    frame = b"L" + text(name) + text(str(path)) + number(batch) + text(handler) + number(gpu)
    return frame + (text(envelope) + struct.pack("!?", True) if modern else b"")


def request(request_id, parameters, headers=()):
    """parameters: (name, content type, value) each; headers: (name, value) each."""
    frame = text(request_id)
    for pair in headers:
        frame += b"".join(text(one) for one in pair)
    frame += number(-1)
    for triple in parameters:
        frame += b"".join(text(one) for one in triple)
    return frame + number(-1)


def predict(*requests):
    return b"I" + b"".join(requests) + number(-1)


class Reader(object):
    """Reads an answer's bytes from a function like socket.recv."""

    def __init__(self, receive):
        self.receive = receive

    def data(self, count):
        data = b""
        while len(data) < count:
            block = self.receive(count - len(data))
            if not block:
                raise EOFError("the answer ended after %d of %d bytes" % (len(data), count))
            data += block
        return data

    def number(self):
        return struct.unpack("!i", self.data(4))[0]

    def text(self):
        return self.data(self.number()).decode("utf-8")

    def answer(self):
        """(code, message, [prediction, ...]) with a dictionary for each prediction."""
        code, message, predictions = self.number(), self.text(), []
        while True:
            length = self.number()
            if length == -1:
                return code, message, predictions
            one = {"id": self.data(length).decode(), "type": self.text(), "code": self.number(), "phrase": self.text()}
            one["headers"] = {}
            for _ in range(self.number()):
                name = self.text()
                one["headers"][name] = self.text()
            one["body"] = self.data(self.number())
            predictions.append(one)


class Wire(object):
    """A socket that holds what was sent to it; recv gives few bytes at a time, as a network may."""

    def __init__(self, data=b""):
        self.incoming = bytes(data)
        self.sent = b""

    def recv(self, count):
        count = min(count, 5)
        block, self.incoming = self.incoming[:count], self.incoming[count:]
        return block

    def sendall(self, data):
        self.sent += bytes(data)

    send = sendall


def read(data):
    return Reader(Wire(data).recv).answer()
