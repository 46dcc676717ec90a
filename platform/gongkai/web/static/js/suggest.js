// Suggestions under a search box (ARIA combobox with a list box). Without it the box is a plain form.
(() => {
  "use strict";

  const WAIT = 120;
  const LONGEST = 80;

  const make = (form) => {
    const input = form.querySelector("input[type=search]");
    if (!input) return;
    const list = document.createElement("ul");
    const status = document.createElement("p");
    list.id = `${input.id}-list`;
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "检索建议");
    list.hidden = true;
    status.className = "vh";
    status.setAttribute("role", "status");
    form.append(list, status);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
    })) input.setAttribute(name, value);

    let typed = input.value;
    let timer = 0;
    let asking = null;

    const options = () => Array.from(list.children);
    const chosen = () => list.querySelector("[aria-selected=true]");

    const choose = (option) => {
      for (const other of options()) other.setAttribute("aria-selected", String(other === option));
      if (option) {
        input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      } else input.removeAttribute("aria-activedescendant");
      input.value = option ? option.dataset.value : typed;
    };

    const show = (open) => {
      list.hidden = !open;
      input.setAttribute("aria-expanded", String(open));
      if (!open) input.removeAttribute("aria-activedescendant");
    };

    const close = () => {
      clearTimeout(timer);
      if (asking) asking.abort();
      show(false);
    };

    const ask = async () => {
      if (asking) asking.abort();
      const own = (asking = new AbortController());
      try {
        const answer = await fetch(`${form.dataset.suggest}?${new URLSearchParams({ q: typed })}`, {
          headers: { Accept: "text/html" }, signal: own.signal,
        });
        if (!answer.ok || answer.redirected) return close();
        const words = await answer.text();
        if (own !== asking || document.activeElement !== input) return;
        const parts = new DOMParser().parseFromString(words, "text/html");
        list.replaceChildren(...parts.querySelectorAll("li[role=option]"));
        options().forEach((option, at) => { option.id = `${list.id}-${at}`; });
        show(options().length > 0);
        status.textContent = options().length ? `有${options().length}条检索建议，可用上下方向键选择` : "";
      } catch (failure) {
        if (failure.name !== "AbortError") close();
      }
    };

    const later = () => {
      typed = input.value;
      clearTimeout(timer);
      if (!typed.trim() || typed.length > LONGEST) return close();
      timer = setTimeout(ask, WAIT);
    };

    // What an input method is composing is not yet what is meant.
    input.addEventListener("input", (event) => { if (!event.isComposing) later(); });
    input.addEventListener("compositionend", later);
    input.addEventListener("blur", close);

    input.addEventListener("keydown", (event) => {
      if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        choose(null);
        close();
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (list.hidden) {
          if (event.key === "ArrowDown") later();
          return;
        }
        event.preventDefault();
        const all = [null, ...options()];
        const at = all.indexOf(chosen());
        const step = event.key === "ArrowDown" ? 1 : all.length - 1;
        choose(all[(at + step) % all.length]);
      }
    });

    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("li[role=option]");
      if (!option) return;
      choose(option);
      close();
      form.requestSubmit();
    });
    form.addEventListener("submit", close);
  };

  document.querySelectorAll("form[data-suggest]").forEach(make);
})();
