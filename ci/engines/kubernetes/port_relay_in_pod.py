"""A port of the Pod's localhost whose connections go out as lines, one at a time; see port_relay.py. For Python 3.5."""

import os
import select
import socket
import sys
from contextlib import suppress

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen(8)
os.write(1, b"listening\n")
rest = b""
while True:
    client, _ = server.accept()
    os.write(1, b"open\n")
    reading = [client.fileno(), 0]
    over = False
    while not over:
        for ready in select.select(reading, [], [])[0]:
            if ready:
                data = b""
                with suppress(OSError):
                    data = client.recv(16384)
                line = b"data " + data.hex().encode() + b"\n" if data else b"shut\n"
                while line:
                    line = line[os.write(1, line) :]
                if not data:
                    reading.remove(ready)
                continue
            data = os.read(0, 16384)
            if not data:
                sys.exit()
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if line == b"shut":
                    over = True
                    continue
                with suppress(OSError):  # a client that has gone ends its own connection, not this program
                    client.sendall(bytes.fromhex(line[5:].decode()))
    client.close()
