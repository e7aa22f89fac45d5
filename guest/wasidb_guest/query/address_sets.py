"""Addresses of rows found by several look-ups, brought into the order in which rows are stored; a
kernel.

    0x70020 0x90000 0x70000 0x90000   sorted and each once   0x70000 0x70020 0x90000

Sorted byte by byte, the lowest first: every pass keeps what the ones before it have established,
and a byte that all addresses share needs none. Addresses in order, as those of rows inserted by
ascending key, are only looked through.

Types: addresses and the spare room for as many are uint64, counts has an int32 for each value of a
byte."""

from typing import Any

BYTE_VALUES = 256
BYTE_MAX = 255
ADDRESS_BITS = 48


def sort_addresses(addresses: Any, spare: Any, counts: Any) -> int:
    """Sort addresses and let each stand once; gives how many there are then, at the beginning."""
    if ascending_count(addresses) < len(addresses):
        for shift in range(0, ADDRESS_BITS, 8):
            sort_by_byte(addresses, spare, counts, shift)
    count = 0
    for i in range(len(addresses)):
        if i == 0 or addresses[i] != addresses[count - 1]:
            addresses[count] = addresses[i]
            count += 1
    return count


def ascending_count(addresses: Any) -> int:
    """How many come before the first that is below the one in front of it."""
    for i in range(1, len(addresses)):
        if addresses[i] < addresses[i - 1]:
            return i
    return len(addresses)


def sort_by_byte(addresses: Any, spare: Any, counts: Any, shift: int) -> None:
    """Sort by the byte at `shift`; equal ones stay in the order they had."""
    count = len(addresses)
    for value in range(BYTE_VALUES):
        counts[value] = 0
    for i in range(count):
        counts[addresses[i] >> shift & BYTE_MAX] += 1
    if counts[addresses[0] >> shift & BYTE_MAX] == count:
        return
    start = 0
    for value in range(BYTE_VALUES):
        size = counts[value]
        counts[value] = start
        start += size
    for i in range(count):
        value = addresses[i] >> shift & BYTE_MAX
        spare[counts[value]] = addresses[i]
        counts[value] += 1
    for i in range(count):
        addresses[i] = spare[i]
