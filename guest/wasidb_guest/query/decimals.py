"""Decimal arithmetic for sums and averages: whole numbers with a scale, exact until they are
written as a cell.

    12.50    mantissa 1250, scale 2

A decimal cell holds a mantissa of 96 bits and a scale of up to 28. Sums that do not fit are
refused, never rounded. Quotients are, half to even, at the last digit that fits. The digits of an
exact quotient come out as those of the Rust engine, which divides nine digits at a time and then
strips four, two and one zeros: 10 / 4 = 2.50, 1 / 8 = 0.125."""

from wasidb_guest.errors import LimitExceeded

MANTISSA_END = 1 << 96
SCALE_MAX = 28
DIGITS_AT_A_TIME = 9


def decimal_text(mantissa: int, scale: int) -> str:
    """The cell of a decimal; LimitExceeded if its mantissa has more than 96 bits."""
    if abs(mantissa) >= MANTISSA_END:
        message = f"{_text(mantissa, scale)} does not fit a decimal of 96 bits"
        raise LimitExceeded(message, limit="decimal", value=_text(mantissa, scale))
    return _text(mantissa, scale)


def quotient_text(mantissa: int, scale: int, count: int) -> str:
    """The cell of a decimal divided by a positive count."""
    if mantissa == 0:
        return "0"
    magnitude = abs(mantissa)
    while scale and _nearest(*divmod(magnitude, count), count) >= MANTISSA_END:
        # The dividend has more digits behind the point than there is room for.
        scale -= 1
        count *= 10
    quotient, remainder = divmod(magnitude, count)
    if remainder:
        quotient, remainder, scale = _more_digits(quotient, remainder, scale, count)
        if remainder:
            quotient = _nearest(quotient, remainder, count)
        else:
            quotient, scale = _stripped(quotient, scale)
    return decimal_text(-quotient if mantissa < 0 else quotient, scale)


def _nearest(quotient: int, remainder: int, count: int) -> int:
    """The whole number nearest to a quotient, the even one of two."""
    return quotient + (2 * remainder > count or (2 * remainder == count and quotient & 1))


def _more_digits(quotient: int, remainder: int, scale: int, count: int) -> tuple[int, int, int]:
    """Divide on until nothing remains or no further digit fits."""
    while remainder:
        digits = min(DIGITS_AT_A_TIME, SCALE_MAX - scale)
        while digits > 0 and (quotient + 1) * 10**digits >= MANTISSA_END:
            digits -= 1
        if digits <= 0:
            break
        more, remainder = divmod(remainder * 10**digits, count)
        quotient = quotient * 10**digits + more
        scale += digits
    return quotient, remainder, scale


def _stripped(quotient: int, scale: int) -> tuple[int, int]:
    for zeros in (4, 2, 1):
        if scale >= zeros and quotient % 10**zeros == 0:
            quotient //= 10**zeros
            scale -= zeros
    return quotient, scale


def _text(mantissa: int, scale: int) -> str:
    digits = str(abs(mantissa)).zfill(scale + 1)
    sign = "-" if mantissa < 0 else ""
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"
