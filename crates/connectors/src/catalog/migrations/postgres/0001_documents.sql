-- Every document that was ever listed, what is wanted of it, and what became of it. Times are milliseconds since 1970.
create table document (
    id text collate "C" primary key,
    source text collate "C" not null,
    key text collate "C" not null,
    collection text not null,
    -- of the object as it was told of last
    etag text not null,
    sequencer text collate "C",
    modified_ms bigint not null,
    size_bytes bigint not null,
    -- 1 when its removal was asked for, whatever the source holds
    removal bigint not null default 0,
    -- queued, running, indexed, failed, cancelled
    state text not null,
    attempts bigint not null default 0,
    -- grows with every claim: what a later claim wrote wins in the index
    version_ms bigint not null default 0,
    -- not to be taken before
    due_ms bigint not null default 0,
    -- when a task queue was told of it; null when none was since it became due
    published_ms bigint,
    -- who works on it, and until when unless prolonged
    claim text,
    lease_ms bigint,
    job text,
    -- number of the last listing that held the object, and what that listing found
    listing bigint not null,
    found text not null,
    -- the bytes and the pipeline version that are in the index; null when nothing is
    indexed_hash text,
    indexed_pipeline text,
    failure_reason text,
    failure_detail text,
    failure_advice text,
    title text,
    language text,
    pages bigint not null default 0,
    ocr_page_count bigint not null default 0,
    -- OCR decisions as JSON
    ocr_pages text not null default '[]',
    chunks bigint not null default 0,
    readiness double precision,
    warnings bigint not null default 0,
    updated_ms bigint not null,
    unique (source, key)
);

create index document_queue on document (size_bytes, key) where state = 'queued';
create index document_claim_end on document (lease_ms) where state = 'running';
create index document_job on document (job, state);
create index document_claim on document (claim);

create table job (
    id text collate "C" primary key,
    source text collate "C" not null,
    collection text not null,
    idempotency_key text unique,
    -- active, paused, cancelled, done, failed
    state text not null,
    allow_empty bigint not null,
    listing bigint,
    listing_complete bigint not null default 0,
    cursor text,
    listed bigint not null default 0,
    due bigint not null default 0,
    lease_ms bigint not null default 0,
    error text,
    created_ms bigint not null,
    updated_ms bigint not null
);

-- One row a name: the number of the last listing, what the workers' pipeline amounts to.
create table setting (name text primary key, number bigint not null default 0, value text not null default '');
