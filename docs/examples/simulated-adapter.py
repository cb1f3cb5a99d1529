#!/usr/bin/env python3
"""An adapter of your own: speaks docs/adapter-protocol.md on standard input and output.
This one has a simulated bus with one MCTP device at address 0x1d:

    mctpkit discover --link 'i2c:exec:python3 simulated-adapter.py'
For a real adapter, let `Bus.write` call your vendor's library, and `Adapter.received` tell what its target side got.
"""
import struct, sys, time

HELLO, CONFIGURE, WRITE, CREDIT, STATUS, RECEIVED, ANSWER = 1, 2, 3, 4, 5, 0x41, 0x80
DONE, ADDRESS_NACK, UNSUPPORTED, NOT_TRIED = 0, 1, 7, 9


def crc16(data):
    crc = 0xFFFF
    for bit in (byte >> shift & 1 for byte in data for shift in range(8)):
        crc = crc >> 1 ^ (0x8408 if (bit ^ crc) & 1 else 0)
    return crc ^ 0xFFFF


def pec(data):
    crc = 0
    for bit in (byte >> shift & 1 for byte in data for shift in range(7, -1, -1)):
        crc = crc << 1 & 0xFF ^ (0x07 if bit ^ crc >> 7 else 0)
    return crc


def micros():
    return time.monotonic_ns() // 1000 & 0xFFFFFFFF


class Bus:
    """A device at 0x1d that answers the control messages of MCTP (DSP0236, DSP0237)."""

    answers, eid = [], 0

    def write(self, address, data):
        if address != 0x1D:
            return ADDRESS_NACK
        _, _, source, _, _, from_eid, flags, kind, tag, command = data[:10]
        if kind & 0x7F == 0 and tag & 0x80:
            if command == 1:  # Set Endpoint ID
                self.eid = data[11]
            body = {1: bytes([0, 0, self.eid, 0]), 2: bytes([0, self.eid, 0, 0]), 5: bytes([0, 1, 0]),
                    4: bytes([0, 1, 0xF1, 0xF3, 0xF1, 0])}.get(command, bytes([5]))
            message = bytes([1, from_eid, self.eid, 0xC0 | flags & 7, 0, tag & 0x1F, command]) + body
            frame = bytes([0x0F, len(message) + 1, 0x1D << 1 | 1]) + message
            self.answers.append((source >> 1, frame + bytes([pec(bytes([source & 0xFE]) + frame)])))
        return DONE


class Adapter:
    bus, credits, events, failed = Bus(), 0, 0, None

    def send(self, kind, number, payload):
        frame = struct.pack("<HBB", len(payload) + 2, kind, number) + payload
        sys.stdout.buffer.write(b"\xa5" + frame + struct.pack("<H", crc16(frame)))
        sys.stdout.buffer.flush()

    def received(self, address, data):
        self.credits -= 1
        self.send(RECEIVED, self.events & 0xFF, struct.pack("<IIB", micros(), 0, address) + data)
        self.events += 1

    def request(self, kind, number, data):
        if kind == HELLO:
            self.credits = self.events = 0
            names = b"example\x00" + b"1.0\x00" + b"0001\x00"
            self.send(kind | ANSWER, number, struct.pack("<BBIHHBI", DONE, 1, 3, 1040, 8, 1, micros()) + names)
        elif kind == CONFIGURE:
            self.send(kind | ANSWER, number, bytes([DONE]) + data[:4])
        elif kind == WRITE:
            result = NOT_TRIED if data[0] == self.failed else self.bus.write(data[1], data[2:])
            self.failed = data[0] if result != DONE else None
            self.send(kind | ANSWER, number, struct.pack("<BHI", result, len(data) - 2 if result == DONE else 0, 0))
        elif kind == CREDIT:
            self.credits += struct.unpack("<H", data)[0]
        elif kind == STATUS:
            self.send(kind | ANSWER, number, struct.pack("<BIIIIB", DONE, micros(), 0, 0, 0, 3))
        else:
            self.send(kind | ANSWER, number, bytes([UNSUPPORTED]))
        while self.bus.answers and self.credits > 0:
            self.received(*self.bus.answers.pop(0))


adapter, data = Adapter(), b""
while chunk := sys.stdin.buffer.raw.read(4096):
    data += chunk
    while (start := data.find(b"\xa5")) >= 0 and len(data) >= start + 3:
        data = data[start:]
        length = struct.unpack_from("<H", data, 1)[0]
        if 2 <= length <= 1102 and len(data) < length + 5:
            break  # the rest is still to come
        frame = data[1 : length + 3]
        if 2 <= length <= 1102 and data[length + 3 : length + 5] == struct.pack("<H", crc16(frame)):
            data = data[length + 5 :]
            adapter.request(frame[2], frame[3], frame[4:])
        else:
            data = data[1:]
