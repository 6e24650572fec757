-- Residents as the log's entries fold to, and how they are found. All of it can be made again from chart.entry.

-- A resident's number is the entry.seq of the entry that registered him. Only one about whom more was said has a row here;
-- until then that entry says it all.
CREATE TABLE chart.resident (
    id     INTEGER PRIMARY KEY,
    latest INTEGER NOT NULL,    -- entry.seq of his newest entry
    state  TEXT NOT NULL,       -- current fields, packed as an entry's body
    past   TEXT                 -- ended residences, episodes and outcomes, JSON; null: none
) STRICT;

CREATE TABLE chart.id_number (
    number   INTEGER PRIMARY KEY,   -- its first 17 digits
    resident INTEGER NOT NULL
) STRICT;

CREATE TABLE chart.file_number (
    number   INTEGER PRIMARY KEY,
    resident INTEGER NOT NULL
) STRICT;

-- Residents without an ID number, by a fingerprint of name, sex and birth date.
CREATE TABLE chart.person (
    print    INTEGER NOT NULL,
    resident INTEGER NOT NULL,
    PRIMARY KEY (print, resident)
) STRICT, WITHOUT ROWID;

-- Which residents have a gram (a character of a name and the next, two pinyin initials, the end of a phone number), in
-- blocks of 65,536 resident ids: `residents` holds the low 16 bits of each, little-endian, ascending. A bulk import writes
-- each row once, and in order, because new residents are in new blocks; a search asks every block. What is found is compared
-- with the resident's own text, so a gram only has to miss nobody.
CREATE TABLE chart.gram (
    block     INTEGER NOT NULL,
    gram      INTEGER NOT NULL,
    residents BLOB NOT NULL,
    PRIMARY KEY (block, gram)
) STRICT, WITHOUT ROWID;

-- The registers. They name no resident, so they are in facts.db, for every role.

CREATE TABLE main.area (
    code INTEGER PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE main.institution (
    code            TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    kind            INTEGER NOT NULL,
    area            INTEGER NOT NULL REFERENCES area (code),
    grade           INTEGER,
    serves          TEXT,               -- area codes parted by ;
    opened          INTEGER,
    closed          INTEGER,
    networked_since INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE main.population (
    area       INTEGER NOT NULL REFERENCES area (code),
    year       INTEGER NOT NULL,
    residents  INTEGER,
    elderly    INTEGER,
    rehab_need INTEGER,
    home_bed   INTEGER,
    source     TEXT,
    PRIMARY KEY (area, year)
) STRICT, WITHOUT ROWID;
