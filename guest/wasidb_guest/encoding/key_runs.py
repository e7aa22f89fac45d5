"""Runs of index entries: sorted by comparing keys, searched for repeats, summed. A kernel.

A *run* is many entries side by side: their bytes, int32 `starts` of each (count + 1 of them), and
`order`, the int32 entry numbers in key order. `encoding.key_writer` writes it, and
`encoding.key_ranks` brings most runs near their order before anybody compares keys.
"""

from wasidb_guest.encoding.keys import PAST_END, KeyBytes, compare_entries, compare_keys

FNV_OFFSET, FNV_PRIME, WORD = 0xCBF2_9CE4_8422_2325, 0x100_0000_01B3, 0xFFFF_FFFF_FFFF_FFFF


def sort_run(
    run: KeyBytes, starts: memoryview, count: int, order: memoryview, spare: memoryview
) -> None:
    """Bring `order`, some permutation of the entry numbers, into order of (key, address): a
    bottom-up merge sort.

    `spare` is a second int32 array of the same length. A run already in order costs one pass, one
    that almost is not much more.
    """
    if is_sorted(run, starts, order, count):
        return
    width = 1
    while width < count:
        low = 0
        while low < count:
            merge_halves(
                run,
                starts,
                order,
                spare,
                low,
                min(low + width, count),
                min(low + 2 * width, count),
            )
            low += 2 * width
        for i in range(count):
            order[i] = spare[i]
        width *= 2


def merge_halves(
    run: KeyBytes,
    starts: memoryview,
    order: memoryview,
    spare: memoryview,
    low: int,
    middle: int,
    high: int,
) -> None:
    """Merge the sorted `order[low:middle]` and `order[middle:high]` into `spare[low:high]`.

    One comparison is enough where they are in order already, as almost all are of a run that has
    been sorted by rank."""
    left = low
    right = middle
    if (
        middle < high
        and compare_entries(run, starts[order[middle - 1]], run, starts[order[middle]]) <= 0
    ):
        for target in range(low, high):
            spare[target] = order[target]
        return
    for target in range(low, high):
        if right >= high or (
            left < middle
            and compare_entries(run, starts[order[left]], run, starts[order[right]]) <= 0
        ):
            spare[target] = order[left]
            left += 1
        else:
            spare[target] = order[right]
            right += 1


def is_sorted(run: KeyBytes, starts: memoryview, order: memoryview, count: int) -> bool:
    """Whether `order` is ascending already."""
    for i in range(count - 1):
        if compare_entries(run, starts[order[i]], run, starts[order[i + 1]]) > 0:
            return False
    return True


def first_repeat(run: KeyBytes, starts: memoryview, order: memoryview, count: int) -> int:
    """The first position in a sorted run whose key equals the one before it; -1 if all differ."""
    for i in range(1, count):
        if compare_keys(run, starts[order[i - 1]] + 2, run, starts[order[i]] + 2) == 0:
            return i
    return -1


def sum_entries(run: KeyBytes, starts: memoryview, count: int) -> int:
    """The sum, modulo 2^64, of a hash of each entry's bytes: FNV-1a with a final mix."""
    total = 0
    for i in range(count):
        digest = FNV_OFFSET
        if starts[i] < 0 or starts[i + 1] > run.size:
            raise IndexError(PAST_END)
        for at in range(starts[i], starts[i + 1]):
            digest = (digest ^ run.raw[at]) * FNV_PRIME & WORD
        digest ^= digest >> 29
        total = (total + digest * FNV_PRIME) & WORD
    return total
