-- Custom models: jobs that make or use them, and the resources that clients see.

ALTER TABLE jobs ADD COLUMN model TEXT COLLATE "C";
ALTER TABLE jobs ADD COLUMN result TEXT;
COMMENT ON COLUMN jobs.model IS 'resource name of the trained model that the job works with; null: none';
COMMENT ON COLUMN jobs.result IS 'JSON: what an ended job that made an artifact reports of it';

ALTER TABLE shards ADD COLUMN per_mille BIGINT NOT NULL DEFAULT 0;
COMMENT ON COLUMN shards.per_mille IS 'how far the present attempt is, in thousandths, as its holder last reported; only work that is one long piece reports';

-- Waiting and running jobs by the model that they work with: it cannot be deleted.
CREATE INDEX jobs_live_by_model ON jobs (model) WHERE model IS NOT NULL AND end_time IS NULL;

-- What clients have made: models, endpoints, flywheels, datasets, iterations.
CREATE TABLE resources (
    arn            TEXT COLLATE "C" PRIMARY KEY,
    account        TEXT COLLATE "C" NOT NULL,
    region         TEXT COLLATE "C" NOT NULL,
    kind           TEXT COLLATE "C" NOT NULL,
    name           TEXT COLLATE "C" NOT NULL,
    version        TEXT COLLATE "C",
    variant        TEXT COLLATE "C",
    parent         TEXT COLLATE "C" REFERENCES resources (arn),
    uses           TEXT COLLATE "C" REFERENCES resources (arn),
    request        TEXT NOT NULL,
    properties     TEXT NOT NULL,
    job_id         TEXT COLLATE "C" REFERENCES jobs (id),
    created        BIGINT NOT NULL,
    modified       BIGINT NOT NULL,
    revision       BIGINT NOT NULL DEFAULT 1
);
COMMENT ON TABLE resources IS 'what clients have made: models, endpoints, flywheels, datasets, iterations';
COMMENT ON COLUMN resources.arn IS 'unique over all kinds';
COMMENT ON COLUMN resources.name IS 'of all versions of a model';
COMMENT ON COLUMN resources.version IS 'of a model; null: it has none';
COMMENT ON COLUMN resources.variant IS 'which of a few sorts within its kind (a dataset: TRAIN, TEST); null: the kind has none';
COMMENT ON COLUMN resources.parent IS 'the flywheel that it belongs to; null: none';
COMMENT ON COLUMN resources.uses IS 'the model that it refers to; null: none, or of a flywheel the first of its models to be trained';
COMMENT ON COLUMN resources.request IS 'JSON: the request as the client made it';
COMMENT ON COLUMN resources.properties IS 'JSON: what changes in its life';
COMMENT ON COLUMN resources.job_id IS 'the job that makes it; null: none does';
COMMENT ON COLUMN resources.created IS 'microseconds since 1970; increases from resource to resource of an account, region and kind';
COMMENT ON COLUMN resources.modified IS 'microseconds since 1970; when the properties last changed';
COMMENT ON COLUMN resources.revision IS 'rises with each change of the properties';

-- Listings, newest first, and versions by name.
CREATE INDEX resources_by_owner ON resources (account, region, kind, created, arn);
CREATE INDEX resources_by_name ON resources (account, region, kind, name, created, arn);
CREATE INDEX resources_by_parent ON resources (parent, kind, created, arn) WHERE parent IS NOT NULL;
CREATE INDEX resources_by_use ON resources (uses) WHERE uses IS NOT NULL;
CREATE INDEX resources_by_job ON resources (job_id) WHERE job_id IS NOT NULL;

-- Idempotency: which resource a client's token made.
CREATE TABLE resource_tokens (
    account        TEXT COLLATE "C" NOT NULL,
    region         TEXT COLLATE "C" NOT NULL,
    operation      TEXT COLLATE "C" NOT NULL,
    token          TEXT COLLATE "C" NOT NULL,
    request_digest TEXT NOT NULL,
    resource_arn   TEXT COLLATE "C" NOT NULL REFERENCES resources (arn) ON DELETE CASCADE,
    created        BIGINT NOT NULL,
    PRIMARY KEY (account, region, operation, token)
);
COMMENT ON TABLE resource_tokens IS 'idempotency: which resource a client''s token made';
COMMENT ON COLUMN resource_tokens.request_digest IS 'digest of the request without the token';
COMMENT ON COLUMN resource_tokens.created IS 'microseconds since 1970';
CREATE INDEX resource_tokens_by_age ON resource_tokens (created);
CREATE INDEX resource_tokens_by_resource ON resource_tokens (resource_arn);

-- What the janitor is to remove.
CREATE TABLE garbage (
    prefix         TEXT COLLATE "C" PRIMARY KEY,
    created        BIGINT NOT NULL
);
COMMENT ON TABLE garbage IS 'what the janitor is to remove';
COMMENT ON COLUMN garbage.prefix IS 'beginning of the keys of objects in the work bucket that belong to nothing any more';
COMMENT ON COLUMN garbage.created IS 'microseconds since 1970';
