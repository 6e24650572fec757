#!/usr/bin/env python3
"""A second reader of stores, made from docs/format.md alone, in another language and with another binding of libsodium.

It shows that the page is enough, and that stores say to others what they say to us. Whoever changes the format changes the
page first, and then this. It writes nothing into a store and prints no secret.

usage: second_reader.py STORE (--passphrase FILE [--operator NAME] | --recovery FILE) [--slip FILE]

Prints each resident's number and name, parted by a tab, or of a statistician nothing. Exit code 0: all of it is as the page
says; 1: something is not, and the message says what.
"""
import argparse
import ctypes
import ctypes.util
import fcntl
import hashlib
import os
import re
import struct
import sys
import unicodedata

import nacl.bindings as sodium
import nacl.exceptions
import nacl.public
import nacl.pwhash

ADMIN, CLINICIAN, STATISTICIAN, AUDITOR, RECOVERY = range(1, 6)
HEADER, SLOT = 36, 388


class Refused(Exception):
    """The store is not as the page says it is to be."""


def need(holds, why):
    if not holds:
        raise Refused(why)


def blake2b(message, key=b"", size=32):
    return hashlib.blake2b(message, key=key, digest_size=size).digest()


def subkey(context, key):
    salt = b"\1" + bytes(15)
    return hashlib.blake2b(b"", key=key, salt=salt, person=context + bytes(8), digest_size=32).digest()


def u32(number):
    return struct.pack("<I", number)


def u64(number):
    return struct.pack("<Q", (number or 0) % 2**64)


def signed_by(key, signature, purpose, message):
    state = sodium.crypto_sign_ed25519ph_state()
    sodium.crypto_sign_ed25519ph_update(state, purpose + b"\0" + message)
    try:
        return sodium.crypto_sign_ed25519ph_final_verify(state, signature, key)
    except (nacl.exceptions.BadSignatureError, ValueError, nacl.exceptions.TypeError):
        return False


# ---- key slots ----


class Slot:
    def __init__(self, raw):
        self.raw = raw
        self.role, self.flags, name_size, zero = raw[:4]
        name, rest = raw[4 : 4 + name_size], raw[4 + name_size : 68]
        self.passes, self.mib = struct.unpack("<II", raw[68:76])
        self.salt, self.nonce = raw[76:92], raw[92:116]
        self.box_public, self.sign_public = raw[116:148], raw[148:180]
        self.wrapped, self.sealed_c, self.sealed_f = raw[180:228], raw[228:308], raw[308:388]
        need(ADMIN <= self.role <= RECOVERY and zero == 0, "slot: role")
        need(self.flags == (self.role != STATISTICIAN), "slot: flags")
        need(self.flags or not any(self.sealed_c), "slot: unused bytes")
        need(1 <= name_size <= 64 and not any(rest), "slot: name")
        try:
            self.name = name.decode()
        except UnicodeDecodeError:
            raise Refused("slot: name") from None
        need(not re.search("[\0-\x1f\x7f-\x9f]", self.name), "slot: name")
        need((self.name == "recovery") == (self.role == RECOVERY), "slot: name of the recovery slot")
        if self.role == RECOVERY:
            need((self.passes, self.mib) == (0, 0), "slot: Argon2")
        else:
            need(3 <= self.passes <= 16 and 64 <= self.mib <= 1024, "slot: Argon2")


