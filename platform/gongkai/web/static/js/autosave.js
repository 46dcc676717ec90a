// Saves <form data-autosave="URL" data-autosave-token="KEY"> while it is being filled in.
//
// The form has <input type="hidden" name="version">: the number of the content it was rendered from (empty for a new
// one). URL takes a POST of the form's fields and answers 200 {"version": n, "saved_at": "ISO 8601"}, 409 when the
// stored version is another one than that sent, or 401 when the session or its token is gone: once the same person has
// signed in again, in another window, the page takes the new token and goes on saving. KEY names form and person (a
// shared computer never offers one person's text to another); under it a copy stays in localStorage until the server
// has confirmed. A page that follows a successful submission can carry <meta name="autosave-done" content="KEY"> to
// discard the copy of a new form; the page after signing out carries it with content="*", which discards all.
//
// Messages go to the form's [data-autosave-status]; the choice to restore stands in front of the form.

const DELAY = 3000;
const RETRY = 30000;
const KEEPALIVE_LIMIT = 60000; // fetch refuses a body over 64 KiB with keepalive
const COPY_LIFETIME = 14 * 24 * 3600 * 1000;
const PREFIX = "gongkai.autosave.";
const SIGN_IN_AGAIN = "登录已失效，内容保留在本页，请在新窗口登录后继续";
const NOT_CONTENT = new Set(["version", "csrf_token"]);

function store(key, copy) {
  if (!key) return false;
  try {
    if (copy) localStorage.setItem(PREFIX + key, JSON.stringify(copy));
    else localStorage.removeItem(PREFIX + key);
    return true;
  } catch {
    return false; // full, or switched off by the office's browser policy
  }
}

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key));
  } catch {
    return null;
  }
}

function dropCopies() {
  const done = [...document.querySelectorAll('meta[name="autosave-done"]')].map((meta) => meta.content);
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  for (const key of keys.map((name) => name.slice(PREFIX.length))) {
    const copy = stored(key);
    const old = !copy || Date.now() - copy.at > COPY_LIFETIME;
    if (old || done.includes(key) || done.includes("*")) store(key, null);
  }
}

function isContent(form, name) {
  const field = form.elements[name];
  return !NOT_CONTENT.has(name) && !(field instanceof Element && field.type === "password");
}

// Sorted by name, so that two forms can be compared; fields of one name keep their order.
function entries(form) {
  return [...new FormData(form)]
    .filter(([name, value]) => typeof value === "string" && isContent(form, name))
    .sort(([left], [right]) => (left < right ? -1 : Number(left > right)));
}

// What the server sent, whatever has been typed before this script ran or filled in by the browser after going back.
function originalEntries(form) {
  const copy = form.cloneNode(true);
  for (const field of form.elements) {
    if (!form.contains(field)) copy.append(field.cloneNode(true));
  }
  for (const field of copy.elements) field.removeAttribute("form");
  HTMLFormElement.prototype.reset.call(copy);
  return entries(copy);
}

function sameEntries(left, right) {
  return JSON.stringify(left) === JSON.stringify(right);
}

function clock(date) {
  return date.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
}

function isSignedOut(response) {
  return response.type === "opaqueredirect" || response.status === 401;
}

