-- What is to be done next: read (all of it, from the PDF on) or index (its stored document is there).
alter table document add column stage text not null default 'read';
