//! What a person does with the page, and what must then be seen.

use crate::jobs;
use crate::twins::{CITED, PAGE_POINTS, World};
use pagemill_test_browser::Page;
use serde_json::{Value, json};
use std::io::Write;

const QUESTION: &str = "How many days of annual leave do employees receive?";
/// The mark and the image, as the browser places them: edges of the mark as shares of the image, and whether the mark
/// can be seen.
const MARK: &str = "(() => {
    const image = document.querySelector('.sheet img').getBoundingClientRect();
    const mark = document.querySelector('.sheet .mark').getBoundingClientRect();
    const stage = document.querySelector('.stage').getBoundingClientRect();
    return {
        x0: (mark.left - image.left) / image.width, y0: (mark.top - image.top) / image.height,
        x1: (mark.right - image.left) / image.width, y1: (mark.bottom - image.top) / image.height,
        seen: mark.top >= stage.top && mark.bottom <= stage.bottom && mark.width > 0 && mark.height > 0,
    };
})()";
/// Edges of what is dark in the image itself, as shares of it.
const DARK: &str = "(() => {
    const image = document.querySelector('.sheet img');
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    let [x0, y0, x1, y1] = [width, height, 0, 0];
    for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) {
        if (data[4 * (y * width + x)] < 100) {
            x0 = Math.min(x0, x); y0 = Math.min(y0, y); x1 = Math.max(x1, x + 1); y1 = Math.max(y1, y + 1);
        }
    }
    return { x0: x0 / width, y0: y0 / height, x1: x1 / width, y1: y1 / height };
})()";

fn assert_same_place(left: &Value, right: &Value, tolerance: f64) {
    for edge in ["x0", "y0", "x1", "y1"] {
        let (a, b) = (left[edge].as_f64().unwrap(), right[edge].as_f64().unwrap());
        assert!((a - b).abs() < tolerance, "{edge}: {left} {right}");
    }
}

pub async fn over_twins(page: &Page, url: &str, world: &World) {
    page.open(url).await;
    list(page).await;
    ask_and_open(page, world).await;
    words_stay_words(page, world).await;
    details(page).await;
    not_found(page).await;
    korean(page, world).await;
    upload(page).await;
    jobs::all_of_it(page, world).await;
    every_screen(page, url, world).await;
    let console = page.console().await;
    let bad: Vec<&Value> =
        console.as_array().unwrap().iter().filter(|entry| entry["level"] == "SEVERE").collect();
    // The one question that the server refused, on purpose.
    assert!(bad.iter().all(|entry| entry["message"].as_str().unwrap().contains("status of 4")), "{bad:?}");
}

/// States, the failure with what to do, and markup of a title shown as text.
async fn list(page: &Page) {
    page.until("document.querySelectorAll('.table tbody tr').length === 3").await;
    let failed = page.text("tr[data-state=failed] .failure").await;
    assert!(failed.contains("password"), "{failed}");
    assert!(page.text(".table").await.contains("Employee handbook <b>2026</b>"));
    assert_eq!(page.text("#document-count").await, "3");
    page.click("[data-filter=failed]").await;
    page.until("document.querySelectorAll('.table tbody tr').length === 1").await;
    // A page of the two that went in was recognised, and not well.
    page.click("[data-filter=weak_ocr]").await;
    page.until("document.querySelectorAll('.table tbody tr[data-state=indexed]').length === 2").await;
    page.until("document.querySelectorAll('.table tbody tr').length === 2").await;
    page.click("[data-filter='']").await;
    page.until("document.querySelectorAll('.table tbody tr').length === 3").await;
    page.picture("list").await;
}

