-- What a planner asks twice a second must not read everything that waits: of what is queued, what a queue was told of is a window.
create index document_published on document (published_ms) where state = 'queued' and published_ms is not null;
-- Only documents in work have a claim; a listing of millions has none to enter.
drop index document_claim;
create index document_claim on document (claim) where claim is not null;
