-- Registers whose rows no query takes apart, each packed as an entry's body is.
CREATE TABLE main.register (
    kind  TEXT NOT NULL,        -- of the form
    key   TEXT NOT NULL,        -- the fields that identify a row, parted by a blank
    state TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- Entries about no resident, registers' above all: few among many, and read when a figure is asked for as it was known.
CREATE INDEX chart.entry_of_registers ON entry (seq) WHERE subject IS NULL;

-- Residents who are somebody else: what is said of `absorbed` is said of `remaining`, as long as the entry stands.
CREATE TABLE chart.unified (
    absorbed  INTEGER PRIMARY KEY,
    remaining INTEGER NOT NULL,
    entry     INTEGER NOT NULL      -- entry.seq of the entry that unified them
) STRICT;
CREATE INDEX chart.unified_remaining ON unified (remaining);

-- Emergency calls. Who called stands in the entry alone.
CREATE TABLE main.call (
    id           INTEGER PRIMARY KEY,   -- entry.seq of the entry that raised it
    area         INTEGER NOT NULL,      -- where it counts
    signal       INTEGER,
    raised       INTEGER NOT NULL,      -- yyyymmddhhmmss, local
    answered     INTEGER,
    closed       INTEGER,
    outcome      INTEGER,
    answer_entry INTEGER,               -- entry.seq of the entries that said so
    close_entry  INTEGER
) STRICT;
CREATE INDEX main.call_open ON call (raised) WHERE closed IS NULL;
CREATE INDEX main.call_raised ON call (raised);
