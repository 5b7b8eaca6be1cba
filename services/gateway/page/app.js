// Starts the page: language, theme, keyboard, and the parts.

import { focusQuestion, startAsking } from "./ask.js";
import { refreshDocuments, startDocuments } from "./documents.js";
import { icon } from "./dom.js";
import { admitted } from "./key.js";
import { applyLanguage, currentLanguage, onLanguage, setLanguage, store, stored, t } from "./language.js";
import { startJobForm } from "./job_start.js";
import { startJobs } from "./jobs.js";
import { startUploads } from "./upload.js";
import { startViewer } from "./viewer.js";
import { startViews } from "./views.js";

const THEMES = ["auto", "light", "dark"];

function startLanguageSwitch() {
  const buttons = [...document.querySelectorAll("[data-language]")];
  for (const button of buttons) button.addEventListener("click", () => setLanguage(button.dataset.language));
  onLanguage(() => {
    applyLanguage();
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.language === currentLanguage()));
  });
}

function startThemeSwitch() {
  const button = document.getElementById("theme");
  let theme = THEMES.includes(stored("pagemill.theme")) ? stored("pagemill.theme") : "auto";
  const show = () => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.replaceChildren(icon(theme));
    button.setAttribute("aria-label", t(`theme_${theme}`));
    button.title = t(`theme_${theme}`);
  };
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    store("pagemill.theme", theme);
    show();
  });
  onLanguage(show);
}

function startKeys() {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, dialog, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      focusQuestion();
    }
  });
}

startLanguageSwitch();
startThemeSwitch();
startKeys();
await admitted();
startViewer();
startAsking();
startDocuments();
startUploads(refreshDocuments);
startJobs();
startJobForm();
startViews();
document.documentElement.dataset.ready = "true";
