-- Jobs, their shards, the outbox, and what else the pipeline records.
--
-- The same tables and columns as in Postgres: one set of queries serves both. All times are microseconds
-- since 1970 by the clock of the database; ids are text.

CREATE TABLE jobs (
    id               TEXT PRIMARY KEY,
    account          TEXT NOT NULL,
    region           TEXT NOT NULL,
    -- kind of job; decides which pool of workers does its shards
    kind             TEXT NOT NULL,
    name             TEXT,
    state            TEXT NOT NULL CHECK (state IN ('SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'STOP_REQUESTED', 'STOPPED')),
    -- JSON: the request as the client made it
    request          TEXT    NOT NULL,
    -- JSON: input, output, role, limits, parameters of the analysis
    spec             TEXT    NOT NULL,
    -- W3C traceparent of the request
    trace            TEXT,
    -- why the job failed: an upper-case code, a colon, a sentence
    message          TEXT,
    -- microseconds since 1970; increases from job to job of an account, region and kind
    submit_time      BIGINT  NOT NULL,
    -- microseconds since 1970; when the first shards were planned
    start_time       BIGINT,
    -- microseconds since 1970; when a stop was requested
    stop_time        BIGINT,
    -- microseconds since 1970; set with the terminal state, never changed
    end_time         BIGINT,
    -- whether no more shards will be added
    planned          BOOLEAN NOT NULL DEFAULT FALSE,
    -- JSON: how far planning has come
    plan_cursor      TEXT    NOT NULL,
    -- shards neither done nor cancelled, plus one while the plan is not complete
    open_items       BIGINT  NOT NULL DEFAULT 1 CHECK (open_items >= 0),
    -- whether a stop cut off work
    cut              BOOLEAN NOT NULL DEFAULT FALSE,
    shards           BIGINT  NOT NULL DEFAULT 0,
    shards_done      BIGINT  NOT NULL DEFAULT 0,
    -- input objects planned to their end
    objects          BIGINT  NOT NULL DEFAULT 0,
    -- bytes of input planned
    bytes            BIGINT  NOT NULL DEFAULT 0,
    -- bytes of input in committed shards
    bytes_done       BIGINT  NOT NULL DEFAULT 0,
    -- documents in committed shards
    documents        BIGINT  NOT NULL DEFAULT 0,
    -- documents that became error records, among documents
    documents_failed BIGINT  NOT NULL DEFAULT 0,
    -- microseconds since 1970; when planning or finalising is rung for again; null: not waiting to be begun
    ring_at          BIGINT,
    -- of the lease on planning or finalising, held while lease_expires is set; afterwards the last one
    lease_token      TEXT,
    lease_holder     TEXT,
    -- microseconds since 1970; null: no lease is held
    lease_expires    BIGINT,
    -- times that planning (later: finalising) was begun
    attempt          BIGINT  NOT NULL DEFAULT 0,
    -- attempts whose lease ran out, among attempt
    expiries         BIGINT  NOT NULL DEFAULT 0,
    -- attempts that passing trouble broke off, among attempt
    faults           BIGINT  NOT NULL DEFAULT 0,
    -- whether the parts and shard rows of an ended job are gone
    cleaned          BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT jobs_end_with_a_time CHECK ((end_time IS NOT NULL) = (state IN ('COMPLETED', 'FAILED', 'STOPPED'))),
    CONSTRAINT jobs_ended_are_at_rest CHECK (end_time IS NULL OR (ring_at IS NULL AND lease_expires IS NULL))
);

-- Listings, newest first.
CREATE INDEX jobs_by_owner ON jobs (account, region, kind, submit_time, id);
CREATE INDEX jobs_by_name ON jobs (account, region, kind, name, submit_time, id) WHERE name IS NOT NULL;
CREATE INDEX jobs_live ON jobs (account, region, kind, submit_time, id) WHERE end_time IS NULL;
-- The sweeper's and the janitor's questions.
CREATE INDEX jobs_to_ring ON jobs (ring_at) WHERE ring_at IS NOT NULL;
CREATE INDEX jobs_leased ON jobs (lease_expires) WHERE lease_expires IS NOT NULL;
CREATE INDEX jobs_stopping ON jobs (stop_time) WHERE state = 'STOP_REQUESTED';
CREATE INDEX jobs_to_clean ON jobs (end_time) WHERE end_time IS NOT NULL AND cleaned = FALSE;

CREATE TRIGGER jobs_terminal_is_final BEFORE UPDATE ON jobs FOR EACH ROW
    WHEN OLD.end_time IS NOT NULL AND (NEW.state <> OLD.state OR NEW.end_time IS NOT OLD.end_time)
BEGIN
    SELECT RAISE(ABORT, 'the job has ended: its state and end time are final');
END;

CREATE TABLE shards (
    job_id           TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    -- position in the job, from 0; the output is composed in this order
    ordinal          BIGINT  NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'done', 'cancelled')),
    -- JSON: the ranges of input objects that this shard covers
    slices           TEXT    NOT NULL,
    -- bytes of input
    bytes            BIGINT  NOT NULL,
    -- microseconds since 1970; when a waiting shard is rung for again; null: outside the window, or not waiting
    ring_at          BIGINT,
    -- of the lease, held while lease_expires is set; of a done shard, the one that committed it
    lease_token      TEXT,
    lease_holder     TEXT,
    -- microseconds since 1970; null: no lease is held
    lease_expires    BIGINT,
    -- times that the shard was begun
    attempt          BIGINT  NOT NULL DEFAULT 0,
    -- attempts whose lease ran out (their process died), among attempt
    expiries         BIGINT  NOT NULL DEFAULT 0,
    -- attempts that passing trouble broke off, among attempt
    faults           BIGINT  NOT NULL DEFAULT 0,
    -- document (numbered from 0 through the shard) that the present attempt said it is about to touch
    suspect          BIGINT,
    -- JSON list: the suspect of each attempt that died with one; a document listed twice is poisoned
    deaths           TEXT    NOT NULL DEFAULT '[]',
    -- key of the result in the work bucket
    part_key         TEXT,
    -- SHA-256 of the result, hexadecimal
    part_digest      TEXT,
    -- JSON list: bytes of the result that each slice contributed, in order
    part_lengths     TEXT,
    -- whether a stop cut the shard off at a document boundary
    part_cut         BOOLEAN NOT NULL DEFAULT FALSE,
    -- documents in the result
    documents        BIGINT  NOT NULL DEFAULT 0,
    -- documents that became error records, among documents
    documents_failed BIGINT  NOT NULL DEFAULT 0,
    -- bytes of input analysed
    input_bytes      BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (job_id, ordinal),
    CONSTRAINT shards_leased_have_an_expiry CHECK ((state = 'leased') = (lease_expires IS NOT NULL)),
    CONSTRAINT shards_rung_are_pending CHECK (ring_at IS NULL OR state = 'pending'),
    CONSTRAINT shards_done_have_a_part CHECK ((state = 'done') = (part_key IS NOT NULL))
);

