// The jobs: sources brought into the index in the background. How far each is, live; pausing, resuming, cancelling;
// what failed, why, and trying it again.

import { ApiError, get, jobPath, post } from "./api.js";
import { errorCard } from "./ask.js";
import { showDetails } from "./details.js";
import { failureNode } from "./documents.js";
import { el, fileName, icon, say } from "./dom.js";
import { mayWrite } from "./key.js";
import { dateTime, duration, number, onLanguage, t } from "./language.js";
import { follow } from "./live.js";
import { jobsAreShown, onView } from "./views.js";

const PAGE_SIZE = 20;
const FAILURES = 50;
const ENDED = ["cancelled", "done", "failed"];

const list = document.getElementById("job-list");

/** As the server tells them, the newest first; null until it has. */
let jobs = null;
let wanted = PAGE_SIZE;
let connected = true;
let error = null;
/** What is open or under way on the card of a job: {asksToCancel, error, failures: {documents, next, error, of}}. */
const cards = new Map();
let checkStream = () => {};

export function startJobs() {
  checkStream = follow({
    path: () => (jobsAreShown() ? `/jobs/events?limit=${wanted}` : null),
    on: { jobs: (data) => {
      jobs = data.jobs;
      error = null;
      render();
    } },
    onOpen: () => {
      connected = true;
      render();
    },
    onLost: lost,
  });
  onView(checkStream);
  onLanguage(() => {
    list.replaceChildren();
    render();
  });
}

/** A stream does not say why it was refused; a request does. */
async function lost() {
  connected = false;
  error = await get("/jobs?limit=1").then(() => null, (refused) => (refused.status ? refused : null));
  render();
}

const cardOf = (id) => {
  if (!cards.has(id)) cards.set(id, { asksToCancel: false, error: null, failures: null });
  return cards.get(id);
};

/** Only what changed is replaced, so that a click or the keyboard's place is not lost while jobs go on. */
function render() {
  const place = document.getElementById("job-notice");
  place.replaceChildren(error ? errorCard(error, checkStream) : connected ? "" : el("p", { class: "notice" }, t("offline")));
  if (!jobs) {
    list.replaceChildren(error ? "" : el("p", { class: "working" }, t("loading")));
    return;
  }
  if (!jobs.length) {
    list.replaceChildren(el("div", { class: "empty" }, icon("jobs"), el("p", { class: "empty-title" }, t("jobs_empty")), el("p", {}, t("jobs_empty_do"))));
    return;
  }
  const known = new Map([...list.querySelectorAll(".job")].map((node) => [node.dataset.id, node]));
  const nodes = jobs.map((job) => known.get(job.id) ?? el("article", { class: "job", "data-id": job.id, "aria-labelledby": `job-${job.id}` }, el("div", { class: "job-now" }), el("div", { class: "job-failures" })));
  const more = jobs.length === wanted ? [el("button", { type: "button", class: "button more", onclick: showMore }, t("show_more"))] : [];
  const same = nodes.length + more.length === list.children.length && nodes.every((node, at) => node === list.children[at]);
  if (!same) list.replaceChildren(...nodes, ...more);
  nodes.forEach((node, at) => update(node, jobs[at]));
}

function update(node, job) {
  const card = cardOf(job.id);
  node.dataset.state = job.state;
  refresh(node.querySelector(".job-now"), [job, card.asksToCancel, card.error?.message, Boolean(card.failures)], () => nowNodes(job, card));
  refresh(node.querySelector(".job-failures"), card.failures, () => failureNodes(job, card.failures));
  if (card.failures && card.failures.of !== job.counts.totals.failed) loadFailures(job);
}

function refresh(node, state, nodes) {
  const shown = JSON.stringify(state);
  if (node.dataset.shown === shown) return;
  node.dataset.shown = shown;
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.action : null;
  node.replaceChildren(...nodes());
  if (!focused) return;
  // Pressed twice, a key must not answer the question that the first press asked.
  const next = [focused, "cancel-no"].map((action) => node.querySelector(`[data-action="${action}"]`)).find(Boolean);
  (next ?? node.querySelector("[data-action]"))?.focus();
}

