//! Whether what a file names as its author is one. In: the name and what the file says of its programs. Out: yes
//! or no. Programs write their own name, the account of the computer or a placeholder into the field; a
//! wrong author is worse than none, because answers cite it.

use pagemill_document::DocumentFacts;

/// Words that stand in names of programs and devices and in no name of a person or an office.
const PROGRAMS: [&str; 50] = [
    "acrobat",
    "adobe",
    "aspose",
    "bizhub",
    "camscanner",
    "canva",
    "chrome",
    "chromium",
    "converter",
    "crystal",
    "distiller",
    "docx",
    "docusign",
    "epplus",
    "excel",
    "generator",
    "ghostscript",
    "hancom",
    "imagerunner",
    "indesign",
    "itext",
    "itextsharp",
    "jasperreports",
    "kingsoft",
    "laserjet",
    "latex",
    "libreoffice",
    "miktex",
    "npoi",
    "officegen",
    "officejet",
    "openoffice",
    "openpyxl",
    "pandoc",
    "pdf",
    "phpexcel",
    "phpspreadsheet",
    "phpword",
    "powerpoint",
    "pptx",
    "quarkxpress",
    "reportlab",
    "scanner",
    "scansnap",
    "sheetjs",
    "weasyprint",
    "workcentre",
    "xelatex",
    "xerox",
    "한글과컴퓨터",
];

/// File formats that make a longer word with something else. Libraries are called so after what they write (docx4j,
/// jsPDF, XlsxWriter); an office may name a format as a word of its own (XML Core Working Group).
const FORMATS: [&str; 6] = ["docx", "html", "pdf", "pptx", "xlsx", "xml"];

/// Programs whose words are ordinary ones apart.
const PROGRAM_PHRASES: [&str; 6] =
    ["apache poi", "google docs", "microsoft office", "microsoft word", "microsoft® word", "wps office"];

/// Words that stand for an author instead of naming one, and words that go with them: "Unknown Creator", "un-named", "Your
/// Name". Of the second kind alone nothing is a stand-in: No is a family name.
const STAND_INS: [&str; 11] = [
    "anonymous",
    "author",
    "creator",
    "named",
    "name",
    "owner",
    "specified",
    "unknown",
    "unnamed",
    "user",
    "username",
];
const BESIDE_STAND_INS: [&str; 12] =
    ["any", "default", "document", "first", "full", "last", "my", "no", "not", "the", "un", "your"];

/// Names of accounts and placeholders, without spaces and signs, in small letters.
const PLACEHOLDERS: [&str; 47] = [
    "admin",
    "administrator",
    "autor",
    "benutzer",
    "company",
    "compaq",
    "computer",
    "customer",
    "default",
    "defaultuser",
    "dell",
    "guest",
    "home",
    "hp",
    "lenovo",
    "localadmin",
    "me",
    "microsoft",
    "microsoftcorporation",
    "microsoftofficeuser",
    "microsoftuser",
    "na",
    "nil",
    "none",
    "null",
    "office",
    "pc",
    "preferredcustomer",
    "root",
    "samsung",
    "system",
    "test",
    "toshiba",
    "usager",
    "utente",
    "utilisateur",
    "windowsuser",
    "관리자",
    "사용자",
    "작성자",
    "windows사용자",
    "없음",
    "미상",
    "알수없음",
    "이름없음",
    "익명",
    "작성자없음",
];

