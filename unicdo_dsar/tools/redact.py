# SPDX-License-Identifier: LGPL-3.0-or-later
"""Taking other people out of what a person receives (GDPR Art. 15(4))."""

import re

BLACK = "█████"


def black_out(text, phrases):
    """Replace each phrase, whatever its case, by a black bar; longer ones first.

    A phrase that begins or ends with a letter or digit only counts as whole words: "Ann" leaves "Annual" alone.

    :param str text: plain text or HTML; phrases are looked for as they stand
    :param phrases: iterable of str; blank ones are ignored
    :rtype: str
    """
    wanted = sorted({phrase.strip() for phrase in phrases if phrase.strip()}, key=lambda phrase: (-len(phrase), phrase))
    if not text or not wanted:
        return text
    pattern = "|".join(
        (r"\b" if re.match(r"\w", phrase) else "") + re.escape(phrase) + (r"\b" if re.search(r"\w\Z", phrase) else "")
        for phrase in wanted
    )
    return re.sub(pattern, BLACK, text, flags=re.IGNORECASE)


def black_out_value(value, phrases):
    """``black_out`` through nested lists and dicts, as they stand in a JSON row; keys and numbers stay."""
    if isinstance(value, str):
        return black_out(value, phrases)
    if isinstance(value, list):
        return [black_out_value(item, phrases) for item in value]
    if isinstance(value, dict):
        return {key: black_out_value(item, phrases) for key, item in value.items()}
    return value
