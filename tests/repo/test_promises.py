# SPDX-License-Identifier: LGPL-3.0-or-later
"""Each promise is proven by a test that names it, or stands on the list of those not proven, which is kept true."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
REPO = HERE.parents[1]
PROMISE = re.compile(r"\b(?:CON|GOV|DSR|REC|TOK|CAN|SEC)-\d+\b")


def all_promises():
    return {line.strip() for line in (HERE / "promises.txt").read_text().splitlines() if not line.startswith("#")}


def not_proven():
    """ID → what is missing; the text starts with ``partly`` when tests prove a part."""
    lines = (HERE / "not_proven.txt").read_text().splitlines()
    pairs = (line.split(maxsplit=1) for line in lines if line.strip() and not line.startswith("#"))
    return {pair[0]: pair[1] if len(pair) > 1 else "" for pair in pairs}


def named_by_tests():
    """ID → places, of the promises that docstrings of tests name."""
    found = {}
    for path in REPO.glob("**/test_*.py"):
        parts = path.relative_to(REPO).parts
        if "tests" not in parts or parts[0].startswith(".") or path == Path(__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            is_test = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name.lower().startswith("test")
            for promise in PROMISE.findall((is_test and ast.get_docstring(node)) or ""):
                found.setdefault(promise, []).append(f"{path.relative_to(REPO)}::{node.name}")
    return found


def test_tests_name_only_promises_that_exist():
    unknown = {promise: places for promise, places in named_by_tests().items() if promise not in all_promises()}
    assert not unknown


def test_list_of_not_proven_names_only_promises_that_exist():
    assert not set(not_proven()) - all_promises()


def test_every_promise_is_proven_or_listed():
    silent = all_promises() - set(not_proven()) - set(named_by_tests())
    assert not silent, f"no test names them; put them on tests/repo/not_proven.txt: {sorted(silent)}"


def test_nothing_listed_as_not_proven_is_named_by_a_test():
    named = named_by_tests()
    stale = {promise: named[promise] for promise, missing in not_proven().items()
             if promise in named and not missing.startswith("partly")}
    assert not stale, f"take them off tests/repo/not_proven.txt, or write there 'partly: what is missing': {stale}"


def test_what_is_partly_proven_is_named_by_a_test():
    named = named_by_tests()
    unnamed = [promise for promise, missing in not_proven().items()
               if missing.startswith("partly") and promise not in named]
    assert not unnamed, f"'partly' needs a test that names them: {unnamed}"


def test_list_of_promises_is_that_of_the_policy_page():
    policy = REPO.parent / "shared" / "POLICY.md"
    if policy.exists():  # absent in a clone that stands alone
        assert all_promises() == set(re.findall(r"^\| ([A-Z]{3}-\d+) \|", policy.read_text(), re.MULTILINE))
