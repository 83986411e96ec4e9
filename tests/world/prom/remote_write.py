"""Samples over Prometheus's remote write: the way to give it staleness markers, which its text formats cannot say.

Protobuf and snappy by hand, as far as needed: length-delimited fields, and snappy's literals without compression.
"""

import struct
from collections.abc import Iterable

import requests

from .samples import Written

_CHUNK = 60_000


def write(url: str, series: Iterable[Written]) -> None:
    body = b"".join(_field(1, _series(one)) for one in series)
    headers = {
        "Content-Encoding": "snappy",
        "Content-Type": "application/x-protobuf",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
    }
    answer = requests.post(f"{url}/api/v1/write", _snappy(body), headers=headers, timeout=60)
    if not answer.ok:
        raise RuntimeError(f"remote write: {answer.status_code} {answer.text}")


def _series(one: Written) -> bytes:
    labels = b"".join(
        _field(1, _field(1, name.encode()) + _field(2, value.encode())) for name, value in sorted(one.labels.items())
    )
    points = zip(one.times.tolist(), one.values.view("int64").tolist(), strict=True)
    samples = (b"\x09" + struct.pack("<q", bits) + b"\x10" + _varint(round(at * 1000)) for at, bits in points)
    return labels + b"".join(_field(2, sample) for sample in samples)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _snappy(content: bytes) -> bytes:
    chunks = (content[begin : begin + _CHUNK] for begin in range(0, len(content), _CHUNK))
    literals = (b"\xf4" + struct.pack("<H", len(chunk) - 1) + chunk for chunk in chunks)
    return _varint(len(content)) + b"".join(literals)
