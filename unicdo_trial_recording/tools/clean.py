# SPDX-License-Identifier: LGPL-3.0-or-later
import gzip
import json


class BadChunk(Exception):
    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def load_allow_list():
    return {}


def parse_chunk(data, most_bytes, most_depth, most_events):
    return json.loads(gzip.decompress(data))["events"]


class Cleaner:
    def __init__(self, allow, terms):
        pass

    def clean(self, events):
        return events