class KeySlots:
    """The file as far as it can be checked without a key."""

    def __init__(self, raw):
        self.raw = raw
        need(HEADER <= len(raw) <= 65536 and raw[:8] == b"HRKEYS\r\n", "magic")
        self.version, count = struct.unpack("<II", raw[8:16])
        self.store_id, self.generation = raw[16:32], struct.unpack("<I", raw[32:36])[0]
        need(self.version >= 1, "version")
        self.newer = self.version > 2
        self.checksum = raw[-32:]
        if self.newer:
            need(self.checksum == blake2b(raw[:-32]), "checksum")
            return
        need(2 <= count <= 64 and len(raw) == (132 if self.version == 2 else 100) + SLOT * count, "size")
        need(self.generation >= 1, "generation")
        self.end = HEADER + SLOT * count
        self.slots = [Slot(raw[at : at + SLOT]) for at in range(HEADER, self.end, SLOT)]
        need(len({slot.name for slot in self.slots}) == count, "two slots of one name")
        need([slot.role for slot in self.slots].count(RECOVERY) == 1, "recovery slot")
        need(ADMIN in [slot.role for slot in self.slots], "no administrator")
        need(self.checksum == blake2b(raw[:-32]), "checksum")

    def slot_of(self, operator, recovery):
        for slot in self.slots:
            if slot.role == RECOVERY if recovery else slot.name == operator if operator else slot.role == ADMIN:
                return slot
        raise Refused("no such operator")

    def roles_mac(self, c):
        parts = b"".join(slot.raw[:68] + slot.raw[116:180] for slot in self.slots)
        return blake2b(self.raw[:HEADER] + parts, subkey(b"hrRolMAC", c))

    def mac(self, f):
        return blake2b(self.raw[:-64], subkey(b"hrKeyMAC", f))


def load_key_slots(folder, names=("keyslots", "keyslots.bak")):
    """The first that is whole, unless one before it is of a newer format."""
    problem = None
    for name in names:
        try:
            with open(os.path.join(folder, name), "rb") as file:
                key_slots = KeySlots(file.read(65537))
            need(not key_slots.newer, "key slots: newer format")
            return key_slots
        except FileNotFoundError:
            continue
        except Refused as why:
            if str(why) == "key slots: newer format":
                raise
            problem = problem or why
    raise Refused(f"key slots: damaged ({problem})" if problem else "no store")


CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def recovery_secret(text):
    """The 20 bytes of a recovery key as people write it."""
    text = unicodedata.normalize("NFKC", text).upper()
    text = re.sub(r"[\s-]", "", text).translate(str.maketrans("OIL", "011"))
    need(len(text) == 40 and all(char in CROCKFORD for char in text), "recovery key: mistyped")
    bits = 0
    for group in range(8):
        values = [CROCKFORD.index(char) for char in text[5 * group : 5 * group + 5]]
        total = group + 1
        for value in values[:4] + [0]:
            total = (2 * total ^ 37 if 2 * total >= 32 else 2 * total) ^ value
        need(total == values[4], f"recovery key: mistyped in group {group + 1}")
        for value in values[:4]:
            bits = bits << 5 | value
    return bits.to_bytes(20, "big")


def passphrase_key(text, slot):
    phrase = unicodedata.normalize("NFC", text).encode()
    return nacl.pwhash.argon2id.kdf(32, phrase, slot.salt, opslimit=slot.passes, memlimit=slot.mib << 20)


def recovery_key(text, slot, store_id):
    return blake2b(b"healthrec recovery slot\0" + store_id + slot.salt, recovery_secret(text))


class Keys:
    """What an operator holds once his slot is unlocked."""

    def __init__(self, key_slots, operator=None, passphrase=None, recovery=None):
        slot = key_slots.slot_of(operator, recovery is not None)
        if recovery is not None:
            wrapping = recovery_key(recovery, slot, key_slots.store_id)
        else:
            wrapping = passphrase_key(passphrase, slot)
        try:
            seed = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(slot.wrapped, slot.raw[:180], slot.nonce, wrapping)
        except nacl.exceptions.CryptoError:
            raise Refused("wrong passphrase or recovery key") from None
        self.key_slots, self.slot, self.seed = key_slots, slot, seed
        box = nacl.public.PrivateKey(subkey(b"hrSealer", seed))
        need(bytes(box.public_key) == slot.box_public, "key slots: public key")
        sign_public, _ = sodium.crypto_sign_seed_keypair(subkey(b"hrSigner", seed))
        need(sign_public == slot.sign_public, "key slots: public key")
        try:
            self.f = nacl.public.SealedBox(box).decrypt(slot.sealed_f)
            self.c = nacl.public.SealedBox(box).decrypt(slot.sealed_c) if slot.flags else None
        except nacl.exceptions.CryptoError:
            raise Refused("key slots: altered (sealed keys)") from None
        need(key_slots.mac(self.f) == key_slots.raw[-64:-32], "key slots: altered (MAC)")
        if self.c and key_slots.version == 2:
            need(key_slots.roles_mac(self.c) == key_slots.raw[-96:-64], "key slots: altered (roles MAC)")

    def database(self, label):
        key = self.c if label == "chart" else self.f
        head = b"healthrec database " + label.encode() + b"\0"
        return blake2b(head + u32(self.key_slots.generation) + self.key_slots.store_id, key, 48).hex()


