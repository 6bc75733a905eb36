# SPDX-License-Identifier: LGPL-3.0-or-later


def offline_page(events, sheets, title):
    raise NotImplementedError