function showMore() {
  wanted = Math.min(200, wanted + PAGE_SIZE);
  checkStream();
}

function nowNodes(job, card) {
  const { totals } = job.counts;
  const of = totals.queued + totals.running + totals.indexed + totals.failed + totals.cancelled;
  const settled = of - totals.queued - totals.running;
  const going = !ENDED.includes(job.state) || settled < of;
  const label = t("job_progress", { done: number(settled), total: number(of) });
  const bar = going && of ? el("progress", { max: of, value: settled, "aria-label": label }) : null;
  return [
    el("div", { class: "job-head" }, el("h3", { id: `job-${job.id}` }, job.source), el("span", { class: `chip job-${job.state}` }, t(`job_state_${job.state}`))),
    el("p", { class: "job-about" }, about(job)),
    bar,
    of ? facts(job, going) : null,
    job.error ? el("div", { class: "notice bad" }, el("strong", {}, t("job_failed")), el("p", { lang: "en" }, job.error)) : null,
    card.error ? errorCard(card.error) : null,
    actions(job, card),
  ].filter(Boolean);
}

function about(job) {
  const parts = [t("job_started_at", { time: dateTime(job.created_ms) })];
  if (job.collection !== "default") parts.push(t("job_collection_is", { name: job.collection }));
  if (!job.listing_complete && ENDED.includes(job.state)) parts.push(...(job.listed ? [t("job_listed_until", { n: number(job.listed) })] : []));
  else if (!job.listing_complete) parts.push(job.listed ? t("job_listing", { n: number(job.listed) }) : t("job_not_listed"));
  else if (job.due) parts.push(t("job_listed", { n: number(job.listed), due: number(job.due) }));
  else parts.push(t("job_nothing_due", { n: number(job.listed) }));
  return parts.join(" · ");
}

function facts(job, going) {
  const { totals, published, to_index: toIndex, delayed, pages_last_minute: pages } = job.counts;
  const rows = [["done", number(totals.indexed)], ["failed", number(totals.failed), null, totals.failed ? "bad" : ""]];
  if (going) {
    const lag = [["job_lag", published], ["job_to_index", toIndex], ["job_delayed", delayed]]
      .filter(([, n]) => n).map(([name, n]) => t(name, { n: number(n) }));
    rows.push(["running", number(totals.running)], ["waiting", number(totals.queued), lag.join(", ")]);
  }
  if (totals.cancelled) rows.push(["cancelled", number(totals.cancelled)]);
  rows.push(["pages", number(totals.pages), totals.ocr_pages ? t("job_by_ocr", { n: number(totals.ocr_pages) }) : ""]);
  if (going && job.state !== "paused") {
    rows.push(["rate", t("progress_rate", { n: number(Math.round(pages / 6) / 10) })]);
    rows.push(["left", job.seconds_left === null ? t("job_left_unknown") : t("job_left_about", { time: duration(job.seconds_left) })]);
  }
  const cells = rows.map(([name, value, note, level]) =>
    el("div", { class: `job-fact ${level ?? ""}`, "data-fact": name }, el("dt", {}, t(`job_fact_${name}`)), el("dd", {}, value, note ? el("small", {}, note) : null)));
  return el("dl", { class: "job-facts" }, ...cells);
}

