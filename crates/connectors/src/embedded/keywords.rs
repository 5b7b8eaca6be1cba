//! The keyword index: BM25 over chunk texts by tantivy. Derived: it can be made again from the store. Each commit
//! carries the store's generation that it shows.

use super::IndexError;
use super::tokens;
use pagemill_document::DocumentId;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tantivy::collector::{FilterCollector, TopDocs};
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::TokenStream;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, Term};

const ANALYZER: &str = "words_and_pairs";
const ITEM_FIELD: &str = "item";
/// Memory for a commit's new postings.
const WRITER_BYTES: usize = 32 << 20;
/// Words of a question that are looked up; a pasted page is cut.
const MAX_QUERY_TERMS: usize = 128;

pub(super) struct Keywords {
    folder: PathBuf,
    index: Index,
    reader: IndexReader,
    item: Field,
    document: Field,
    text: Field,
    analyzer: Mutex<tantivy::tokenizer::TextAnalyzer>,
}

fn schema() -> Schema {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(ANALYZER)
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let mut schema = Schema::builder();
    schema.add_u64_field(ITEM_FIELD, FAST);
    schema.add_text_field("document", STRING);
    schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
    schema.build()
}

fn open_index(folder: &Path) -> Result<Index, IndexError> {
    let directory = tantivy::directory::MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?;
    let index = Index::open_or_create(directory, schema())?;
    index.tokenizers().register(ANALYZER, tokens::analyzer());
    Ok(index)
}

impl Keywords {
    pub fn open(folder: &Path) -> Result<Self, IndexError> {
        std::fs::create_dir_all(folder)?;
        let index = open_index(folder)?;
        let schema = index.schema();
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self {
            folder: folder.to_owned(),
            item: schema.get_field(ITEM_FIELD)?,
            document: schema.get_field("document")?,
            text: schema.get_field("text")?,
            analyzer: Mutex::new(tokens::analyzer()),
            index,
            reader,
        })
    }

    /// The store's generation that the last commit shows; 0 before the first.
    pub fn generation(&self) -> Result<u64, IndexError> {
        let payload = self.index.load_metas()?.payload;
        Ok(payload.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// A writer that knows every file in the folder: tantivy lists its files when an index is opened, and another
    /// process may have written since this one was.
    pub fn writer(&self) -> Result<IndexWriter, IndexError> {
        Ok(open_index(&self.folder)?.writer_with_num_threads(1, WRITER_BYTES)?)
    }

    pub fn remove(&self, writer: &IndexWriter, document: &DocumentId) {
        writer.delete_term(Term::from_field_text(self.document, document.as_str()));
    }

    pub fn add(
        &self,
        writer: &IndexWriter,
        document: &DocumentId,
        item: u32,
        text: &str,
    ) -> Result<(), IndexError> {
        let mut entry = TantivyDocument::default();
        entry.add_u64(self.item, u64::from(item));
        entry.add_text(self.document, document.as_str());
        entry.add_text(self.text, text);
        writer.add_document(entry)?;
        Ok(())
    }

    pub fn commit(&self, writer: &mut IndexWriter, generation: u64) -> Result<(), IndexError> {
        let mut prepared = writer.prepare_commit()?;
        prepared.set_payload(&generation.to_string());
        prepared.commit()?;
        self.reader.reload()?;
        Ok(())
    }

    /// A view of what is committed now, by whichever process.
    pub fn searcher(&self) -> Result<Searcher, IndexError> {
        self.reader.reload()?;
        Ok(self.reader.searcher())
    }

    /// Items with their BM25 scores, best first.
    pub fn find(
        &self,
        searcher: &Searcher,
        text: &str,
        count: usize,
        among: Option<&roaring::RoaringBitmap>,
    ) -> Result<Vec<(u32, f32)>, IndexError> {
        let query = self.query(text);
        let top = TopDocs::with_limit(count).order_by_score();
        let found = match among {
            None => searcher.search(query.as_ref(), &top)?,
            Some(among) => {
                let among = among.clone();
                let admits = move |item: u64| u32::try_from(item).is_ok_and(|item| among.contains(item));
                searcher.search(query.as_ref(), &FilterCollector::new(ITEM_FIELD.to_owned(), admits, top))?
            }
        };
        let mut hits = Vec::with_capacity(found.len());
        for (score, address) in found {
            let segment = searcher.segment_reader(address.segment_ord);
            if let Some(item) = segment.fast_fields().u64(ITEM_FIELD)?.first(address.doc_id) {
                hits.push((item as u32, score));
            }
        }
        Ok(hits)
    }

    /// Any of the words may match; what BM25 makes of them decides.
    fn query(&self, text: &str) -> Box<dyn Query> {
        let mut terms: Vec<String> = Vec::new();
        if let Ok(mut analyzer) = self.analyzer.lock() {
            let mut stream = analyzer.token_stream(text);
            while terms.len() < MAX_QUERY_TERMS && stream.advance() {
                let term = &stream.token().text;
                if !terms.contains(term) && !tokens::is_stop_word(term) {
                    terms.push(term.clone());
                }
            }
        }
        let clauses = terms
            .iter()
            .map(|term| {
                let term = Term::from_field_text(self.text, term);
                let query: Box<dyn Query> = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
                (Occur::Should, query)
            })
            .collect();
        Box::new(BooleanQuery::new(clauses))
    }
}
