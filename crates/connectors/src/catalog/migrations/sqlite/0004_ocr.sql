-- What recognised the pages of a document that needed OCR, beside what made the rest of it (indexed_pipeline); null where none
-- needed it, or OCR was switched off.
alter table document add column indexed_ocr text;
-- Lowest confidence among the pages that needed OCR, 0 for one that did not get it; null where none needed it.
alter table document add column ocr_confidence real;
update document set ocr_confidence = (select min(coalesce(value->>'confidence', 0.0)) from json_each(ocr_pages)) where ocr_page_count > 0;
