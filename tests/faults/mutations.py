"""Damage to the bytes of a file, one kind a function, as chance has it.

    flipped     a bit of something stored
    counted     an integer of 1 to 8 bytes, often a count, made hostile: 0, the highest, one off
    linked      a page number made another one: a page of another kind, the page itself, none
    garbled     a range of random bytes, up to a whole page
    blanked     a range of zeros
    swapped     two pages change places
    doubled     a page is there twice, in the place of another
    cut         pages at the end are lost, but for one
    lengthened  pages that nobody knows are found at the end

    torn        bits of the redo log, or its end; what is behind the damage does not count
    sealed      damage inside a record of the log whose checksum is right all the same
    exchanged   the log of another file

Pages are chosen by what they are for, so that a kind of structure with one page is damaged as often
as one with ten.
"""

import random
from collections.abc import Callable, Sequence
from struct import Struct

from tests.faults.specimens import Specimen
from tests.support.crash_disk import Image
from wasidb_guest.encoding.checksum import crc32c
from wasidb_guest.pages.log_record import RECORD, SEQUENCE
from wasidb_guest.pages.redo_log import HEADER, HEADER_SIZE
from wasidb_memory import PAGE_SIZE

MUTATIONS_MAX = 3
HEAD_SIZE = 64
INTEGER_SIZES = (1, 2, 4, 8)
PAGE_NUMBER = Struct("<I")

Mutation = Callable[["Patient", random.Random], None]


class Patient:
    """The files of a specimen while they are being damaged."""

    def __init__(self, specimen: Specimen) -> None:
        self.memory = bytearray(specimen.image.memory)
        self.log = bytearray(specimen.image.log)
        self._uses = specimen.uses

    @property
    def page_count(self) -> int:
        return len(self.memory) // PAGE_SIZE

    def image(self) -> Image:
        return Image(bytes(self.memory), bytes(self.log))

    def page(self, chance: random.Random) -> int:
        """A page, by its use."""
        uses = self._uses[: self.page_count]
        use = chance.choice(sorted(set(uses)))
        return chance.choice([page for page, other in enumerate(uses) if other == use])

    def place(self, chance: random.Random) -> int:
        """The offset of something stored, often at the beginning of a page."""
        start = self.page(chance) * PAGE_SIZE
        if chance.random() < 0.4:
            return start + chance.randrange(HEAD_SIZE)
        stored = len(self.memory[start : start + PAGE_SIZE].rstrip(b"\0"))
        return start + chance.randrange(stored + 8) % PAGE_SIZE


def flipped(patient: Patient, chance: random.Random) -> None:
    patient.memory[patient.place(chance)] ^= 1 << chance.randrange(8)


def counted(patient: Patient, chance: random.Random) -> None:
    put_integer(patient.memory, patient.place(chance), chance)


