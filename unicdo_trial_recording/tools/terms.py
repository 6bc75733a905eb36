# SPDX-License-Identifier: LGPL-3.0-or-later
"""The words of Odoo's own interface, read from its translation files: what may stay readable in a recording.

A text stays because it equals one of them, never because of where it stands. So only words that name buttons, menus,
fields and pages count; names of records (countries, products, stages) do not, nor do the values of a person's own fields.
"""

import re

import polib

#: what an entry of a translation file may be about
_INTERFACE = re.compile(
    r"model:ir\.ui\.menu,name:|model:ir\.actions\.[a-z_.]+,name:|model:ir\.model\.fields,field_description:"
    r"|code:addons/(?!hr[a-z_]*/models/)[a-z0-9_]+/(?!.*(?:emoji|/tours?/|/tests?/|example|sample|demo))"
)
#: a view, by its external id: of the backend, the portal or the shop; never a report, mail or building block, which are full
#: of example persons
_VIEW = re.compile(r"model_terms:ir\.ui\.view,arch_db:[a-z0-9_]+\.(?P<name>[a-z0-9_]+)")
_VIEW_OF_INTERFACE = re.compile(
    "view|form|tree|list|kanban|search|calendar|pivot|graph|portal|menu|navbar|layout|cart|checkout|wizard|settings"
)
_VIEW_OF_CONTENT = re.compile(
    "report|document|snippet|template|mail|badge|_cv|ticket|demo|sample|homepage|footer|alert|digest|tour|invoice_view|^s_|_s_"
)
#: names and values that say something about a person
_PERSONAL = re.compile(
    r"model:ir\.model\.fields\.selection,name:[a-z0-9_]+\.selection__(?:hr_|res_partner)[a-z_]*__"
    r"(?:gender|sex|marital|certificate|employee_type|disabled|type|company_type)"
    r"|model:res\.(?:country|currency|lang|partner|users)[a-z_.]*,"
)
#: names that somebody chose for a record: they count only where the interface has the same word for something of its own
_RECORD = re.compile(r"model:(?!ir\.)[a-z0-9_.]+,")
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
    kept, pages, records, personal = set(), set(), set(), set()
    for path in paths:
        for entry in polib.pofile(str(path), check_for_duplicates=False):
            places = [place for place, _line in entry.occurrences]
            text = " ".join((entry.msgstr or entry.msgid).split())
            if any(_PERSONAL.match(place) for place in places):
                personal.add(text)
            elif _is_fit(text) and any(_INTERFACE.match(place) for place in places):
                kept.add(text)
            elif any(_RECORD.match(place) for place in places):
                records.add(text)
            elif _is_fit(text) and any(_is_page(place) for place in places):
                pages.add(text)
    return frozenset((kept | (pages - records)) - personal - GIVEN_NAMES)


def _is_page(place):
    view = _VIEW.match(place)
    return bool(view and _VIEW_OF_INTERFACE.search(view["name"]) and not _VIEW_OF_CONTENT.search(view["name"]))


def _is_fit(text):
    return 1 < len(text) <= _LONGEST and not _UNFIT.search(text)
