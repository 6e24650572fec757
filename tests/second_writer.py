#!/usr/bin/env python3
"""What second_reader.sh does to copies of a store: key slots made by docs/format.md, and attacks.

usage: second_writer.py slots STORE RECOVERY-FILE PASSPHRASE-FILE      new key slots of another make for the same keys
       second_writer.py flip STORE RECOVERY-FILE PLACE [sum|mac]       another bit in both key slots files, see places();
                                                                       sum, mac: with what follows made to fit again
       second_writer.py flips STORE RECOVERY-FILE [sum|mac]            one after the other at every place; prints those with
                                                                       which the reader would read on
       second_writer.py sql STORE RECOVERY-FILE chart|facts STATEMENT  a statement through SQLCipher with the right key
       second_writer.py forge STORE RECOVERY-FILE OLD NEW              NEW in the place of OLD in the log, with the chain and
                                                                       its head made to fit again
       second_writer.py hide STORE RECOVERY-FILE TEXT                  takes out the bodies with TEXT as if they were erased
"""
import os
import sys
import unicodedata

import nacl.bindings as sodium
import nacl.public

import second_reader as reader

PASSES, MIB = 3, 64  # the cheapest that is allowed


def write_key_slots(folder, raw):
    for name in "keyslots", "keyslots.bak":
        with open(os.path.join(folder, name), "wb") as file:
            file.write(raw)


def closed(raw, f, roles_mac):
    """A file's header and slots with all that follows them."""
    raw += roles_mac
    raw += reader.blake2b(raw, reader.subkey(b"hrKeyMAC", f))
    return raw + reader.blake2b(raw)


def make_slot(role, name, keys, passphrase=None, recovery=None):
    name = unicodedata.normalize("NFC", name).encode()
    salt, nonce, seed = os.urandom(16), os.urandom(24), os.urandom(32)
    passes, mib = (PASSES, MIB) if passphrase else (0, 0)
    box = nacl.public.PrivateKey(reader.subkey(b"hrSealer", seed)).public_key
    sign_public, _ = sodium.crypto_sign_seed_keypair(reader.subkey(b"hrSigner", seed))
    head = bytes([role, role != reader.STATISTICIAN, len(name), 0]) + name.ljust(64, b"\0")
    head += reader.u32(passes) + reader.u32(mib) + salt + nonce + bytes(box) + sign_public
    slot = reader.Slot(head + bytes(208))
    if passphrase:
        wrapping = reader.passphrase_key(passphrase, slot)
    else:
        wrapping = reader.recovery_key(recovery, slot, keys.key_slots.store_id)
    wrapped = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(seed, head, nonce, wrapping)
    seal = nacl.public.SealedBox(box).encrypt
    return head + wrapped + (seal(keys.c) if slot.flags else bytes(80)) + seal(keys.f)


def make_slots(folder, keys, recovery, passphrase):
    people = (reader.ADMIN, "院长"), (reader.STATISTICIAN, "统计员"), (reader.AUDITOR, "审计员")
    slots = [make_slot(role, name, keys, passphrase=passphrase) for role, name in people]
    slots.append(make_slot(reader.RECOVERY, "recovery", keys, recovery=recovery))
    old = keys.key_slots
    raw = b"HRKEYS\r\n" + reader.u32(2) + reader.u32(len(slots)) + old.store_id + reader.u32(old.generation) + b"".join(slots)
    new = reader.KeySlots(closed(raw, keys.f, bytes(32)))
    write_key_slots(folder, closed(raw, keys.f, new.roles_mac(keys.c)))


def places(key_slots):
    """A byte of each region, by its name."""
    admin = reader.HEADER
    recovery = reader.HEADER + reader.SLOT * [slot.role for slot in key_slots.slots].index(reader.RECOVERY)
    within = {"role": 0, "flags": 1, "name-size": 2, "zero": 3, "name": 4, "padding": 67, "passes": 68, "memory": 72, "salt": 76,
              "nonce": 92, "box-public": 116, "sign-public": 148, "wrapped-seed": 180, "sealed-c": 228, "sealed-f": 308}
    found = {"magic": 0, "version": 8, "count": 12, "store-id": 16, "generation": 32}
    found |= {"admin-" + name: admin + at for name, at in within.items()}
    found |= {"recovery-" + name: recovery + at for name, at in within.items()}
    return found | {"roles-mac": key_slots.end, "mac": key_slots.end + 32, "checksum": key_slots.end + 64}


def flip(folder, keys, place, repair=None):
    raw = bytearray(keys.key_slots.raw)
    raw[places(keys.key_slots)[place]] ^= 0x20
    end = keys.key_slots.end
    if repair == "mac":
        raw = closed(bytes(raw[:end]), keys.f, bytes(raw[end : end + 32]))
    elif repair == "sum":
        raw = bytes(raw[:-32]) + reader.blake2b(bytes(raw[:-32]))
    write_key_slots(folder, raw)
    return raw != keys.key_slots.raw  # else the repair has undone it


def flips(folder, keys, recovery, repair=None):
    for place in places(keys.key_slots):
        if flip(folder, keys, place, repair):
            try:
                reader.read_store(folder, recovery=recovery)
                print(place)
            except reader.Refused:
                pass


def run_sql(folder, keys, label, statement):
    database = reader.open_databases(folder, keys, reader.OPEN_READWRITE)[label]
    database.query(statement)
    database.close()


def forge(folder, keys, old, new):
    databases = reader.open_databases(folder, keys, reader.OPEN_READWRITE)
    chart, before = databases["chart"], bytes(32)
    for entry in reader.read_log(chart, 4):
        entry.body = entry.body.replace(old, new)
        before = entry.computed_hash(before)
        hexadecimal = entry.body.encode().hex()
        chart.query(f"UPDATE entry SET body = CAST(x'{hexadecimal}' AS TEXT), hash = x'{before.hex()}' WHERE seq = {entry.seq}")
    head = reader.u64(entry.seq) + before
    databases["facts"].query(f"UPDATE meta SET value = x'{head.hex()}' WHERE key = 'head'")
    for database in databases.values():
        database.close()


def hide(folder, keys, text):
    chart = reader.open_databases(folder, keys, reader.OPEN_READWRITE)["chart"]
    for entry in reader.read_log(chart, 4):
        if text in entry.body:
            body_hash = reader.blake2b(entry.salt + entry.body.encode())
            chart.query(f"UPDATE entry SET body = '', body_hash = x'{body_hash.hex()}' WHERE seq = {entry.seq}")
    chart.close()


def main(command, folder, recovery_file, *rest):
    recovery = reader.first_line(recovery_file)
    keys = reader.Keys(reader.load_key_slots(folder), recovery=recovery)
    if command == "slots":
        make_slots(folder, keys, recovery, reader.first_line(rest[0]))
    elif command == "flip":
        flip(folder, keys, *rest)
    elif command == "flips":
        flips(folder, keys, recovery, *rest)
    elif command == "sql":
        run_sql(folder, keys, *rest)
    elif command == "forge":
        forge(folder, keys, *rest)
    elif command == "hide":
        hide(folder, keys, *rest)


main(*sys.argv[1:])
