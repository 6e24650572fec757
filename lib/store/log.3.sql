-- Who wrote signs: at each commit the log's head, with the author's key (log.c says which bytes). The keys are in the log
-- themselves, in its entries of kind "operator".
CREATE TABLE chart.signature (
    seq       INTEGER PRIMARY KEY,  -- entry.seq of the newest entry of the commit; its author signed
    signature BLOB NOT NULL
) STRICT;
