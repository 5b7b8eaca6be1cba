// Which part of the page is shown: questions and documents, or the jobs (`#jobs`).

const JOBS = "#jobs";
const link = document.getElementById("jobs-link");
const listeners = [];

export const jobsAreShown = () => location.hash === JOBS;

/** Calls back whenever the view changes. */
export function onView(listener) {
  listeners.push(listener);
}

export function startViews() {
  window.addEventListener("hashchange", () => {
    show();
    // The browser looked for its target before that was shown.
    const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    if (target && !jobsAreShown()) target.scrollIntoView();
    else window.scrollTo(0, 0);
  });
  show();
}

/** Back to questions and documents. */
export function showDesk() {
  if (!jobsAreShown()) return;
  history.pushState(null, "", location.pathname);
  show();
}

function show() {
  const jobs = jobsAreShown();
  document.body.dataset.view = jobs ? "jobs" : "desk";
  document.getElementById("jobs").hidden = !jobs;
  if (jobs) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
  for (const listener of listeners) listener();
}
