// The list of documents: state, pages, OCR share, readiness, failures with what to do, and live progress.

import { ApiError, get, post } from "./api.js";
import { errorCard } from "./ask.js";
import { showDetails } from "./details.js";
import { el, fileName, icon, say } from "./dom.js";
import { currentLanguage, number, onLanguage, percent, sentLanguage, serverText, t } from "./language.js";
import { follow } from "./live.js";
import { setUploadLimit } from "./upload.js";

const PAGE_SIZE = 50;
const STATES = [["", "filter_all"], ["indexed", "state_indexed"], ["pending", "filter_pending"], ["failed", "state_failed"], ["weak_ocr", "filter_weak_ocr"]];
/** What a filter asks of the server, where it is not a state. */
const ASKED = { weak_ocr: ["ocr_below", "good"] };

const list = document.getElementById("document-list");
const filters = document.getElementById("filters");
const progressPlace = document.getElementById("progress");
const countPlace = document.getElementById("document-count");

let state = { filter: "", documents: null, next: null, wanted: PAGE_SIZE, error: null };
let live = { totals: null, working: [], connected: true };
/** Where the present run began, to say how far it is and how fast. */
let run = null;
/** Documents that were removed here and that ingest has not cleared up yet. */
const removing = new Set();
let loading = null;
let loadAgain = false;

export function startDocuments() {
  onLanguage(() => {
    render();
    renderProgress();
  });
  get("/status").then((status) => setUploadLimit(status.limits.upload_bytes), () => {});
  refreshDocuments();
  listen();
}

/** Loads the list anew, as far as it was loaded. Calls while one is under way are folded into one more. */
export function refreshDocuments() {
  if (loading) {
    loadAgain = true;
    return;
  }
  loading = load().finally(() => {
    loading = null;
    if (loadAgain) {
      loadAgain = false;
      refreshDocuments();
    }
  });
}

async function load() {
  const filter = state.filter;
  try {
    const documents = [];
    let next = null;
    do {
      const limit = Math.min(200, state.wanted - documents.length);
      const query = new URLSearchParams({ limit: String(limit) });
      if (filter) query.set(...(ASKED[filter] ?? ["state", filter]));
      if (next) query.set("after", next);
      const page = await get(`/documents?${query}`);
      documents.push(...page.documents);
      next = page.next;
      takeTotals(page.totals);
    } while (next && documents.length < state.wanted);
    if (filter === state.filter) state = { ...state, documents, next, error: null };
    else loadAgain = true;
  } catch (error) {
    state.error = error instanceof ApiError ? error : new ApiError("unexpected", String(error), "", 0);
  }
  render();
  renderProgress();
}

/** The server's own account of what is under way. */
function listen() {
  let told = "";
  follow({
    path: () => "/progress",
    on: { progress: (data) => {
      live.connected = true;
      live.working = data.working;
      takeTotals(data.totals);
      // Compared with what the stream told before, not with what a list brought along: that list may be older.
      const before = told;
      told = JSON.stringify(data.totals);
      if (told !== before) refreshDocuments();
      renderProgress();
    } },
    onOpen: () => {
      // What changed while nobody listened is in the list only.
      if (told || !live.connected) refreshDocuments();
      live.connected = true;
      renderProgress();
    },
    onLost: () => {
      live.connected = false;
      renderProgress();
    },
  });
}

function takeTotals(totals) {
  live.totals = totals;
  const pending = totals.queued + totals.running;
  if (pending === 0) {
    if (run) say(t("progress_done"));
    run = null;
  } else if (!run) {
    run = { pending, pages: totals.pages, since: performance.now() };
  } else {
    run.pending = Math.max(run.pending, pending);
  }
}

