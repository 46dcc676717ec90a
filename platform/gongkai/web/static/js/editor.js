// Turns each <textarea data-editor> into the editor for official texts. The textarea stays in the form with its name
// and always holds the current HTML; it fires `input` after each change, so forms, autosave and htmx need to know
// nothing of the editor. Without this script, or when it fails, the textarea itself is the field.
//
// Other scripts set the text by assigning `textarea.value` and firing `input` on it.
import {
  EditorState,
  EditorView,
  Plugin,
  baseKeymap,
  chainCommands,
  exitCode,
  fixTables,
  gapCursor,
  goToNextCell,
  history,
  keymap,
  liftListItem,
  redo,
  sinkListItem,
  splitListItem,
  tableEditing,
  toggleMark,
  undo,
} from "./editor/prosemirror.js";
import { cleanPasted } from "./editor/clean.js";
import { insertBreak } from "./editor/commands.js";
import { schema } from "./editor/schema.js";
import { parseHtml, toHtml } from "./editor/serialize.js";
import { createToolbar, openLinkDialog } from "./editor/toolbar.js";

const SELECTOR = "textarea[data-editor]";
const editors = new Map();
let counter = 0;

function labelText(textarea) {
  const named = (textarea.getAttribute("aria-labelledby") || "")
    .split(/\s+/)
    .map((id) => document.getElementById(id)?.textContent.trim())
    .filter(Boolean);
  const label = textarea.labels[0]?.textContent.replace(/\s+/g, "");
  return textarea.getAttribute("aria-label") || named.join(" ") || label || "正文";
}

function keys(focusToolbar) {
  const { strong, em, u } = schema.marks;
  const item = schema.nodes.list_item;
  return {
    "Mod-b": toggleMark(strong),
    "Mod-i": toggleMark(em),
    "Mod-u": toggleMark(u),
    "Mod-z": undo,
    "Mod-y": redo,
    "Shift-Mod-z": redo,
    "Mod-k": (_state, _dispatch, view) => {
      openLinkDialog(view);
      return true;
    },
    Enter: splitListItem(item),
    "Shift-Enter": chainCommands(exitCode, insertBreak),
    "Mod-[": liftListItem(item),
    "Mod-]": sinkListItem(item),
    Tab: goToNextCell(1),
    "Shift-Tab": goToNextCell(-1),
    "Alt-F10": () => {
      focusToolbar();
      return true;
    },
  };
}

// A click on a link in the text places the cursor; other scripts see that it was dealt with.
function stayOnPage(_view, event) {
  if (event.target instanceof Element && event.target.closest("a")) event.preventDefault();
  return false;
}

function textAttributes(textarea, id, label) {
  const attributes = {
    id,
    class: "editor-text",
    role: "textbox",
    tabindex: "0",
    "aria-multiline": "true",
    "aria-label": label,
    spellcheck: "false",
  };
  if (textarea.required) attributes["aria-required"] = "true";
  if (textarea.readOnly || textarea.disabled) attributes["aria-readonly"] = "true";
  for (const name of ["aria-describedby", "aria-invalid", "aria-errormessage"]) {
    if (textarea.hasAttribute(name)) attributes[name] = textarea.getAttribute(name);
  }
  return attributes;
}

class Editor {
  constructor(textarea) {
    counter += 1;
    this.textarea = textarea;
    this.label = labelText(textarea);
    this.writing = false;
    const id = `${textarea.id || `editor-${counter}`}-text`;
    this.root = document.createElement("div");
    this.root.className = "editor";
    this.status = document.createElement("p");
    this.status.className = "editor-status";
    this.status.setAttribute("role", "status");
    this.toolbar = createToolbar({ label: this.label, controls: id, announce: (text) => this.announce(text) });
    this.plugins = this.createPlugins();
    this.view = new EditorView(null, {
      state: this.createState(textarea.value),
      attributes: () => textAttributes(textarea, id, this.label),
      editable: () => !textarea.readOnly && !textarea.disabled,
      handleDOMEvents: { click: stayOnPage },
      transformPastedHTML: (html) => this.cleanPaste(html),
      dispatchTransaction: (transaction) => this.apply(transaction),
    });
    this.html = toHtml(this.view.state.doc);
    this.loaded = textarea.value;
    this.toolbar.update(this.view);
    this.attach();
  }

  createPlugins() {
    return [
      keymap(keys(() => this.toolbar.focus())),
      keymap(baseKeymap),
      history(),
      gapCursor(),
      tableEditing(),
      new Plugin({ view: () => ({ update: (view) => this.toolbar.update(view) }) }),
    ];
  }

