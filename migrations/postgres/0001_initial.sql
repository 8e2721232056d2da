-- Jobs, their shards, the outbox, and what else the pipeline records.
--
-- All times are microseconds since 1970 by the clock of the database; ids are text. Key columns
-- compare byte by byte (COLLATE "C"): their order must not depend on the locale of a machine.

CREATE TABLE jobs (
    id               TEXT COLLATE "C" PRIMARY KEY,
    account          TEXT COLLATE "C" NOT NULL,
    region           TEXT COLLATE "C" NOT NULL,
    kind             TEXT COLLATE "C" NOT NULL,
    name             TEXT COLLATE "C",
    state            TEXT COLLATE "C" NOT NULL CHECK (state IN ('SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'STOP_REQUESTED', 'STOPPED')),
    request          TEXT    NOT NULL,
    spec             TEXT    NOT NULL,
    trace            TEXT,
    message          TEXT,
    submit_time      BIGINT  NOT NULL,
    start_time       BIGINT,
    stop_time        BIGINT,
    end_time         BIGINT,
    planned          BOOLEAN NOT NULL DEFAULT FALSE,
    plan_cursor      TEXT    NOT NULL,
    open_items       BIGINT  NOT NULL DEFAULT 1 CHECK (open_items >= 0),
    cut              BOOLEAN NOT NULL DEFAULT FALSE,
    shards           BIGINT  NOT NULL DEFAULT 0,
    shards_done      BIGINT  NOT NULL DEFAULT 0,
    objects          BIGINT  NOT NULL DEFAULT 0,
    bytes            BIGINT  NOT NULL DEFAULT 0,
    bytes_done       BIGINT  NOT NULL DEFAULT 0,
    documents        BIGINT  NOT NULL DEFAULT 0,
    documents_failed BIGINT  NOT NULL DEFAULT 0,
    ring_at          BIGINT,
    lease_token      TEXT COLLATE "C",
    lease_holder     TEXT,
    lease_expires    BIGINT,
    attempt          BIGINT  NOT NULL DEFAULT 0,
    expiries         BIGINT  NOT NULL DEFAULT 0,
    faults           BIGINT  NOT NULL DEFAULT 0,
    cleaned          BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT jobs_end_with_a_time CHECK ((end_time IS NOT NULL) = (state IN ('COMPLETED', 'FAILED', 'STOPPED'))),
    CONSTRAINT jobs_ended_are_at_rest CHECK (end_time IS NULL OR (ring_at IS NULL AND lease_expires IS NULL))
);
COMMENT ON COLUMN jobs.kind IS 'kind of job; decides which pool of workers does its shards';
COMMENT ON COLUMN jobs.request IS 'JSON: the request as the client made it';
COMMENT ON COLUMN jobs.spec IS 'JSON: input, output, role, limits, parameters of the analysis';
COMMENT ON COLUMN jobs.trace IS 'W3C traceparent of the request';
COMMENT ON COLUMN jobs.message IS 'why the job failed: an upper-case code, a colon, a sentence';
COMMENT ON COLUMN jobs.submit_time IS 'microseconds since 1970; increases from job to job of an account, region and kind';
COMMENT ON COLUMN jobs.start_time IS 'microseconds since 1970; when the first shards were planned';
COMMENT ON COLUMN jobs.stop_time IS 'microseconds since 1970; when a stop was requested';
COMMENT ON COLUMN jobs.end_time IS 'microseconds since 1970; set with the terminal state, never changed';
COMMENT ON COLUMN jobs.planned IS 'whether no more shards will be added';
COMMENT ON COLUMN jobs.plan_cursor IS 'JSON: how far planning has come';
COMMENT ON COLUMN jobs.open_items IS 'shards neither done nor cancelled, plus one while the plan is not complete';
COMMENT ON COLUMN jobs.cut IS 'whether a stop cut off work';
COMMENT ON COLUMN jobs.objects IS 'input objects planned to their end';
COMMENT ON COLUMN jobs.bytes IS 'bytes of input planned';
COMMENT ON COLUMN jobs.bytes_done IS 'bytes of input in committed shards';
COMMENT ON COLUMN jobs.documents IS 'documents in committed shards';
COMMENT ON COLUMN jobs.documents_failed IS 'documents that became error records, among documents';
COMMENT ON COLUMN jobs.ring_at IS 'microseconds since 1970; when planning or finalising is rung for again; null: not waiting to be begun';
COMMENT ON COLUMN jobs.lease_token IS 'of the lease on planning or finalising, held while lease_expires is set; afterwards the last one';
COMMENT ON COLUMN jobs.lease_expires IS 'microseconds since 1970; null: no lease is held';
COMMENT ON COLUMN jobs.attempt IS 'times that planning (later: finalising) was begun';
COMMENT ON COLUMN jobs.expiries IS 'attempts whose lease ran out, among attempt';
COMMENT ON COLUMN jobs.faults IS 'attempts that passing trouble broke off, among attempt';
COMMENT ON COLUMN jobs.cleaned IS 'whether the parts and shard rows of an ended job are gone';

-- Listings, newest first.
CREATE INDEX jobs_by_owner ON jobs (account, region, kind, submit_time, id);
CREATE INDEX jobs_by_name ON jobs (account, region, kind, name, submit_time, id) WHERE name IS NOT NULL;
CREATE INDEX jobs_live ON jobs (account, region, kind, submit_time, id) WHERE end_time IS NULL;
-- The sweeper's and the janitor's questions.
CREATE INDEX jobs_to_ring ON jobs (ring_at) WHERE ring_at IS NOT NULL;
CREATE INDEX jobs_leased ON jobs (lease_expires) WHERE lease_expires IS NOT NULL;
CREATE INDEX jobs_stopping ON jobs (stop_time) WHERE state = 'STOP_REQUESTED';
CREATE INDEX jobs_to_clean ON jobs (end_time) WHERE end_time IS NOT NULL AND cleaned = FALSE;

CREATE FUNCTION jobs_terminal_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'job % has ended: its state and end time are final', OLD.id USING ERRCODE = 'check_violation';
END;
$$;
CREATE TRIGGER jobs_terminal_is_final BEFORE UPDATE ON jobs FOR EACH ROW
    WHEN (OLD.end_time IS NOT NULL AND (NEW.state <> OLD.state OR NEW.end_time IS DISTINCT FROM OLD.end_time))
    EXECUTE FUNCTION jobs_terminal_is_final();

CREATE TABLE shards (
    job_id           TEXT COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    ordinal          BIGINT  NOT NULL,
    state            TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'leased', 'done', 'cancelled')),
    slices           TEXT    NOT NULL,
    bytes            BIGINT  NOT NULL,
    ring_at          BIGINT,
    lease_token      TEXT COLLATE "C",
    lease_holder     TEXT,
    lease_expires    BIGINT,
    attempt          BIGINT  NOT NULL DEFAULT 0,
    expiries         BIGINT  NOT NULL DEFAULT 0,
    faults           BIGINT  NOT NULL DEFAULT 0,
    suspect          BIGINT,
    deaths           TEXT    NOT NULL DEFAULT '[]',
    part_key         TEXT,
    part_digest      TEXT,
    part_lengths     TEXT,
    part_cut         BOOLEAN NOT NULL DEFAULT FALSE,
    documents        BIGINT  NOT NULL DEFAULT 0,
    documents_failed BIGINT  NOT NULL DEFAULT 0,
    input_bytes      BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (job_id, ordinal),
    CONSTRAINT shards_leased_have_an_expiry CHECK ((state = 'leased') = (lease_expires IS NOT NULL)),
    CONSTRAINT shards_rung_are_pending CHECK (ring_at IS NULL OR state = 'pending'),
    CONSTRAINT shards_done_have_a_part CHECK ((state = 'done') = (part_key IS NOT NULL))
);
COMMENT ON COLUMN shards.ordinal IS 'position in the job, from 0; the output is composed in this order';
COMMENT ON COLUMN shards.slices IS 'JSON: the ranges of input objects that this shard covers';
COMMENT ON COLUMN shards.bytes IS 'bytes of input';
COMMENT ON COLUMN shards.ring_at IS 'microseconds since 1970; when a waiting shard is rung for again; null: outside the window, or not waiting';
COMMENT ON COLUMN shards.lease_token IS 'of the lease, held while lease_expires is set; of a done shard, the one that committed it';
COMMENT ON COLUMN shards.lease_expires IS 'microseconds since 1970; null: no lease is held';
COMMENT ON COLUMN shards.attempt IS 'times that the shard was begun';
COMMENT ON COLUMN shards.expiries IS 'attempts whose lease ran out (their process died), among attempt';
COMMENT ON COLUMN shards.faults IS 'attempts that passing trouble broke off, among attempt';
COMMENT ON COLUMN shards.suspect IS 'document (numbered from 0 through the shard) that the present attempt said it is about to touch';
COMMENT ON COLUMN shards.deaths IS 'JSON list: the suspect of each attempt that died with one; a document listed twice is poisoned';
COMMENT ON COLUMN shards.part_key IS 'key of the result in the work bucket';
COMMENT ON COLUMN shards.part_digest IS 'SHA-256 of the result, hexadecimal';
COMMENT ON COLUMN shards.part_lengths IS 'JSON list: bytes of the result that each slice contributed, in order';
COMMENT ON COLUMN shards.part_cut IS 'whether a stop cut the shard off at a document boundary';
COMMENT ON COLUMN shards.documents IS 'documents in the result';
COMMENT ON COLUMN shards.documents_failed IS 'documents that became error records, among documents';
COMMENT ON COLUMN shards.input_bytes IS 'bytes of input analysed';

