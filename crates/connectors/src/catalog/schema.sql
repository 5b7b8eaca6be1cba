-- Every document that was ever listed, and what became of it. Times are milliseconds since 1970.
create table if not exists document (
    id text primary key,
    source text not null,
    key text not null,
    etag text not null,
    modified_ms integer not null,
    size_bytes integer not null,
    -- queued, running, indexed, failed
    state text not null,
    attempts integer not null default 0,
    -- number of the last listing that held the object
    listing integer not null,
    -- the bytes and the pipeline version that are in the index; null when nothing is
    indexed_hash text,
    indexed_pipeline text,
    failure_reason text,
    failure_detail text,
    failure_advice text,
    title text,
    language text,
    pages integer not null default 0,
    ocr_page_count integer not null default 0,
    -- OCR decisions as JSON
    ocr_pages text not null default '[]',
    chunks integer not null default 0,
    readiness real,
    warnings integer not null default 0,
    updated_ms integer not null,
    unique (source, key)
) strict;

create index if not exists document_queue on document (state, source, modified_ms);

create table if not exists listing (number integer primary key autoincrement, source text not null default '') strict;
