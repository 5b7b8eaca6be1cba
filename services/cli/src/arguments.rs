//! What can be said on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use pagemill_pipeline::{SearchFilter, SearchMode};
use std::path::PathBuf;

/// PDFs in, cited answers out.
#[derive(Debug, Parser)]
#[command(name = "pagemill", version, propagate_version = true, max_term_width = 100)]
pub struct Arguments {
    /// Configuration file (TOML). Every key can also be set as PAGEMILL__SECTION__KEY.
    #[arg(long, global = true, env = "PAGEMILL_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring the index up to date with a folder or bucket of PDFs: new and changed ones go in, removed ones leave.
    Ingest(Ingest),
    /// Find passages.
    Search(Search),
    /// Answer a question, every claim cited to file and page.
    Ask(Ask),
    /// Serve the web page and the HTTP API.
    Serve(Serve),
    /// Turn PDFs into Markdown, HTML, JSON, blocks or tables, without the index.
    Extract(Extract),
    /// Write everything in the index as JSON lines, in a stable order.
    Export(Export),
    /// Tell what a PDF is worth for retrieval, and what to improve.
    Inspect(Inspect),
    /// Tell what is indexed, queued and failed.
    Status(Status),
    /// List the documents that could not go in, why, and what to do.
    Failures(Failures),
    /// Try failed documents again.
    Retry(Retry),
    /// Start, follow, pause, resume and cancel jobs: sources brought into the index in the background.
    #[command(subcommand)]
    Job(Job),
    /// Compare what the sources hold, what the catalog says and what the index serves.
    Fsck(Fsck),
    /// Make the index anew from the stored documents, after another embedder, chunker or chunk size was configured. Searches go
    /// on meanwhile; no PDF is read again whose stored document will do.
    Reindex,
    /// Move documents to the Meilisearch nodes that they belong to, after a node was added at the end of `meilisearch.urls`.
    Rebalance,
    /// Tell why a document, or a sentence in it, is not found.
    Explain(Explain),
    /// Prove on a cluster that nothing is lost: documents in a scratch place, workers that are killed, all compared.
    Selftest(Selftest),
    /// Take documents out of the index. A file that stays in its folder comes back at the next ingest.
    Delete(Delete),
}

#[derive(Debug, Args)]
pub struct Ingest {
    /// Folder or bucket that holds the PDFs, with what lies below: DIR, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or
    /// az://CONTAINER/PREFIX.
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Go on watching it until stopped; buckets are listed again every minute.
    #[arg(long)]
    pub watch: bool,
    /// Believe an empty source: remove all of its documents from the index.
    #[arg(long)]
    pub allow_empty: bool,
    /// Print the summary as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Conditions on documents; every one given must hold.
#[derive(Debug, Default, Args)]
pub struct Filter {
    /// Only documents in this language (ISO 639-1, such as en or ko).
    #[arg(long, value_name = "CODE")]
    pub language: Vec<String>,
    /// Only documents whose name begins with this.
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Vec<String>,
    /// Only documents by this author.
    #[arg(long, value_name = "NAME")]
    pub author: Vec<String>,
    /// Only documents of this source, as `pagemill status` names it.
    #[arg(long, value_name = "SOURCE")]
    pub source: Vec<String>,
}

impl From<Filter> for SearchFilter {
    fn from(filter: Filter) -> Self {
        Self {
            documents: Vec::new(),
            key_prefixes: filter.prefix,
            sources: filter.source,
            collections: Vec::new(),
            languages: filter.language,
            authors: filter.author,
        }
    }
}

#[derive(Debug, Args)]
pub struct Search {
    /// What to look for.
    pub text: String,
    /// How many passages.
    #[arg(short = 'n', long, default_value_t = 10)]
    pub limit: usize,
    #[arg(long, value_enum, default_value_t = Mode::Hybrid)]
    pub mode: Mode,
    #[command(flatten)]
    pub filter: Filter,
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Mode {
    /// Keywords and meaning together.
    Hybrid,
    Keyword,
    Vector,
}

impl From<Mode> for SearchMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Hybrid => Self::Hybrid,
            Mode::Keyword => Self::Keyword,
            Mode::Vector => Self::Vector,
        }
    }
}

#[derive(Debug, Args)]
pub struct Ask {
    pub question: String,
    #[command(flatten)]
    pub filter: Filter,
    /// Print the answer with its citations as JSON.
    #[arg(long)]
    pub json: bool,
    /// Answer with quotes only, without a language model.
    #[arg(long)]
    pub quotes: bool,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Folder or bucket to keep the index up to date with while serving; may be given more than once.
    #[arg(long, value_name = "SOURCE")]
    pub watch: Vec<String>,
    /// Address to listen on, instead of the configured one.
    #[arg(long, value_name = "HOST:PORT")]
    pub address: Option<std::net::SocketAddr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Markdown,
    Html,
    Json,
    /// Docling's document JSON, schema 1.10.
    Docling,
    Blocks,
    Tables,
}