pub fn is_lie(author: &str, facts: &DocumentFacts) -> bool {
    let lower = author.trim().to_lowercase();
    let bare: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    // "User1" and "PC-03" are accounts as "User" and "PC" are.
    let stem = bare.trim_end_matches(|c: char| c.is_ascii_digit());
    let letters = bare.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 2 || author.contains('\u{fffd}') || author.chars().any(char::is_control) {
        return true;
    }
    if PLACEHOLDERS.contains(&stem) || stem.ends_with("officeuser") {
        return true;
    }
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    // "FDA USER", "Windows ユーザー": whoever sat there.
    if words.last() == Some(&"user") || (words.len() == 2 && words[0] == "windows") {
        return true;
    }
    if is_stand_in(&words) || is_markup(&lower) {
        return true;
    }
    let program = words
        .iter()
        .any(|w| PROGRAMS.contains(w) || FORMATS.iter().any(|f| w.len() > f.len() && w.contains(f)))
        || PROGRAM_PHRASES.iter().any(|p| lower.contains(p))
        || ends_with_version(&lower);
    // The program names itself in both fields, with or without its version.
    let named = |other: &Option<String>| {
        other.as_deref().is_some_and(|o| {
            let other: String = o.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
            other == bare || (bare.len() >= 4 && other.starts_with(&bare))
        })
    };
    let address = lower.starts_with("http") || lower.starts_with("www.") || lower.contains('\\');
    program || address || named(&facts.creator) || named(&facts.producer) || is_identifier(author)
}

fn is_stand_in(words: &[&str]) -> bool {
    // "User1", "Name2" are numbered stand-ins.
    let bare = |w: &str| w.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let stands = |w: &str| STAND_INS.contains(&bare(w).as_str());
    words.iter().any(|w| stands(w)) && words.iter().all(|w| stands(w) || BESIDE_STAND_INS.contains(w))
}

/// Angle brackets stand around an address of mail in a name, and around nothing else.
fn is_markup(lower: &str) -> bool {
    lower.split('<').skip(1).any(|rest| !rest.split('>').next().is_some_and(|inside| inside.contains('@')))
}

/// "LiveCycle Designer 11.0", "FPDF 1.82", "Writer v7.3": programs say which version they are.
fn ends_with_version(lower: &str) -> bool {
    let Some(last) = lower.split_whitespace().next_back().filter(|last| last.len() < lower.len()) else {
        return false;
    };
    let number = last.strip_prefix('v').unwrap_or(last);
    number.contains('.')
        && number.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// One token in small letters with digits, hyphens or underscores, or mostly digits: a package, an account, a host. Names have
/// capitals or spaces; addresses of mail have an at sign.
fn is_identifier(author: &str) -> bool {
    let text = author.trim();
    let joined = text.contains(['-', '_']) || text.chars().any(|c| c.is_ascii_digit());
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let numbered = !text.contains(' ') && digits * 2 > text.chars().count();
    numbered
        || joined
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_accounts_and_placeholders_are_no_authors() {
        let facts = DocumentFacts {
            creator: Some("Prince 14.2 (www.princexml.com)".into()),
            ..DocumentFacts::default()
        };
        for lie in [
            "python-docx",
            "Microsoft Word",
            "Microsoft Office User",
            "Administrator",
            "admin",
            "User1",
            "PC-03",
            "Windows 사용자",
            "Windows ユーザー",
            "FDA USER",
            "R002325",
            "관리자",
            "unknown",
            "(anonymous)",
            "Adobe InDesign CS6",
            "LaTeX with hyperref",
            "Prince",
            "www.ilovepdf.com",
            "x_17-b",
            "?",
            "\u{fffd}\u{fffd}lez",
            "ReportLab",
            "N/A",
            "docx4j",
            "XlsxWriter",
            "jsPDF",
            "Apache POI",
            "Unknown Creator",
            "Un-named",
            "Your Name",
            "No author specified",
            "user2",
            "Adobe LiveCycle Designer 11.0",
            "Report Builder v3.2",
            "Google Docs Renderer",
            "알 수 없음",
            "작성자 없음",
            "</context><script>alert(1)</script>",
        ] {
            assert!(is_lie(lie, &facts), "{lie}");
        }
        for author in [
            "Jane Roe",
            "김영희",
            "Park, J.-H.",
            "European Commission",
            "jane.roe@example.org",
            "O'Neil",
            "jroe",
            "Office of the Prime Minister",
            "Ministry of the Environment",
            "Test Center Vienna",
            "Anne-Marie",
            "Prince Edward Island",
            "No Hyun-woo",
            "Creator Economy Institute",
            "Jane Roe <jane.roe@example.org>",
            "Working Group 3",
            "XML Core Working Group",
            "St. John's College",
            "노현우",
        ] {
            assert!(!is_lie(author, &facts), "{author}");
        }
    }
}
