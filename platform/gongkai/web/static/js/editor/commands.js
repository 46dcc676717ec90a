// Editing commands that ProseMirror does not bring: each is (state, dispatch) => boolean like its own.
import { AllSelection, Selection, TextSelection, liftListItem, wrapInList } from "./prosemirror.js";
import { schema } from "./schema.js";

const { heading, paragraph, hard_break: hardBreak, list_item: listItem } = schema.nodes;

function textblocks(state) {
  const found = [];
  for (const { $from, $to } of state.selection.ranges) {
    state.doc.nodesBetween($from.pos, $to.pos, (node, pos) => {
      if (node.isTextblock) found.push({ node, pos });
    });
  }
  return found;
}

function accepts(state, pos, type) {
  const $pos = state.doc.resolve(pos);
  return $pos.parent.canReplaceWith($pos.index(), $pos.index() + 1, type);
}

/** Whether there are selected paragraphs or headings, and all of them pass the test. */
export function everyTextblock(state, test) {
  const found = textblocks(state);
  return found.length > 0 && found.every(({ node }) => test(node));
}

/** Turns the selected blocks into headings of `level`, or into paragraphs when `level` is 0. */
export function setLevel(level) {
  const type = level ? heading : paragraph;
  return (state, dispatch) => {
    const targets = textblocks(state).filter(({ pos }) => accepts(state, pos, type));
    if (!targets.length) return false;
    if (dispatch) {
      const { tr } = state;
      for (const { node, pos } of targets) {
        const { align, indent } = node.attrs;
        tr.setNodeMarkup(pos, type, level ? { level, align, indent: false } : { align, indent });
      }
      dispatch(tr.scrollIntoView());
    }
    return true;
  };
}

/** Sets a block attribute on the selected blocks, or resets it when all of them have it. */
export function toggleBlockAttr(name, value, reset) {
  return (state, dispatch) => {
    const targets = textblocks(state);
    if (!targets.length) return false;
    if (dispatch) {
      const off = targets.every(({ node }) => node.attrs[name] === value);
      const { tr } = state;
      for (const { node, pos } of targets) {
        tr.setNodeMarkup(pos, null, { ...node.attrs, [name]: off ? reset : value });
      }
      dispatch(tr.scrollIntoView());
    }
    return true;
  };
}

function enclosingList(state) {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) {
    const node = $from.node(depth);
    if (node.type === schema.nodes.ordered_list || node.type === schema.nodes.bullet_list) {
      return { node, pos: $from.before(depth) };
    }
    if (node.type.spec.tableRole) return null;
  }
  return null;
}

export function inList(type) {
  return (state) => enclosingList(state)?.node.type === type;
}

// ProseMirror's list commands need a selection that stands in paragraphs, which "select all" does not.
function withTextSelection(state) {
  if (!(state.selection instanceof AllSelection)) return state;
  const { doc, tr } = state;
  return state.apply(tr.setSelection(TextSelection.between(doc.resolve(0), doc.resolve(doc.content.size))));
}

/** Makes a list of the selection, changes the kind of the list around it, or takes it out of such a list. */
export function toggleList(type) {
  return (current, dispatch) => {
    const state = withTextSelection(current);
    const list = enclosingList(state);
    if (!list) return wrapInList(type)(state, dispatch);
    if (list.node.type === type) return liftListItem(listItem)(state, dispatch);
    if (dispatch) dispatch(state.tr.setNodeMarkup(list.pos, type));
    return true;
  };
}

export function insertBreak(state, dispatch) {
  if (dispatch) dispatch(state.tr.replaceSelectionWith(hardBreak.create()).scrollIntoView());
  return true;
}

/** Removes marks, heading level, alignment and indent of the selection; tables and lists stay. */
export function clearFormat(state, dispatch) {
  if (!dispatch) return true;
  const { tr } = state;
  for (const { node, pos } of textblocks(state)) {
    if (accepts(state, pos, paragraph)) tr.setNodeMarkup(pos, paragraph, { align: null, indent: false });
    if (state.selection.empty) tr.removeMark(pos + 1, pos + 1 + node.content.size);
  }
  for (const { $from, $to } of state.selection.ranges) tr.removeMark($from.pos, $to.pos);
  dispatch(tr.setStoredMarks([]).scrollIntoView());
  return true;
}

/** Inserts an empty table after the current block and puts the cursor into its first cell. */
export function insertTable(rows, columns, withHeader) {
  return (state, dispatch) => {
    const { table, table_row: row, table_cell: cell, table_header: header } = schema.nodes;
    const cells = (type) => Array.from({ length: columns }, () => type.createAndFill());
    const content = Array.from({ length: rows }, (_, index) =>
      row.create(null, cells(withHeader && index === 0 ? header : cell)),
    );
    if (!dispatch) return true;
    const { tr } = state;
    const { $from } = state.selection;
    const emptyBlock = $from.depth > 0 && $from.parent.isTextblock && !$from.parent.content.size;
    const start = $from.depth === 0 ? $from.pos : emptyBlock ? $from.before() : $from.after();
    const end = emptyBlock ? $from.after() : start;
    tr.replaceWith(start, end, table.create(null, content));
    tr.setSelection(Selection.near(tr.doc.resolve(start + 1)));
    dispatch(tr.scrollIntoView());
    return true;
  };
}

/** The range of the link around the cursor, or the selection, with the address that it has now. */
export function linkRange(state) {
  const { from, to, $from, empty } = state.selection;
  const mark = schema.marks.link.isInSet(empty ? $from.marks() : state.doc.resolve(from + 1).marks());
  if (!empty || !mark) return { from, to, href: mark ? mark.attrs.href : "" };
  let start = $from.start();
  let run = { from, to };
  let around = run;
  $from.parent.forEach((child) => {
    const end = start + child.nodeSize;
    if (mark.isInSet(child.marks)) {
      run = run.to === start ? { from: run.from, to: end } : { from: start, to: end };
      if (run.from <= from && from <= run.to) around = run;
    }
    start = end;
  });
  return { ...around, href: mark.attrs.href };
}

/** Links `range` to `href`; an empty address removes the link; text is inserted where nothing is selected. */
export function setLink(range, href) {
  return (state, dispatch) => {
    if (!dispatch) return true;
    const { link } = schema.marks;
    const { tr } = state;
    if (range.from === range.to && href) {
      tr.insert(range.from, schema.text(href, [link.create({ href })]));
    } else {
      tr.removeMark(range.from, range.to, link);
      if (href) tr.addMark(range.from, range.to, link.create({ href }));
    }
    dispatch(tr.scrollIntoView());
    return true;
  };
}
