"""Prints one line for each TCP or UDP packet of this network namespace, but those of one port.

Argument: the port of the page's own server. A line: protocol, receiver, port, and the text in it.
"""

import re
import socket
import struct
import sys

EVERYTHING = 3
OUTGOING = 4
PROTOCOLS = {6: "tcp", 17: "udp"}


def describe(packet: bytes) -> tuple[str, str, int, int, bytes] | None:
    """Protocol, receiver, both ports, content; None for what is neither TCP nor UDP."""
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) > 24:
        start, kind = (packet[0] & 15) * 4, packet[9]
        receiver = socket.inet_ntop(socket.AF_INET, packet[16:20])
    elif version == 6 and len(packet) > 44:
        start, kind = 40, packet[6]
        receiver = socket.inet_ntop(socket.AF_INET6, packet[24:40])
    else:
        return None
    if kind not in PROTOCOLS:
        return None
    source, target = struct.unpack("!HH", packet[start : start + 4])
    return PROTOCOLS[kind], receiver, source, target, packet[start + 8 :]


def main() -> None:
    own = int(sys.argv[1])
    ears = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.ntohs(EVERYTHING))
    print("listening", flush=True)
    while True:
        packet, about = ears.recvfrom(65535)
        told = describe(packet)
        if told is None or about[2] != OUTGOING or own in told[2:4]:
            continue
        protocol, receiver, _, port, content = told
        text = b" ".join(re.findall(rb"[\w-]{3,}", content)).decode()[:120]
        print(protocol, receiver, port, text, flush=True)


main()