function renderProgress() {
  const totals = live.totals;
  countPlace.textContent = totals ? number(allDocuments(totals)) : "";
  renderFilters();
  if (!live.connected) {
    progressPlace.hidden = false;
    progressPlace.replaceChildren(el("p", { class: "notice" }, t("offline")));
    return;
  }
  progressPlace.hidden = !run;
  if (!run) return;
  const left = totals.queued + totals.running;
  const done = run.pending - left;
  const names = live.working.slice(0, 2).map((document) => fileName(document.key)).join(", ");
  const more = live.working.length > 2 ? t("progress_names_more", { names, n: live.working.length - 2 }) : names;
  const seconds = (performance.now() - run.since) / 1000;
  const rate = seconds > 2 ? Math.max(0, totals.pages - run.pages) / seconds : 0;
  const facts = [t("progress_pages", { n: number(totals.pages) }), rate >= 0.1 ? t("progress_rate", { n: number(Math.round(rate * 10) / 10) }) : ""];
  progressPlace.replaceChildren(
    el("div", { class: "progress-line" }, el("b", {}, t("progress_working", { done: number(done), total: number(run.pending) })), el("span", {}, facts.filter(Boolean).join(" · "))),
    el("progress", { max: run.pending, value: done, "aria-label": t("progress_working", { done, total: run.pending }) }),
    names ? el("p", { class: "now" }, t("progress_now", { names: more })) : "");
}

const allDocuments = (totals) => totals.queued + totals.running + totals.indexed + totals.failed;

function count(totals, filter) {
  switch (filter) {
    case "indexed": return totals.indexed;
    case "pending": return totals.queued + totals.running;
    case "failed": return totals.failed;
    case "": return allDocuments(totals);
    // The totals go by state.
    default: return null;
  }
}

const counted = (n) => (n === null ? [] : [" ", el("span", { class: "count" }, number(n))]);

function renderFilters() {
  const totals = live.totals;
  filters.hidden = !totals || allDocuments(totals) === 0;
  if (filters.hidden) return;
  const shown = JSON.stringify([currentLanguage(), state.filter, totals]);
  if (filters.dataset.shown === shown) return;
  filters.dataset.shown = shown;
  const focused = filters.contains(document.activeElement) ? document.activeElement.dataset.filter : null;
  filters.replaceChildren(...STATES.map(([filter, label]) =>
    el("button", { type: "button", "data-filter": filter, "aria-pressed": String(state.filter === filter), onclick: () => choose(filter) }, t(label), ...counted(count(totals, filter)))));
  if (state.filter === "failed" && totals.failed) {
    filters.append(el("button", { type: "button", class: "quiet push", "data-filter": "retry", onclick: retryAll }, t("retry_all")));
  }
  if (focused !== null) filters.querySelector(`[data-filter="${focused}"]`)?.focus();
}

function choose(filter) {
  state = { ...state, filter, wanted: PAGE_SIZE };
  renderFilters();
  refreshDocuments();
}

async function retryAll() {
  try {
    const { queued } = await post("/failures/retry", {});
    say(t("retried", { n: queued }));
    refreshDocuments();
  } catch (error) {
    state.error = error;
    render();
  }
}

function render() {
  const { documents, error } = state;
  const notice = error ? errorCard(error, refreshDocuments) : "";
  if (!documents) {
    list.replaceChildren(notice || el("p", { class: "working" }, t("loading")));
  } else if (!documents.length) {
    list.replaceChildren(notice, state.filter ? el("p", { class: "empty-line" }, t("documents_none_in_state")) : emptyState());
  } else if (error || !updateRows(documents)) {
    const head = el("tr", { role: "row" }, ...["document", "state", "pages", "ocr", "readiness"].map((name) => el("th", { scope: "col", role: "columnheader", class: `c-${name}` }, t(`column_${name}`))));
    const body = el("tbody", { role: "rowgroup" }, ...documents.map(row));
    const table = el("table", { class: "table", role: "table", "data-language": currentLanguage() }, el("thead", { role: "rowgroup" }, head), body);
    const more = state.next ? el("button", { type: "button", class: "button more", onclick: showMore }, t("show_more")) : "";
    list.replaceChildren(notice, table, more);
  }
}

