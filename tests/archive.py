"""Archives and sheets as another program makes and reads them: Python's zipfile and csv, and ZIP files put together byte
by byte where zipfile would not make them. Used by tests/archive.sh.

    archive.py make FOLDER            every archive of made(), as FOLDER/NAME.zip
    archive.py list                   their names, each with what must be said of it (nothing when it is good)
    archive.py same ARCHIVE FOLDER    the archive has the folder's files and no others
    archive.py ours ARCHIVE           it has no times, no owner, and is deflated
    archive.py rows FILE              rows of cells to write as a sheet, as JSON
    archive.py wrote SHEET ROWS       csv reads the rows from the sheet, and nothing in it is a formula
    archive.py sheet SHEET ROWS       the rows as csv writes them
"""
import csv
import io
import json
import os
import random
import struct
import sys
import zipfile
import zlib

TEXT = b"a,b\r\n" + b"1,2\r\n" * 40
LOCAL, CENTRAL, END = "<4s5H3L2H", "<4s6H3L5H2L", "<4s4H2LH"


class Member:
    """One file, with every field of its header and its directory entry open to be wrong."""

    def __init__(self, name, data=TEXT, method=8, behind=False, **wrong):
        self.name = name if isinstance(name, bytes) else name.encode()
        self.data, self.method, self.wrong = data, method, wrong
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        self.packed = wrong.get("packed", deflate.compress(data) + deflate.flush() if method == 8 else data)
        self.flags = wrong.get("flags", 0) | (8 if behind else 0)
        self.crc = wrong.get("crc", zlib.crc32(data))
        self.size = wrong.get("size", len(data))
        self.extra = wrong.get("extra", b"")

    def header(self, size_behind):
        known = (0, 0, 0) if size_behind else (self.crc, self.wrong.get("length", len(self.packed)), self.size)
        return struct.pack(LOCAL, b"PK\3\4", 20, self.flags, self.method, 0, 33, *known, len(self.name), len(self.extra)) \
            + self.name + self.extra

    def local(self):
        behind = self.flags & 8
        descriptor = struct.pack("<4s3L", b"PK\7\10", self.crc, len(self.packed), self.size)
        return self.wrong.get("header", self.header(behind)) + self.packed + (descriptor if behind else b"")

    def central(self, start):
        w = self.wrong
        name = w.get("central_name", self.name)
        return struct.pack(CENTRAL, b"PK\1\2", 0x0314, 20, w.get("central_flags", self.flags),
                           w.get("central_method", self.method), 0, 33, w.get("central_crc", self.crc),
                           w.get("central_packed", len(self.packed)), w.get("central_size", self.size), len(name),
                           len(self.extra), len(w.get("comment", b"")), w.get("disk", 0), 0,
                           w.get("attributes", 0o100600 << 16), w.get("start", start)) \
            + name + self.extra + w.get("comment", b"")


def put(*members, between=b"", before=b"", order=None, drop=(), more=(), disk=0, count=None, comment=b"",
        start=None, length=None):
    out, directory = before, []
    for member in members:
        directory.append(member.central(len(out)))
        out += member.local() + between
    directory = [directory[i] for i in (order or range(len(directory))) if i not in drop] + list(more)
    count = len(directory) if count is None else count
    directory_start, directory = len(out), b"".join(directory)
    return out + directory + struct.pack(END, b"PK\5\6", disk, 0, count, count, len(directory) if length is None else length,
                                         directory_start if start is None else start, len(comment)) + comment


def by_zipfile(method, streamed=False, folder=False):
    class Stream(io.RawIOBase):  # that cannot go back
        def __init__(self):
            self.bytes = b""

        def writable(self):
            return True

        def write(self, bytes):
            self.bytes += bytes
            return len(bytes)

    out = Stream() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("a.csv", TEXT)
        if folder:
            archive.writestr("more/", b"")
        archive.writestr("empty.txt", b"")
        archive.writestr("b_2.json", os.urandom(100000))
    return out.bytes if streamed else out.getvalue()


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("bomb.csv", "w") as bomb:
        for _ in range(100):
            bomb.write(bytes(1 << 20))
    return out.getvalue()


