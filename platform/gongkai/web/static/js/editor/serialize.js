// The document as the HTML that is stored: no wrappers that only the editor needs, header rows in a thead.
import { DOMParser, DOMSerializer } from "./prosemirror.js";
import { readStored } from "./clean.js";
import { schema } from "./schema.js";

const parser = DOMParser.fromSchema(schema);
const serializer = DOMSerializer.fromSchema(schema);

// A document without a window, so that writing out a text loads none of its pictures.
const inert = document.implementation.createHTMLDocument("");

/** The document of a stored or typed text. */
export function parseHtml(html) {
  return parser.parse(readStored(html));
}

function isHeaderRow(row) {
  return row.cells.length > 0 && [...row.cells].every((cell) => cell.localName === "th");
}

// A cell that spans rows may not cross from the head into the body.
function headerRowCount(rows) {
  const limit = rows.findIndex((row) => !isHeaderRow(row));
  let count = limit === -1 ? 0 : limit;
  const crosses = (end) =>
    rows.slice(0, end).some((row, index) => [...row.cells].some((cell) => index + cell.rowSpan > end));
  while (count > 0 && crosses(count)) count -= 1;
  return count;
}

function promoteHeaderRows(table) {
  const rows = [...table.rows].filter((row) => row.closest("table") === table);
  const count = headerRowCount(rows);
  if (!count) return;
  const head = inert.createElement("thead");
  head.append(...rows.slice(0, count));
  for (const cell of head.querySelectorAll("th")) cell.setAttribute("scope", "col");
  table.prepend(head);
}

function unwrapSoleParagraph(holder) {
  const child = holder.firstElementChild;
  if (holder.childNodes.length === 1 && child.localName === "p" && !child.attributes.length) {
    child.replaceWith(...child.childNodes);
  }
}

// Nodes never change, so a block is written out again only when it was edited.
const written = new WeakMap();

function blockToHtml(node) {
  if (!written.has(node)) {
    const holder = inert.createElement("div");
    holder.append(serializer.serializeNode(node, { document: inert }));
    holder.querySelectorAll("table").forEach(promoteHeaderRows);
    holder.querySelectorAll("td, th, li").forEach(unwrapSoleParagraph);
    written.set(node, holder.innerHTML);
  }
  return written.get(node);
}

/** The HTML of a document, one top-level block a line; empty paragraphs at its end are left out. */
export function toHtml(doc) {
  const blocks = [];
  doc.forEach((node) => blocks.push(blockToHtml(node)));
  while (blocks.at(-1) === "<p></p>") blocks.pop();
  return blocks.join("\n");
}