def put_integer(content: bytearray, at: int, chance: random.Random) -> None:
    """Make the integer at `at` a hostile one."""
    size = chance.choice(INTEGER_SIZES)
    highest = (1 << 8 * size) - 1
    before = int.from_bytes(content[at : at + size], "little")
    near = (before + chance.choice([-1, 1])) & highest
    after = chance.choice([0, 1, near, highest, highest - 1, highest // 2 + 1, before << 8])
    piece = (after & highest).to_bytes(size, "little")
    content[at : at + size] = piece[: len(content[at : at + size])]


def linked(patient: Patient, chance: random.Random) -> None:
    at = patient.place(chance)
    own = at // PAGE_SIZE
    target = chance.choice([own, patient.page(chance), 0, 2, patient.page_count, 0xFFFF_FFFF])
    if at % PAGE_SIZE <= PAGE_SIZE - PAGE_NUMBER.size:
        patient.memory[at : at + PAGE_NUMBER.size] = PAGE_NUMBER.pack(target)


def garbled(patient: Patient, chance: random.Random) -> None:
    start, end = stretch(patient, chance)
    patient.memory[start:end] = chance.randbytes(end - start)


def blanked(patient: Patient, chance: random.Random) -> None:
    start, end = stretch(patient, chance)
    patient.memory[start:end] = bytes(end - start)


def stretch(patient: Patient, chance: random.Random) -> tuple[int, int]:
    """Where a range of bytes within one page starts and ends."""
    if chance.random() < 0.2:
        start = patient.page(chance) * PAGE_SIZE
        return start, start + PAGE_SIZE
    start = patient.place(chance)
    page_end = (start // PAGE_SIZE + 1) * PAGE_SIZE
    return start, min(start + chance.choice([2, 4, 8, 100, 5_000]), page_end)


def swapped(patient: Patient, chance: random.Random) -> None:
    one, other = patient.page(chance), patient.page(chance)
    content = page_of(patient, one)
    put_page(patient, one, page_of(patient, other))
    put_page(patient, other, content)


def doubled(patient: Patient, chance: random.Random) -> None:
    put_page(patient, patient.page(chance), page_of(patient, patient.page(chance)))


def page_of(patient: Patient, page: int) -> bytearray:
    return patient.memory[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]


def put_page(patient: Patient, page: int, content: bytearray) -> None:
    patient.memory[page * PAGE_SIZE : (page + 1) * PAGE_SIZE] = content


def cut(patient: Patient, chance: random.Random) -> None:
    del patient.memory[chance.randint(1, patient.page_count) * PAGE_SIZE :]


def lengthened(patient: Patient, chance: random.Random) -> None:
    pages = chance.randint(1, 3)
    patient.memory += chance.choice([bytes, chance.randbytes])(pages * PAGE_SIZE)


def torn(patient: Patient, chance: random.Random) -> None:
    at = chance.randrange(len(patient.log))
    if chance.random() < 0.3:
        del patient.log[at:]
    else:
        patient.log[at] ^= 1 << chance.randrange(8)


def sealed(patient: Patient, chance: random.Random) -> None:
    """Damage the log, then make all checksums right again."""
    for _ in range(chance.randint(1, 3)):
        start, size = chance.choice(records_of(patient.log))
        part = min(HEAD_SIZE, size) if chance.random() < 0.5 else size
        at = start + chance.randrange(part + 1)
        put_integer(patient.log, at, chance)
    _, salt, _ = HEADER.unpack_from(patient.log)
    for sequence, (start, size) in enumerate(records_of(patient.log)):
        body = bytes(patient.log[start : start + size])
        checksum = crc32c(salt + SEQUENCE.pack(sequence) + body)
        RECORD.pack_into(patient.log, start - RECORD.size, size, checksum)


def records_of(log: bytes | bytearray) -> list[tuple[int, int]]:
    """Where each record's body starts, and its size, as far as they make sense."""
    found, at = [], HEADER_SIZE + RECORD.size
    while at < len(log):
        size, _ = RECORD.unpack_from(log, at - RECORD.size)
        found.append((at, min(size, len(log) - at)))
        at += size + RECORD.size
    return found


def exchanged(patient: Patient, chance: random.Random) -> None:
    """Something else has become of the file since the log was written."""
    for _ in range(3):
        chance.choice([swapped, doubled, cut])(patient, chance)


OF_FILES: Sequence[Mutation] = (
    flipped, flipped, counted, counted, counted, linked, linked, garbled, blanked, swapped, doubled,
    cut, lengthened,
)  # fmt: skip
OF_LOGS: Sequence[Mutation] = (torn, sealed, sealed, exchanged)


def damaged(specimen: Specimen, chance: random.Random) -> Image:
    """The specimen with one to three injuries."""
    patient = Patient(specimen)
    if patient.log and chance.random() < 0.7:
        chance.choice(OF_LOGS)(patient, chance)
    else:
        for _ in range(chance.randint(1, MUTATIONS_MAX)):
            chance.choice(OF_FILES)(patient, chance)
    return patient.image()