async fn ask_and_open(page: &Page, world: &World) {
    world.script.hold_back();
    page.ask(QUESTION).await;
    page.until("document.querySelector('.draft-text')?.textContent.includes('Employees receive 25')").await;
    assert!(page.text(".draft").await.contains("not checked yet"), "a draft says that it is one");
    assert_eq!(page.count(".cite").await, 0, "a draft has no citations");
    world.script.gate.add_permits(1000);
    page.until("document.querySelector('.answer[data-kind=generated]')").await;
    assert!(page.text(".answer .claims").await.starts_with("Employees receive 25 days of annual leave."));
    page.until("document.querySelector('.sheet.loaded')").await;

    page.keys("body", "\u{e00c}").await;
    page.until("document.getElementById('viewer').hidden").await;
    page.click(".answer .cite").await;
    page.until("document.querySelector('.sheet.loaded')").await;
    let mark = page.value(MARK).await;
    let (width, height) = (f64::from(PAGE_POINTS.0), f64::from(PAGE_POINTS.1));
    let cited = json!({
        "x0": f64::from(CITED.x0) / width, "y0": f64::from(CITED.y0) / height,
        "x1": f64::from(CITED.x1) / width, "y1": f64::from(CITED.y1) / height,
    });
    assert_same_place(&mark, &cited, 0.003);
    assert_same_place(&mark, &page.value(DARK).await, 0.005);
    assert_eq!(mark["seen"], json!(true), "the mark is scrolled into view");
    assert_eq!(page.value("document.activeElement.id").await, json!("viewer"), "the keyboard follows");
    page.picture("cited").await;

    page.keys("#viewer", "\u{e014}").await;
    page.until("document.querySelector('.sheet.loaded')?.dataset.page === '3'").await;
    assert_eq!(page.count(".mark").await, 0, "nothing is cited on page 3");
    page.click("[data-action=home]").await;
    page.until("document.querySelector('.sheet.loaded')?.dataset.page === '2'").await;
    page.click("[data-action=zoom]").await;
    page.until("document.querySelector('.sheet.loaded.zoomed')").await;
    assert_same_place(&page.value(MARK).await, &cited, 0.003);
}

/// A document that holds markup, and a model that writes it, cannot become part of the page.
async fn words_stay_words(page: &Page, world: &World) {
    world
        .script
        .say("Expenses are paid within <img src=x onerror=\"document.title='broken out'\"> 30 days [1].");
    page.ask("When are expenses of a claim paid, within how many days?").await;
    page.until("document.querySelector('.answer')?.textContent.includes('Expenses are paid')").await;
    assert!(page.text("#result").await.contains("<img src=x onerror"), "shown as it stands");
    assert_eq!(page.count("#result img").await, 0);
    assert_eq!(page.title().await, "Pagemill");
}

async fn details(page: &Page) {
    page.click("tr[data-state=indexed] .name").await;
    page.until("document.querySelectorAll('#details .trait').length === 7").await;
    let details = page.text("#details").await;
    assert!(
        details.contains("Scan quality") && details.contains("80 % sure of its words: 1 fair; worst on page"),
        "{details}"
    );
    assert!(details.contains("OCR — pages: 1, parts of pages: 0; Fair, confidence 80%"), "{details}");
    page.picture("details").await;
    page.keys("body", "\u{e00c}").await;
    page.until("!document.querySelector('dialog[open]')").await;
}

async fn not_found(page: &Page) {
    page.ask("Zzyzx quux frobnicate?").await;
    page.until("document.querySelector('.answer[data-kind=not_found]')").await;
    assert!(page.text(".answer").await.contains("Not in these documents"));
    page.picture("not-found").await;
}

async fn korean(page: &Page, world: &World) {
    page.click("[data-language=ko]").await;
    assert_eq!(page.value("document.documentElement.lang").await, json!("ko"));
    assert_eq!(page.text("#ask-title").await, "문서에 물어보세요");
    assert!(page.text(".answer").await.contains("문서에 없는 내용입니다"), "what is shown changes too");
    world.script.say("사용하지 않은 연차는 다음 해 3월 말까지 이월하여 사용할 수 있다 [1].");
    page.ask("사용하지 않은 연차는 언제까지 이월하여 사용할 수 있나?").await;
    page.until("document.querySelector('.answer .badge')?.textContent === '확인된 답변'").await;
    page.until("document.querySelector('.sheet.loaded')").await;
    page.picture("korean").await;
    page.click("tr[data-state=indexed] .name").await;
    page.until("document.querySelectorAll('#details .trait').length === 7").await;
    let english = "[...document.querySelectorAll('.traits [lang=en]')].map((node) => node.textContent)";
    assert_eq!(
        page.value(english).await,
        json!([]),
        "what extraction measures and advises is said in Korean"
    );
    page.picture("korean-details").await;
    page.keys("body", "\u{e00c}").await;
    page.until("!document.querySelector('dialog[open]')").await;
}

