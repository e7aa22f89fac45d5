"""The first few of many integers, by a heap of just that size; a kernel.

    values    5 3 9 1 7      the first 3 in order are 1 3 5, the last of these is 5
    heap      5 3 1          the last of the first 3 is on top, so one look at the next value tells
                             whether it belongs among them

Types: values and heap are int64 or uint64, either both."""

from typing import Any


def keep_first(values: Any, is_descending: bool, heap: Any) -> None:
    """Fill the heap, which has room for one value at least and for no more than there are, with
    those that come first. The last of them is then `heap[0]`."""
    size = len(heap)
    for row in range(size):
        heap[row] = values[row]
    for at in range(size // 2 - 1, -1, -1):
        sift_down(heap, at, is_descending)
    for row in range(size, len(values)):
        if values[row] > heap[0] if is_descending else values[row] < heap[0]:
            heap[0] = values[row]
            sift_down(heap, 0, is_descending)


def sift_down(heap: Any, at: int, is_descending: bool) -> None:
    """Let the value at a place sink below those that come after it."""
    size = len(heap)
    value = heap[at]
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and (
            heap[child + 1] < heap[child] if is_descending else heap[child + 1] > heap[child]
        ):
            child += 1
        if heap[child] >= value if is_descending else heap[child] <= value:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = value
