// One document in a dialog: why it failed or what is known of it, how ready it is for retrieval by the seven
// traits, which pages were read by OCR, and what can be done with it.

import { ApiError, documentPath, fileUrl, get, post, remove } from "./api.js";
import { errorCard, setScope } from "./ask.js";
import { failureNode, gradeNode, markRemoving, refreshDocuments, stateChip } from "./documents.js";
import { el, fileName, icon, say } from "./dom.js";
import { bytes, currentLanguage, date, languageName, number, onLanguage, percent, t } from "./language.js";
import { openViewer } from "./viewer.js";

const dialog = document.getElementById("details");
let shown = null;

dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
dialog.addEventListener("close", () => {
  shown = null;
});
onLanguage(() => shown && render());

export async function showDetails(id) {
  shown = { id, details: null, error: null, removing: false };
  render();
  if (!dialog.open) dialog.showModal();
  const mine = shown;
  try {
    mine.details = await get(documentPath(id));
  } catch (error) {
    mine.error = error;
  }
  if (shown === mine) render();
}

function render() {
  const { id, details, error } = shown;
  const name = details ? fileName(details.record.key) : t("details");
  const close = el("button", { type: "button", class: "tool icon", "aria-label": t("close"), title: t("close"), onclick: () => dialog.close() }, icon("close"));
  const head = el("div", { class: "details-head" }, el("h2", { id: "details-title" }, name), close);
  if (error) dialog.replaceChildren(head, errorCard(error, () => showDetails(id)));
  else if (!details) dialog.replaceChildren(head, el("p", { class: "working" }, t("loading")));
  else dialog.replaceChildren(head, el("div", { class: "details-body" }, ...body(details)), actions(details));
}

function body({ record, document }) {
  const parts = [];
  if (record.failure) parts.push(el("section", { class: "notice bad" }, el("strong", {}, t("failure")), failureNode(record.failure, true)));
  if (document) parts.push(readiness(document.readiness));
  parts.push(facts(record, document));
  if (record.ocr_pages.length) parts.push(ocrPages(record));
  if (document?.warnings.length) parts.push(warnings(document.warnings));
  return parts;
}

function readiness(report) {
  const traits = report.traits.map((item) => {
    const applies = item.score !== null;
    const bar = el("span", { class: "meter", "aria-hidden": "true" }, el("span", {}));
    bar.firstChild.style.width = `${Math.round((item.score ?? 0) * 100)}%`;
    const level = !applies ? "none" : item.score >= 0.85 ? "excellent" : item.score >= 0.7 ? "good" : item.score >= 0.5 ? "fair" : "poor";
    return el("li", { class: `trait ${level}` },
      el("div", { class: "trait-head" }, el("b", {}, t(`trait_${item.name}`)), bar, el("span", { class: "score" }, applies ? percent(item.score) : t("not_applicable"))),
      item.evidence.length ? el("ul", { class: "evidence" }, ...item.evidence.map(finding)) : null,
      item.advice.en ? el("p", { class: "advice" }, item.advice[currentLanguage()]) : null);
  });
  return el("section", {}, el("h3", {}, t("readiness"), " ", gradeNode(report)), el("ul", { class: "traits" }, ...traits));
}

function finding(found) {
  const points = found.points && el("span", { class: "points" }, ` ${number(Math.round(found.points.given))}${found.points.most ? `/${number(Math.round(found.points.most))}` : ""}`);
  return el("li", {}, found[currentLanguage()], points);
}

function facts(record, document) {
  const known = document?.metadata ?? {};
  const stated = (field, show = (value) => value) => field && el("span", {}, show(field.value), field.origin === "text" ? el("i", { class: "derived" }, t("derived")) : null);
  const rows = [
    ["title", stated(known.title)],
    ["author", stated(known.author)],
    ["subject", stated(known.subject)],
    ["language", stated(known.language, languageName)],
    ["keywords", stated(known.keywords, (words) => words.join(", "))],
    ["created", stated(known.created, date)],
    ["modified", stated(known.modified, date)],
    ["pages", record.pages ? number(record.pages) : null],
    ["chunks", record.chunks ? number(record.chunks) : null],
    ["size", bytes(record.size_bytes)],
    ["producer", [known.creator, known.producer].filter(Boolean).join(" / ") || null],
    ["key", record.key],
    ["source", record.source],
  ];
  const list = el("dl", { class: "facts" });
  for (const [name, value] of rows) {
    if (value) list.append(el("dt", {}, t(`fact_${name}`)), el("dd", {}, value));
  }
  return el("section", {}, el("h3", {}, t("facts"), " ", stateChip(record.state)), list);
}

function ocrPages({ ocr, ocr_pages: pages }) {
  const items = pages.slice(0, 200).map((page) => {
    const confidence = page.confidence === null ? t("ocr_not_run") : t("ocr_confidence", { percent: percent(page.confidence) });
    return el("li", { title: page.evidence }, el("b", {}, t(page.region ? "ocr_part" : "page_n", { n: page.page })), ` — ${t(`ocr_${page.reason}`)}, ${confidence}: ${t(`grade_${page.grade}`)}`);
  });
  const summary = t("ocr_summary", { n: number(ocr.pages), parts: number(ocr.parts), grade: t(`grade_${ocr.grade}`), percent: percent(ocr.confidence) });
  return el("details", {}, el("summary", {}, summary), el("ul", { class: "plain" }, ...items));
}

function warnings(list) {
  const items = list.slice(0, 200).map((warning) => el("li", { lang: "en" }, warning.page ? `${t("page_n", { n: warning.page })}: ` : "", warning.message));
  return el("details", {}, el("summary", {}, `${t("warnings")} (${number(list.length)})`), el("ul", { class: "plain" }, ...items));
}

function actions({ record, document }) {
  if (shown.removing) return removeQuestion(record);
  const name = fileName(record.key);
  const buttons = [];
  if (document) {
    buttons.push(el("button", { type: "button", class: "primary", onclick: () => {
      dialog.close();
      openViewer({ document: record.id, key: record.key, pageCount: record.pages, page: 1, boxes: [], headingPath: [], focus: true });
    } }, t("view_pages")));
    buttons.push(el("button", { type: "button", class: "button", onclick: () => {
      dialog.close();
      setScope({ id: record.id, name });
    } }, t("ask_only_this")));
  }
  buttons.push(el("a", { class: "button", href: fileUrl(record.id), target: "_blank", rel: "noopener" }, t("open_pdf")));
  if (record.state === "failed") buttons.push(el("button", { type: "button", class: "button", onclick: () => act(() => post("/failures/retry", { documents: [record.id] }), t("retried", { n: 1 })) }, t("retry")));
  if (record.removable) buttons.push(el("button", { type: "button", class: "quiet danger push", onclick: () => {
    shown.removing = true;
    render();
  } }, t("remove")));
  return el("div", { class: "details-foot" }, ...buttons);
}

function removeQuestion(record) {
  const yes = el("button", { type: "button", class: "button danger", onclick: () => act(() => removeDocument(record.id), t("removed")) }, t("remove_yes"));
  const no = el("button", { type: "button", class: "button", onclick: () => {
    shown.removing = false;
    render();
  } }, t("cancel"));
  return el("div", { class: "details-foot" }, el("b", {}, t("remove_sure")), yes, no);
}

async function removeDocument(id) {
  await remove(documentPath(id));
  markRemoving(id);
}

async function act(request, done) {
  try {
    await request();
    dialog.close();
    say(done);
  } catch (error) {
    shown.error = error instanceof ApiError ? error : new ApiError("unexpected", String(error), "", 0);
    render();
  }
  refreshDocuments();
}
