// The language of the page: which one, what it says, and how it writes numbers and dates.

import { SERVER_STRINGS } from "./server_strings.js";
import { LANGUAGES, STRINGS } from "./strings.js";

const listeners = [];
let language = initialLanguage();

function initialLanguage() {
  const kept = stored("pagemill.language");
  if (LANGUAGES.includes(kept)) return kept;
  for (const wanted of navigator.languages || [navigator.language]) {
    const short = String(wanted).slice(0, 2).toLowerCase();
    if (LANGUAGES.includes(short)) return short;
  }
  return LANGUAGES[0];
}

export function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch (error) {
    return null;
  }
}

export function store(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch (error) {
    // Storage is off: the choice lasts as long as the page.
  }
}

export function currentLanguage() {
  return language;
}

/** Calls back now and whenever the language changes. */
export function onLanguage(listener) {
  listeners.push(listener);
  listener(language);
}

export function setLanguage(wanted) {
  if (!LANGUAGES.includes(wanted)) return;
  language = wanted;
  store("pagemill.language", wanted);
  applyLanguage();
  for (const listener of listeners) listener(language);
}

/** Puts words to everything in the HTML that names a string. */
export function applyLanguage() {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-t-label]")) {
    node.setAttribute("aria-label", t(node.dataset.tLabel));
  }
}

/** The string `key`, its `{names}` filled in. */
export function t(key, values = {}) {
  const text = STRINGS[language][key] ?? STRINGS.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The words for a code of the server, or what the server sent. */
export function serverText(code, sent) {
  return SERVER_STRINGS[language][code] ?? sent;
}

/** Whether words that the server sent are in another language than the page: then they say so. */
export function sentLanguage(code) {
  return language !== "en" && !(code in SERVER_STRINGS[language]) ? "en" : undefined;
}

export function number(value) {
  return new Intl.NumberFormat(language).format(value);
}

export function percent(share) {
  const shown = share > 0 && share < 0.01 ? 0.01 : share;
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(shown);
}

export function bytes(count) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let size = count;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const format = { style: "unit", unit: units[unit], unitDisplay: "short", maximumFractionDigits: size < 10 ? 1 : 0 };
  return new Intl.NumberFormat(language, format).format(size);
}

export function date(rfc3339) {
  const parsed = new Date(rfc3339);
  if (Number.isNaN(parsed.getTime())) return rfc3339;
  return new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(parsed);
}

/** A moment, of milliseconds since 1970. */
export function dateTime(milliseconds) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(milliseconds);
}

/** A length of time by its two largest units. */
export function duration(seconds) {
  const format = (value, unit) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: language === "en" ? "short" : "long" }).format(value);
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  // Rounded first, so that 59.7 seconds are a minute and not "60 sec".
  let at = units.findIndex(([, length]) => seconds >= length);
  if (at < 0) return format(seconds > 0 ? 1 : 0, "second");
  const finest = units[Math.min(at + (at < 2 ? 1 : 0), 3)][1];
  const rounded = Math.round(seconds / finest) * finest;
  at = units.findIndex(([, length]) => rounded >= length);
  const [unit, length] = units[at];
  const whole = Math.floor(rounded / length);
  const rest = at < 2 ? Math.round((rounded - whole * length) / units[at + 1][1]) : 0;
  return rest ? `${format(whole, unit)} ${format(rest, units[at + 1][0])}` : format(whole, unit);
}

export function languageName(code) {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(code) ?? code;
  } catch (error) {
    return code;
  }
}

/** "page 3" or "pages 3–5". */
export function pagesText(pages) {
  if (pages.length === 0) return "";
  const first = pages[0];
  const last = pages[pages.length - 1];
  return first === last ? t("page_n", { n: first }) : t("pages_n", { n: `${first}–${last}` });
}