-- Pending shards not rung for yet, in order.
CREATE INDEX shards_outside_window ON shards (job_id, ordinal) WHERE state = 'pending' AND ring_at IS NULL;
-- Shards rung for and unfinished; a job has no more than the window allows.
CREATE INDEX shards_in_window ON shards (job_id) WHERE ring_at IS NOT NULL OR lease_expires IS NOT NULL;
CREATE INDEX shards_to_ring ON shards (ring_at) WHERE ring_at IS NOT NULL;
CREATE INDEX shards_leased ON shards (lease_expires) WHERE lease_expires IS NOT NULL;
-- Waiting and running shards by job, for the backlog and for cancelling.
CREATE INDEX shards_unfinished ON shards (job_id, state) WHERE state IN ('pending', 'leased');

CREATE TABLE outbox (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id        TEXT COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    kind          TEXT COLLATE "C" NOT NULL,
    work          TEXT COLLATE "C" NOT NULL CHECK (work IN ('plan', 'shard', 'finalize')),
    ordinal       BIGINT NOT NULL DEFAULT 0,
    rung          BIGINT NOT NULL,
    trace         TEXT,
    claimed_until BIGINT NOT NULL DEFAULT 0
);
COMMENT ON TABLE outbox IS 'messages to be published; a row goes once the broker has its message';
COMMENT ON COLUMN outbox.ordinal IS 'of the shard; 0 for other work';
COMMENT ON COLUMN outbox.rung IS 'microseconds since 1970; when the row was written';
COMMENT ON COLUMN outbox.trace IS 'W3C traceparent of what caused it';
COMMENT ON COLUMN outbox.claimed_until IS 'microseconds since 1970; until then one relay is publishing the row; 0: never claimed';