/** Replaces only the rows that changed, so that a click or the keyboard's place is not lost while ingest goes on. Says
 * whether that was enough. */
function updateRows(documents) {
  const table = list.querySelector(".table");
  const rows = [...list.querySelectorAll("tbody tr")];
  const same = table?.dataset.language === currentLanguage() && !list.querySelector(".notice")
    && Boolean(list.querySelector(".more")) === Boolean(state.next)
    && rows.length === documents.length && rows.every((node, at) => node.dataset.id === documents[at].id);
  if (!same) return false;
  rows.forEach((node, at) => {
    if (node.dataset.shown === shownAs(documents[at])) return;
    const focused = node.contains(document.activeElement);
    const fresh = row(documents[at]);
    node.replaceWith(fresh);
    if (focused) fresh.querySelector(".name").focus();
  });
  return true;
}

const shownAs = (record) => JSON.stringify([record, removing.has(record.id)]);

export function markRemoving(id) {
  removing.add(id);
  render();
}

function showMore() {
  state.wanted += PAGE_SIZE;
  refreshDocuments();
}

function emptyState() {
  return el("div", { class: "empty" }, icon("upload"), el("p", { class: "empty-title" }, t("documents_empty")), el("p", {}, t("documents_empty_do")), el("label", { class: "button", for: "files" }, t("add_pdfs")));
}

function row(record) {
  const name = fileName(record.key);
  const folder = record.key.slice(0, record.key.length - name.length);
  const title = record.title && record.title !== name ? el("span", { class: "title", lang: record.language ?? "" }, record.title) : null;
  const open = el("button", { type: "button", class: "name", "data-open": record.id, "aria-label": t("details_of", { name }), onclick: () => showDetails(record.id) }, folder ? el("span", { class: "folder" }, folder) : null, name);
  const failure = record.failure ? failureNode(record.failure) : null;
  const cell = (name, ...children) => el("td", { class: `c-${name}`, role: "cell" }, ...children);
  const labelled = (name, child) => el("td", { class: `c-${name}`, role: "cell", "data-label": t(`column_${name}`) }, child);
  return el("tr", { role: "row", "data-state": record.state, "data-id": record.id, "data-shown": shownAs(record) },
    cell("document", open, title, failure),
    cell("state", removing.has(record.id) ? el("span", { class: "chip queued" }, t("removing")) : stateChip(record.state)),
    labelled("pages", record.pages ? number(record.pages) : "–"),
    labelled("ocr", ocrNode(record)),
    labelled("readiness", record.readiness ? gradeNode(record.readiness) : "–"));
}

export function stateChip(name) {
  return el("span", { class: `chip ${name}` }, t(`state_${name}`));
}

export function gradeNode(readiness) {
  const bar = el("span", { class: "meter", "aria-hidden": "true" }, el("span", {}));
  bar.firstChild.style.width = `${Math.round(readiness.score * 100)}%`;
  return el("span", { class: `grade ${readiness.grade}` }, bar, el("span", {}, t(`grade_${readiness.grade}`)));
}

/** Why a document is not in, and what to do about it; with what exactly was found where there is room. */
export function failureNode(failure, inFull = false) {
  const code = `reject.${failure.reason}`;
  const advice = el("span", { lang: sentLanguage(`${code}.advice`) }, serverText(`${code}.advice`, failure.advice));
  return el("div", { class: "failure" },
    el("span", { lang: sentLanguage(code), title: failure.detail }, serverText(code, failure.detail)),
    failure.advice ? el("span", { class: "advice" }, el("b", {}, t("what_to_do")), " ", advice) : null,
    inFull ? el("span", { class: "detail", lang: "en" }, failure.detail) : null);
}

function ocrNode(record) {
  if (!record.pages) return "–";
  if (!record.ocr_page_count) return el("span", { class: "faint" }, t("ocr_none"));
  const share = percent(record.ocr_page_count / record.pages);
  return el("span", { title: t("ocr_share", { percent: share }) }, share);
}
