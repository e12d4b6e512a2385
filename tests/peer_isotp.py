#!/usr/bin/env python3
"""A tester made of scapy's ISO-TP and UDS on a python-can bus, for test_isotp_peers.py.

usage: tests/peer_isotp.py GROUP PORT REQUEST...
REQUEST is hex, "7DF:" before it sends to all, "BS/STMIN:" sets what scapy asks for in flow control.
Prints for each request one line: the reply in hex, or "none", and the name scapy gives it.
"""
import logging
import sys
import time

logging.getLogger("scapy").setLevel(logging.CRITICAL)
from scapy.config import conf  # noqa: E402

conf.contribs["CANSocket"] = {"use-python-can": True}
conf.contribs["ISOTP"] = {"use-can-isotp-kernel-module": False}
from scapy.contrib.automotive.uds import UDS  # noqa: E402
from scapy.contrib.cansocket import CANSocket  # noqa: E402
from scapy.contrib.isotp import ISOTP, ISOTPSoftSocket  # noqa: E402

PATIENCE_S = 5
SILENCE_S = 0.5


def receive(socket, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if socket.select([socket], 0.05):
            message = socket.recv()
            if message is not None:
                return bytes(message)
    return None


def ask(bus, request):
    to_all = request.startswith("7DF:")
    block_size, st_min = 0, 0
    if "/" in request:
        block_size, st_min = (int(word) for word in request.split(":")[0].split("/"))
    octets = bytes.fromhex(request.split(":")[-1])
    with ISOTPSoftSocket(bus, tx_id=0x7DF if to_all else 0x7E4, rx_id=0x7EC, bs=block_size,
                         stmin=st_min, padding=True) as socket:
        socket.send(ISOTP(octets))
        return receive(socket, SILENCE_S if request.endswith("27FF") else PATIENCE_S)


def main():
    group, port, requests = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    with CANSocket(bustype="udp_multicast", channel=group, port=port,
                   receive_own_messages=False) as bus:
        for request in requests:
            reply = ask(bus, request)
            name = UDS(reply).summary().split(" / ")[-1] if reply else ""
            print(reply.hex().upper() if reply else "none", name, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
