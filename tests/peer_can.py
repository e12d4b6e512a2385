#!/usr/bin/env python3
"""A node on a python-can bus that test_peers.py drives: commands on stdin, frames on stdout.

usage: tests/peer_can.py KIND ARGUMENT...
  udp GROUP PORT | socketcand HOST PORT | slcan PATH
  log FILE   prints the frames of a log and ends
commands: "send ID EXTENDED REMOTE FD BRS HEX" (ID in hex, flags 0 or 1), "recv COUNT SECONDS"
Prints "ready" when attached; a frame as "ID EXTENDED REMOTE FD BRS HEX"; "end" after a command.
"""
import sys
import time

import can


def open_bus(kind, arguments):
    if kind == "udp":
        return can.interface.Bus(interface="udp_multicast", channel=arguments[0],
                                 port=int(arguments[1]), receive_own_messages=False)
    if kind == "socketcand":
        return can.interface.Bus(interface="socketcand", channel="can0", host=arguments[0],
                                 port=int(arguments[1]))
    return can.interface.Bus(interface="slcan", channel=arguments[0], bitrate=500000,
                             sleep_after_open=0)


def say(*words):
    print(*words, flush=True)


def show(message):
    data = "" if message.is_remote_frame else bytes(message.data).hex().upper()
    say(f"{message.arbitration_id:X}", int(message.is_extended_id), int(message.is_remote_frame),
        int(message.is_fd), int(message.bitrate_switch), data or f"({message.dlc})")


def receive(bus, count, seconds):
    until = time.monotonic() + seconds
    while count > 0 and time.monotonic() < until:
        message = bus.recv(0.2)
        if message is not None:
            count -= 1
            show(message)


def send(bus, words):
    data = bytes.fromhex(words[5]) if len(words) > 5 and not words[5].startswith("(") else b""
    remote = words[2] == "1"
    bus.send(can.Message(arbitration_id=int(words[0], 16), is_extended_id=words[1] == "1",
                         is_remote_frame=remote, is_fd=words[3] == "1",
                         bitrate_switch=words[4] == "1", data=None if remote else data,
                         dlc=int(words[5][1:-1]) if remote else None, check=True))


def main():
    kind, *arguments = sys.argv[1:]
    if kind == "log":
        for message in can.LogReader(arguments[0]):
            show(message)
        return
    bus = open_bus(kind, arguments)
    say("ready")
    for line in sys.stdin:
        command, *words = line.split()
        if command == "recv":
            receive(bus, int(words[0]), float(words[1]))
        else:
            send(bus, words)
        say("end")
    bus.shutdown()


if __name__ == "__main__":
    main()
