-- Decisions that outlive the SMTP dialogue, and the ledger of what was handed
-- to the MTA. Times are nanoseconds since 1970, UTC.

CREATE TABLE jobs (
    id      TEXT    NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    doc     TEXT    NOT NULL -- the whole job as JSON
) STRICT;

CREATE INDEX jobs_created ON jobs (created);

-- There is no foreign key on jobs: what was handed over must be recorded even
-- if its job is already purged.
CREATE TABLE ledger (
    job       TEXT    NOT NULL,
    recipient TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    batch     TEXT    NOT NULL,
    state     TEXT    NOT NULL CHECK (state IN ('intent', 'dot', 'done')),
    queue_id  TEXT    NOT NULL,
    updated   INTEGER NOT NULL,
    PRIMARY KEY (job, recipient, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX ledger_updated ON ledger (updated);

-- One row that Check writes, to learn whether writing works.
CREATE TABLE checked (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;
