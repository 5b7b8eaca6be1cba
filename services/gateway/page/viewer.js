// A page of a PDF as an image, with the cited boxes marked on it. Boxes come in points from the top left and are
// placed as shares of the page, so they hold at every size.

import { absolute, documentPath, fileUrl, get, imagePath } from "./api.js";
import { el, fileName, icon, say } from "./dom.js";
import { onLanguage, t } from "./language.js";

const place = document.getElementById("viewer");
const left = document.getElementById("left");
const bar = document.querySelector("header.bar");
const wide = window.matchMedia("(min-width: 1000px)");
const RESOLUTIONS_DPI = [72, 110, 144, 192, 240];

/** What is shown: see `openViewer`; null when closed. */
let view = null;
let zoomed = false;
let opener = null;

export const isWide = () => wide.matches;

/** The number of the citation whose page is shown, or null. */
export const shownCitation = () => view?.citation ?? null;

/** Shows {document, key, pageCount, page, boxes, headingPath, citation?}; `focus` moves the keyboard there. */
export function openViewer(wanted) {
  opener = document.activeElement;
  view = { ...wanted, home: wanted.page };
  place.hidden = false;
  document.body.classList.add("viewing");
  overlay();
  render();
  if (wanted.focus || !wide.matches) place.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("viewer"));
}

export function closeViewer() {
  if (!view) return;
  const focusInside = place.contains(document.activeElement);
  view = null;
  zoomed = false;
  place.hidden = true;
  place.replaceChildren();
  document.body.classList.remove("viewing");
  overlay();
  if (focusInside && opener?.isConnected) opener.focus();
  document.dispatchEvent(new CustomEvent("viewer"));
}

export function startViewer() {
  place.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft") go(view.page - 1);
    else if (event.key === "ArrowRight") go(view.page + 1);
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && view && !document.querySelector("dialog[open]")) closeViewer();
  });
  wide.addEventListener("change", overlay);
  onLanguage(() => view && render());
}

/** On a narrow screen the viewer covers the page: what lies under it is out of reach. */
function overlay() {
  const covers = Boolean(view) && !wide.matches;
  left.inert = covers;
  bar.inert = covers;
}

function go(page) {
  if (!view || page < 1 || page > view.pageCount) return;
  view.page = page;
  render();
  say(t("page_of", { n: page, total: view.pageCount }));
}

function render() {
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.action : null;
  const stage = el("div", { class: "stage" });
  place.setAttribute("aria-label", t("viewer"));
  place.replaceChildren(head(), stage);
  if (focused) place.querySelector(`[data-action="${focused}"]:not(:disabled)`)?.focus();
  else if (document.activeElement === document.body && view.focus) place.focus({ preventScroll: true });
  showPage(stage, view);
}

function head() {
  const path = view.headingPath?.length ? el("p", { class: "path", lang: "" }, view.headingPath.join(" › ")) : null;
  const number = view.citation ? el("span", { class: "number" }, String(view.citation)) : null;
  const names = el("div", { class: "names" }, el("h2", { id: "viewer-title" }, number, el("span", {}, fileName(view.key))), path);
  const home = view.page === view.home || !view.boxes.length ? null : action("home", null, t("back_to_passage"), () => go(view.home), false);
  const pager = el("div", { class: "pager" },
    action("previous", "left", t("page_previous"), () => go(view.page - 1), view.page <= 1),
    el("span", { class: "page-of" }, t("page_of", { n: view.page, total: view.pageCount })),
    action("next", "right", t("page_next"), () => go(view.page + 1), view.page >= view.pageCount),
    home);
  const tools = el("div", { class: "pager" },
    action("zoom", zoomed ? "smaller" : "larger", t(zoomed ? "zoom_out" : "zoom_in"), toggleZoom, false),
    el("a", { class: "tool icon", "data-action": "pdf", href: fileUrl(view.document, view.page), target: "_blank", rel: "noopener", title: t("open_pdf"), "aria-label": t("open_pdf") }, icon("open")));
  return el("div", { class: "viewer-head" },
    el("div", { class: "viewer-row" }, names, action("close", "close", t("close"), closeViewer, false)),
    el("div", { class: "viewer-row" }, pager, tools));
}

function action(name, iconName, label, onclick, disabled) {
  const face = iconName ? icon(iconName) : label;
  return el("button", { type: "button", class: iconName ? "tool icon" : "quiet", "data-action": name, title: label, "aria-label": label, onclick, disabled }, face);
}

function toggleZoom() {
  zoomed = !zoomed;
  render();
}

async function showPage(stage, wanted) {
  const page = wanted.page;
  const still = () => view === wanted && wanted.page === page && stage.isConnected;
  try {
    const facts = await get(`${documentPath(wanted.document)}/pages/${page}`);
    if (!still()) return;
    if (!(facts.width > 0 && facts.height > 0)) throw new Error(t("page_lost"));
    const sheet = el("div", { class: zoomed ? "sheet zoomed" : "sheet", "data-page": page });
    sheet.style.aspectRatio = `${facts.width} / ${facts.height}`;
    stage.replaceChildren(sheet);
    const marks = wanted.boxes.filter((box) => box.page === page).map((box) => mark(box.bbox, facts));
    const image = el("img", { alt: t("page_alt", { n: page, file: fileName(wanted.key) }), draggable: "false" });
    sheet.append(image, ...marks, el("p", { class: "loading" }, t("page_loading")));
    if (marks.length) showMark(stage, marks[0]);
    await loadImage(image, imagePath(wanted.document, page, resolution(sheet, facts)));
    sheet.classList.add("loaded");
  } catch (error) {
    if (!still()) return;
    const advice = error.advice ? el("p", {}, error.advice) : null;
    stage.replaceChildren(el("div", { class: "notice bad", role: "alert" }, el("strong", {}, t("page_lost")), el("p", {}, error.message), advice));
  }
}

/** A box in points as a node placed in shares of the page. */
function mark(box, facts) {
  const node = el("div", { class: "mark", "aria-hidden": "true" });
  node.style.left = `${(100 * box.x0) / facts.width}%`;
  node.style.top = `${(100 * box.y0) / facts.height}%`;
  node.style.width = `${(100 * (box.x1 - box.x0)) / facts.width}%`;
  node.style.height = `${(100 * (box.y1 - box.y0)) / facts.height}%`;
  return node;
}

/** Scrolls the stage, and only the stage, to a mark: its upper edge in the upper third. */
function showMark(stage, node) {
  const at = node.getBoundingClientRect();
  const around = stage.getBoundingClientRect();
  stage.scrollTop += at.top - around.top - around.height / 3;
  stage.scrollLeft += at.left - around.left - around.width / 4;
}

/** The smallest resolution that is sharp at the size shown. */
function resolution(sheet, facts) {
  const pixels = sheet.clientWidth * Math.min(window.devicePixelRatio || 1, 2);
  const wanted = (pixels * 72) / facts.width;
  return RESOLUTIONS_DPI.find((dpi) => dpi >= wanted * 0.95) ?? RESOLUTIONS_DPI[RESOLUTIONS_DPI.length - 1];
}

/** An image element does not say why it failed: then the server is asked for its words. */
async function loadImage(image, path) {
  image.src = absolute(path);
  try {
    await image.decode();
  } catch (error) {
    await get(path);
    throw error;
  }
}