DISAGREES = "its list of files does not agree with the files in it"
CHECKSUM = "does not have the size or the checksum that is given for it"
NAME, KIND = "a name that no bundle uses", 28
EXTRA, METHOD = "an extension of the ZIP format that no bundle uses", "is compressed in a way that no bundle uses"
A, B = Member("a.csv"), Member("b.csv", b"other", 0)
NOTHING = {"data": b"", "method": 0}


def unix(kind):
    return {"attributes": kind << KIND | 0o600 << 16}


def made():
    """Each with what must be said of it."""
    return {
        "good": (put(A, B), ""),
        "good_deflated": (by_zipfile(zipfile.ZIP_DEFLATED), ""),
        "good_stored": (by_zipfile(zipfile.ZIP_STORED), ""),
        "good_streamed": (by_zipfile(zipfile.ZIP_DEFLATED, True), ""),
        "good_behind": (put(Member("a.csv", behind=True), B), ""),
        "good_empty": (put(Member("a.csv", **NOTHING), Member("b.csv", b"")), ""),
        "good_64": (put(*[Member("f%d.csv" % i) for i in range(64)]), ""),
        "good_no_kind": (put(Member("a.csv", **unix(0)), B), ""),
        "good_times": (put(Member("a.csv", extra=b"UT\5\0\1\0\0\0\0"), B), ""),
        # The reader's first block ends behind the first file, and all the rest is looked at ahead of libarchive.
        "good_ahead": (put(Member("a.csv", bytes(65536 - 35), 0),
                           *[Member("%059d.csv" % i, b"", 0, extra=b"UT\xfc\0" + bytes(252)) for i in range(63)]), ""),
        "no_zip": (b"hello, this is no archive", "is no ZIP file"),
        "nothing": (b"", "is no ZIP file"),
        "name_absolute": (put(Member("/a.csv"), B), NAME),
        "name_dots": (put(Member("../a.csv"), B), NAME),
        "name_within": (put(Member("b/a.csv"), B), NAME),
        "name_backslash": (put(Member("b\\a.csv"), B), NAME),
        "name_drive": (put(Member("c:a.csv"), B), NAME),
        "name_empty": (put(Member(""), B), NAME),
        "name_hidden": (put(Member(".csv"), B), NAME),
        "name_upper": (put(Member("A.csv"), B), NAME),
        "name_nul": (put(Member("a.csv\0.exe"), B), NAME),
        "name_program": (put(Member("a.exe"), B), NAME),
        "name_two_endings": (put(Member("a.csv.exe"), B), NAME),
        "name_chinese": (put(Member("居民.csv", flags=1 << 11), B), NAME),
        "name_long": (put(Member("a" * 60 + ".csv"), B), NAME),
        "name_very_long": (put(Member("a" * 65000 + ".csv"), B), NAME),
        "folder": (by_zipfile(zipfile.ZIP_DEFLATED, folder=True), "has a folder"),
        "folder_by_attributes": (put(Member("a.csv", **unix(4)), B), "has a folder"),
        "folder_of_dos": (put(Member("a.csv", attributes=0x10), B), "has a folder"),
        "link": (put(Member("a.csv", b"/etc/passwd", 0, **unix(10)), B), "has a link"),
        "link_in_header": (put(Member("a.csv", b"/etc/passwd", 0, extra=b"xl\7\0\4\0\0\xff\xa1\0\0")),
                               EXTRA),
        "fifo": (put(Member("a.csv", **unix(1)), B), "has a device or another special file"),
        "character_device": (put(Member("a.csv", **unix(2)), B), "has a device"),
        "block_device": (put(Member("a.csv", **unix(6)), B), "has a device"),
        "socket": (put(Member("a.csv", **unix(12)), B), "has a device"),
        "twice": (put(A, B, A), "has two files of the same name"),
        "encrypted": (put(Member("a.csv", flags=1), B), "encrypted once more"),
        "encrypted_strongly": (put(Member("a.csv", flags=0x41), B), "encrypted once more"),
        "encrypted_directory": (put(Member("a.csv", flags=0x2000), B), "encrypted once more"),
        "encrypted_aes": (put(Member("a.csv", method=99, flags=1, extra=b"\x01\x99\7\0\2\0AE\3\x08\0"), B), "encrypted once more"),
        "65_files": (put(*[Member("f%d.csv" % i) for i in range(65)]), "has more than 64 files"),
        "bzip2": (by_zipfile(zipfile.ZIP_BZIP2), METHOD),
        "lzma": (by_zipfile(zipfile.ZIP_LZMA), METHOD),
        "method_high_byte": (put(Member("a.csv", b"x", 0x100), B), METHOD),
        "patch": (put(Member("a.csv", flags=0x20), B), METHOD),
        "stored_without_size": (put(Member("a.csv", b"x", 0, True), B), METHOD),
        "zip64": (put(Member("a.csv", extra=b"\1\0\x10\0" + bytes(16)), B), EXTRA),
        "extra_cut": (put(Member("a.csv", extra=b"UT\6\0\1\0\0\0\0"), B), EXTRA),
        "extra_rest": (put(Member("a.csv", extra=b"UT\5\0\1\0\0\0\0\0"), B), EXTRA),
        "extra_long": (put(Member("a.csv", extra=b"UT\x2c\1" + bytes(300)), B), EXTRA),
        "bomb": (bomb(), "200 times its size"),
        "trailing": (put(A, B) + b"\0", "something follows its end"),
        "trailing_archive": (put(A, B) + put(A, B), "something follows its end"),
        "comment": (put(A, B, comment=b"hello"), DISAGREES),
        "before": (put(A, B, before=b"#!/bin/sh\n"), "is no ZIP file"),
        "between": (put(A, B, between=b"hidden"), "something between its files"),
        "hidden_file": (put(A, B, drop=(0,)), DISAGREES),
        "hidden_last_file": (put(A, B, drop=(1,)), DISAGREES),
        "hidden_all": (put(A, B, drop=(0, 1)), DISAGREES),
        "no_such_file": (put(A, more=[B.central(0)]), DISAGREES),
        "other_order": (put(A, B, order=(1, 0)), DISAGREES),
        "other_name": (put(Member("a.csv", central_name=b"c.csv"), B), DISAGREES),
        "shorter_name": (put(Member("a.csv", central_name=b"a.cs"), B), DISAGREES),
        "longer_name": (put(Member("a.csv", central_name=b"a.csv" + bytes(60)), B), DISAGREES),
        "other_crc": (put(Member("a.csv", central_crc=1), B), DISAGREES),
        "other_packed": (put(Member("a.csv", central_packed=1), B), DISAGREES),
        "other_size": (put(Member("a.csv", central_size=1), B), DISAGREES),
        "other_flags": (put(Member("a.csv", central_flags=1), B), DISAGREES),
        "other_method": (put(Member("a.csv", central_method=0), B), DISAGREES),
        "other_start": (put(A, Member("b.csv", start=0)), DISAGREES),
        "file_comment": (put(Member("a.csv", comment=b"hello"), B), DISAGREES),
        "other_disk": (put(Member("a.csv", disk=1), B), DISAGREES),
        "end_other_disk": (put(A, B, disk=1), DISAGREES),
        "end_other_count": (put(A, B, count=3), DISAGREES),
        "end_other_start": (put(A, B, start=0), DISAGREES),
        "end_other_length": (put(A, B, length=1), DISAGREES),
        # The same wrong value in header and directory.
        "crc_deflated": (put(Member("a.csv", crc=1), B), CHECKSUM),
        "crc_stored": (put(Member("a.csv", method=0, crc=1), B), CHECKSUM),
        "crc_behind": (put(Member("a.csv", behind=True, crc=1), B), CHECKSUM),
        "crc_empty": (put(Member("a.csv", crc=1, **NOTHING), B), CHECKSUM),
        "crc_empty_deflated": (put(Member("a.csv", b"", crc=1), B), CHECKSUM),
        "size_more": (put(Member("a.csv", size=len(TEXT) + 1), B), CHECKSUM),
        "size_less": (put(Member("a.csv", size=len(TEXT) - 1), B), CHECKSUM),
        "size_behind": (put(Member("a.csv", behind=True, size=1), B), CHECKSUM),
        "size_empty": (put(Member("a.csv", size=5, **NOTHING), B), CHECKSUM),
        "size_stored": (put(Member("a.csv", method=0, size=1), B), CHECKSUM),
        "size_empty_deflated": (put(Member("a.csv", data=b"", size=5, packed=b""), B), CHECKSUM),
        "packed_more": (put(Member("a.csv", packed=A.packed + b"hidden"), B), CHECKSUM),
        "packed_less": (put(Member("a.csv", packed=A.packed[:-1]), B), CHECKSUM),
        "other_header_crc_behind": (put(Member("a.csv", behind=True, header=Member("a.csv", flags=8).header(False)), B), CHECKSUM),
    }


