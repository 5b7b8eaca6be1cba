//! Whether what a file names as its author is one. In: the name and what the file says of its programs. Out: yes
//! or no. Programs write their own name, the account of the computer or a placeholder into the field; a
//! wrong author is worse than none, because answers cite it.

use pagemill_document::DocumentFacts;

/// Words that stand in names of programs and devices and in no name of a person or an office.
const PROGRAMS: [&str; 44] = [
    "acrobat",
    "adobe",
    "canva",
    "chrome",
    "chromium",
    "converter",
    "crystal",
    "distiller",
    "docx",
    "docusign",
    "excel",
    "fpdf",
    "generator",
    "ghostscript",
    "indesign",
    "itext",
    "itextsharp",
    "jasperreports",
    "latex",
    "libreoffice",
    "mpdf",
    "openoffice",
    "openpyxl",
    "pandoc",
    "pdf",
    "pdf24",
    "pdfcreator",
    "pdflatex",
    "pdfsam",
    "pdftex",
    "phpword",
    "powerpoint",
    "pptx",
    "quarkxpress",
    "reportlab",
    "scanner",
    "scansnap",
    "smallpdf",
    "tcpdf",
    "weasyprint",
    "wkhtmltopdf",
    "xelatex",
    "xerox",
    "한글과컴퓨터",
];

/// Names of accounts and placeholders, without spaces and signs, in small letters.
const PLACEHOLDERS: [&str; 48] = [
    "admin",
    "administrator",
    "anonymous",
    "author",
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
    "name",
    "nil",
    "none",
    "null",
    "office",
    "owner",
    "pc",
    "preferredcustomer",
    "root",
    "samsung",
    "system",
    "test",
    "toshiba",
    "unknown",
    "usager",
    "user",
    "username",
    "utilisateur",
    "utente",
    "windowsuser",
    "관리자",
    "사용자",
    "작성자",
    "windows사용자",
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
    let program = words.iter().any(|w| PROGRAMS.contains(w))
        || lower.contains("microsoft word")
        || lower.contains("microsoft® word")
        || lower.contains("microsoft office");
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
            "FDA USER",
            "Windows ユーザー",
            "R002325",
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
        ] {
            assert!(!is_lie(author, &facts), "{author}");
        }
    }
}
