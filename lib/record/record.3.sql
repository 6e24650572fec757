-- Entries about no resident, less those about the store itself, which become many.
DROP INDEX chart.entry_of_registers;
CREATE INDEX chart.entry_of_registers ON entry (seq)
WHERE subject IS NULL AND kind NOT IN ('operator', 'rotate', 'read', 'search', 'export', 'unlock', 'clock');

-- Who read the file of a resident: entries whose subject is his number with a minus.
CREATE INDEX chart.entry_of_reads ON entry (subject) WHERE subject < 0;

-- Changes of operators, of which there are few.
CREATE INDEX chart.entry_of_operators ON entry (seq) WHERE kind = 'operator';

-- Residents whose file is restricted or erased: the newest entry that says so. Whoever is unified with one is meant, too.
CREATE TABLE chart.custody (
    resident INTEGER PRIMARY KEY,
    state    INTEGER NOT NULL,      -- 1 restricted, 2 erased
    entry    INTEGER NOT NULL       -- entry.seq
) STRICT;