/// By the file field and by dropping; what is no PDF is told so before it is sent.
async fn upload(page: &Page) {
    page.click("[data-language=en]").await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::File::create(&path).unwrap().write_all(bytes).unwrap();
        path.display().to_string()
    };
    page.keys("#files", &file("added by field.pdf", b"%PDF-1.7 field")).await;
    page.until("document.querySelector('.upload.good')").await;
    page.until("[...document.querySelectorAll('tr[data-state=indexed] .name')].some((n) => n.textContent === 'added by field.pdf')").await;
    page.keys("#files", &file("letter.pdf", b"Dear reader")).await;
    page.until("document.querySelector('.upload.bad')?.textContent.includes('This is not a PDF')").await;
    page.value(
        "(() => {
            const carried = new DataTransfer();
            carried.items.add(new File(['%PDF-1.7 dropped'], 'dropped.pdf', { type: 'application/pdf' }));
            for (const type of ['dragenter', 'dragover', 'drop']) {
                document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: carried }));
            }
            return true;
        })()",
    )
    .await;
    page.until("[...document.querySelectorAll('tr[data-state=indexed] .name')].some((n) => n.textContent === 'dropped.pdf')").await;

    page.click(".upload.bad button").await;
    page.value("([...document.querySelectorAll('.name')].find((n) => n.textContent === 'dropped.pdf').click(), true)").await;
    page.until("document.querySelector('.details .danger')").await;
    page.click(".details .danger").await;
    page.click(".details .danger").await;
    page.until("!document.querySelector('dialog[open]')").await;
    page.until("![...document.querySelectorAll('.name')].some((n) => n.textContent === 'dropped.pdf')").await;
}

/// Light and dark, desk and phone: nothing runs out of the screen, and all text can be read.
async fn every_screen(page: &Page, url: &str, world: &World) {
    world.script.say("Employees receive 25 days of annual leave [1].");
    for (width, height, dark) in [(1440, 900, false), (1440, 900, true), (390, 844, false), (390, 844, true)]
    {
        page.screen(width, height, dark).await;
        page.open(url).await;
        page.until("document.querySelector('.table tbody tr')").await;
        readable(page).await;
        page.ask(QUESTION).await;
        page.until("document.querySelector('.answer[data-kind=generated]')").await;
        readable(page).await;
        let name = format!("screen-{width}-{}", if dark { "dark" } else { "light" });
        page.picture(&name).await;
        if width < 600 {
            assert_eq!(
                page.count("#viewer:not([hidden])").await,
                0,
                "on a phone the page opens when asked for"
            );
            page.click(".answer .cite").await;
            page.until("document.querySelector('.sheet.loaded')").await;
            let covers = "document.getElementById('viewer').getBoundingClientRect().width === innerWidth";
            assert_eq!(page.value(covers).await, json!(true));
            assert_eq!(page.value(MARK).await["seen"], json!(true));
            page.picture(&format!("{name}-page")).await;
            page.click("[data-action=close]").await;
        }
        page.click("tr[data-state=indexed] .name").await;
        page.until("document.querySelectorAll('#details .trait').length === 7").await;
        readable(page).await;
        page.picture(&format!("{name}-details")).await;
        page.keys("body", "\u{e00c}").await;
        page.until("!document.querySelector('dialog[open]')").await;
        page.click("#jobs-link").await;
        page.until("document.querySelector('.job-facts')").await;
        readable(page).await;
        page.picture(&format!("{name}-jobs")).await;
    }
}

/// No sideways scrolling; every control has a name; text stands out by 4.5 : 1, large text by 3 : 1 (WCAG 2.2, AA).
pub async fn readable(page: &Page) {
    let wide = page.value("document.documentElement.scrollWidth - innerWidth").await;
    assert!(wide.as_i64().unwrap() <= 0, "the page is {wide} pixels wider than the screen");
    let unnamed = page.value(include_str!("unnamed.js")).await;
    assert_eq!(unnamed, json!([]), "controls without a name");
    let faint = page.value(include_str!("contrast.js")).await;
    assert_eq!(faint, json!([]), "text too faint");
}