-- Pending shards not rung for yet, in order.
CREATE INDEX shards_outside_window ON shards (job_id, ordinal) WHERE state = 'pending' AND ring_at IS NULL;
-- Shards rung for and unfinished; a job has no more than the window allows.
CREATE INDEX shards_in_window ON shards (job_id) WHERE ring_at IS NOT NULL OR lease_expires IS NOT NULL;
CREATE INDEX shards_to_ring ON shards (ring_at) WHERE ring_at IS NOT NULL;
CREATE INDEX shards_leased ON shards (lease_expires) WHERE lease_expires IS NOT NULL;
-- Waiting and running shards by job, for the backlog and for cancelling.
CREATE INDEX shards_unfinished ON shards (job_id, state) WHERE state IN ('pending', 'leased');

-- Messages to be published; a row goes once the broker has its message.
CREATE TABLE outbox (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id        TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    kind          TEXT NOT NULL,
    work          TEXT NOT NULL CHECK (work IN ('plan', 'shard', 'finalize')),
    -- of the shard; 0 for other work
    ordinal       BIGINT NOT NULL DEFAULT 0,
    -- microseconds since 1970; when the row was written
    rung          BIGINT NOT NULL,
    -- W3C traceparent of what caused it
    trace         TEXT,
    -- microseconds since 1970; until then one relay is publishing the row; 0: never claimed
    claimed_until BIGINT NOT NULL DEFAULT 0
);

-- One message per piece of work until a relay takes it. A claimed row does not count: it may be
-- deleted at any moment, so a new reason to ring needs a row of its own.
CREATE UNIQUE INDEX outbox_once ON outbox (job_id, work, ordinal) WHERE claimed_until = 0;
CREATE INDEX outbox_by_job ON outbox (job_id, work, ordinal);

-- Idempotency: which job a client's token made.
CREATE TABLE client_tokens (
    account        TEXT NOT NULL,
    region         TEXT NOT NULL,
    operation      TEXT NOT NULL,
    token          TEXT NOT NULL,
    -- digest of the request without the token
    request_digest TEXT NOT NULL,
    -- Written before its job, in the same transaction: the token decides whether there is to be one.
    job_id         TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    -- microseconds since 1970
    created        BIGINT NOT NULL,
    PRIMARY KEY (account, region, operation, token)
);
CREATE INDEX client_tokens_by_age ON client_tokens (created);

CREATE TABLE tags (
    resource_arn TEXT NOT NULL,
    key          TEXT NOT NULL,
    value        TEXT NOT NULL,
    PRIMARY KEY (resource_arn, key)
);

CREATE TABLE workers (
    id              TEXT PRIMARY KEY,
    kind            TEXT NOT NULL,
    host            TEXT NOT NULL,
    version         TEXT NOT NULL,
    -- shards that the worker does at a time
    slots           BIGINT NOT NULL,
    -- shards in hand
    busy            BIGINT NOT NULL,
    -- as the worker reported
    draining        BOOLEAN NOT NULL,
    -- whether an operator asked it to leave
    drain_requested BOOLEAN NOT NULL DEFAULT FALSE,
    -- microseconds since 1970; first report
    started         BIGINT NOT NULL,
    -- microseconds since 1970; latest report
    last_seen       BIGINT NOT NULL
);
