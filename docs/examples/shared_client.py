#!/usr/bin/env python3
"""A client of a served network (docs/shared-protocol.md), with nothing but the standard library:

    mctpkit serve --link bench: &
    python3 shared_client.py /run/mctpkit/lab/use 9
"""
import json, socket, struct, sys

JSON, MESSAGE = 1, 2
REQUEST, DELIVER, ANSWER = 2, 4, 6
DEFAULT = 0xFFFFFFFF
# handle, request, network, op, flags, source, destination, type, tag, link, held tag, retries, address length,
# timeout, timeout in all, payload length
HEADER = struct.Struct("<IIIBBBBBBHHBBIII")


class Refused(Exception):
    pass


class SharedNetwork:
    def __init__(self, path, description):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.last_id = 0
        self.events, self.messages = [], []
        self.hello = self.call("hello", version=1, description=description)

    def call(self, op, **details):
        """Ask in JSON; what it is answered with."""
        self.last_id += 1
        self._send(JSON, json.dumps({"id": self.last_id, "op": op, **details}).encode())
        return self._answer(self.last_id)

    def request(self, eid, message_type, payload, handle=1, timeout_ms=DEFAULT):
        """Send a message to an EID; the payload of its answer, without the type byte."""
        self.last_id += 1
        header = HEADER.pack(handle, self.last_id, 0, REQUEST, 0, 0, eid, message_type, 8, 0, 0, 2, 0,
                             timeout_ms, DEFAULT, len(payload))
        self._send(MESSAGE, header + payload)
        return self._answer(self.last_id)

    def bind(self, message_type, handle):
        """From now on, requests and other messages of this type come into `messages`."""
        self.call("bind", handle=handle, type=message_type)

    def _answer(self, wanted):
        while True:
            kind, body = self._receive()
            if kind == MESSAGE:
                fields = HEADER.unpack_from(body)
                op, request, source, message_type = fields[3], fields[1], fields[5], fields[7]
                payload = body[HEADER.size + fields[12]:]
                if op == ANSWER and request == wanted:
                    return payload
                if op == DELIVER:
                    self.messages.append((source, message_type & 0x7F, payload))
                continue
            if kind != JSON:
                continue
            said = json.loads(body)
            if "error" in said and said.get("id") in (wanted, None):
                raise Refused(f"{said['error']['code']}: {said['error']['message']}")
            if said.get("id") == wanted:
                return said["result"]
            self.events.append(said)

    def _send(self, kind, body):
        self.socket.sendall(struct.pack("<IB", len(body) + 1, kind) + body)

    def _receive(self):
        length, kind = struct.unpack("<IB", self._exactly(5))
        return kind, self._exactly(length - 1)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            if not chunk:
                raise ConnectionError("the server is gone")
            data += chunk
        return data


if __name__ == "__main__":
    path, eid = sys.argv[1], int(sys.argv[2])
    try:
        network = SharedNetwork(path, "shared_client.py")
        network.call("searched")
        for node in network.call("nodes"):
            print(f"node {node['node']}: {node['description']}")
        # Get Endpoint ID (DSP0236 §12.4): Rq bit and instance 0, command 2.
        answer = network.request(eid, 0, bytes([0x80, 0x02]))
        print(f"EID {eid} says that it has EID {answer[3]}, completion code {answer[2]}")
    except (Refused, OSError) as error:
        sys.exit(f"shared_client.py: {error}")
