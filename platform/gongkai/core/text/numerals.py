"""Numbers as official Chinese prose writes them (GB/T 15835-2011)."""

_DIGITS = "〇一二三四五六七八九"


def chinese_ordinal(number: int) -> str:
    """The number of a heading, 1 to 99: 一, 十, 十一, 二十, 九十九. Raises ValueError outside."""
    if not 1 <= number <= 99:
        raise ValueError(f"no heading number for {number}")
    tens, units = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[units] if units else "")


def percent(numerator: int, denominator: int) -> str:
    """A rate with one decimal place, halves rounded up on the exact fraction: 999 of 1000 is 99.9%.

    Raises ValueError for a negative numerator and for a denominator below one; a rate of nothing is for
    the caller to word.
    """
    if numerator < 0 or denominator < 1:
        raise ValueError(f"no rate of {numerator} in {denominator}")
    tenths = (2000 * numerator + denominator) // (2 * denominator)
    return f"{tenths // 10}.{tenths % 10}%"


def group_digits(number: int) -> str:
    """A count: plain up to four digits (2685), from five with commas by thousands (12,685)."""
    return f"{number:,}" if abs(number) >= 10_000 else str(number)
