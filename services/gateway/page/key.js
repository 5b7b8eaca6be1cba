// The key: asks for one where the server wants it, and has it forgotten. The browser keeps it where no script can read it.

import { beginSession, endSession, get } from "./api.js";
import { el } from "./dom.js";
import { onLanguage, t } from "./language.js";

/** Who we are to the server. Until it has said so, somebody who may everything: the server decides in the end. */
let me = { keys: false, name: null, read: null, write: null, admin: true };

export const session = () => me;

/** Whether documents of a collection may be changed. */
export const mayWrite = (collection) => me.write === null || me.write.includes(collection);

/** Whether documents of any collection may be changed. */
export const maySomewhere = () => me.write === null || me.write.length > 0;

/** Comes back once the server lets us in; until then it asks. */
export async function admitted() {
  me = (await get("/session").catch(() => null)) ?? me;
  if (!me.keys) return;
  if (me.name === null) await asked();
  showWho(me.name);
}

/** Asks until a key is known; the page begins anew with it. */
function asked() {
  const dialog = document.getElementById("key");
  const input = el("input", { id: "key-input", type: "password", autocomplete: "current-password", required: true, "aria-describedby": "key-trouble" });
  const trouble = el("p", { id: "key-trouble", class: "notice bad", role: "alert", hidden: true });
  const title = el("h2", { id: "key-title" });
  const label = el("label", { for: "key-input" });
  const button = el("button", { type: "submit", class: "primary" });
  const form = el("form", { class: "key" }, title, label, input, trouble, button);
  onLanguage(() => {
    title.textContent = t("key_title");
    label.textContent = t("key_label");
    button.textContent = t("key_enter");
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await beginSession(input.value.trim());
      location.reload();
    } catch (error) {
      trouble.textContent = [error.message, error.advice].filter(Boolean).join(" ");
      trouble.hidden = false;
      button.disabled = false;
      input.select();
    }
  });
  // Without a key there is nothing behind the dialog to go back to.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.replaceChildren(form);
  dialog.showModal();
  document.documentElement.dataset.ready = "key";
  return new Promise(() => {});
}

function showWho(name) {
  const button = document.getElementById("forget-key");
  onLanguage(() => {
    button.textContent = t("key_forget");
    button.title = t("key_of", { name });
  });
  button.addEventListener("click", async () => {
    await endSession().catch(() => {});
    location.reload();
  });
  button.hidden = false;
}
