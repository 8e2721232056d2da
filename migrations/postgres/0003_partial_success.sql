-- Jobs that list their input objects end with a state of their own when some could not be processed, and
-- remember of each part which those were.

ALTER TABLE jobs DROP CONSTRAINT jobs_state_check;
ALTER TABLE jobs ADD CONSTRAINT jobs_state_check
    CHECK (state IN ('SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'PARTIAL_SUCCESS', 'FAILED', 'STOP_REQUESTED', 'STOPPED'));
ALTER TABLE jobs DROP CONSTRAINT jobs_end_with_a_time;
ALTER TABLE jobs ADD CONSTRAINT jobs_end_with_a_time
    CHECK ((end_time IS NOT NULL) = (state IN ('COMPLETED', 'PARTIAL_SUCCESS', 'FAILED', 'STOPPED')));

ALTER TABLE shards ADD COLUMN part_files TEXT;
COMMENT ON COLUMN shards.part_files IS 'JSON: characters analysed, and slices that could not be; null: the job does not list its input objects';