# ---- the databases, through SQLCipher's C interface ----

OPEN_READONLY, OPEN_READWRITE, ROW, DONE, INTEGER, TEXT, BLOB = 1, 2, 100, 101, 1, 3, 4


def load_sqlcipher():
    name = ctypes.util.find_library("sqlcipher")
    need(name, "libsqlcipher is not installed")
    library = ctypes.CDLL(name)
    pointer, number = ctypes.c_void_p, ctypes.c_int
    for function, result, arguments in (
        ("open_v2", number, [ctypes.c_char_p, ctypes.POINTER(pointer), number, ctypes.c_char_p]),
        ("key", number, [pointer, ctypes.c_char_p, number]),
        ("close", number, [pointer]),
        ("errmsg", ctypes.c_char_p, [pointer]),
        ("prepare_v2", number, [pointer, ctypes.c_char_p, number, ctypes.POINTER(pointer), pointer]),
        ("step", number, [pointer]),
        ("finalize", number, [pointer]),
        ("column_count", number, [pointer]),
        ("column_type", number, [pointer, number]),
        ("column_int64", ctypes.c_longlong, [pointer, number]),
        ("column_blob", pointer, [pointer, number]),
        ("column_bytes", number, [pointer, number]),
    ):
        call = getattr(library, "sqlite3_" + function)
        call.restype, call.argtypes = result, arguments
    return library


class Database:
    library = None

    def __init__(self, path, key, flags=OPEN_READONLY):
        self.library = Database.library = Database.library or load_sqlcipher()
        self.handle = ctypes.c_void_p()
        need(os.path.isfile(path), os.path.basename(path) + " is missing")
        self.check(self.library.sqlite3_open_v2(os.fsencode(path), ctypes.byref(self.handle), flags, None))
        raw = f"x'{key}'".encode()
        self.check(self.library.sqlite3_key(self.handle, raw, len(raw)))
        for setting in "cipher_page_size = 8192", "cipher_hmac_algorithm = HMAC_SHA256", "temp_store = 2":
            self.query("PRAGMA " + setting)
        self.query("PRAGMA cipher_log_level = NONE")

    def check(self, code):
        if code not in (0, ROW, DONE):
            raise Refused("database: " + self.library.sqlite3_errmsg(self.handle).decode())

    def column(self, statement, at):
        kind = self.library.sqlite3_column_type(statement, at)
        if kind == INTEGER:
            return self.library.sqlite3_column_int64(statement, at)
        if kind not in (TEXT, BLOB):
            return None
        start = self.library.sqlite3_column_blob(statement, at)
        value = ctypes.string_at(start, self.library.sqlite3_column_bytes(statement, at)) if start else b""
        return value.decode() if kind == TEXT else value

    def query(self, sql):
        """All rows. Texts come as str, blobs as bytes."""
        statement, rows = ctypes.c_void_p(), []
        self.check(self.library.sqlite3_prepare_v2(self.handle, sql.encode(), -1, ctypes.byref(statement), None))
        while (code := self.library.sqlite3_step(statement)) == ROW:
            count = self.library.sqlite3_column_count(statement)
            rows.append([self.column(statement, at) for at in range(count)])
        self.library.sqlite3_finalize(statement)
        self.check(code)
        return rows

    def close(self):
        self.library.sqlite3_close(self.handle)


