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
    word = first
    while word < last:
        # Most of a page is as it was: eight words are looked at together.
        if word + 8 <= last and not (
            (before[word] ^ after[word])
            | (before[word + 1] ^ after[word + 1])
            | (before[word + 2] ^ after[word + 2])
            | (before[word + 3] ^ after[word + 3])
            | (before[word + 4] ^ after[word + 4])
            | (before[word + 5] ^ after[word + 5])
            | (before[word + 6] ^ after[word + 6])
            | (before[word + 7] ^ after[word + 7])
        ):
            word += 8
            continue
        while word < last and before[word] == after[word]:
            word += 1
        if word == last:
            break
        # A range goes on to the farthest word in reach that differs; those between need no look.
        end = word + 1
        reach = min(end + GAP_WORDS, last - 1)
        while reach >= end:
            if before[reach] == after[reach]:
                reach -= 1
            else:
                end = reach + 1
                reach = min(end + GAP_WORDS, last - 1)
        ranges[2 * count] = word
        ranges[2 * count + 1] = end
        count += 1
        word = end + GAP_WORDS + 1
    return count
