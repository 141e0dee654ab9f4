"""A leaf is computed here as the module's docstring says, by nobody's help."""

from __future__ import annotations

import json
from hashlib import sha256, shake_128
from uuid import UUID, uuid4

import pytest

from audit.models import AuditEntry
from audit.selectors import stored
from audit.services import erasure, merkle
from audit.services.leaves import leaf, parsed
from audit.services.marking import canonical, canonical_row, is_marked, is_marked_row
from config.common.request_meta import RequestMeta
from tests.audit.log import happened

pytestmark = pytest.mark.django_db

ADDRESS = "2001:db8::1"


def row_of(entry):
    (row,) = stored.by_keys([entry.pk])
    return row


def leaf_of(entry):
    row = row_of(entry)
    return leaf(row, parsed(row[stored.DETAILS]))


def as_json(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def test_it_is_what_the_format_says():
    person = UUID("019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10")
    meta = RequestMeta(ip=ADDRESS, user_agent='Fürefox "1"')
    entry = happened(actor=person, subject=person, meta=meta, new={"b": "ä", "a": 1.5}, more=None)
    salts = shake_128(entry.salt.bytes).digest(16 * 9)
    there = [
        ("user", str(person)),
        ("actor", str(person)),
        ("impersonating", None),
        ("resource_id", str(person)),
        ("ip_address", ADDRESS),
        ("user_agent", 'Fürefox "1"'),
        ("request_id", ""),
        ("details.more", None),
        ("details.new", {"a": 1.5, "b": "ä"}),
    ]

    moment = entry.timestamp.isoformat(timespec="microseconds")
    text = b"\x00" + as_json([entry.pk, entry.action, entry.resource, moment])
    for number, (name, value) in enumerate(there):
        if value or name.startswith("details."):
            salt = salts[16 * number : 16 * number + 16]
            text += b"\n" + as_json(name) + sha256(salt + as_json(value)).digest()

    assert leaf_of(entry) == sha256(text).digest()


def test_it_outlives_an_erasure():
    person = uuid4()
    entry = happened(actor=person, subject=person, fields=["city"], new={"city": "London"})
    before = leaf_of(entry)

    erasure.anonymise(person, pseudonym="erased-1")

    assert AuditEntry.objects.get().user_id is None
    assert leaf_of(entry) == before


@pytest.mark.parametrize(
    "details",
    [{}, {"number": 2**70}, {"value": 0.1, "text": '\x7f\u2028 \\ " é'}, {"list": [1, None, True]}],
    ids=["nothing", "long", "odd letters", "list"],
)
@pytest.mark.parametrize("ip", [None, "203.0.113.7", "2001:0db8:0:0::1", "::ffff:10.0.0.1"])
def test_a_mark_reads_the_same_in_the_writers_hands_and_in_the_table(details, ip):
    entry = happened(actor=uuid4(), subject=uuid4(), meta=RequestMeta(ip=ip), **details)

    row = row_of(entry)
    found = AuditEntry.objects.get()

    assert canonical_row(row, parsed(row[stored.DETAILS]), None) == canonical(found)
    assert is_marked_row(row, parsed(row[stored.DETAILS]), None)
    assert is_marked(found)


@pytest.mark.parametrize("size", [*range(1, 18), 31, 64, 100])
def test_every_leaf_of_a_tree_has_a_path_to_the_root(size):
    leaves = [sha256(b"%d" % number).digest() for number in range(size)]
    root = merkle.root(leaves)

    for place, bottom in enumerate(leaves):
        node = bottom
        for side, beside in merkle.path(leaves, place):
            pair = beside + node if side == "left" else node + beside
            node = sha256(b"\x01" + pair).digest()
        assert node == root


def test_trees_are_those_of_rfc_6962():
    """The roots that the certificate transparency project tests its trees with."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    leaves = [sha256(b"\x00" + bytes.fromhex(text)).digest() for text in inputs]

    assert merkle.root(leaves[:1]).hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )
    assert merkle.root(leaves[:3]).hex() == (
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    )
    assert merkle.root(leaves).hex() == (
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"
    )
