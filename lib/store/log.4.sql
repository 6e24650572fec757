-- Entries that were first said elsewhere: in another copy of this store, or in another store. Also those of this one that
-- were said while its clock was behind.
CREATE TABLE chart.origin (
    seq    INTEGER PRIMARY KEY,
    writer INTEGER NOT NULL,    -- writer.id
    wseq   INTEGER NOT NULL,    -- its entry.seq in the log in which it was first said
    said   INTEGER NOT NULL,    -- when: milliseconds since 1970, UTC; never before what its writer knew then
    author TEXT,                -- by whom; null: said here
    UNIQUE (writer, wseq)
) STRICT;

-- Whether it is this store, in this folder or one where it was kept before.
ALTER TABLE chart.writer ADD COLUMN own INTEGER NOT NULL DEFAULT 0;
UPDATE chart.writer SET own = 1;
