// Controls that assistive technology could not name.
[...document.querySelectorAll("button, a[href], input, textarea, select")]
  .filter((node) => node.getClientRects().length > 0)
  .filter((node) => !(node.innerText || "").trim() && !node.getAttribute("aria-label") && !(node.labels && node.labels.length))
  .map((node) => node.outerHTML.slice(0, 120))
