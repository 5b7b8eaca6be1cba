// From a question to the answer on the page: passages first, the draft muted while the model writes, then the
// checked answer with its citations.

import { ApiError, ask } from "./api.js";
import { el, fileName, icon, say } from "./dom.js";
import { onLanguage, pagesText, sentLanguage, serverText, t } from "./language.js";
import { closeViewer, isWide, openViewer, shownCitation } from "./viewer.js";
import { showDesk } from "./views.js";

const form = document.getElementById("ask-form");
const input = document.getElementById("question");
const button = document.getElementById("ask-button");
const result = document.getElementById("result");
const answerPlace = document.getElementById("answer");
const passagesPlace = document.getElementById("passages");
const scopePlace = document.getElementById("scope");

/** What is on the page: one question, as far as it has come. */
let state = { phase: "idle", question: "", passages: [], draft: "", answer: null, error: null };
let abort = null;
let scope = null;

export function startAsking() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (abort) stop();
    else submit();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  });
  input.addEventListener("input", fitInput);
  document.addEventListener("viewer", markShown);
  onLanguage(() => {
    input.placeholder = t("question_placeholder");
    renderScope();
    render();
  });
  const linked = new URLSearchParams(location.search).get("q");
  if (linked) {
    input.value = linked.slice(0, input.maxLength);
    fitInput();
    submit();
  }
}

export function focusQuestion() {
  showDesk();
  input.focus();
  input.select();
}

/** From here on only `document` is asked ({id, name}), or all when null. */
export function setScope(document) {
  scope = document;
  renderScope();
  focusQuestion();
}