# ---- the log ----


def fields_of(body):
    """Remarks and fields of a body, each by its number: 0x21… and 0x40…; None for a field that is cleared."""
    parts = re.findall("[^\x1e\x1f]+[\x1e\x1f]", body)
    return {ord(part[0]): None if part[-1] == "\x1e" else part[1:-1] for part in parts}


class Entry:
    def __init__(self, row):
        (self.seq, self.writer, self.recorded, self.author, self.kind, self.subject, self.earlier, self.effective,
         self.salt, self.body, self.body_hash, self.hash, self.signature, wseq, said, self.elsewhere) = row
        self.wseq, self.said = self.seq if wseq is None else wseq, self.recorded if said is None else said

    @property
    def order(self):
        return self.said, self.writer, self.wseq

    def computed_hash(self, before):
        body_hash = self.body_hash or blake2b(self.salt + self.body.encode())
        numbers = self.seq, self.recorded, self.subject, self.earlier, self.effective
        texts = b"".join(u64(len(text.encode())) + text.encode() for text in (self.author, self.kind))
        if self.elsewhere:
            author = self.elsewhere.encode()
            texts += u64(self.wseq) + u64(self.said) + u64(len(author)) + author
        return blake2b(before + body_hash + self.writer + b"".join(map(u64, numbers)) + texts)


def read_log(chart, tables):
    signature = "(SELECT signature FROM signature AS s WHERE s.seq = e.seq)" if tables >= 3 else "NULL"
    said, origin = ("o.wseq, o.said, o.author", "LEFT JOIN origin AS o ON o.seq = e.seq") if tables >= 4 else ("NULL, 0, NULL", "")
    rows = chart.query(f"""
        SELECT e.seq, w.store_id, recorded, a.name, kind, subject, earlier, effective, salt, body, body_hash, hash, {signature}, {said}
        FROM entry AS e LEFT JOIN writer AS w ON w.id = e.writer LEFT JOIN author AS a ON a.id = e.author {origin}
        ORDER BY e.seq""")
    return [Entry(row) for row in rows]


def check_chain(log, head):
    before = bytes(32)
    for number, entry in enumerate(log, 1):
        need(entry.seq == number, f"log: entry {number} is missing")
        need(entry.computed_hash(before) == entry.hash, f"log: entry {number} was altered")
        before = entry.hash
    need(head == u64(len(log)) + before, "log: its end is not the head")


ABOUT_STORE = {"operator", "rotate", "read", "search", "export", "unlock", "clock", "publication", "merge", "identity", "linkage"}
ACTION, OPERATOR, ROLE, KEY = 0x40, 0x41, 0x42, 0x43
ADDED, REMOVED, PASSPHRASE, RECOVERY_KEY = "1", "2", "3", "4"


class Signers:
    """Who may write and with which key he signs, as the log itself tells."""

    def __init__(self, store_id):
        self.store_id = store_id
        self.there = {}  # name: (role, key)
        self.founded = False

    def change(self, circle, entry, author):
        fields = fields_of(entry.body or "")
        action, name, role, key = (fields.get(number) for number in (ACTION, OPERATOR, ROLE, KEY))
        where = f"log: entry {entry.seq}: "
        if not self.founded:
            need(action == ADDED, where + "the first only add")
        elif self.there[author][0] not in (ADMIN, RECOVERY):
            own = action == PASSPHRASE and name == author and int(role) == self.there[author][0]
            need(own, where + "its author may not change operators")
        need((action == ADDED) == (name not in circle), where + "who is changed makes no sense")
        if action == REMOVED:
            del circle[name]
        else:
            need(re.fullmatch("[0-9a-f]{64}", key or ""), where + "no public key")
            circle[name] = int(role) if action == ADDED else circle[name][0], bytes.fromhex(key)

    def see(self, transaction):
        """The entries up to one that has a signature."""
        author, last = transaction[0].author, transaction[-1]
        where = f"log: entry {last.seq}: "
        circle = dict(self.there)
        for entry in transaction:
            need(entry.author == author, where + "signed for another author")
            if self.founded:
                need(author in self.there, where + "its author is no operator")
                writes = self.there[author][0] not in (STATISTICIAN, AUDITOR) or entry.kind in ABOUT_STORE
                need(writes, where + "its author may not write")
            if entry.kind == "operator":
                self.change(circle, entry, author)
        key = self.there.get(author, circle.get(author, (0, b"")))[1]
        good = signed_by(key, last.signature, b"healthrec head", self.store_id + u64(last.seq) + last.hash)
        need(good, where + "the signature is not its author's")
        self.there, self.founded = circle, True


