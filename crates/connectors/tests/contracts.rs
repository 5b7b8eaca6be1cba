//! The contract suites over what this crate connects: the twins and what needs no server.

use pagemill_connectors::memory::{MemoryIndex, MemoryObjects};
use pagemill_connectors::{EmbeddedIndex, Folder, SqlCatalog, VectorSpace};
use pagemill_pipeline::{Failure, SearchIndex, contract};
use std::path::Path;

fn space() -> VectorSpace {
    VectorSpace { embedder: "contract".into(), dimensions: 4 }
}

fn open(folder: &Path) -> EmbeddedIndex {
    let index = EmbeddedIndex::open(folder, Some(&space())).expect("opens");
    index.begin_writing().expect("writes");
    index
}

#[tokio::test]
async fn the_index_in_memory() {
    contract::search_index(&MemoryIndex::default()).await;
}

#[tokio::test]
async fn the_index_on_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    contract::search_index(&open(folder.path())).await;
    let again = open(folder.path());
    assert_eq!(again.statistics().await.expect("statistics").documents, 2, "it is there after opening again");
}

#[tokio::test]
async fn the_objects_in_memory() {
    contract::objects(&MemoryObjects::new("contract")).await;
}

#[tokio::test]
async fn the_objects_in_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    contract::objects(&Folder::open(folder.path()).expect("opens")).await;
}

#[tokio::test]
async fn the_catalog_in_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let catalog = SqlCatalog::open_file(&folder.path().join("catalog.sqlite")).await.expect("opens");
    contract::catalog(&catalog).await;
}

#[tokio::test]
async fn another_embedder_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(open(folder.path()));
    let other = VectorSpace { embedder: "other".into(), dimensions: 4 };
    let Err(Failure::Stop(message)) = EmbeddedIndex::open(folder.path(), Some(&other)) else {
        panic!("it must not open")
    };
    assert!(message.contains("`contract`") && message.contains("`other`"), "{message}");
}

mod crash {
    use super::*;
    use pagemill_document::*;
    use pagemill_pipeline::{DocumentCard, IndexedDocument, SearchMode, SearchQuery};

    fn document(key: &str, version_ms: i64, text: &str) -> IndexedDocument {
        let id = DocumentId::new("s", key);
        let chunk = Chunk {
            id: ChunkId::new(&id, 0, text),
            document: id.clone(),
            position: 0,
            kind: ChunkKind::Text,
            heading_path: vec![],
            text: text.into(),
            contextualized: text.into(),
            tokens: 1,
            boxes: vec![PageBox { page: 1, bbox: Rect::default() }],
        };
        let card = DocumentCard {
            id,
            source: "s".into(),
            key: key.into(),
            collection: "default".into(),
            content_hash: ContentHash::of(text.as_bytes()),
            version_ms,
            title: key.into(),
            author: None,
            language: None,
            page_count: 1,
            chunk_count: 1,
        };
        IndexedDocument { card, chunks: vec![chunk], vectors: vec![vec![1.0, 0.0, 0.0, 0.0]] }
    }

    async fn found(index: &EmbeddedIndex, text: &str) -> Vec<String> {
        let query =
            SearchQuery { text: text.into(), mode: SearchMode::Keyword, limit: 9, ..SearchQuery::default() };
        let hits = index.search(query).await.expect("searches");
        hits.into_iter().map(|hit| hit.chunk.text).collect()
    }

    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).expect("made");
        for entry in std::fs::read_dir(from).expect("listed") {
            let entry = entry.expect("entry");
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
        }
    }

    /// A crash after the store's commit and before the keywords' leaves the keywords as they were.
    #[tokio::test]
    async fn between_the_two_commits_loses_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let (keywords, before) = (folder.path().join("keywords"), folder.path().join("before"));
        {
            let index = open(folder.path());
            index.replace(document("kept.pdf", 1, "kept words")).await.expect("written");
            index.replace(document("changed.pdf", 1, "old words")).await.expect("written");
            index.replace(document("deleted.pdf", 1, "deleted words")).await.expect("written");
            copy(&keywords, &before);
            index.replace(document("changed.pdf", 2, "new words")).await.expect("written");
            index.delete(&[DocumentId::new("s", "deleted.pdf")]).await.expect("deleted");
        }
        // The journal may have been trimmed up to what the keywords showed; both cases must end the same.
        for lost_entirely in [false, true] {
            std::fs::remove_dir_all(&keywords).expect("removed");
            if !lost_entirely {
                copy(&before, &keywords);
            }
            let index = open(folder.path());
            let mut all = found(&index, "words").await;
            all.sort();
            assert_eq!(all, ["kept words", "new words"], "lost entirely: {lost_entirely}");
        }
    }

    /// A process that dies within the keywords' commit leaves its files, but not the list that makes them count.
    #[tokio::test]
    async fn within_the_second_commit_loses_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let (keywords, before) = (folder.path().join("keywords"), folder.path().join("before"));
        {
            let index = open(folder.path());
            index.replace(document("kept.pdf", 1, "kept words")).await.expect("written");
            index.replace(document("changed.pdf", 1, "old words")).await.expect("written");
        }
        // Made anew, both stand in one segment: what is changed in it is noted in a file beside it.
        std::fs::remove_dir_all(&keywords).expect("removed");
        drop(open(folder.path()));
        copy(&keywords, &before);
        open(folder.path()).replace(document("changed.pdf", 2, "new words")).await.expect("written");
        std::fs::copy(before.join("meta.json"), keywords.join("meta.json")).expect("put back");
        let notes_of_deletions = |of: &Path| {
            let entries = std::fs::read_dir(of).expect("listed");
            entries
                .filter(|entry| entry.as_ref().is_ok_and(|e| e.path().extension() == Some("del".as_ref())))
                .count()
        };
        assert_eq!(
            (notes_of_deletions(&before), notes_of_deletions(&keywords)),
            (0, 1),
            "died where it is meant to"
        );
        let died = folder.path().join("died");
        copy(&keywords, &died);
        // Whoever takes up the writing began after that, or was there before: a server that reads.
        for was_there in [false, true] {
            std::fs::remove_dir_all(&keywords).expect("removed");
            copy(if was_there { &before } else { &died }, &keywords);
            let index = EmbeddedIndex::open(folder.path(), Some(&space())).expect("opens");
            copy(&died, &keywords);
            index.begin_writing().expect("writes");
            let mut all = found(&index, "words").await;
            all.sort();
            assert_eq!(all, ["kept words", "new words"], "was there: {was_there}");
        }
    }
}
