-- Entries about no resident, less those about the store itself, which become many.
DROP INDEX chart.entry_of_registers;
CREATE INDEX chart.entry_of_registers ON entry (seq)
WHERE subject IS NULL AND kind NOT IN ('operator', 'rotate', 'read', 'search', 'export', 'unlock', 'clock');

-- Who read the file of a resident: entries whose subject is his number with a minus.
CREATE INDEX chart.entry_of_reads ON entry (subject) WHERE subject < 0;

-- Changes of operators, of which there are few.
CREATE INDEX chart.entry_of_operators ON entry (seq) WHERE kind = 'operator';
