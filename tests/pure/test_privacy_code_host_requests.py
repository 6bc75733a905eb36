# SPDX-License-Identifier: LGPL-3.0-or-later
"""What code hosts are asked, as tables (POLICY TOK-1)."""

import hashlib
import hmac
import subprocess
import time

import pytest

from conftest import load

code_host = load("unicdo_privacy/tools/code_host.py")
deploy_key = load("unicdo_privacy/tools/deploy_key.py")


@pytest.mark.parametrize("name, good", [
    ("ann/shop", True), ("a-b/c.d_e", True), ("group/sub/project", True), ("shop", False), ("ann/", False), ("/shop", False),
    ("ann/..", False), ("../shop", False), ("ann/./shop", False), ("ann/shop?x=1", False), ("ann/shop#x", False),
    ("ann/sh op", False), ("ann//shop", False), ("ann/shop\n", False), ("ann/" + "x" * 101, False), (None, False), ("", False),
    ("a/" * 12 + "b", False),
])
def test_only_names_of_repositories_become_paths(name, good):
    assert code_host.is_repository(name) is good


def test_a_name_stays_one_part_of_gitlabs_path():
    assert code_host.GitLab().repository("group/sub/project")[1] == "/projects/group%2Fsub%2Fproject"
    assert code_host.GitHub().key("ann/shop", "7")[1] == "/repos/ann/shop/keys/7"


@pytest.mark.parametrize("text, found", [
    ("https://github.com/octo/shop", ("github.com", "octo/shop")),
    ("https://github.com/octo/shop.git/", ("github.com", "octo/shop.git")),
    ("http://www.GitHub.com/octo/shop?tab=readme#top", ("github.com", "octo/shop")),
    ("github.com/octo/shop", ("github.com", "octo/shop")),
    ("git@github.com:octo/shop.git", ("github.com", "octo/shop.git")), ("git@github.com:/octo/shop", ("github.com", "octo/shop")),
    ("ssh://git@github.com:22/octo/shop.git", ("github.com", "octo/shop.git")),
    ("git+ssh://git@github.com/octo/shop", ("github.com", "octo/shop")),
    ("https://me:pass@github.com/octo/shop", ("github.com", "octo/shop")),
    ("https://elsewhere.example/octo/shop", ("elsewhere.example", "octo/shop")),
    ("octo/shop", None), ("group/sub/project", None), ("shop", None), ("", None), ("sh op/x", None), ("https://github.com", None),
    ("https://github.com/octo/sh op", None),
])
def test_addresses_are_told_from_names(text, found):
    """TOK-1."""
    assert code_host.address_parts(text, "github.com") == found


def test_taking_an_address_apart_takes_no_time():
    """TOK-1: however it is meant."""
    began = time.process_time()
    for text in ("/" * 500, "a@" * 250, "a:/" * 160 + " ", "x://" * 120 + "\n", ":1" * 250, "?#" * 250):
        code_host.address_parts(text, "github.com")
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("path, github, gitlab", [
    ("octo/shop", "octo/shop", "octo/shop"), ("octo/shop.git", "octo/shop", "octo/shop"),
    ("octo/shop/tree/main/src", "octo/shop", "octo/shop/tree/main/src"),
    ("group/sub/shop/-/tree/main", "group/sub", "group/sub/shop"), ("octo", "octo", "octo"),
])
def test_a_web_address_may_lead_into_the_repository(path, github, gitlab):
    """TOK-1."""
    assert (code_host.GitHub().name_at(path), code_host.GitLab().name_at(path)) == (github, gitlab)


def test_gitlab_is_asked_for_words_it_can_search():
    """TOK-1: of short ones it finds whole names only; nothing that is entered becomes another part of the query."""
    ask = code_host.GitLab().repositories
    assert "search=" not in ask(1)[1]
    assert "search=" not in ask(1, ["ab"])[1]
    assert ask(1, ["ab", "shop&x=1"])[1].endswith("&search_namespaces=true&search=shop%26x%3D1")


def test_only_repositories_that_the_person_administers_are_offered():
    content = [
        {"full_name": "ann/shop", "permissions": {"admin": True}}, {"full_name": "bob/x", "permissions": {"admin": False}},
        {"full_name": "bob/y"}, {"full_name": "../z", "permissions": {"admin": True}}, "garbage", None,
    ]
    assert code_host.GitHub().read_repositories(content) == ["ann/shop"]
    assert code_host.GitHub().read_repositories({"message": "no"}) == []
    assert code_host.GitLab().read_repositories([{"path_with_namespace": "g/s/p"}, {"path_with_namespace": 7}]) == ["g/s/p"]


@pytest.mark.parametrize("number", [None, 0, -1, True, 2**63, 1.5, "7", "../../../user/keys/5", "1\x00", [1], {"a": 1}])
def test_what_is_no_number_is_none_of_ours(number):
    """TOK-1: a code host that was taken over answers anything."""
    for host in (code_host.GitHub(), code_host.GitLab()):
        assert host.read_hook({"id": number, "url": "https://x.example", "config": {"url": "https://x.example"}}) is None
        assert host.read_key({"id": number, "key": "ssh-ed25519 AAAA", "read_only": True, "can_push": False}) is None


@pytest.mark.parametrize("answer", [None, 7, "text", [], [1], {"id": 7}, {"id": 7, "config": "x", "url": 7, "key": {}},
                                    {"id": 7, "config": [1], "url": "a\x00b", "key": "a\x00b"}])
def test_no_answer_breaks_who_reads_it(answer):
    """TOK-1."""
    for host in (code_host.GitHub(), code_host.GitLab()):
        assert host.read_hook(answer) is None
        assert host.read_key(answer) is None
        assert host.read_repositories(answer) == []
        assert host.read_repositories([answer, {"full_name": "a/b", "permissions": "admin"}]) == []


def test_a_deploy_key_can_only_read():
    """TOK-1: least rights."""
    assert code_host.GitHub().new_key("a/b", "t", "ssh-ed25519 x")[2]["read_only"] is True
    assert code_host.GitLab().new_key("a/b", "t", "ssh-ed25519 x")[2]["can_push"] is False


def test_a_delivery_is_known_by_its_secret():
    """TOK-1."""
    body, secret = b'{"zen": "x"}', "s" * 32
    signed = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    github, gitlab = code_host.GitHub(), code_host.GitLab()
    assert github.is_signed({"X-Hub-Signature-256": signed}, body, secret)
    for headers in ({}, {"X-Hub-Signature-256": ""}, {"X-Hub-Signature-256": signed[:-1]}, {"X-Hub-Signature-256": "é"}):
        assert not github.is_signed(headers, body, secret)
    assert not github.is_signed({"X-Hub-Signature-256": signed}, body + b" ", secret)
    assert gitlab.is_signed({"X-Gitlab-Token": secret}, body, secret)
    assert not gitlab.is_signed({}, body, secret)


def test_a_pair_is_one_that_ssh_takes(tmp_path):
    """TOK-1: ``ssh-keygen`` reads the private key and finds the public one we name."""
    private, public = deploy_key.new_pair("unicdo")
    file = tmp_path / "key"
    file.write_bytes(private)
    file.chmod(0o600)
    found = subprocess.run(["ssh-keygen", "-y", "-f", file], capture_output=True, text=True, check=True).stdout
    assert deploy_key.same_key(found, public)
    assert not deploy_key.same_key(found, deploy_key.new_pair("unicdo")[1])
    assert not deploy_key.same_key("", None)
