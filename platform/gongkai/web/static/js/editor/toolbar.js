// The toolbar: one stop for the Tab key, arrow keys inside it (ARIA Authoring Practices, toolbar pattern). Buttons
// carry words, not pictures, and stay reachable when they do not apply, so that they can say why.
import {
  addColumnAfter,
  addColumnBefore,
  addRowAfter,
  addRowBefore,
  deleteColumn,
  deleteRow,
  deleteTable,
  isInTable,
  mergeCells,
  redo,
  splitCell,
  toggleHeader,
  toggleMark,
  undo,
} from "./prosemirror.js";
import {
  clearFormat,
  everyTextblock,
  inList,
  insertTable,
  linkRange,
  setLevel,
  setLink,
  toggleBlockAttr,
  toggleList,
} from "./commands.js";
import { askLink, askTable } from "./dialogs.js";
import { schema } from "./schema.js";

const { strong, u, link } = schema.marks;
const { heading, paragraph, bullet_list: bullets, ordered_list: numbers, table_header: header } = schema.nodes;

const MODIFIER = /Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl+";

const hasMark = (mark) => (state) => {
  const { from, to, $from, empty } = state.selection;
  return empty ? Boolean(mark.isInSet(state.storedMarks || $from.marks())) : state.doc.rangeHasMark(from, to, mark);
};
const isLevel = (level) => (state) =>
  everyTextblock(state, (node) => (level ? node.type === heading && node.attrs.level === level : node.type === paragraph));
const hasAttr = (name, value) => (state) => everyTextblock(state, (node) => node.attrs[name] === value);
const hasHeaderRow = (state) => {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) {
    const node = $from.node(depth);
    if (node.type === schema.nodes.table) return node.firstChild.content.content.every((cell) => cell.type === header);
  }
  return false;
};

export function openLinkDialog(view) {
  const range = linkRange(view.state);
  askLink({
    href: range.href,
    onLink: (href) => setLink(range, href)(view.state, view.dispatch),
    onClose: () => view.focus(),
  });
}

function openTableDialog(view, announce) {
  askTable({
    onTable: (rows, columns, withHeader) => {
      insertTable(rows, columns, withHeader)(view.state, view.dispatch);
      announce(`已插入${rows}行${columns}列的表格`);
    },
    onClose: () => view.focus(),
  });
}

const level = (label, number) => ({ label, command: setLevel(number), pressed: isLevel(number) });
const align = (label, value) => ({
  label,
  command: toggleBlockAttr("align", value, null),
  pressed: hasAttr("align", value),
});
const table = (label, command, more) => ({ label, command, done: `已${label}`, ...more });
const NO_CELLS = "请先选中相邻的多个单元格（按住 Shift 键再按方向键，或按住鼠标拖选），再合并";

const TEXT_GROUPS = [
  ["段落级别", [level("正文", 0), level("一级标题", 2), level("二级标题", 3), level("三级标题", 4)]],
  [
    "文字",
    [
      { label: "加粗", command: toggleMark(strong), pressed: hasMark(strong), key: "B" },
      { label: "下划线", command: toggleMark(u), pressed: hasMark(u), key: "U" },
    ],
  ],
  [
    "段落",
    [
      align("居中", "center"),
      align("居右", "right"),
      { label: "首行缩进", command: toggleBlockAttr("indent", true, false), pressed: hasAttr("indent", true) },
      { label: "有序列表", command: toggleList(numbers), pressed: inList(numbers) },
      { label: "无序列表", command: toggleList(bullets), pressed: inList(bullets) },
    ],
  ],
  [
    "插入",
    [
      { label: "插入表格", open: openTableDialog },
      { label: "链接", open: openLinkDialog, pressed: hasMark(link), key: "K" },
    ],
  ],
  [
    "修改",
    [
      { label: "清除格式", command: clearFormat, done: "已清除格式" },
      { label: "撤销", command: undo, done: "已撤销", key: "Z", why: "没有可以撤销的操作" },
      { label: "重做", command: redo, done: "已重做", key: "Y", why: "没有可以重做的操作" },
    ],
  ],
];