def check_signatures(log, key_slots, slip):
    signers, transaction, owner, told = Signers(key_slots.store_id), [], None, False
    for entry in log:
        told = told or entry.kind == "operator"
        if told:  # what an older store said before is signed by nobody
            transaction.append(entry)
        if entry.signature and told:
            signers.see(transaction)
            transaction = []
        if slip and slip.seq == entry.seq:
            owner = [name for name, (_, key) in signers.there.items() if key == slip.key]
    need(not transaction, "log: the newest entries are not signed")
    need(owner or not slip, "slip: printed by nobody of this store")
    if signers.founded:
        slots = {slot.name: (slot.role, slot.sign_public) for slot in key_slots.slots}
        need(slots == signers.there, "key slots: not those that the log tells of")


def check_erased(log):
    """What is left of bodies is what the entries say that erased them."""
    remaining, covered = {}, set()

    def root(subject):
        while subject in remaining:
            subject = remaining[subject]
        return subject

    for entry in log:
        if entry.kind == "unify":
            fields = fields_of(entry.body)
            if 0x21 in fields:  # it can only be withdrawn
                absorbed = fields_of(log[int(fields[0x21]) - 1].body)[0x40]
                del remaining[int(absorbed)]
            else:
                remaining[int(fields[0x40])] = entry.subject
        if entry.kind == "erase":
            left = [e for e in log[: entry.seq - 1] if e.body_hash and e.subject and root(e.subject) == entry.subject]
            bodies = b"".join(u64(e.seq) + u64(len(e.body.encode())) + e.body.encode() for e in left)
            digest = blake2b(b"healthrec erased" + bodies).hex()
            told = fields_of(entry.body)
            good = told == {0x40: digest, 0x41: str(len(left))}
            need(good, f"log: entry {entry.seq}: what it left was altered")
            covered.update(e.seq for e in left)
    for entry in log:
        need(not entry.body_hash or entry.seq in covered, f"log: entry {entry.seq}: erased by nobody")


def residents(log):
    """Name by number: entries of kind resident folded in their order, each replaced by what stands in its place."""
    bodies, place, replaced = {}, {}, set()
    for entry in sorted(log, key=lambda entry: entry.order):
        if entry.kind != "resident" or entry.body is None:
            continue
        fields = fields_of(entry.body)
        amends = int(fields.get(0x21, 0))
        place[entry.seq] = place.get(amends, entry.order)
        replaced.add(amends)
        bodies[entry.seq] = entry.subject, fields
    names = {}
    for seq in sorted(bodies, key=place.get):
        subject, fields = bodies[seq]
        if seq not in replaced and 0x41 in fields:
            names[subject] = fields[0x41]
    return names


# ---- slips ----


