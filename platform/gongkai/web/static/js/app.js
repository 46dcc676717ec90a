// Conveniences only: every page works without them.
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  const closeIcon = () => {
    const ns = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(ns, "svg");
    const path = document.createElementNS(ns, "path");
    for (const [key, value] of Object.entries({
      class: "icon", viewBox: "0 0 20 20", width: "20", height: "20", fill: "none",
      stroke: "currentColor", "stroke-width": "1.6", "stroke-linecap": "round", "aria-hidden": "true",
    })) svg.setAttribute(key, value);
    path.setAttribute("d", "m4.5 4.5 11 11m0-11-11 11");
    svg.append(path);
    return svg;
  };

  const addCloseButtons = (root) => {
    for (const alert of all("[data-closable]", root)) {
      if (one(".alert-close", alert)) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "alert-close";
      button.setAttribute("aria-label", "关闭提示");
      button.append(closeIcon());
      button.addEventListener("click", () => alert.remove());
      alert.append(button);
    }
  };

  const ask = (dialog) =>
    new Promise((resolve) => {
      dialog.returnValue = "";
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
      dialog.showModal();
    });

  // A deed with data-confirm is asked about first, then sent with the same button.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-confirm]");
    const dialog = one("#confirm-dialog");
    if (!button || !button.form || !dialog || !dialog.showModal) return;
    event.preventDefault();
    one("#confirm-words").textContent = button.dataset.confirm;
    if (await ask(dialog)) button.form.requestSubmit(button);
  });

  // Leaving for an address that is not the government's (离开提示).
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    const dialog = one("#leave-dialog");
    if (!link || !dialog || !dialog.showModal || !/^https?:$/.test(link.protocol)) return;
    const own = link.host === location.host || link.hostname.endsWith(".gov.cn");
    if (own || event.defaultPrevented) return;
    event.preventDefault();
    one("#leave-words").textContent = `您访问的链接即将离开“${dialog.dataset.site}”，是否继续？`;
    one("#leave-address").textContent = link.href;
    if (await ask(dialog)) location.assign(link.href);
  });

  const guard = (form) => {
    let changed = false;
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("change", () => { changed = true; });
    form.addEventListener("submit", () => { changed = false; });
    form.addEventListener("gongkai:saved", () => { changed = false; });
    window.addEventListener("beforeunload", (event) => {
      if (changed) event.preventDefault();
    });
  };

  // What takes some seconds says so, and is not sent twice; where a page knows how far it is, that is shown.
  const busy = (form) => {
    const note = one("[data-busy-note]", form);
    let watching = 0;
    const look = async () => {
      const answer = await fetch(note.dataset.busyNote).catch(() => null);
      if (!answer || !answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = one("[data-busy-progress] > *", page);
      if (found && watching) note.replaceChildren(...found.childNodes);
    };
    form.addEventListener("submit", (event) => {
      if (!note.hidden) event.preventDefault();
      note.hidden = false;
      if (note.dataset.busyNote && !watching) watching = window.setInterval(look, 1000);
    });
    window.addEventListener("pageshow", () => {
      note.hidden = true;
      window.clearInterval(watching);
      watching = 0;
    });
  };

  // A choice by pointer is sent at once; with the arrow keys one passes over units, so the button decides.
  const autosubmit = (form) => {
    const select = one("select", form);
    if (!select) return;
    let byKey = false;
    select.addEventListener("keydown", () => { byKey = true; });
    select.addEventListener("pointerdown", () => { byKey = false; });
    select.addEventListener("change", () => { if (!byKey) form.requestSubmit(); });
  };

  const copy = async (button) => {
    const source = one(button.dataset.copy);
    if (!source || !navigator.clipboard) return;
    await navigator.clipboard.writeText(source.textContent.trim());
    const words = one("[data-copied]", button) || button;
    const previous = words.textContent;
    words.textContent = "已复制";
    setTimeout(() => { words.textContent = previous; }, 2000);
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });

  document.addEventListener("keydown", (event) => {
    const menu = one(".top-menu[open]");
    if (event.key !== "Escape" || !menu) return;
    menu.open = false;
    one("summary", menu).focus();
  });

  addCloseButtons(document);
  document.addEventListener("htmx:afterSwap", (event) => addCloseButtons(event.target));
  all("form[data-guard]").forEach(guard);
  all("form[data-autosubmit]").forEach(autosubmit);
  all("form[data-busy]").forEach(busy);
  // Filters stand open beside the results, and folded above them on a phone.
  if (matchMedia("(max-width: 900px)").matches) {
    for (const drawer of all("details.drawer[open]")) drawer.open = false;
  }
  const summary = one("[data-focus]");
  if (summary) summary.focus();
})();
