-- Entries about no resident, less those about the store itself.
DROP INDEX chart.entry_of_registers;
CREATE INDEX chart.entry_of_registers ON entry (seq)
WHERE subject IS NULL AND kind NOT IN ('operator', 'rotate', 'read', 'search', 'export', 'unlock', 'clock', 'merge', 'identity', 'linkage');

-- Where two copies of the store said different things, of which there are few.
CREATE INDEX chart.entry_of_conflicts ON entry (seq) WHERE kind = 'conflict';

-- This store's own keys and linkage keys.
CREATE INDEX chart.entry_of_exchange ON entry (kind, seq)
WHERE kind IN ('identity', 'linkage');
