// The server: JSON requests, the event stream of an answer, uploads. Every error comes out as an `ApiError`
// with words for a person.

import { serverText, t } from "./language.js";

const BASE = "/api/v1";

export class ApiError extends Error {
  constructor(code, message, advice, status) {
    super(message);
    this.code = code;
    this.advice = advice;
    this.status = status;
  }
}

/** The error that a body states, or one made from the status. */
export function errorFrom(body, status) {
  const stated = body?.error;
  if (!stated) return new ApiError("unexpected", `HTTP ${status}`, "", status);
  return new ApiError(stated.code, serverText(stated.code, stated.message), serverText(`${stated.code}.advice`, stated.advice), status);
}

function networkError() {
  return new ApiError("network", t("error_network"), "", 0);
}

async function send(path, options) {
  try {
    return await fetch(BASE + path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw networkError();
  }
}

async function readJson(response) {
  const body = await response.json().catch(() => null);
  if (!response.ok) throw errorFrom(body, response.status);
  return body;
}

export async function get(path, signal) {
  return readJson(await send(path, { headers: { accept: "application/json" }, signal }));
}

export async function post(path, body = {}) {
  return readJson(await send(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }));
}

export async function remove(path) {
  return readJson(await send(path, { method: "DELETE" }));
}

/** Has the browser keep a key; the server must know it. */
export async function beginSession(key) {
  return readJson(await send("/session", { method: "POST", headers: { authorization: `Bearer ${key}` } }));
}

export async function endSession() {
  return remove("/session");
}

export const jobPath = (id) => `/jobs/${encodeURIComponent(id)}`;
export const documentPath = (id) => `/documents/${encodeURIComponent(id)}`;
export const fileUrl = (id, page) => `${BASE}${documentPath(id)}/file${page ? `#page=${page}` : ""}`;
export const imagePath = (id, page, dpi) => `${documentPath(id)}/pages/${page}/image?dpi=${dpi}`;
export const absolute = (path) => BASE + path;

/** Asks, and calls `on(event, data)` for each event until the answer or an error. */
export function ask(question, filter, signal, on) {
  return streamed("/ask", { question, filter }, { signal, last: "answer", on });
}

/** What a source would cost; `on(event, data)` hears how far the server has looked, then the forecast. */
export function forecast(source, collection, signal, on) {
  return streamed("/jobs/forecast", { source, collection }, { signal, last: "forecast", on });
}

/** Starts a job; sent twice with the same idempotency key, it is started once. */
export async function startJob(job, idempotencyKey) {
  const headers = { "content-type": "application/json", "idempotency-key": idempotencyKey };
  return readJson(await send("/jobs", { method: "POST", headers, body: JSON.stringify(job) }));
}

/** Posts, and calls `on(event, data)` for each event of the answer until the `last` or an error. */
async function streamed(path, body, { signal, last, on }) {
  const response = await send(path, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ ...body, stream: true }),
    signal,
  });
  if (!response.ok) throw errorFrom(await response.json().catch(() => null), response.status);
  let settled = false;
  for await (const { event, data } of events(response.body)) {
    const value = JSON.parse(data);
    if (event === "error") throw errorFrom({ error: value }, response.status);
    if (event === last) settled = true;
    on(event, value);
  }
  if (!settled) throw networkError();
}

/** Server-sent events out of a byte stream. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      buffer += value;
      let end;
      while ((end = buffer.indexOf("\n\n")) >= 0) {
        const event = parseEvent(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
        if (event) yield event;
      }
    }
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw networkError();
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parseEvent(block) {
  let event = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length ? { event, data: data.join("\n") } : null;
}

/** Sends a file; `onShare` gets the share sent, 0 to 1. Only XMLHttpRequest tells how far an upload is. */
export function upload(file, onShare) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${BASE}/documents?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("content-type", "application/pdf");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onShare(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      let body = null;
      try {
        body = JSON.parse(request.responseText);
      } catch (error) {
        body = null;
      }
      if (request.status >= 200 && request.status < 300) resolve(body);
      else reject(errorFrom(body, request.status));
    });
    request.addEventListener("error", () => reject(networkError()));
    request.send(file);
  });
}