function fitInput() {
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight, 220)}px`;
}

function renderScope() {
  scopePlace.hidden = !scope;
  scopePlace.replaceChildren();
  if (!scope) return;
  const clear = el("button", { type: "button", "aria-label": t("scope_clear"), title: t("scope_clear"), onclick: () => setScope(null) }, icon("close"));
  scopePlace.append(el("span", {}, t("scope_only", { name: scope.name })), clear);
}

function stop() {
  abort?.abort();
}

async function submit() {
  const question = input.value.trim();
  if (!question) {
    input.focus();
    return;
  }
  stop();
  const mine = new AbortController();
  abort = mine;
  state = { phase: "searching", question, passages: [], draft: "", answer: null, error: null };
  closeViewer();
  history.replaceState(null, "", `?q=${encodeURIComponent(question)}`);
  render();
  say(t("searching"));
  try {
    await ask(question, scope ? { documents: [scope.id] } : {}, mine.signal, (event, data) => {
      if (abort === mine) take(event, data);
    });
  } catch (error) {
    if (abort !== mine) return;
    if (error.name === "AbortError") state.phase = "stopped";
    else {
      state.phase = "failed";
      state.error = error instanceof ApiError ? error : new ApiError("unexpected", String(error.message || error), "", 0);
    }
  }
  if (abort === mine) abort = null;
  render();
}

function take(event, data) {
  if (event === "passages") {
    state.phase = "reading";
    state.passages = data.passages;
    render();
  } else if (event === "draft") {
    const first = state.phase !== "drafting";
    state.phase = "drafting";
    state.draft += data.text;
    if (first) render();
    else answerPlace.querySelector(".draft-text")?.append(data.text);
  } else if (event === "answer") {
    state.phase = "answered";
    state.answer = data;
    abort = null;
    render();
    say(`${t(`kind_${data.kind}`)}. ${data.claims.map((claim) => claim.text).join(" ")}`);
    const first = data.citations.find((citation) => citation.number === data.claims[0]?.citations[0]);
    if (isWide() && first) openCitation(first, false);
  }
}

function render() {
  const busy = ["searching", "reading", "drafting"].includes(state.phase);
  button.replaceChildren(el("span", {}, t(busy ? "stop" : "ask")));
  button.classList.toggle("stop", busy);
  document.body.classList.toggle("asked", state.phase !== "idle");
  result.hidden = state.phase === "idle";
  result.setAttribute("aria-busy", String(busy));
  if (state.phase === "idle") return;
  answerPlace.replaceChildren(...answerNodes());
  passagesPlace.replaceChildren(...passageNodes());
  markShown();
}

function answerNodes() {
  switch (state.phase) {
    case "searching":
      return [el("p", { class: "working" }, t("searching"))];
    case "reading":
      return [el("p", { class: "working" }, t("reading", { n: state.passages.length }))];
    case "drafting":
    case "stopped": {
      const head = state.phase === "stopped" ? t("stopped") : t("draft_checking");
      const text = el("p", { class: "draft-text", lang: "" }, state.draft);
      return [el("div", { class: "draft", "data-state": state.phase }, el("p", { class: "working" }, head), state.draft ? text : null)];
    }
    case "failed":
      return [errorCard(state.error, submit)];
    default:
      return [answerCard(state.answer)];
  }
}

function answerCard(answer) {
  const card = el("article", { class: `answer ${answer.kind}`, "data-kind": answer.kind });
  const why = t(`kind_${answer.kind}_why`, { model: answer.model ?? "" });
  card.append(el("p", { class: "kind" }, el("strong", { class: "badge" }, t(`kind_${answer.kind}`)), el("span", {}, why)));
  if (answer.kind === "not_found") {
    card.append(el("p", { class: "todo" }, t("kind_not_found_do")));
  } else if (answer.kind === "quoted") {
    for (const claim of answer.claims) {
      card.append(el("blockquote", { lang: "" }, el("p", {}, ...claimNodes(claim, answer.citations))));
    }
  } else {
    card.append(el("p", { class: "claims", lang: "" }, ...answer.claims.flatMap((claim) => [...claimNodes(claim, answer.citations), " "])));
  }
  if (answer.note && answer.kind !== "not_found") card.append(note(answer.note));
  if (answer.claims.length) card.append(copyButton(answer));
  return card;
}

/** Why the model's words are not shown. What stands after a colon (its sentence) is left to the API. */
function note(text) {
  const code = `note.${text.split(":")[0]}`;
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return el("p", { class: "note", lang: sentLanguage(code) }, serverText(code, sentence));
}

/** A claim's words, then a button for each passage it rests on. */
function claimNodes(claim, citations) {
  const text = claim.text.replace(/\s*\[(\d+)\]/g, (mark, n) => (claim.citations.includes(Number(n)) ? "" : mark));
  const buttons = claim.citations
    .map((n) => citations.find((citation) => citation.number === n))
    .filter(Boolean)
    .map((citation) => citeButton(citation));
  return [el("span", { class: "claim" }, text), "\u00a0", ...buttons];
}

function citeButton(citation) {
  const label = t("cite_label", { n: citation.number, file: fileName(citation.document.key), pages: pagesText(citation.pages) });
  return el("button", { type: "button", class: "cite", "data-cite": citation.number, "aria-label": label, title: label, onclick: () => openCitation(citation, true) }, String(citation.number));
}

function openCitation(citation, focus) {
  openViewer({
    citation: citation.number,
    document: citation.document.id,
    key: citation.document.key,
    title: citation.document.title,
    pageCount: citation.document.page_count,
    page: citation.boxes[0]?.page ?? citation.pages[0] ?? 1,
    boxes: citation.boxes,
    headingPath: citation.heading_path,
    focus,
  });
}

function copyButton(answer) {
  const text = () => {
    const claims = answer.claims.map((claim) => `${claim.text} ${claim.citations.map((n) => `[${n}]`).join("")}`.trim());
    const sources = answer.citations.map((c) => `[${c.number}] ${c.document.key}, ${pagesText(c.pages)}`);
    return `${claims.join(answer.kind === "quoted" ? "\n\n" : " ")}\n\n${sources.join("\n")}`;
  };
  const button = el("button", { type: "button", class: "quiet", onclick: async () => {
    await navigator.clipboard.writeText(text()).then(() => {
      button.lastChild.textContent = t("copied");
      say(t("copied"));
    }, () => {});
  } }, icon("copy"), el("span", {}, t("copy")));
  return el("div", { class: "card-foot" }, button);
}

/** The passages that the answer cites, then what else was found; while there is no answer, all. */
function passageNodes() {
  const { answer, passages } = state;
  if (!answer) return passageList("passages", passages, false);
  if (answer.kind === "not_found") return passageList("nearest_passages", answer.citations, false);
  const cited = new Set(answer.claims.flatMap((claim) => claim.citations));
  const isCited = (citation) => cited.has(citation.number);
  return [
    ...passageList("passages_for_answer", answer.citations.filter(isCited), true),
    ...passageList("passages_also_found", answer.citations.filter((citation) => !isCited(citation)), false),
  ];
}

function passageList(title, citations, cited) {
  if (!citations.length) return [];
  const items = citations.map(passageItem);
  return [el("h3", {}, t(title)), el("ol", { class: cited ? "passages cited" : "passages" }, ...items)];
}

function passageItem(citation) {
  const where = el("span", { class: "where" }, el("b", {}, fileName(citation.document.key)), el("span", { class: "page" }, pagesText(citation.pages)));
  const path = citation.heading_path.length ? el("span", { class: "path", lang: "" }, citation.heading_path.join(" › ")) : null;
  const body = el("span", { class: "passage-body" }, where, path, el("span", { class: "snippet", lang: "" }, citation.text));
  const open = el("button", { type: "button", class: "passage", "data-cite": citation.number, onclick: () => openCitation(citation, true) }, el("span", { class: "number", "aria-hidden": "true" }, String(citation.number)), body);
  return el("li", {}, open);
}

/** Marks the citation that the viewer shows, in the text and in the list. */
function markShown() {
  const shown = shownCitation();
  for (const node of result.querySelectorAll("[data-cite]")) {
    if (Number(node.dataset.cite) === shown) node.setAttribute("aria-current", "true");
    else node.removeAttribute("aria-current");
  }
}

/** What went wrong, what to do about it, and a button to try again. */
export function errorCard(error, again) {
  const advice = error.advice ? el("p", {}, error.advice) : null;
  const button = again ? el("button", { type: "button", class: "button", onclick: () => again() }, t("again")) : null;
  return el("div", { class: "notice bad", role: "alert" }, el("strong", {}, t("error_title")), el("p", {}, error.message), advice, button);
}
