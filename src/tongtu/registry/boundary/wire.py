"""What passes between the guarded child and its reader: frames of JSON, nothing that can carry code.

A frame is one letter, a length and that many bytes of JSON:

    S  a sheet begins: {"name", "first_row", "width"}
    C  the next rows of the sheet, as a list of columns
    J  a whole document
    F  faults; nothing more follows but the end
    E  the end: everything has been said (a child that died never says it)
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from typing import Any

import orjson

HEADER = struct.Struct("<cI")
FRAME_LIMIT = (1 << 32) - 1


class TooMuch(Exception):
    """The result outgrew its limit."""


class Sender:
    """The child's end."""

    def __init__(self, fd: int, limit: int) -> None:
        self._fd = fd
        self._left = limit

    def send(self, letter: bytes, value: Any = None) -> None:
        """Raises TooMuch, or BrokenPipeError when nobody listens any more."""
        self.send_json(letter, orjson.dumps(value))

    def send_json(self, letter: bytes, payload: bytes) -> None:
        self._left -= len(payload)
        if letter in (b"C", b"J") and (self._left < 0 or len(payload) > FRAME_LIMIT):
            raise TooMuch
        for part in (HEADER.pack(letter, len(payload)), payload):
            view = memoryview(part)
            while view:
                view = view[os.write(self._fd, view) :]


def frames(sock: socket.socket, limit: int) -> Iterator[tuple[bytes, bytearray]]:
    """The reader's end: frames until the end frame or the end of the stream.

    Raises TooMuch, or TimeoutError when the socket's own timeout passes without a byte.
    """
    while (head := _exactly(sock, HEADER.size)) is not None:
        letter, length = HEADER.unpack(head)
        limit -= length
        if limit < 0:
            raise TooMuch
        payload = _exactly(sock, length)
        if payload is None:
            return
        yield letter, payload
        if letter == b"E":
            return


def _exactly(sock: socket.socket, length: int) -> bytearray | None:
    """That many bytes, or None where the stream ends before."""
    buffer = bytearray(length)
    view = memoryview(buffer)
    while view:
        got = sock.recv_into(view)
        if not got:
            return None
        view = view[got:]
    return buffer
