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
    /// Bring the index up to date with a folder of PDFs: new and changed ones go in, removed ones leave.
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
    /// Take documents out of the index. A file that stays in its folder comes back at the next ingest.
    Delete(Delete),
}

#[derive(Debug, Args)]
pub struct Ingest {
    /// Folder that holds the PDFs, with its subfolders.
    #[arg(value_name = "FOLDER")]
    pub source: String,
    /// Go on watching the folder until stopped.
    #[arg(long)]
    pub watch: bool,
    /// Believe an empty folder: remove all of its documents from the index.
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
    /// Folder to keep the index up to date with while serving; may be given more than once.
    #[arg(long, value_name = "FOLDER")]
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
    #[arg(long)]
    pub json: bool,
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
