//! What an operator does with jobs: asks what a source would cost, starts it, follows it, halts it, and deals with what
//! failed. The planner's and the workers' part is played by the small world, step by step.

use crate::journey::readable;
use crate::twins::{CONTRACTS, World};
use pagemill_pipeline::Objects;
use pagemill_test_browser::Page;
use serde_json::json;

/// A figure on the card of the newest job.
async fn until_figure(page: &Page, name: &str, value: &str) {
    let shown = format!(
        "document.querySelector('.job-list [data-fact={name}] dd')?.firstChild.textContent === {}",
        json!(value)
    );
    page.until(&shown).await;
}

async fn source(page: &Page, name: &str) {
    page.value("(document.getElementById('job-source').value = '', true)").await;
    page.keys("#job-source", &format!("{name}\u{e007}")).await;
}

pub async fn all_of_it(page: &Page, world: &World) {
    for key in ["2025/lease.pdf", "2025/locked.pdf", "2026/supply.pdf"] {
        world.contracts.put(key, b"%PDF-1.7 contract").await.unwrap();
    }
    page.click("#jobs-link").await;
    page.until("document.querySelector('.jobs .empty-title')?.textContent === 'No jobs yet'").await;
    assert_eq!(page.value("document.getElementById('ask-form').getClientRects().length").await, json!(0));
    forecast_and_start(page).await;
    follow_and_halt(page, world).await;
    failures(page, world).await;
    page.click(".jobs .section-head a").await;
    page.until("document.getElementById('jobs').hidden").await;
    assert!(page.value("document.getElementById('ask-form').getClientRects().length").await != json!(0));
}

async fn forecast_and_start(page: &Page) {
    source(page, "memory://nowhere").await;
    page.until(
        "document.querySelector('#forecast .notice.bad')?.textContent.includes('no memory://nowhere')",
    )
    .await;
    assert!(page.text("#forecast").await.contains("Name a source that this server may read."));
    assert_eq!(page.count("#job-start-button").await, 0, "what is refused is not offered");

    source(page, CONTRACTS).await;
    page.until("document.querySelector('#forecast [data-fact=pages] dd')?.textContent === '9'").await;
    let forecast = page.text("#forecast").await;
    assert!(forecast.contains("33%"), "one page of three needs OCR: {forecast}");
    assert!(forecast.contains("Reading, without OCR"), "nothing here could time it: {forecast}");
    readable(page).await;
    page.picture("forecast").await;
    page.click("#job-start-button").await;
    page.until("document.querySelector('.job-list .job')?.dataset.state === 'active'").await;
    assert!(page.text(".job-list .job").await.contains("not listed yet"));
    page.until("document.getElementById('forecast').hidden").await;
}

async fn follow_and_halt(page: &Page, world: &World) {
    world.list_jobs().await;
    until_figure(page, "waiting", "3").await;
    world.work_on(CONTRACTS).await;
    page.until("document.querySelector('.job-list progress')?.value === 1").await;
    page.click("[data-action=pause]").await;
    page.until("document.querySelector('.job-list .job').dataset.state === 'paused'").await;
    page.until("document.activeElement.dataset.action === 'resume'").await;
    page.picture("jobs").await;
    page.click("[data-action=resume]").await;
    page.until("document.querySelector('.job-list .job').dataset.state === 'active'").await;
    page.click("[data-action=cancel]").await;
    page.until("document.querySelector('.job-actions').textContent.includes('Give up what was not begun?')")
        .await;
    page.until("document.activeElement.dataset.action === 'cancel-no'").await;
    page.click("[data-action=cancel-no]").await;
    world.work_on(CONTRACTS).await;
    world.work_on(CONTRACTS).await;
    page.until("document.querySelector('.job-list .job').dataset.state === 'done'").await;
    until_figure(page, "done", "2").await;
    until_figure(page, "failed", "1").await;
    assert_eq!(page.count("[data-action=pause], [data-action=cancel]").await, 0, "it has ended");
}

async fn failures(page: &Page, world: &World) {
    page.click("[data-action=failures]").await;
    page.until("document.querySelector('.job-failed')?.textContent.includes('locked.pdf')").await;
    let failed = page.text(".job-failed").await;
    assert!(
        failed.contains("The PDF is locked") && failed.contains("Save it without a password"),
        "{failed}"
    );
    readable(page).await;
    page.picture("job-failures").await;
    page.click("[data-language=ko]").await;
    page.until("document.querySelector('.job-failed')?.textContent.includes('암호')").await;
    assert_eq!(page.text("#jobs-title").await, "작업");
    readable(page).await;
    page.picture("korean-jobs").await;
    page.click("[data-language=en]").await;
    page.until("document.querySelector('[data-action=retry]')").await;
    page.click("[data-action=retry]").await;
    until_figure(page, "waiting", "1").await;
    world.work_on(CONTRACTS).await;
    until_figure(page, "failed", "1").await;
    page.until("!document.querySelector('.job-list progress')").await;
}

/// With a key that reads, jobs are seen, and it is said that they cannot be started.
pub async fn only_looked_at(page: &Page) {
    page.click("#jobs-link").await;
    page.until("document.querySelector('#job-start .notice')?.textContent.includes('Kim')").await;
    assert!(page.text("#job-start").await.contains("not start or change them"));
    assert_eq!(page.count("#job-source").await, 0);
    page.until("document.querySelector('.jobs .empty')").await;
    readable(page).await;
    page.picture("jobs-read-only").await;
    page.click(".jobs .section-head a").await;
    page.until("document.getElementById('jobs').hidden").await;
}

/// A forecast of a real source, and the job to its end.
pub async fn over_a_running_pagemill(page: &Page, name: &str) {
    page.click("[data-language=en]").await;
    page.click("#jobs-link").await;
    page.until("document.querySelector('#job-source')").await;
    source(page, name).await;
    page.until_within("document.querySelector('#forecast [data-fact=time] dd')", 180).await;
    readable(page).await;
    page.picture("real-forecast").await;
    page.click("#job-start-button").await;
    page.until("document.querySelector('.job-list .job')?.dataset.state === 'active'").await;
    page.until_within("document.querySelector('.job-list progress')?.value > 0", 180).await;
    page.picture("real-job").await;
    page.until_within("document.querySelector('.job-list .job').dataset.state === 'done'", 190).await;
    readable(page).await;
    page.picture("real-job-done").await;
    page.click("[data-language=ko]").await;
    if page.count("[data-action=failures]").await > 0 {
        page.click("[data-action=failures]").await;
        page.until("document.querySelector('.job-failed')").await;
    }
    page.picture("real-job-korean").await;
    page.click(".jobs .section-head a").await;
    page.until("document.getElementById('jobs').hidden").await;
}
