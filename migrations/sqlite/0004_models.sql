-- Custom models: jobs that make or use them, and the resources that clients see.

-- resource name of the trained model that the job works with; null: none
ALTER TABLE jobs ADD COLUMN model TEXT;
-- JSON: what an ended job that made an artifact reports of it
ALTER TABLE jobs ADD COLUMN result TEXT;

-- how far the present attempt is, in thousandths, as its holder last reported; only work that is one long piece reports
ALTER TABLE shards ADD COLUMN per_mille BIGINT NOT NULL DEFAULT 0;

-- Waiting and running jobs by the model that they work with: it cannot be deleted.
CREATE INDEX jobs_live_by_model ON jobs (model) WHERE model IS NOT NULL AND end_time IS NULL;

-- What clients have made: models, endpoints, flywheels, datasets, iterations.
CREATE TABLE resources (
    -- unique over all kinds
    arn            TEXT PRIMARY KEY,
    account        TEXT NOT NULL,
    region         TEXT NOT NULL,
    kind           TEXT NOT NULL,
    -- of all versions of a model
    name           TEXT NOT NULL,
    -- of a model; null: it has none
    version        TEXT,
    -- which of a few sorts within its kind (a dataset: TRAIN, TEST); null: the kind has none
    variant        TEXT,
    -- the flywheel that it belongs to; null: none
    parent         TEXT REFERENCES resources (arn),
    -- the model that it refers to; null: none, or of a flywheel the first of its models to be trained
    uses           TEXT REFERENCES resources (arn),
    -- JSON: the request as the client made it
    request        TEXT NOT NULL,
    -- JSON: what changes in its life
    properties     TEXT NOT NULL,
    -- the job that makes it; null: none does
    job_id         TEXT REFERENCES jobs (id),
    -- microseconds since 1970; increases from resource to resource of an account, region and kind
    created        BIGINT NOT NULL,
    -- microseconds since 1970; when the properties last changed
    modified       BIGINT NOT NULL,
    -- rises with each change of the properties
    revision       BIGINT NOT NULL DEFAULT 1
);

-- Listings, newest first, and versions by name.
CREATE INDEX resources_by_owner ON resources (account, region, kind, created, arn);
CREATE INDEX resources_by_name ON resources (account, region, kind, name, created, arn);
CREATE INDEX resources_by_parent ON resources (parent, kind, created, arn) WHERE parent IS NOT NULL;
CREATE INDEX resources_by_use ON resources (uses) WHERE uses IS NOT NULL;
CREATE INDEX resources_by_job ON resources (job_id) WHERE job_id IS NOT NULL;

-- Idempotency: which resource a client's token made.
CREATE TABLE resource_tokens (
    account        TEXT NOT NULL,
    region         TEXT NOT NULL,
    operation      TEXT NOT NULL,
    token          TEXT NOT NULL,
    -- digest of the request without the token
    request_digest TEXT NOT NULL,
    resource_arn   TEXT NOT NULL REFERENCES resources (arn) ON DELETE CASCADE,
    -- microseconds since 1970
    created        BIGINT NOT NULL,
    PRIMARY KEY (account, region, operation, token)
);
CREATE INDEX resource_tokens_by_age ON resource_tokens (created);
CREATE INDEX resource_tokens_by_resource ON resource_tokens (resource_arn);

-- What the janitor is to remove.
CREATE TABLE garbage (
    -- beginning of the keys of objects in the work bucket that belong to nothing any more
    prefix         TEXT PRIMARY KEY,
    -- microseconds since 1970
    created        BIGINT NOT NULL
);