function fill(form, saved) {
  const values = new Map();
  for (const [name, value] of saved) values.set(name, [...(values.get(name) || []), value]);
  for (const field of form.elements) {
    if (!field.name || !isContent(form, field.name) || field.type === "file" || field.type === "submit") continue;
    const mine = values.get(field.name) || [];
    if (field.type === "checkbox" || field.type === "radio") field.checked = mine.includes(field.value);
    else if (field instanceof HTMLSelectElement) {
      for (const option of field.options) option.selected = mine.includes(option.value);
    } else if (field.matches("input, textarea")) {
      if (mine.length) field.value = mine.shift();
    } else continue;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function plainText(value) {
  return new DOMParser().parseFromString(value.replace(/\sstyle\s*=/gi, " data-style="), "text/html").body.textContent;
}

class Autosave {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.autosave;
    this.key = form.dataset.autosaveToken;
    this.version = form.elements.version;
    this.status = form.querySelector("[data-autosave-status]");
    this.status?.setAttribute("aria-live", "polite");
    this.saved = originalEntries(form);
    this.timer = null;
    this.sending = false;
    this.stopped = false;
    this.signedOut = false;
    this.copied = true;
    this.offerCopy();
    form.addEventListener("input", () => this.changed());
    form.addEventListener("change", () => this.changed());
    form.addEventListener("focusout", (event) => {
      if (!event.relatedTarget?.matches("[type=submit], button:not([type])")) this.save();
    });
    form.addEventListener("submit", (event) => this.submitted(event), { capture: true });
    document.addEventListener("visibilitychange", () => (document.hidden || this.signedOut) && this.save());
    window.addEventListener("pageshow", () => this.resume());
    window.addEventListener("beforeunload", (event) => {
      if (!this.copied && this.isDirty() && !this.leaving) event.preventDefault();
    });
    this.resume();
  }

  offering() {
    return this.form.querySelector("[data-autosave-restore]") !== null;
  }

  say(text, link) {
    if (!this.status) return;
    this.status.replaceChildren(text);
    if (link) this.status.append(link);
  }

  isDirty() {
    return !sameEntries(entries(this.form), this.saved);
  }

  // While an older copy waits for the person's choice, it is not overwritten.
  keepCopy(more = {}) {
    if (this.offering()) {
      this.copied = false;
      return;
    }
    const copy = { version: this.version?.value ?? "", at: Date.now(), entries: entries(this.form), ...more };
    this.copied = store(this.key, copy);
  }

  changed() {
    if (!this.isDirty()) return;
    this.keepCopy();
    this.schedule(DELAY);
  }

  schedule(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), delay);
  }

  resume() {
    this.leaving = false;
    if (this.isDirty()) this.changed();
  }

  // A save under way changes the version, so the submission waits for it.
  submitted(event) {
    clearTimeout(this.timer);
    if (this.sending) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const { submitter } = event;
      this.afterSave = () => this.form.requestSubmit(submitter);
      return;
    }
    this.leaving = true;
    if (this.isDirty() || stored(this.key)) this.keepCopy({ submitted: true });
  }

  async save() {
    clearTimeout(this.timer);
    if (this.sending || this.stopped || this.leaving || !this.isDirty()) return;
    this.sending = true;
    const sent = entries(this.form);
    try {
      let response = await this.post(sent);
      if (isSignedOut(response) && (await this.renewToken())) response = await this.post(sent);
      await this.receive(response, sent);
    } catch {
      this.failed();
    } finally {
      this.sending = false;
      this.afterSave?.();
      this.afterSave = null;
    }
  }

  post(sent) {
    const body = new FormData();
    for (const [name, value] of sent) body.append(name, value);
    if (this.version) body.append("version", this.version.value);
    const token = document.querySelector('meta[name="csrf-token"]')?.content || "";
    const small = new TextEncoder().encode(JSON.stringify(sent)).length < KEEPALIVE_LIMIT;
    return fetch(this.url, {
      method: "POST",
      body,
      credentials: "same-origin",
      redirect: "manual",
      keepalive: small,
      headers: { "X-CSRFToken": token, Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
    });
  }

  // Only a page made for the same person has a form of this key: what one person wrote is not saved by another.
  async renewToken() {
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "manual" });
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const forms = [...page.querySelectorAll("form[data-autosave]")];
    const mine = forms.some((form) => form.dataset.autosaveToken === this.key);
    const token = page.querySelector('meta[name="csrf-token"]')?.content;
    if (!mine || !token) return false;
    document.querySelector('meta[name="csrf-token"]').content = token;
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
    return true;
  }

  async receive(response, sent) {
    if (response.status === 409) {
      this.conflict();
      return;
    }
    this.signedOut = isSignedOut(response);
    if (this.signedOut) {
      this.say(SIGN_IN_AGAIN);
      this.schedule(RETRY);
      return;
    }
    if (response.status === 403) {
      this.failed("您在当前单位已没有修改的权限");
      return;
    }
    if (!response.ok) throw new Error(String(response.status));
    const answer = await response.json();
    this.confirmed(answer, sent);
  }

  confirmed({ version, saved_at: savedAt }, sent) {
    if (this.version) this.version.value = String(version);
    this.saved = sent;
    this.say(`已自动保存 ${clock(new Date(savedAt))}`);
    this.form.dispatchEvent(new CustomEvent("gongkai:saved", { bubbles: true }));
    if (this.isDirty()) {
      this.keepCopy();
      this.schedule(DELAY);
    } else {
      if (!this.offering()) store(this.key, null);
      this.copied = true;
    }
  }

  failed(reason) {
    this.say(["保存失败，内容仍在本页", reason].filter(Boolean).join("；"));
    this.schedule(RETRY);
  }

  conflict() {
    this.stopped = true;
    const link = document.createElement("a");
    link.href = location.href;
    link.target = "_blank";
    link.textContent = "在新窗口查看最新内容";
    this.say("他人已修改，请先查看。", link);
  }

  offerCopy() {
    const copy = stored(this.key);
    if (!copy || !Array.isArray(copy.entries)) return;
    const current = this.version?.value ?? "";
    const newer = copy.version !== current;
    if (sameEntries(copy.entries, this.saved) || (copy.submitted && newer)) {
      store(this.key, null);
      return;
    }
    if (!newer && sameEntries(copy.entries, entries(this.form))) return;
    this.form.prepend(this.restoreBox(copy, newer));
  }

  restoreBox(copy, newer) {
    const box = document.createElement("section");
    const text = document.createElement("p");
    const when = new Date(copy.at).toLocaleString("zh-CN", { dateStyle: "long", timeStyle: "short" });
    box.className = "autosave-restore";
    box.dataset.autosaveRestore = "";
    box.setAttribute("aria-label", "未保存的内容");
    text.textContent = newer
      ? `本机留有${when}未保存的内容，但该稿此后已有新的版本，不能直接恢复，请对照后自行补入。`
      : `本机留有${when}未保存的内容。`;
    const button = (label, act) => {
      const element = document.createElement("button");
      element.type = "button";
      element.className = "button button-secondary button-small";
      element.textContent = label;
      element.addEventListener("click", () => {
        box.remove();
        act();
      });
      return element;
    };
    box.append(text);
    if (newer) box.append(this.listCopy(copy));
    else box.append(button("恢复未保存的内容", () => this.restore(copy)), " ");
    box.append(button("放弃这些内容", () => this.discard()));
    return box;
  }

  listCopy(copy) {
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = "查看未保存的内容";
    details.append(summary);
    for (const [name, value] of copy.entries) {
      const field = this.form.elements[name];
      if (!value.trim() || !(field instanceof Element) || field.type === "hidden") continue;
      const line = document.createElement("p");
      const label = field.labels?.[0]?.textContent.trim() || name;
      line.className = "autosave-copy";
      line.textContent = `${label}：${plainText(value)}`;
      details.append(line);
    }
    return details;
  }

  restore(copy) {
    fill(this.form, copy.entries);
    this.say("已恢复未保存的内容");
    this.changed();
    this.form.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  }

  discard() {
    store(this.key, null);
    this.say("已放弃未保存的内容");
    if (this.isDirty()) this.changed();
  }
}

const running = new WeakSet();

function start(root) {
  const forms = [...root.querySelectorAll("form[data-autosave]")];
  if (root instanceof Element && root.matches("form[data-autosave]")) forms.push(root);
  for (const form of forms) {
    if (running.has(form)) continue;
    running.add(form);
    new Autosave(form);
  }
}

try {
  dropCopies();
} catch {
  // Without localStorage there are no copies to drop.
}
start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
// A page on which somebody writes is not left for the sign-in page because a part of it could not be renewed.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.status === 401 && document.querySelector("form[data-autosave]")) event.preventDefault();
});