class Slip:
    def __init__(self, text):
        text = re.sub(r"\s", "", text).upper()
        parts = text.split(".")
        sizes = [7, 32, None, 64, 16, 64, 128]
        need(len(parts) == 7 and all(size in (None, len(part)) for part, size in zip(parts, sizes)), "slip: not one")
        form = r"HRHEAD1\.[0-9A-F]+\.[1-9][0-9]*\.[0-9A-F]+\.[0-9]{8}T[0-9]{6}Z\.[0-9A-F]+\.[0-9A-F]+"
        need(re.fullmatch(form, text), "slip: not one")
        self.store_id, self.hash, self.key, signature = (bytes.fromhex(parts[at]) for at in (1, 3, 5, 6))
        self.seq = int(parts[2])
        told = text.rpartition(".")[0].encode()
        need(signed_by(self.key, signature, b"healthrec slip", told), "slip: the signature does not fit")

    def check(self, key_slots, log):
        need(self.store_id == key_slots.store_id, "slip: of another store")
        need(self.seq <= len(log), "slip: the log has been cut off since")
        need(log[self.seq - 1].hash == self.hash, "slip: the log was rewritten since")


# ---- all of it ----


def open_databases(folder, keys, flags=OPEN_READONLY):
    """Those that the role has keys for, by their labels."""
    paths = {"facts": os.path.join(folder, f"facts.{keys.key_slots.generation}.db")}
    if keys.c:
        paths["chart"] = os.path.join(folder, f"chart.{keys.key_slots.generation}.db")
    for path in paths.values():
        cut_off = os.path.exists(path + "-journal") and os.path.getsize(path + "-journal") > 0
        need(not cut_off, "database: a change is under way or was cut off")
    return {label: Database(path, keys.database(label), flags) for label, path in paths.items()}


def check_versions(key_slots, databases):
    tables = {database.query("PRAGMA user_version")[0][0] for database in databases}
    need(len(tables) == 1, "database: two versions of the tables")
    version = tables.pop()
    need(1 <= version <= 4, "database: unknown version of the tables")
    need(key_slots.version == 2 or version < 3, "key slots: older than the tables")
    return version


def in_force(folder, key_slots, meta, tables, secret):
    """The file that the databases name: this one, or one that was cut off from its name."""
    named = meta.get("keyslots")
    if named is None and tables < 3:
        return key_slots
    if named != key_slots.checksum and os.path.exists(os.path.join(folder, "keyslots.new")):
        key_slots = load_key_slots(folder, ["keyslots.new"])
        Keys(key_slots, **secret)
    need(named == key_slots.checksum, "key slots: not the file in force")
    return key_slots


def read_store(folder, slip_text=None, **secret):
    key_slots = load_key_slots(folder)
    keys = Keys(key_slots, **secret)
    databases = open_databases(folder, keys)
    facts = databases["facts"]
    facts.query("BEGIN")
    meta = dict(facts.query("SELECT key, value FROM meta"))
    tables = check_versions(key_slots, databases.values())
    key_slots = in_force(folder, key_slots, meta, tables, secret)
    names = {}
    if keys.c:
        log = read_log(databases["chart"], tables)
        check_chain(log, meta.get("head"))
        slip = Slip(slip_text) if slip_text is not None else None
        if slip:
            slip.check(key_slots, log)
        check_signatures(log, key_slots, slip)
        check_erased(log)
        names = residents(log)
    for database in databases.values():
        database.close()
    return names


def first_line(path):
    with open(path, encoding="utf-8") as file:
        return file.readline().rstrip("\r\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("store")
    secret = parser.add_mutually_exclusive_group(required=True)
    secret.add_argument("--passphrase")
    secret.add_argument("--recovery")
    parser.add_argument("--operator")
    parser.add_argument("--slip")
    options = parser.parse_args()
    if options.recovery:
        secret = {"recovery": first_line(options.recovery)}
    else:
        secret = {"passphrase": first_line(options.passphrase), "operator": options.operator}
    slip_text = None
    if options.slip:
        with open(options.slip, encoding="ascii") as file:
            slip_text = file.read()
    try:
        lock = os.open(os.path.join(options.store, "lock"), os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        for number, name in sorted(read_store(options.store, slip_text, **secret).items()):
            print(number, name, sep="\t")
    except (Refused, OSError) as why:
        print(f"second reader: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
