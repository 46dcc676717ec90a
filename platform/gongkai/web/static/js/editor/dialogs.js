// The two questions that the toolbar asks. They stand at the end of the body, outside the form being edited, so
// that their fields are never submitted with it.
import { isSafeLink } from "./clean.js";

let counter = 0;

function field(name, label, attributes, hint) {
  counter += 1;
  const id = `editor-dialog-${name}-${counter}`;
  const row = document.createElement("p");
  const caption = document.createElement("label");
  caption.htmlFor = id;
  caption.textContent = label;
  const input = document.createElement("input");
  Object.assign(input, { id, name, autocomplete: "off", ...attributes });
  row.append(...(input.type === "checkbox" ? [input, caption] : [caption, input]));
  if (hint) {
    const note = document.createElement("span");
    note.id = `${id}-hint`;
    note.className = "editor-dialog-hint";
    note.textContent = hint;
    input.setAttribute("aria-describedby", note.id);
    row.append(note);
  }
  return row;
}

function button(label, kind) {
  const element = document.createElement("button");
  element.type = kind === "ok" ? "submit" : "button";
  element.className = `button ${kind === "ok" ? "button-primary" : "button-secondary"}`;
  element.textContent = label;
  return element;
}

// `check` takes the fields of the form and returns `fault`, what is wrong with them, or `act`, what to do. The deed waits
// until the dialog is gone and `onClose` has given the focus back: a text that is changed while the dialog makes it
// inert gets its old cursor back with the focus.
function ask({ title, rows, extra, check, onClose }) {
  counter += 1;
  const dialog = document.createElement("dialog");
  const form = document.createElement("form");
  const heading = document.createElement("h2");
  const fault = document.createElement("p");
  const actions = document.createElement("p");
  dialog.className = "editor-dialog";
  heading.id = `editor-dialog-title-${counter}`;
  heading.textContent = title;
  dialog.setAttribute("aria-labelledby", heading.id);
  fault.className = "editor-dialog-fault";
  fault.setAttribute("role", "alert");
  form.method = "dialog";
  form.noValidate = true;
  const cancel = button("取消");
  const finish = (act) => {
    dialog.close();
    dialog.remove();
    onClose();
    act?.();
  };
  cancel.addEventListener("click", () => finish());
  actions.append(button("确定", "ok"), cancel);
  if (extra) {
    const other = button(extra.label);
    other.addEventListener("click", () => finish(extra.act));
    actions.append(other);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const result = check(form.elements);
    fault.textContent = result.fault || "";
    if (result.act) finish(result.act);
  });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    finish();
  });
  actions.className = "actions";
  form.append(heading, ...rows, fault, actions);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  form.querySelector("input").select();
}

function completeAddress(text) {
  const address = text.trim();
  return /^[\w-]+(\.[\w-]+)+(:\d+)?(\/|$)/.test(address) ? `https://${address}` : address;
}

export function askLink({ href, onLink, onClose }) {
  const hint = "例如 https://www.gov.cn/，或本站地址 /items/12";
  ask({
    title: "链接",
    rows: [field("href", "链接地址", { type: "text", inputMode: "url", value: href }, hint)],
    extra: href ? { label: "取消链接", act: () => onLink("") } : null,
    check: (fields) => {
      const address = completeAddress(fields.href.value);
      if (isSafeLink(address)) return { act: () => onLink(address) };
      return { fault: "链接地址不完整，请填写以 https:// 或 http:// 开头的网址，或以 / 开头的本站地址" };
    },
    onClose,
  });
}

const LIMITS = { rows: ["行数", 100], columns: ["列数", 20] };

export function askTable({ onTable, onClose }) {
  const number = (name, value) =>
    field(name, LIMITS[name][0], { type: "number", min: 1, max: LIMITS[name][1], value });
  ask({
    title: "插入表格",
    rows: [number("rows", 3), number("columns", 3), field("header", "首行作为表头", { type: "checkbox", checked: true })],
    check: (fields) => {
      for (const [name, [label, most]] of Object.entries(LIMITS)) {
        const count = Number(fields[name].value);
        if (!Number.isInteger(count) || count < 1 || count > most) {
          return { fault: `${label}应为1到${most}之间的整数` };
        }
      }
      const [rows, columns, header] = [fields.rows.value, fields.columns.value, fields.header.checked];
      return { act: () => onTable(Number(rows), Number(columns), header) };
    },
    onClose,
  });
}
