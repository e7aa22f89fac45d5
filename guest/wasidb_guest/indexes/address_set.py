"""A set of addresses of records of one table, and which entries of a leaf have one of them. A
kernel.

    addresses   page 7: 0, 32, 96       page 9: 64          records begin at multiples of 32
    pages       . . . . . . . 1 . 2                         which part is a page's; 0, an empty one
    parts       | 0 0 0 0 ... | 1 1 0 1 ... | 0 0 1 0 ... |  a bit for a place of its page

To ask costs the same however many there are, and needs no key.
"""

from typing import Any

from wasidb_guest.indexes.node import Node
from wasidb_guest.indexes.run import int32s
from wasidb_guest.pages import layout

PAGE_SIZE, ADDRESS_SIZE = layout.PAGE_SIZE, layout.ENTRY_ADDRESS_SIZE


class AddressSet:
    """The `count` ascending `addresses`, each once, of records that begin at multiples of `stride`.

    Places are told apart by the highest bits that a stride leaves of an offset.
    """

    def __init__(self, addresses: Any, stride: int) -> None:
        self.hold(addresses, stride)

    def hold(self, addresses: Any, stride: int) -> None:
        self.count = len(addresses)
        self.stride = stride
        self.place_bits = 0
        while self.place_bits < 13 and 2 << self.place_bits <= stride:
            self.place_bits += 1
        self.part_size = PAGE_SIZE >> self.place_bits + 3
        self.pages = int32s(int(addresses[self.count - 1] >> 16) + 1)
        part = 0
        for i in range(self.count):
            page = int(addresses[i] >> 16)
            if self.pages[page] == 0:
                part += 1
                self.pages[page] = part
        self.parts = bytearray((part + 1) * self.part_size)
        self.bits = self.parts
        for i in range(self.count):
            page, place = int(addresses[i] >> 16), int(addresses[i] & 0xFFFF)
            place >>= self.place_bits
            self.bits[self.pages[page] * self.part_size + (place >> 3)] |= 1 << (place & 7)

    def slots_in(self, leaf: Node, slots: Any) -> int:
        """Set `slots` to those of a leaf's entries whose address is in the set; how many there
        are.
        """
        offsets, raw, pages, bits = leaf.entries.offsets, leaf.keys.raw, self.pages, self.bits
        part_size, place_bits, page_count = self.part_size, self.place_bits, len(self.pages)
        found = 0
        if len(slots) < leaf.count:
            raise IndexError("a leaf has more entries than there is room for slots")
        for i in range(leaf.count):
            at = offsets[i + 1] - ADDRESS_SIZE
            page = raw[at] | raw[at + 1] << 8 | raw[at + 2] << 16 | raw[at + 3] << 24
            if page >= page_count:
                continue
            offset = raw[at + 4] | raw[at + 5] << 8
            place = offset >> place_bits
            byte = bits[pages[page] * part_size + (place >> 3)]
            if byte >> (place & 7) & 1 and offset % self.stride == 0:
                slots[found] = i
                found += 1
        return found
