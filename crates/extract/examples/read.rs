//! Prints what the reader makes of a PDF: a line of JSON with its facts, then one a page.
//! `read FILE [--page N] [--text] [--no-facts]`; libpdfium from `PAGEMILL_PDFIUM` or the place set-up puts it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for developers")]

use pagemill_document::Page;
use pagemill_extract::work::{ReadLimits, Reader, Request, Response};
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut file = None;
    let mut only = None;
    let (mut text, mut facts) = (false, true);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--page" => only = arguments.next().and_then(|n| n.parse::<u32>().ok()),
            "--text" => text = true,
            "--no-facts" => facts = false,
            _ => file = Some(PathBuf::from(argument)),
        }
    }
    let Some(path) = file else {
        eprintln!("usage: read FILE [--page N] [--text] [--no-facts]");
        return ExitCode::from(2);
    };
    let mut reader = match Reader::load(&libpdfium()) {
        Ok(reader) => reader,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let mut pages = 0;
    let mut rejected = false;
    reader.serve(Request::Open { path, limits: ReadLimits::default() }, &mut |response| match response {
        Response::Opened { page_count } => pages = page_count,
        Response::Rejected(rejection) => {
            println!("rejected: {rejection}");
            rejected = true;
        }
        _ => {}
    });
    if rejected {
        return ExitCode::FAILURE;
    }
    let print = &mut |response: Response| match response {
        Response::Facts(facts) => println!("{}", serde_json::to_string(&facts).unwrap_or_default()),
        Response::Page(page) if text => println!("{}", as_text(&page)),
        Response::Page(page) => println!("{}", serde_json::to_string(&page).unwrap_or_default()),
        Response::Rejected(rejection) => println!("rejected: {rejection}"),
        _ => {}
    };
    if facts {
        reader.serve(Request::Facts, print);
    }
    let (from, to) = only.map_or((1, pages), |n| (n, n));
    reader.serve(Request::Pages { from, to, force_ocr: false }, print);
    ExitCode::SUCCESS
}

fn libpdfium() -> PathBuf {
    std::env::var_os("PAGEMILL_PDFIUM").map_or_else(
        || {
            PathBuf::from(std::env::var_os("HOME").unwrap_or_default())
                .join(".local/share/pagemill/lib/libpdfium.so")
        },
        PathBuf::from,
    )
}

/// Words in stream order, a line break where the baseline moves.
fn as_text(page: &Page) -> String {
    let mut out = format!(
        "== page {} {}x{} words {} rulings {} fills {} images {} {:?} {:?}\n",
        page.number,
        page.width,
        page.height,
        page.words.len(),
        page.rulings.len(),
        page.fills.len(),
        page.images.len(),
        page.text_source,
        page.warnings,
    );
    let mut baseline = f32::NAN;
    for word in &page.words {
        if (word.baseline - baseline).abs() > 3.0 {
            out.push('\n');
        } else if word.space_before {
            out.push(' ');
        }
        baseline = word.baseline;
        out.push_str(&word.text);
    }
    out
}
