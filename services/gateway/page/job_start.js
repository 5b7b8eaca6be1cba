// Starting a job: a source, first what it would cost, then the start.

import { forecast, startJob } from "./api.js";
import { errorCard } from "./ask.js";
import { el, say } from "./dom.js";
import { asApiError } from "./jobs.js";
import { maySomewhere, session } from "./key.js";
import { bytes, duration, number, onLanguage, percent, t } from "./language.js";

const place = document.getElementById("job-start");
const result = document.getElementById("forecast");

/** What is being looked at or was found: {source, collection, key, looked, found, error, starting}; null before. */
let asked = null;
let work = null;
let workers = 1;

export function startJobForm() {
  onLanguage(() => {
    renderForm();
    render();
  });
}

function renderForm() {
  if (!maySomewhere()) {
    place.replaceChildren(el("p", { class: "notice" }, t("job_read_only", { name: session().name ?? "" })));
    return;
  }
  const before = { source: place.querySelector("#job-source")?.value ?? "", collection: place.querySelector("#job-collection")?.value };
  const source = el("input", { id: "job-source", type: "text", required: true, autocomplete: "off", spellcheck: "false", placeholder: "s3://bucket/folder" });
  source.value = before.source;
  const form = el("form", { class: "box job-form" },
    el("label", { for: "job-source" }, t("job_source")), source,
    el("div", { class: "box-foot" },
      el("label", { class: "job-collection" }, el("span", {}, t("job_collection")), collectionField(before.collection)),
      el("button", { type: "submit", class: "primary push" }, t("job_forecast"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    look(source.value.trim(), form.querySelector("#job-collection").value.trim() || "default");
  });
  place.replaceChildren(form);
}

/** Whoever may write some collections chooses among them; whoever may write all names one. */
function collectionField(before) {
  const { write } = session();
  const field = write
    ? el("select", { id: "job-collection" }, ...write.map((name) => el("option", { value: name }, name)))
    : el("input", { id: "job-collection", type: "text", autocomplete: "off", spellcheck: "false", maxlength: 100 });
  field.value = before ?? (write ? write[0] : "default");
  return field;
}

async function look(source, collection) {
  work?.abort();
  const mine = { source, collection, key: newKey(), looked: null, found: null, error: null, starting: false };
  asked = mine;
  work = new AbortController();
  render();
  try {
    await forecast(source, collection, work.signal, (event, data) => {
      if (event === "looked") mine.looked = data;
      if (event === "forecast") mine.found = data;
      if (asked === mine) render();
    });
  } catch (refused) {
    if (refused.name !== "AbortError") mine.error = asApiError(refused);
  }
  if (asked === mine) render();
}

/** One key for one wish: pressed again after trouble, the job is not started twice. */
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function forget() {
  work?.abort();
  asked = null;
  render();
}

async function start() {
  const mine = asked;
  mine.starting = true;
  work?.abort();
  render();
  try {
    await startJob({ source: mine.source, collection: mine.collection }, mine.key);
    say(t("job_started"));
    place.querySelector("#job-source").value = "";
    if (asked === mine) asked = null;
  } catch (refused) {
    Object.assign(mine, { error: asApiError(refused), starting: false });
  }
  render();
}

function render() {
  result.hidden = !asked;
  if (!asked) return result.replaceChildren();
  const focused = result.contains(document.activeElement) ? document.activeElement.id : null;
  const head = el("div", { class: "job-head" }, el("h3", {}, asked.source), el("span", { class: "chip" }, t("forecast_title")));
  const body = asked.error ? [errorCard(asked.error)] : asked.found ? foundNodes(asked.found) : lookingNodes(asked.looked);
  result.replaceChildren(head, ...body, startNodes());
  if (focused) document.getElementById(focused)?.focus();
}

function startNodes() {
  const { error, found, starting } = asked;
  const empty = found && found.documents === 0;
  const label = found || error ? t("job_start") : t("job_start_at_once");
  return el("div", { class: "job-actions" },
    empty || refused(error) ? null : el("button", { type: "button", id: "job-start-button", class: found ? "primary" : "button", disabled: starting, onclick: start }, label),
    el("button", { type: "button", id: "job-forget-button", class: "quiet", onclick: forget }, t(found || error ? "close" : "stop")));
}

/** What the server refused for the forecast it refuses for the start. */
const refused = (error) => error && error.status >= 400 && error.status < 500 && error.status !== 429;

function lookingNodes(looked) {
  if (!looked?.sample) return [el("p", { class: "working" }, looked?.listed ? t("forecast_listing", { n: number(looked.listed) }) : t("forecast_begins"))];
  const label = t("forecast_opening", { n: number(looked.opened), total: number(looked.sample), documents: number(looked.listed) });
  return [el("p", { class: "working" }, label), el("progress", { max: looked.sample, value: looked.opened, "aria-label": label })];
}

function foundNodes(found) {
  if (!found.documents) return [el("p", { class: "notice" }, t("forecast_nothing"))];
  const between = (estimate, show) => {
    const [value, low, high] = [estimate.value, estimate.low, estimate.high].map(show);
    return low === high ? [value] : [value, el("small", {}, t("forecast_between", { low, high }))];
  };
  const row = (name, ...value) => el("div", { class: "job-fact", "data-fact": name }, el("dt", {}, t(`forecast_fact_${name}`)), el("dd", {}, ...value));
  const rows = [row("documents", number(found.documents), el("small", {}, bytes(found.bytes)))];
  if (found.sampled) {
    const timed = found.recognition_timed || !found.ocr_share.high;
    rows.push(row("pages", ...between(found.pages, (pages) => number(Math.round(pages)))));
    rows.push(row("ocr", ...between(found.ocr_share, percent)));
    rows.push(row(timed ? "time" : "time_reading", ...between(found.read_seconds, (seconds) => duration(seconds / workers))));
  }
  const input = el("input", { id: "forecast-workers", type: "number", min: 1, max: 1000, value: workers });
  input.addEventListener("change", () => {
    workers = Math.min(1000, Math.max(1, Math.round(Number(input.value)) || 1));
    render();
  });
  return [
    el("dl", { class: "job-facts" }, ...rows),
    found.rejected ? el("p", { class: "forecast-note" }, t("forecast_rejected", { n: number(found.rejected), total: number(found.sampled) }), " ", el("span", { lang: "en" }, found.first_rejection)) : null,
    found.sampled ? el("p", { class: "forecast-note" }, el("label", {}, t("forecast_workers"), " ", input)) : null,
    found.sampled ? el("p", { class: "forecast-note" }, t("forecast_basis", { n: number(found.sampled) })) : null,
  ].filter(Boolean);
}
