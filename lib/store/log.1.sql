-- The log: every entry ever made, in order, chained by hash (see log.c for what is hashed).
-- Append-only. No foreign keys: nothing here is ever deleted, and hr_verify checks more than they could.

CREATE TABLE chart.entry (
    seq       INTEGER PRIMARY KEY,
    writer    INTEGER NOT NULL,     -- writer.id: the store that said it
    recorded  INTEGER NOT NULL,     -- milliseconds since 1970, UTC
    author    INTEGER NOT NULL,     -- author.id: the operator who said it
    kind      TEXT NOT NULL,
    subject   INTEGER,              -- resident.id; null for registers
    earlier   INTEGER,              -- the subject's entry before this one; null for its first
    effective INTEGER NOT NULL,     -- yyyymmdd
    salt      BLOB NOT NULL,
    body      TEXT,                 -- see docs/format.md; null once erased
    body_hash BLOB,                 -- kept when the body is erased, so that the chain still verifies
    hash      BLOB NOT NULL
) STRICT;

CREATE TABLE chart.writer (
    id       INTEGER PRIMARY KEY,
    store_id BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE chart.author (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Settings of the store, and the head of the log (seq and hash of its newest entry), which is kept apart from the log so
-- that cutting off its end shows.
CREATE TABLE main.meta (
    key   TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;