function actions(job, card) {
  const failed = job.counts.totals.failed;
  const button = (action, label, onclick, kind = "button") => el("button", { type: "button", class: kind, "data-action": action, onclick }, label);
  if (card.asksToCancel) {
    return el("div", { class: "job-actions" }, el("b", {}, t("job_cancel_sure")),
      button("cancel-yes", t("job_cancel_yes"), () => act(job, "cancel"), "button danger"),
      button("cancel-no", t("job_cancel_no"), () => ask(job, false)));
  }
  const buttons = [];
  if (mayWrite(job.collection)) {
    if (job.state === "active") buttons.push(button("pause", t("job_pause"), () => act(job, "pause")));
    if (job.state === "paused") buttons.push(button("resume", t("job_resume"), () => act(job, "resume")));
    if (!ENDED.includes(job.state)) buttons.push(button("cancel", t("job_cancel"), () => ask(job, true), "quiet danger"));
  }
  if (failed || card.failures) {
    const toggle = el("button", { type: "button", class: "quiet push", "data-action": "failures", "aria-expanded": String(Boolean(card.failures)), onclick: () => toggleFailures(job) },
      t(card.failures ? "job_failures_hide" : "job_failures_show", { n: number(failed) }));
    buttons.push(toggle);
  }
  return buttons.length ? el("div", { class: "job-actions" }, ...buttons) : null;
}

function ask(job, sure) {
  cardOf(job.id).asksToCancel = sure;
  render();
}

/** Pauses, resumes or cancels; the server's answer is shown at once, the stream tells the rest. */
async function act(job, action) {
  const card = cardOf(job.id);
  card.asksToCancel = false;
  try {
    const now = await post(`${jobPath(job.id)}/${action}`);
    card.error = null;
    jobs = jobs.map((one) => (one.id === now.id ? { ...one, ...now } : one));
    say(t(`job_state_${now.state}`));
  } catch (refused) {
    card.error = asApiError(refused);
  }
  render();
}

function toggleFailures(job) {
  const card = cardOf(job.id);
  if (card.failures) card.failures = null;
  else loadFailures(job);
  render();
}

/** The failures anew, as many as were shown. */
async function loadFailures(job, limit = FAILURES) {
  const card = cardOf(job.id);
  const before = card.failures;
  const mine = { documents: before?.documents ?? null, next: before?.next ?? null, error: null, of: job.counts.totals.failed, limit: Math.max(limit, before?.limit ?? 0) };
  card.failures = mine;
  try {
    const query = new URLSearchParams({ job: job.id, limit: String(Math.min(200, mine.limit)) });
    const { documents, next } = await get(`/failures?${query}`);
    Object.assign(mine, { documents, next });
  } catch (refused) {
    mine.error = asApiError(refused);
  }
  render();
}

function failureNodes(job, failures) {
  if (!failures) return [];
  if (failures.error) return [errorCard(failures.error, () => loadFailures(job))];
  if (!failures.documents) return [el("p", { class: "working" }, t("loading"))];
  if (!failures.documents.length) return [el("p", { class: "empty-line" }, t("job_failures_none"))];
  const items = failures.documents.map((record) => {
    const name = fileName(record.key);
    const folder = record.key.slice(0, record.key.length - name.length);
    const open = el("button", { type: "button", class: "name", "data-action": `open-${record.id}`, "aria-label": t("details_of", { name }), onclick: () => showDetails(record.id) }, folder ? el("span", { class: "folder" }, folder) : null, name);
    return el("li", {}, open, record.failure ? failureNode(record.failure) : null);
  });
  const foot = [];
  if (mayWrite(job.collection)) foot.push(el("button", { type: "button", class: "button", "data-action": "retry", onclick: () => retry(job) }, t("job_retry")));
  if (failures.next && failures.limit < 200) foot.push(el("button", { type: "button", class: "quiet", "data-action": "more", onclick: () => loadFailures(job, 200) }, t("show_more")));
  else if (failures.next) foot.push(el("span", { class: "faint" }, t("job_failures_more")));
  return [el("ul", { class: "job-failed" }, ...items), foot.length ? el("div", { class: "job-actions" }, ...foot) : ""];
}

async function retry(job) {
  const card = cardOf(job.id);
  try {
    const { queued } = await post("/failures/retry", { job: job.id });
    card.failures = null;
    say(t("retried", { n: queued }));
  } catch (refused) {
    card.error = asApiError(refused);
  }
  render();
}

export const asApiError = (thrown) => (thrown instanceof ApiError ? thrown : new ApiError("unexpected", String(thrown), "", 0));