def make(folder):
    for name, (archive, _) in made().items():
        with open(os.path.join(folder, name + ".zip"), "wb") as out:
            out.write(archive)


def same(path, folder):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(os.listdir(folder)), archive.namelist()
        for info in archive.infolist():
            with open(os.path.join(folder, info.filename), "rb") as file:
                assert archive.read(info) == file.read(), info.filename


def extras(bytes):
    """The extra fields of a file: header and content."""
    while bytes:
        end = 4 + int.from_bytes(bytes[2:4], "little")
        yield bytes[:2], bytes[4:end]
        bytes = bytes[end:]


def ours(path):
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0), info
            assert info.external_attr >> 16 == 0o100600 and info.compress_type == zipfile.ZIP_DEFLATED, info
            for header, content in extras(info.extra):
                assert header == b"UT" and content[:1] == b"\0" or header == b"ux" and not any(content[2:6] + content[7:]), info.extra


def rows():
    random.seed(1)
    letters = ["=", "+", "-", "@", "'", '"', ",", "\r", "\n", "\t", " ", "1", "0", ".", "x", ";", "居", "＝", "＋", "－", "＠"]
    return [["a", "b", "c"]] + [["".join(random.choices(letters, k=random.randrange(6))) for _ in range(3)] for _ in range(1000)]


