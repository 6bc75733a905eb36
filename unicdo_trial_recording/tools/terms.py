# SPDX-License-Identifier: LGPL-3.0-or-later
"""The words of Odoo's own interface, read from its translation files: what may stay readable in a recording.

A text stays because it equals one of them, never because of where it stands. So only words that name buttons, menus,
fields and pages count; names of records (countries, products, stages) do not, nor do the values of a person's own fields.
"""

import re

import polib

#: what an entry of a translation file may be about
_INTERFACE = re.compile(
    r"model_terms:ir\.ui\.view,arch_db:|model:ir\.ui\.menu,name:|model:ir\.actions\.[a-z_.]+,name:"
    r"|model:ir\.model\.fields,field_description:|code:addons/[a-z0-9_]+/(?!.*emoji)"
)
#: values that say something about a person, not about the page
_PERSONAL = re.compile(r"model:ir\.model\.fields\.selection,name:[a-z0-9_]+\.selection__(?:hr_|res_partner|res_users)")
_LONGEST = 60
#: nothing that could be a number, an address, a placeholder or markup
_UNFIT = re.compile(r"[0-9@%<>{}$#\\/|_=\[\]]")
#: words of the interface that are common given names as well: alone on a page they may be somebody's
GIVEN_NAMES = frozenset(
    "Angel April August Autumn Bill Brand Carol Chase Chip Crystal Dawn Dean Drew Earnest Ernest Faith Frank Gene Grace Grant "
    "Guy Heath Hope Ivy Jack Jan Jean Jewel Joy June King Lane Lee Lily Major Mark Marina Mason Max May Melody Merit Miles "
    "Mo Olive Page Pat Patience Pearl Penny Prince Ray Rich Rob Rocky Rose Ruby Sandy Sky Sol Stone Summer Sun Sunny Terry "
    "Tim Tony Trinity Val Victor Violet Wade Ward Will Woody".split()
)


def interface_terms(paths):
    """Texts that may stay readable, with white space as single spaces.

    :param paths: translation files of one language: ``.po``, or ``.pot`` for English
    :return: frozenset of str
    """
    kept, personal = set(), set()
    for path in paths:
        for entry in polib.pofile(str(path), check_for_duplicates=False):
            places = [place for place, _line in entry.occurrences]
            text = " ".join((entry.msgstr or entry.msgid).split())
            if any(_PERSONAL.match(place) for place in places):
                personal.add(text)
            elif any(_INTERFACE.match(place) for place in places) and _is_fit(text):
                kept.add(text)
    return frozenset(kept - personal - GIVEN_NAMES)


def _is_fit(text):
    return 1 < len(text) <= _LONGEST and not _UNFIT.search(text)
