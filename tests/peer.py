"""Public files as a second program reads and makes them, from docs/format.md alone.

    peer.py check FILE                         checks the signature, prints the fingerprint
    peer.py make KIND NAME AREA AGE SECRET     a public file for an age recipient and a minisign secret key (without password)
    peer.py key HEX                            what names a linkage key
"""
import base64
import hashlib
import os
import sys

import nacl.bindings as sodium

PURPOSE = b"healthrec public file"
ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
LABELS = ["kind: ", "name: ", "area: ", "store: ", "age: ", "minisign: ", "signature: "]


def blake2b(data):
    return hashlib.blake2b(data, digest_size=32)


def recipient(text):
    """The 32 bytes of "age1…"; the checksum is age's own business."""
    assert text.startswith("age1") and len(text) == 62
    bits = "".join(format(ALPHABET.index(c), "05b") for c in text[4:-6])
    return int(bits[:256], 2).to_bytes(32, "big")


def state(message):
    out = sodium.crypto_sign_ed25519ph_state()
    sodium.crypto_sign_ed25519ph_update(out, PURPOSE + b"\0" + message)
    return out


def fingerprint(store, age, key):
    digits = blake2b(bytes.fromhex(store) + recipient(age) + key).hexdigest()[:32]
    return "-".join(digits[i : i + 4] for i in range(0, 32, 4))


def minisign_key(text):
    raw = base64.b64decode(text, validate=True)
    assert len(raw) == 42 and raw[:2] == b"Ed"
    return raw[10:]


def check(path):
    with open(path, "rb") as file:
        lines = file.read().decode().split("\n")
    assert lines[0] == "healthrec public file 1" and lines[-1] == "" and len(lines) == 9
    values = []
    for line, label in zip(lines[1:], LABELS):
        assert line.startswith(label)
        values.append(line[len(label) :])
    _, _, _, store, age, sign, signature = values
    key = minisign_key(sign)
    message = "".join(line + "\n" for line in lines[:-2]).encode()
    if not sodium.crypto_sign_ed25519ph_final_verify(state(message), base64.b64decode(signature), key):
        sys.exit("the signature is wrong")
    print(fingerprint(store, age, key))


def make(kind, name, area, age, secret):
    with open(secret) as file:
        raw = base64.b64decode(file.read().splitlines()[1])
    key_id, pair = raw[54:62], raw[62:126]  # after algorithms, salt and limits
    sign = base64.b64encode(b"Ed" + key_id + pair[32:]).decode()
    values = [kind, name, area, os.urandom(16).hex(), age, sign]
    lines = ["healthrec public file 1"] + [label + value for label, value in zip(LABELS, values)]
    message = "".join(line + "\n" for line in lines).encode()
    signature = sodium.crypto_sign_ed25519ph_final_create(state(message), pair)
    sys.stdout.write(message.decode() + "signature: " + base64.b64encode(signature).decode() + "\n")


def key(text):
    print(blake2b(b"healthrec linkage key\0" + bytes.fromhex(text)).hexdigest()[:16])


if __name__ == "__main__":
    {"check": check, "make": make, "key": key}[sys.argv[1]](*sys.argv[2:])
