-- Jobs that list their input objects end with a state of their own when some could not be processed, and
-- remember of each part which those were.

-- SQLite cannot alter a CHECK, and a new table in the place of this one would take the rows that refer to it along.
-- Its documentation ("Making Other Kinds Of Table Schema Changes") allows to write a changed CHECK into the schema,
-- since rows are stored the same way under both.
PRAGMA writable_schema = ON;
UPDATE sqlite_master SET sql = replace(replace(sql,
    '(''SUBMITTED'', ''IN_PROGRESS'', ''COMPLETED'', ''FAILED'', ''STOP_REQUESTED'', ''STOPPED'')',
    '(''SUBMITTED'', ''IN_PROGRESS'', ''COMPLETED'', ''PARTIAL_SUCCESS'', ''FAILED'', ''STOP_REQUESTED'', ''STOPPED'')'),
    '(''COMPLETED'', ''FAILED'', ''STOPPED'')',
    '(''COMPLETED'', ''PARTIAL_SUCCESS'', ''FAILED'', ''STOPPED'')')
    WHERE type = 'table' AND name = 'jobs';
-- Reads the schema again; the next statement has other connections do so too.
PRAGMA writable_schema = RESET;

-- JSON: characters analysed, and slices that could not be; null: the job does not list its input objects
ALTER TABLE shards ADD COLUMN part_files TEXT;
