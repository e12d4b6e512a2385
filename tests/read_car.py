#!/usr/bin/env python3
"""A reader of this car's diagnostic replies, written from what is publicly known about them alone.

usage: tests/read_car.py [DUMP.json]
Reads what `packsim diag --dump` writes: a list of objects, "name" beside requests in hex with the
frames of their replies. Prints one JSON object of values for each. Nothing is shared with packsim.
"""
import json
import sys


def reassemble(text):
    """Payload of the frames of one ISO-TP message, eight bytes each with their PCI."""
    octets = bytes.fromhex(text.replace(" ", ""))
    frames = [octets[i:i + 8] for i in range(0, len(octets), 8)]
    if not frames:
        raise ValueError("no frames")
    first = frames[0]
    if first[0] >> 4 == 0:
        return first[1:1 + (first[0] & 15)]
    if first[0] >> 4 != 1:
        raise ValueError("begins with %02X" % first[0])
    length = (first[0] & 15) << 8 | first[1]
    payload = first[2:]
    for number, frame in enumerate(frames[1:], 1):
        if frame[0] != 0x20 | number & 15:
            raise ValueError("frame %d is %02X" % (number, frame[0]))
        payload += frame[1:]
    if not length <= len(payload) < length + 7:
        raise ValueError("%d bytes in frames, %d announced" % (len(payload), length))
    if payload[length:].strip(b"\0"):
        raise ValueError("padding is not 00")
    return payload[:length]


def unsigned(d, at, count):
    return int.from_bytes(d[at:at + count], "big")


def signed(d, at, count):
    return int.from_bytes(d[at:at + count], "big", signed=True)


def read_1(d):
    flags = d[9]
    return {
        "soc_pct": d[4] / 2, "charge_kW": unsigned(d, 5, 2) / 100,
        "discharge_kW": unsigned(d, 7, 2) / 100, "charging": flags >> 7 & 1,
        "rapid": flags >> 6 & 1, "normal": flags >> 5 & 1, "main": flags & 1,
        "current_A": signed(d, 10, 2) / 10, "pack_V": unsigned(d, 12, 2) / 10,
        "max_degC": signed(d, 14, 1), "min_degC": signed(d, 15, 1),
        "module_degC": [signed(d, 16 + m, 1) for m in range(5)], "inlet_degC": signed(d, 22, 1),
        "max_V": d[23] / 50, "max_cell": d[24], "min_V": d[25] / 50, "min_cell": d[26],
        "fan": d[27], "fan_Hz": d[28], "aux_V": d[29] / 10,
        "charge_Ah": unsigned(d, 30, 4) / 10, "discharge_Ah": unsigned(d, 34, 4) / 10,
        "charge_kWh": unsigned(d, 38, 4) / 10, "discharge_kWh": unsigned(d, 42, 4) / 10,
        "operating_s": unsigned(d, 46, 4), "ignition": d[50] >> 2 & 1,
        "inverter_V": unsigned(d, 51, 2), "motor_rpm": signed(d, 53, 2),
        "isolation_kohm": unsigned(d, 57, 2)}


def read_5(d):
    return {
        "module_degC": [signed(d, 9 + m, 1) for m in range(3)],
        "deviation_V": d[20] / 50, "airbag_pct": d[22],
        "heater_degC": [signed(d, 23, 1), signed(d, 24, 1)],
        "max_deterioration_pct": unsigned(d, 25, 2) / 10, "max_deterioration_cell": d[27],
        "min_deterioration_pct": unsigned(d, 28, 2) / 10, "min_deterioration_cell": d[30],
        "displayed_soc_pct": d[31] / 2}


def read(car):
    """All values of one object of a dump."""
    values = {"name": car["name"], "cell_V": []}
    for number, length in ((1, 61), (2, 38), (3, 38), (4, 38), (5, 44)):
        payload = reassemble(car["21%02d" % number])
        if len(payload) != length or payload[:6] != bytes((0x61, number, 255, 255, 255, 255)):
            raise ValueError("21%02d: %s" % (number, payload.hex(" ")))
        d = payload[2:]
        if number == 1:
            values.update(read_1(d))
        elif number == 5:
            more = read_5(d)
            values["module_degC"] += more.pop("module_degC")
            values.update(more)
        else:
            values["cell_V"] += [volt / 50 for volt in d[4:36]]
    return values


def main():
    with open(sys.argv[1], encoding="utf-8") if len(sys.argv) > 1 else sys.stdin as file:
        for car in json.load(file):
            print(json.dumps(read(car)))


if __name__ == "__main__":
    main()