def number(cell):
    return cell[:1] == "-" and cell[1:].replace(".", "", 1).isdigit() and cell[1] != "." and cell[-1] != "."


def escape(cell):
    return "'" + cell if cell[:1] in tuple("=+-@'\t\r\n＝＋－＠") and not number(cell) else cell


def quote(cell):
    needed = set(cell) & set(',"\r\n') or cell != cell.strip(" \t")
    return '"' + cell.replace('"', '""') + '"' if needed else cell


def wrote(path, rows):
    with open(path, "rb") as file:
        text = file.read()
    assert text.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), strict=True))
    assert read == [[escape(cell) for cell in row] for row in rows]
    quoted = [[quote(cell) for cell in row] for row in read]
    assert text.decode("utf-8-sig") == "".join(",".join(row) + "\r\n" for row in quoted)


def sheet(path, rows):
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([[escape(cell) for cell in row] for row in rows])


def main(what, *given):
    if what == "make":
        make(*given)
    elif what == "list":
        print("\n".join(name + " " + why for name, (_, why) in made().items()))
    elif what == "same":
        same(*given)
    elif what == "ours":
        ours(*given)
    elif what == "rows":
        with open(given[0], "w") as file:
            json.dump(rows(), file)
    else:
        with open(given[1]) as file:
            {"wrote": wrote, "sheet": sheet}[what](given[0], json.load(file))


main(*sys.argv[1:])
