// Event streams that are kept open. The browser reconnects by itself; a hidden tab lets go: browsers allow six
// connections to a server, and a stream holds one.

import { absolute } from "./api.js";

const AGAIN_MS = 3000;

/** Follows the stream at `path()`, null for none; `on` maps events to what hears their data. Returns a function to call
 * when the path may have changed. */
export function follow({ path, on, onOpen, onLost }) {
  let source = null;
  let followed = null;
  const check = () => {
    const wanted = document.hidden ? null : path();
    if (source && wanted === followed) return;
    source?.close();
    source = null;
    followed = wanted;
    if (wanted) source = open();
  };
  const open = () => {
    const mine = new EventSource(absolute(followed));
    for (const [event, listener] of Object.entries(on)) {
      mine.addEventListener(event, (message) => listener(JSON.parse(message.data)));
    }
    mine.addEventListener("open", onOpen);
    mine.addEventListener("error", () => {
      if (source !== mine) return;
      if (mine.readyState === EventSource.CLOSED) {
        source = null;
        setTimeout(check, AGAIN_MS);
      }
      onLost();
    });
    return mine;
  };
  document.addEventListener("visibilitychange", check);
  check();
  return check;
}