/// Before there is anything: how to begin.
pub async fn over_nothing(page: &Page, url: &str, world: &World) {
    page.open(url).await;
    page.until("document.querySelector('.empty')").await;
    assert!(page.text(".empty").await.contains("No documents yet"));
    readable(page).await;
    page.picture("empty").await;
    world.shutdown.cancel();
    page.until_within("!document.getElementById('progress').hidden", 30).await;
    page.ask("Is anybody there?").await;
    page.until_within(
        "document.querySelector('#answer .notice.bad')?.textContent.includes('does not answer')",
        30,
    )
    .await;
    page.picture("gone").await;
}

/// Nothing is shown before a key; what is shown after it are also the files and images that a page names.
pub async fn with_a_key(page: &Page, url: &str, key: &str) {
    page.open(url).await;
    page.until("document.getElementById('key').open").await;
    assert_eq!(page.count(".table tbody tr").await, 0);
    readable(page).await;
    page.picture("key").await;
    page.keys("#key-input", "pm_wrong\u{e007}").await;
    page.until("document.getElementById('key-trouble').textContent.includes('not known here')").await;
    page.value("(document.getElementById('key-input').value = '', true)").await;
    page.keys("#key-input", &format!("{key}\u{e007}")).await;
    page.after_reload("true").await;
    page.until("document.querySelectorAll('.table tbody tr').length === 3").await;
    assert_eq!(page.value("document.cookie").await, json!(""), "scripts cannot read it");
    page.ask(QUESTION).await;
    page.until("document.querySelector('.cite')").await;
    page.click(".cite").await;
    page.until("document.querySelector('.sheet img')?.naturalWidth > 0").await;
    jobs::only_looked_at(page).await;
    page.until("document.getElementById('forget-key').title.includes('Kim')").await;
    page.click("#forget-key").await;
    page.after_reload("key").await;
    page.until("document.getElementById('key').open").await;
}

/// The same, as far as it goes without knowing the documents: `PAGEMILL_TEST_QUESTION` must have an answer in them;
/// `PAGEMILL_TEST_PDF`, if given, is added; `PAGEMILL_TEST_SOURCE` is brought in by a job.
pub async fn over_a_running_pagemill(page: &Page, url: &str) {
    let question = std::env::var("PAGEMILL_TEST_QUESTION").expect("PAGEMILL_TEST_QUESTION asks something");
    page.open(url).await;
    page.until("document.querySelector('tr[data-state=indexed]')").await;
    readable(page).await;
    page.picture("real-list").await;
    page.ask(&question).await;
    page.until_within("document.querySelector('.answer')", 180).await;
    let kind = page.value("document.querySelector('.answer').dataset.kind").await;
    assert!(kind == "generated" || kind == "quoted", "{kind}: {}", page.text("#result").await);
    page.click(".answer .cite").await;
    page.until_within("document.querySelector('.sheet.loaded')", 60).await;
    let mark = page.value(MARK).await;
    assert_eq!(mark["seen"], json!(true));
    assert!(
        (0.0..1.0).contains(&mark["x0"].as_f64().unwrap()) && mark["y1"].as_f64().unwrap() <= 1.0,
        "{mark}"
    );
    readable(page).await;
    page.picture("real-answer").await;
    page.click("[data-language=ko]").await;
    assert_eq!(page.value("document.documentElement.lang").await, json!("ko"));
    page.picture("real-korean").await;
    if let Ok(source) = std::env::var("PAGEMILL_TEST_SOURCE") {
        jobs::over_a_running_pagemill(page, &source).await;
    }
    if let Ok(pdf) = std::env::var("PAGEMILL_TEST_PDF") {
        page.keys("#files", &pdf).await;
        page.until_within("document.querySelector('.upload.good')", 60).await;
        let name = pdf.rsplit('/').next().unwrap_or_default().to_owned();
        let indexed = format!(
            "[...document.querySelectorAll('tr[data-state=indexed] .name')].some((n) => n.textContent === {})",
            json!(name)
        );
        page.until_within(&indexed, 180).await;
    }
}
