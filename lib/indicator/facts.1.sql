-- What is counted: no name, no number of a person. All of it can be made again from the log.

CREATE TABLE main.subject (
    id                   INTEGER PRIMARY KEY,   -- entry.seq of the entry that registered him
    area                 INTEGER NOT NULL,
    birth_date           INTEGER,               -- yyyymmdd, 00 for an unknown month or day
    sex                  INTEGER,
    file_opened          INTEGER,
    computerized         INTEGER,
    disability_kind      INTEGER,
    disability_grade     INTEGER,
    rehab_need_since     INTEGER,
    rehab_served_since   INTEGER,
    rehab_outcome        INTEGER,
    rehab_outcome_date   INTEGER,
    home_bed_opened      INTEGER,
    home_bed_closed      INTEGER,
    hardship             INTEGER,
    household_care_since INTEGER,
    call_device          INTEGER,               -- 1: has one
    moved_in             INTEGER,
    moved_out            INTEGER,
    died                 INTEGER,
    past                 INTEGER                -- how many rows of main.past
) STRICT;

-- A subject's ended residences, home-bed episodes and outcomes, which still count for earlier dates.
CREATE TABLE main.past (
    subject INTEGER NOT NULL REFERENCES subject (id),
    number  INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    value   INTEGER NOT NULL,
    start   INTEGER NOT NULL,
    ended   INTEGER NOT NULL,
    PRIMARY KEY (subject, number)
) STRICT, WITHOUT ROWID;

-- The tallies of an area by year: place = area code * 10000 + year, year 0 for what has always been. A figure as of a day is
-- the net of the years before it and the days of its year up to it (see tally.c for the bytes).
CREATE TABLE main.tally_year (
    place INTEGER PRIMARY KEY,
    net   BLOB NOT NULL
) STRICT;

CREATE TABLE main.tally_day (
    place INTEGER PRIMARY KEY,
    days  BLOB NOT NULL
) STRICT;
