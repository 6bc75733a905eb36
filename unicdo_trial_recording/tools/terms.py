# SPDX-License-Identifier: LGPL-3.0-or-later


def interface_terms(paths):
    return frozenset()