const TABLE_GROUP = [
  "表格",
  [
    table("在上方插入行", addRowBefore),
    table("在下方插入行", addRowAfter),
    table("在左侧插入列", addColumnBefore),
    table("在右侧插入列", addColumnAfter),
    table("删除行", deleteRow),
    table("删除列", deleteColumn),
    table("合并单元格", mergeCells, { why: NO_CELLS }),
    table("拆分单元格", splitCell, { why: "当前单元格没有合并过，不需要拆分" }),
    table("表头行", toggleHeader("row"), { pressed: hasHeaderRow, done: "已切换表头行" }),
    table("删除表格", deleteTable),
  ],
];

function createButton(item) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "editor-button";
  element.textContent = item.label;
  element.tabIndex = -1;
  if (item.pressed) element.setAttribute("aria-pressed", "false");
  if (item.key) {
    element.title = `${item.label}（${MODIFIER}${item.key}）`;
    element.setAttribute("aria-keyshortcuts", `${MODIFIER === "⌘" ? "Meta" : "Control"}+${item.key}`);
  }
  return element;
}

function createGroup([label, items], entries) {
  const group = document.createElement("div");
  group.className = "editor-group";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", label);
  for (const item of items) {
    const element = createButton(item);
    entries.push({ item, element });
    group.append(element);
  }
  return group;
}

function nextIndex(key, index, length) {
  const moves = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: length - 1 };
  return key in moves ? (moves[key] + length) % length : null;
}

/** The toolbar of one editor: `element`, `update(view)` after each change of state, `focus()`. */
export function createToolbar({ label, controls, announce }) {
  const element = document.createElement("div");
  const entries = [];
  let view = null;
  element.className = "editor-toolbar";
  element.setAttribute("role", "toolbar");
  element.setAttribute("aria-label", `${label}格式工具栏`);
  element.setAttribute("aria-controls", controls);
  element.append(...TEXT_GROUPS.map((group) => createGroup(group, entries)));
  const tableGroup = createGroup(TABLE_GROUP, entries);
  tableGroup.hidden = true;
  element.append(tableGroup);
  const shown = () => entries.map((entry) => entry.element).filter((button) => !button.parentElement.hidden);

  function setStop(target) {
    for (const entry of entries) entry.element.tabIndex = entry.element === target ? 0 : -1;
  }

  function press(item) {
    if (item.open) {
      item.open(view, announce);
      return;
    }
    if (!item.command(view.state)) {
      announce(item.why || "当前位置不能使用此功能");
      return;
    }
    item.command(view.state, view.dispatch, view);
    view.focus();
    if (item.done) announce(item.done);
  }

  for (const { item, element: target } of entries) {
    // Without this the click would take the focus and with it the selection of the text.
    target.addEventListener("mousedown", (event) => event.preventDefault());
    target.addEventListener("focus", () => setStop(target));
    target.addEventListener("click", () => press(item));
  }
  element.addEventListener("keydown", (event) => {
    const buttons = shown();
    const index = nextIndex(event.key, buttons.indexOf(document.activeElement), buttons.length);
    if (index !== null) buttons[index].focus();
    else if (event.key === "Escape") view.focus();
    else return;
    event.preventDefault();
  });
  setStop(entries[0].element);

  return {
    element,
    focus: () => entries.find((entry) => entry.element.tabIndex === 0).element.focus(),
    update(current) {
      view = current;
      const { state } = current;
      tableGroup.hidden = !isInTable(state);
      if (!shown().some((button) => button.tabIndex === 0)) setStop(entries[0].element);
      for (const { item, element: target } of entries) {
        if (target.parentElement.hidden) continue;
        if (item.command) target.setAttribute("aria-disabled", String(!item.command(state)));
        if (item.pressed) target.setAttribute("aria-pressed", String(item.pressed(state)));
      }
    },
  };
}
