//! Export of a document to Markdown, HTML, JSON, block lines and tables.
