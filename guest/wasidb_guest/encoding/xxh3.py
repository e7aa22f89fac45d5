"""XXH3, 64 bits, seed 0: the hash that names a table in the file and tells one schema from another.

    bytes of input   how they are mixed
    0 .. 16          one or two words against a piece of the secret, by length
    17 .. 240        16 bytes at a time, products folded to 64 bits
    241 ..           eight running sums over stripes of 64 bytes, scrambled after every 1,024

Interpreted only: its inputs are names and table definitions, a few kilobytes at a time.
All arithmetic is on 64-bit words; `WORD` cuts Python's longer integers back.
"""

from struct import Struct, unpack_from

WORD = (1 << 64) - 1

PRIME32_1 = 0x9E3779B1
PRIME32_2 = 0x85EBCA77
PRIME32_3 = 0xC2B2AE3D
PRIME64_1 = 0x9E3779B185EBCA87
PRIME64_2 = 0xC2B2AE3D27D4EB4F
PRIME64_3 = 0x165667B19E3779F9
PRIME64_4 = 0x85EBCA77C2B2AE63
PRIME64_5 = 0x27D4EB2F165667C5
MIX_1 = 0x165667919E3779F9
MIX_2 = 0x9FB21C651E98DF25

SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)

STRIPE_SIZE = 64
BLOCK_SIZE = 1024
STRIPE = Struct("<8Q")


def xxh3_64(data: bytes) -> int:
    """The 64-bit XXH3 hash of `data` as an unsigned integer."""
    size = len(data)
    if size <= 16:
        return _hash_up_to_16(data)
    if size <= 128:
        return _hash_17_to_128(data)
    if size <= 240:
        return _hash_129_to_240(data)
    return _hash_stripes(data)


def _hash_up_to_16(data: bytes) -> int:
    size = len(data)
    if size == 0:
        return _avalanche_short(_u64(SECRET, 56) ^ _u64(SECRET, 64))
    if size <= 3:
        word = data[0] << 16 | data[size >> 1] << 24 | data[-1] | size << 8
        return _avalanche_short(word ^ _u32(SECRET, 0) ^ _u32(SECRET, 4))
    if size <= 8:
        word = (_u32(data, size - 4) + (_u32(data, 0) << 32)) ^ _u64(SECRET, 8) ^ _u64(SECRET, 16)
        word ^= _rotated(word, 49) ^ _rotated(word, 24)
        word = word * MIX_2 & WORD
        word ^= (word >> 35) + size
        word = word * MIX_2 & WORD
        return word ^ word >> 28
    low = _u64(data, 0) ^ _u64(SECRET, 24) ^ _u64(SECRET, 32)
    high = _u64(data, size - 8) ^ _u64(SECRET, 40) ^ _u64(SECRET, 48)
    swapped = int.from_bytes(low.to_bytes(8, "little"), "big")
    return _avalanche(size + swapped + high + _folded_product(low, high))


def _hash_17_to_128(data: bytes) -> int:
    size = len(data)
    total = size * PRIME64_1
    for step in range((size - 1) // 32, -1, -1):
        total += _mixed(data, 16 * step, 32 * step)
        total += _mixed(data, size - 16 * (step + 1), 32 * step + 16)
    return _avalanche(total)


def _hash_129_to_240(data: bytes) -> int:
    size = len(data)
    total = size * PRIME64_1 + sum(_mixed(data, 16 * i, 16 * i) for i in range(8))
    total = _avalanche(total)
    total += sum(_mixed(data, 16 * i, 16 * (i - 8) + 3) for i in range(8, size // 16))
    return _avalanche(total + _mixed(data, size - 16, 119))


def _hash_stripes(data: bytes) -> int:
    size = len(data)
    sums = [
        PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1,
    ]  # fmt: skip
    block_count, rest_size = divmod(size - 1, BLOCK_SIZE)
    for block in range(block_count):
        _add_stripes(sums, data, BLOCK_SIZE * block, BLOCK_SIZE // STRIPE_SIZE)
        _scramble(sums)
    _add_stripes(sums, data, BLOCK_SIZE * block_count, rest_size // STRIPE_SIZE)
    _add_stripe(sums, data, size - STRIPE_SIZE, 121)
    total = size * PRIME64_1
    for i in range(0, 8, 2):
        total += _folded_product(
            sums[i] ^ _u64(SECRET, 11 + 8 * i), sums[i + 1] ^ _u64(SECRET, 19 + 8 * i)
        )
    return _avalanche(total)


def _add_stripes(sums: list[int], data: bytes, start: int, stripe_count: int) -> None:
    for stripe in range(stripe_count):
        _add_stripe(sums, data, start + STRIPE_SIZE * stripe, 8 * stripe)


def _add_stripe(sums: list[int], data: bytes, start: int, secret_start: int) -> None:
    words = STRIPE.unpack_from(data, start)
    keys = STRIPE.unpack_from(SECRET, secret_start)
    for i, (word, key) in enumerate(zip(words, keys, strict=True)):
        mixed = word ^ key
        sums[i ^ 1] = sums[i ^ 1] + word & WORD
        sums[i] = sums[i] + (mixed & 0xFFFFFFFF) * (mixed >> 32) & WORD


def _scramble(sums: list[int]) -> None:
    for i, key in enumerate(STRIPE.unpack_from(SECRET, 128)):
        sums[i] = (sums[i] ^ sums[i] >> 47 ^ key) * PRIME32_1 & WORD


def _mixed(data: bytes, start: int, secret_start: int) -> int:
    """Sixteen bytes of data against sixteen of the secret, as one word."""
    low, high = unpack_from("<2Q", data, start)
    low_key, high_key = unpack_from("<2Q", SECRET, secret_start)
    return _folded_product(low ^ low_key, high ^ high_key)


def _folded_product(a: int, b: int) -> int:
    """The two halves of the 128-bit product, combined."""
    product = a * b
    return product & WORD ^ product >> 64


def _avalanche(word: int) -> int:
    word &= WORD
    word ^= word >> 37
    word = word * MIX_1 & WORD
    return word ^ word >> 32


def _avalanche_short(word: int) -> int:
    word ^= word >> 33
    word = word * PRIME64_2 & WORD
    word ^= word >> 29
    word = word * PRIME64_3 & WORD
    return word ^ word >> 32


def _rotated(word: int, bits: int) -> int:
    return (word << bits | word >> 64 - bits) & WORD


def _u32(data: bytes, start: int) -> int:
    return int.from_bytes(data[start : start + 4], "little")


def _u64(data: bytes, start: int) -> int:
    return int.from_bytes(data[start : start + 8], "little")
