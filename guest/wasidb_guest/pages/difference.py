"""Where two versions of a page differ: the ranges a commit writes to its log. A kernel.

    before   aaaa aaaa aaaa aaaa          ranges (start, end): (4, 8)
    after    aaaa bbbb aaaa aaaa

Pages are compared in words of eight bytes, and ranges at most four words apart are joined: each
range costs eight bytes in the log.
"""

from wasidb_guest.pages import layout

GAP_WORDS = layout.GAP_WORDS


def find_differences(
    before: memoryview, after: memoryview, first: int, last: int, ranges: memoryview
) -> int:
    """Set `ranges` to the (start, end) between the words `first` and `last` that differ, two int32
    each; give their number.

    Both pages are uint64 and equally long. `ranges` has room for one range in `GAP_WORDS` words.
    """
    count = 0
    end = first - GAP_WORDS - 1
    for word in range(first, last):
        if before[word] != after[word]:
            if word - end > GAP_WORDS:
                ranges[2 * count] = word
                count += 1
            end = word + 1
            ranges[2 * count - 1] = end
    return count