#[derive(Debug, Args)]
pub struct Extract {
    /// A PDF, or a folder of PDFs.
    pub path: PathBuf,
    #[arg(short, long, value_enum, default_value_t = Format::Markdown)]
    pub format: Format,
    /// Folder to write to, one file for each PDF; without it everything goes to standard output.
    #[arg(short, long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum What {
    Chunks,
    Documents,
}

#[derive(Debug, Args)]
pub struct Export {
    #[arg(value_enum)]
    pub what: What,
}

#[derive(Debug, Args)]
pub struct Inspect {
    pub file: PathBuf,
    /// Language of the report; --json holds both.
    #[arg(long, value_enum, default_value_t = Spoken::En)]
    pub language: Spoken,
    #[arg(long)]
    pub json: bool,
}

/// Languages that reports are written in.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Spoken {
    En,
    Ko,
}

#[derive(Debug, Args)]
pub struct Status {
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Failures {
    /// Only failures of this reason, such as encrypted.
    #[arg(long)]
    pub reason: Option<String>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Retry {
    /// Documents to try again, by id or file name; all failed ones when none is given.
    pub documents: Vec<String>,
    /// Only failures of this reason, such as timed_out.
    #[arg(long)]
    pub reason: Option<String>,
}

#[derive(Debug, Args)]
pub struct Delete {
    /// Documents to take out, by id or file name.
    #[arg(required_unless_present = "source")]
    pub documents: Vec<String>,
    /// Take out every document of this source, as `pagemill status` names it.
    #[arg(long, conflicts_with = "documents")]
    pub source: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Job {
    /// Bring a source into the index, in the background.
    Start(JobStart),
    /// Tell how far a job is.
    Status(JobStatus),
    /// List the jobs, newest first.
    List(JobList),
    /// Hand out nothing more of a job; what is in work is finished.
    Pause(JobName),
    /// Go on with a paused job.
    Resume(JobName),
    /// Give up what a job has not begun.
    Cancel(JobName),
}

#[derive(Debug, Args)]
pub struct JobStart {
    /// A folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix.
    pub source: String,
    /// Who may read the documents is decided by their collection.
    #[arg(long, default_value = pagemill_pipeline::DEFAULT_COLLECTION)]
    pub collection: String,
    /// Count the documents, open a sample, and tell what the job would cost. Starts nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Workers to tell the time for, with --dry-run.
    #[arg(long, default_value_t = 1, requires = "dry_run")]
    pub workers: u32,
    /// Believe an empty source: remove all of its documents from the index.
    #[arg(long)]
    pub allow_empty: bool,
    /// Start one job only, however often this is said with the same key.
    #[arg(long, value_name = "KEY")]
    pub idempotency_key: Option<String>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct JobStatus {
    /// Id of the job; the newest one when left out.
    pub job: Option<String>,
    /// Go on telling until the job has ended.
    #[arg(long)]
    pub watch: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct JobList {
    #[arg(short = 'n', long, default_value_t = 20)]
    pub limit: usize,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct JobName {
    /// Id of the job, as `pagemill job list` names it.
    pub job: String,
}

#[derive(Debug, Args)]
pub struct Fsck {
    /// Queue what mends each finding.
    #[arg(long)]
    pub repair: bool,
    /// Read the chunks of every document, rather than count them.
    #[arg(long)]
    pub deep: bool,
    /// Only this source, as `pagemill status` names it.
    #[arg(long)]
    pub source: Option<String>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// A document, by id or file name; or a sentence, when nothing else is given.
    pub subject: String,
    /// A sentence that the document holds.
    pub sentence: Option<String>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Selftest {
    /// A scratch place within `sources.allowed` that no job ingests, such as s3://scratch.
    pub source: String,
    /// Kill workers with -9 at random while they work.
    #[arg(long)]
    pub kill: bool,
    #[arg(long, default_value_t = 200)]
    pub documents: usize,
    /// Workers to start for this.
    #[arg(long, default_value_t = 2)]
    pub workers: usize,
    #[arg(long, default_value = "pagemill-worker", value_name = "PROGRAM")]
    pub worker_program: String,
    /// The workers' configuration.
    #[arg(long, value_name = "FILE")]
    pub worker_config: PathBuf,
    #[arg(long, default_value_t = 1800, value_name = "SECONDS")]
    pub deadline_seconds: u64,
}