-- One message per piece of work until a relay takes it. A claimed row does not count: it may be
-- deleted at any moment, so a new reason to ring needs a row of its own.
CREATE UNIQUE INDEX outbox_once ON outbox (job_id, work, ordinal) WHERE claimed_until = 0;
CREATE INDEX outbox_by_job ON outbox (job_id, work, ordinal);

CREATE TABLE client_tokens (
    account        TEXT COLLATE "C" NOT NULL,
    region         TEXT COLLATE "C" NOT NULL,
    operation      TEXT COLLATE "C" NOT NULL,
    token          TEXT COLLATE "C" NOT NULL,
    request_digest TEXT NOT NULL,
    -- Written before its job, in the same transaction: the token decides whether there is to be one.
    job_id         TEXT COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    created        BIGINT NOT NULL,
    PRIMARY KEY (account, region, operation, token)
);
COMMENT ON TABLE client_tokens IS 'idempotency: which job a client''s token made';
COMMENT ON COLUMN client_tokens.request_digest IS 'digest of the request without the token';
COMMENT ON COLUMN client_tokens.created IS 'microseconds since 1970';
CREATE INDEX client_tokens_by_age ON client_tokens (created);

CREATE TABLE tags (
    resource_arn TEXT COLLATE "C" NOT NULL,
    key          TEXT COLLATE "C" NOT NULL,
    value        TEXT NOT NULL,
    PRIMARY KEY (resource_arn, key)
);

CREATE TABLE workers (
    id              TEXT COLLATE "C" PRIMARY KEY,
    kind            TEXT COLLATE "C" NOT NULL,
    host            TEXT NOT NULL,
    version         TEXT NOT NULL,
    slots           BIGINT NOT NULL,
    busy            BIGINT NOT NULL,
    draining        BOOLEAN NOT NULL,
    drain_requested BOOLEAN NOT NULL DEFAULT FALSE,
    started         BIGINT NOT NULL,
    last_seen       BIGINT NOT NULL
);
COMMENT ON COLUMN workers.slots IS 'shards that the worker does at a time';
COMMENT ON COLUMN workers.busy IS 'shards in hand';
COMMENT ON COLUMN workers.draining IS 'as the worker reported';
COMMENT ON COLUMN workers.drain_requested IS 'whether an operator asked it to leave';
COMMENT ON COLUMN workers.started IS 'microseconds since 1970; first report';
COMMENT ON COLUMN workers.last_seen IS 'microseconds since 1970; latest report';
