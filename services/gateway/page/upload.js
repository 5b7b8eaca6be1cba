// PDFs into Pagemill: chosen by the button or dropped anywhere on the page, sent one after the other.

import { upload } from "./api.js";
import { el, icon, say } from "./dom.js";
import { bytes, onLanguage, percent, t } from "./language.js";

const input = document.getElementById("files");
const list = document.getElementById("uploads");
const drop = document.getElementById("drop");

/** {file name, share, result, error}; the newest last. */
let sent = [];
let queue = Promise.resolve();
let limitBytes = Infinity;
let changed = () => {};

/** `onChange` is called whenever a file has arrived. */
export function startUploads(onChange) {
  changed = onChange;
  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });
  startDrop();
  onLanguage(render);
}

/** With a limit of nothing, nothing can be added here. */
export function setUploadLimit(limit) {
  limitBytes = limit;
  document.querySelector("label[for=files]").hidden = limit === 0;
}

function startDrop() {
  let depth = 0;
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  window.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth += 1;
    drop.hidden = false;
  });
  window.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth -= 1;
    if (depth <= 0) drop.hidden = true;
  });
  window.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  window.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    drop.hidden = true;
    add(event.dataTransfer.files);
  });
}

function add(files) {
  for (const file of files) {
    const entry = { name: file.name, share: 0, result: null, error: null };
    sent.push(entry);
    queue = queue.then(() => send(file, entry));
  }
  render();
  list.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

async function send(file, entry) {
  try {
    if (file.size > limitBytes) throw new Error(t("error_too_large", { limit: bytes(limitBytes) }));
    if (!(await looksLikePdf(file))) throw new Error(t("upload_not_pdf"));
    entry.result = await upload(file, (share) => {
      entry.share = share;
      render();
    });
    setTimeout(() => dismiss(entry), 8000);
  } catch (error) {
    entry.error = error;
  }
  render();
  say(`${entry.name}: ${message(entry)}`);
  changed();
}

async function looksLikePdf(file) {
  const head = new Uint8Array(await file.slice(0, 1024).arrayBuffer());
  return new TextDecoder("latin1").decode(head).includes("%PDF-");
}

function dismiss(entry) {
  sent = sent.filter((other) => other !== entry);
  render();
}

function message(entry) {
  if (entry.error) return [entry.error.message, entry.error.advice].filter(Boolean).join(" ");
  if (entry.result) return t(entry.result.known ? "upload_known" : "upload_accepted");
  return t("upload_sending", { percent: percent(entry.share) });
}

function render() {
  list.replaceChildren(...sent.map((entry) => {
    const state = entry.error ? "bad" : entry.result ? "good" : "busy";
    const bar = state === "busy" ? el("progress", { max: 1, value: entry.share, "aria-label": entry.name }) : null;
    const close = state === "bad" ? el("button", { type: "button", class: "tool icon", "aria-label": t("upload_dismiss"), title: t("upload_dismiss"), onclick: () => dismiss(entry) }, icon("close")) : null;
    return el("div", { class: `upload ${state}` }, el("b", {}, entry.name), el("span", {}, message(entry)), bar, close);
  }));
}