  createState(html) {
    const state = EditorState.create({ doc: parseHtml(html), plugins: this.plugins });
    const fix = fixTables(state);
    return fix ? state.apply(fix.setMeta("addToHistory", false)) : state;
  }

  attach() {
    const { textarea } = this;
    if (!textarea.readOnly && !textarea.disabled) this.root.append(this.toolbar.element);
    this.root.append(this.view.dom, this.status);
    textarea.after(this.root);
    textarea.hidden = true;
    // Scripts and error summaries that focus the field reach the text.
    textarea.focus = () => this.view.focus();
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    textarea.addEventListener("input", () => this.readBack(), { signal });
    textarea.addEventListener("invalid", (event) => this.refuse(event), { signal });
    textarea.form?.addEventListener("reset", () => setTimeout(() => this.readBack()), { signal });
    for (const label of textarea.labels) label.addEventListener("click", () => this.view.focus(), { signal });
    document.addEventListener("click", (event) => this.followAnchor(event), { signal });
  }

  apply(transaction) {
    this.view.updateState(this.view.state.apply(transaction));
    if (transaction.docChanged) this.write();
  }

  write() {
    const html = toHtml(this.view.state.doc);
    if (html === this.html) return;
    this.html = html;
    this.loaded = html;
    this.writing = true;
    this.textarea.value = html;
    this.textarea.setCustomValidity("");
    this.textarea.dispatchEvent(new Event("input", { bubbles: true }));
    this.writing = false;
  }

  /** Takes over a value that the browser (back, reset) or another script has put into the textarea. */
  readBack() {
    if (this.writing || this.textarea.value === this.loaded) return;
    this.loaded = this.textarea.value;
    this.view.updateState(this.createState(this.textarea.value));
    this.html = toHtml(this.view.state.doc);
  }

  cleanPaste(html) {
    const { html: clean, removedImages } = cleanPasted(html);
    if (removedImages) {
      this.announce(`有${removedImages}张图片未粘贴：图片请作为附件上传`);
    }
    return clean;
  }

  // The browser cannot point at a hidden field, so the editor says what is missing.
  refuse(event) {
    event.preventDefault();
    this.view.dom.setAttribute("aria-invalid", "true");
    this.announce(this.textarea.validity.valueMissing ? `请填写“${this.label}”` : this.textarea.validationMessage);
    if (this.textarea.form?.querySelector(":invalid:not(fieldset)") === this.textarea) this.view.focus();
  }

  followAnchor(event) {
    const anchor = event.target instanceof Element && event.target.closest("a[href^='#']");
    if (!anchor || !this.textarea.id || anchor.getAttribute("href") !== `#${this.textarea.id}`) return;
    event.preventDefault();
    this.root.scrollIntoView({ block: "nearest" });
    this.view.focus();
  }

  announce(text) {
    // A repeated message is read again only when the text changes.
    this.status.textContent = this.status.textContent === text ? `${text}\u00a0` : text;
  }

  destroy() {
    this.listeners.abort();
    this.view.destroy();
    this.root.remove();
    delete this.textarea.focus;
    this.textarea.hidden = false;
  }
}

function reportFailure(textarea, error) {
  console.error(error);
  const message = document.createElement("p");
  message.className = "editor-failure";
  message.setAttribute("role", "alert");
  message.textContent = "正文编辑工具未能启动，可直接在下面的文本框中编辑并保存";
  textarea.hidden = false;
  textarea.before(message);
}

/** Enhances the textareas in `root` that are not editors yet. */
export function enhance(root = document) {
  const found = [...root.querySelectorAll(SELECTOR)];
  if (root instanceof Element && root.matches(SELECTOR)) found.push(root);
  for (const textarea of found) {
    if (editors.has(textarea)) continue;
    try {
      editors.set(textarea, new Editor(textarea));
    } catch (error) {
      reportFailure(textarea, error);
    }
  }
}

function release(root) {
  for (const [textarea, editor] of editors) {
    if (root !== textarea && !root.contains(textarea)) continue;
    editor.destroy();
    editors.delete(textarea);
  }
}

enhance();
// After going back, the browser fills the fields in again, partly after scripts have run.
window.addEventListener("pageshow", () => editors.forEach((editor) => editor.readBack()));
document.addEventListener("htmx:load", (event) => enhance(event.target));
document.addEventListener("htmx:beforeCleanupElement", (event) => release(event.target));
