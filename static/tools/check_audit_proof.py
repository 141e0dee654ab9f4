"""Check a proof for one entry of a Muster audit log, offline. Needs Python 3.10 and `cryptography`.

    python3 check_audit_proof.py proof.json --keys audit-keys.json
    python3 check_audit_proof.py proof.json --head 12:9f86d0…

proof.json: from `manage.py audit_proof`, or the answer of GET /api/v1/audit/{id}/proof.
--keys: /.well-known/audit-keys.json of the server, or a public key as PEM. Get it another way than
the proof. --head: number and hash of a seal, as each sealing logs them, which stand for all seals
up to it, without a key; the proof has to reach it (`audit_proof ID --to N`). Exits 0 where the
proof holds and 1 where it does not.

    commitment = SHA-256( salt | value )
    leaf       = SHA-256( 00 | JSON [id, action, resource, timestamp] | each field )
    field      = 0A | JSON of its name | commitment
    node       = SHA-256( 01 | left | right ), up to the root that the seal's header names
    signature  = Ed25519 over "muster audit seal 1" | 0A | header
    hash       = SHA-256( header | signature ) of a seal; the next one's header names it
"""

import argparse
import base64
import json
import sys
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

HASH_SIZE = 32
PURPOSE = b"muster audit seal 1\n"


class Wrong(Exception):
    """The proof does not hold."""


def as_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def leaf_of(entry):
    head = [int(entry["id"]), entry["action"], entry["resource"], entry["timestamp"]]
    parts = [b"\x00", as_json(head)]
    for field in entry["fields"]:
        if "commitment" in field:
            commitment = bytes.fromhex(field["commitment"])
        else:
            commitment = sha256(bytes.fromhex(field["salt"]) + field["value"].encode()).digest()
        if len(commitment) != HASH_SIZE:
            raise Wrong("A commitment is not 32 bytes long.")
        parts += [b"\n", as_json(field["name"]), commitment]
    return sha256(b"".join(parts)).digest()


def root_of(leaf, path):
    node = leaf
    for step in path:
        beside = bytes.fromhex(step["hash"])
        if len(beside) != HASH_SIZE or step["side"] not in {"left", "right"}:
            raise Wrong("A step of the path is malformed.")
        pair = beside + node if step["side"] == "left" else node + beside
        node = sha256(b"\x01" + pair).digest()
    return node


def keys_of(path):
    """The public keys of a file, by id; a PEM has none."""
    text = Path(path).read_bytes()
    if text.lstrip().startswith(b"-----"):
        return {None: load_pem_public_key(text)}
    keys = {}
    for key in json.loads(text)["keys"]:
        raw = base64.urlsafe_b64decode(key["x"] + "=" * (-len(key["x"]) % 4))
        keys[key["kid"]] = Ed25519PublicKey.from_public_bytes(raw)
    return keys


def check_signature(signed, keys):
    header = json.loads(signed["seal"])
    key = keys.get(header["key"], keys.get(None))
    if key is None:
        raise Wrong(f"The key that signed seal {header['seal']} is not among those given.")
    try:
        key.verify(bytes.fromhex(signed["signature"]), PURPOSE + signed["seal"].encode())
    except InvalidSignature:
        raise Wrong(f"The signature of seal {header['seal']} does not fit.") from None


def hash_of(signed):
    return sha256(signed["seal"].encode() + bytes.fromhex(signed["signature"])).hexdigest()


def check_chain(links, head):
    """From the entry's seal up to the one whose hash is known."""
    for before, after in pairwise(links):
        if json.loads(after["seal"])["previous"] != hash_of(before):
            raise Wrong("The seals of this proof do not follow each other.")
    number, kept = head
    known = [each for each in links if json.loads(each["seal"])["seal"] == number]
    if not known:
        raise Wrong(f"The proof does not reach seal {number}: ask for it with --to {number}.")
    if hash_of(known[0]) != kept:
        raise Wrong(f"Seal {number} of this proof is not the one that was kept.")


def check(proof, keys, head):
    if proof["format"] != "muster-audit-proof-1":
        raise Wrong("This is no proof of a kind that is known here.")
    header = json.loads(proof["seal"])
    if root_of(leaf_of(proof["entry"]), proof["path"]).hex() != header["root"]:
        raise Wrong("The entry does not lead to the root of its seal.")
    key = int(proof["entry"]["id"])
    if not header["first"] <= key <= header["last"]:
        raise Wrong("The seal is about other entries.")
    links = [proof, *proof.get("chain", [])]
    if keys is not None:
        for each in links:
            check_signature(each, keys)
    if head is not None:
        check_chain(links, head)
    return header


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("proof", type=Path)
    parser.add_argument("--keys", help="audit-keys.json, or a public key as PEM")
    parser.add_argument("--head", help="N:HASH, a seal that was kept")
    asked = parser.parse_args()
    if not asked.keys and not asked.head:
        parser.error("say --keys or --head: a proof that is held against nothing proves nothing")
    try:
        proof = json.loads(asked.proof.read_text(encoding="utf-8"))
        proof = proof.get("data", proof)
        head = None
        if asked.head:
            number, _, kept = asked.head.partition(":")
            head = int(number), kept.lower()
        header = check(proof, keys_of(asked.keys) if asked.keys else None, head)
    except Wrong as wrong:
        sys.exit(f"NOT PROVEN: {wrong}")
    except (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError) as error:
        sys.exit(f"NOT PROVEN: unreadable ({type(error).__name__}: {error}).")
    entry = proof["entry"]
    print(f"PROVEN: seal {header['seal']}, made {header['sealedAt']}, holds")
    print("  entry {id}: {action}, {resource}, {timestamp}".format(**entry))
    for field in entry["fields"]:
        # A value that stands beside a commitment was not what was hashed.
        print(f"  {field['name']} = {'(erased)' if 'commitment' in field else field['value']}")
    if int(entry["id"]) in header["unproven"]:
        print("NOTE: the program did not write it, or not so: it was found like that when sealed.")


if __name__ == "__main__":
    main()
