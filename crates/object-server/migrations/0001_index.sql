-- Index of the object server: what exists, and which content files hold its bytes.
-- Times are microseconds since 1970. Keys are BLOBs, so that they compare by their UTF-8 bytes.

CREATE TABLE buckets (
    id       INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused: a bucket made again is another bucket
    name     TEXT    NOT NULL UNIQUE,
    owner    TEXT    NOT NULL,                  -- account id
    location TEXT,                              -- the region asked for when it was made
    created  INTEGER NOT NULL
);

CREATE TABLE objects (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- one id per written version, never reused
    bucket     INTEGER NOT NULL REFERENCES buckets (id),
    key        BLOB    NOT NULL,
    size       INTEGER NOT NULL,                  -- bytes
    etag       TEXT    NOT NULL,                  -- without quotes
    modified   INTEGER NOT NULL,
    attributes TEXT    NOT NULL,                  -- JSON: headers, user metadata, checksum
    UNIQUE (bucket, key)
);

CREATE TABLE uploads (
    id         TEXT    PRIMARY KEY,
    bucket     INTEGER NOT NULL REFERENCES buckets (id),
    key        BLOB    NOT NULL,
    created    INTEGER NOT NULL,
    attributes TEXT    NOT NULL,
    checksum   TEXT                               -- JSON: algorithm and form agreed on when it began
);
CREATE INDEX uploads_by_key ON uploads (bucket, key, id);

CREATE TABLE parts (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    upload   TEXT    NOT NULL REFERENCES uploads (id),
    number   INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    etag     TEXT    NOT NULL,
    modified INTEGER NOT NULL,
    checksum TEXT,                                -- JSON
    UNIQUE (upload, number)
);

-- A content file belongs to exactly one object or one part; completing an upload hands it over.
CREATE TABLE contents (
    id     BLOB    PRIMARY KEY,                   -- 16 random bytes, the file's name
    object INTEGER REFERENCES objects (id),
    part   INTEGER REFERENCES parts (id),
    start  INTEGER NOT NULL,                      -- offset within the object or part
    length INTEGER NOT NULL,
    CHECK ((object IS NULL) <> (part IS NULL))
) WITHOUT ROWID;
CREATE INDEX contents_by_object ON contents (object, start) WHERE object IS NOT NULL;
CREATE INDEX contents_by_part ON contents (part, start) WHERE part IS NOT NULL;
