// Foreign HTML (Word, WPS, web pages, migrated texts) to the vocabulary of the schema.
//
// A style attribute counts as a violation of the Content-Security-Policy even in a detached document, so it is
// renamed in the string before anything parses it; a detached element then reads it through the CSSOM, which
// the policy allows.
import { ALIGN_CLASSES, INDENT_CLASS } from "./schema.js";

const TAG = /<[a-z](?:[^"'>]|"[^"]*"|'[^']*')*>/gi;
const LIVE_ATTRIBUTE = /"[^"]*"|'[^']*'|(?<![\w:=.-])(style|on[a-z]+)(?=\s*=)/gi;
const LEADING_SPACES = /^[\u3000\u00a0 ]{2,}/;
const NUMBER_MARKER = /^[(\uff08]|[\d\u4e00-\u9fffa-z]+[.\u3001\uff0e)\uff09]$/i;
const BLOCK_CHILDREN = ":scope > :is(p, h1, h2, h3, h4, h5, h6, ul, ol, table, blockquote, div)";
const BLOCKS = "p, h1, h2, h3, h4, h5, h6, div, center";

function defuse(html) {
  return html
    .replace(/<style\b[\s\S]*?<\/style\s*>/gi, "")
    .replace(TAG, (tag) =>
      tag.replace(LIVE_ATTRIBUTE, (match, name) => (name ? `data-${name.toLowerCase()}` : match)),
    );
}

function unwrap(element) {
  element.replaceWith(...element.childNodes);
}

function wrapContents(element, tag) {
  const wrapper = element.ownerDocument.createElement(tag);
  wrapper.append(...element.childNodes);
  element.append(wrapper);
  return wrapper;
}

function removeOfficeParts(doc) {
  const comments = doc.createTreeWalker(doc, NodeFilter.SHOW_COMMENT);
  const found = [];
  while (comments.nextNode()) found.push(comments.currentNode);
  found.forEach((comment) => comment.remove());
  doc.querySelectorAll("script, meta, link, title, xml, template, iframe, object").forEach((e) => e.remove());
  for (const element of [...doc.body.querySelectorAll("*")]) {
    if (!element.localName.includes(":")) continue;
    if (element.textContent.trim()) unwrap(element);
    else element.remove();
  }
}

// Word writes the marker of a list item as text. Chinese official numbering (一、 (一) 1.) is part of the text and
// stays; a marker from a symbol font would be a stray letter, so it becomes a real list.
function convertListMarkers(doc) {
  for (const marker of doc.querySelectorAll('[data-style*="mso-list" i]')) {
    if (!/mso-list:\s*ignore/i.test(marker.dataset.style)) continue;
    const text = marker.textContent.replace(/[\s\u00a0]+/g, "");
    const block = marker.closest("p");
    if (!block || NUMBER_MARKER.test(text)) {
      marker.replaceWith(text);
      continue;
    }
    marker.remove();
    const item = doc.createElement("li");
    const previous = block.previousElementSibling;
    const list = previous && previous.matches("ul[data-word]") ? previous : doc.createElement("ul");
    if (list !== previous) {
      list.dataset.word = "";
      block.before(list);
    }
    list.append(item);
    item.append(block);
  }
}

function applyInlineStyle(element, style) {
  const bold = style.fontWeight;
  if (bold === "bold" || Number(bold) >= 600) wrapContents(element, "strong");
  const line = style.textDecorationLine || style.textDecoration;
  if (line.includes("underline")) wrapContents(element, "u");
  if (line.includes("line-through")) wrapContents(element, "s");
  if (style.verticalAlign === "super") wrapContents(element, "sup");
  if (style.verticalAlign === "sub") wrapContents(element, "sub");
  if (element.matches("b, strong") && (bold === "normal" || bold === "400")) unwrap(element);
}

function alignBlock(element, align) {
  const name = ALIGN_CLASSES[align];
  if (!name) return;
  if (!element.matches("td, th, div, center")) {
    element.classList.add(name);
    return;
  }
  if (!element.querySelector(BLOCK_CHILDREN)) wrapContents(element, "p");
  for (const child of element.querySelectorAll(":scope > :is(p, h1, h2, h3, h4, h5, h6)")) {
    const own = Object.values(ALIGN_CLASSES).some((other) => child.classList.contains(other));
    if (!own && !child.dataset.style?.includes("text-align") && !child.align) child.classList.add(name);
  }
}

function stylesToClasses(doc) {
  const probe = document.createElement("div").style;
  for (const element of [...doc.body.querySelectorAll("[data-style], [align], center")]) {
    probe.cssText = element.dataset.style || "";
    if (element.matches(`${BLOCKS}, td, th`)) {
      const align = element.localName === "center" ? "center" : (element.getAttribute("align") || "").toLowerCase();
      alignBlock(element, probe.textAlign || align);
      if (element.localName === "p" && parseFloat(probe.textIndent) > 0) element.classList.add(INDENT_CLASS);
    } else {
      applyInlineStyle(element, probe);
    }
  }
}

function tidyTables(doc) {
  for (const caption of doc.querySelectorAll("caption")) {
    const line = doc.createElement("p");
    line.className = ALIGN_CLASSES.center;
    line.append(...caption.childNodes);
    caption.closest("table").before(line);
    caption.remove();
  }
  for (const cell of doc.querySelectorAll("thead td")) {
    const header = doc.createElement("th");
    for (const name of ["colspan", "rowspan"]) {
      if (cell.hasAttribute(name)) header.setAttribute(name, cell.getAttribute(name));
    }
    header.append(...cell.childNodes);
    cell.replaceWith(header);
  }
}

// Spaces in front of a paragraph are how people indent by hand.
function tidyParagraphs(doc) {
  for (const paragraph of doc.querySelectorAll("p")) {
    const first = doc.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT).nextNode();
    if (first && LEADING_SPACES.test(first.data)) {
      first.data = first.data.replace(LEADING_SPACES, "");
      const centred = Object.values(ALIGN_CLASSES).some((name) => paragraph.classList.contains(name));
      if (!centred) paragraph.classList.add(INDENT_CLASS);
    }
    if (/^[\s\u00a0\u3000]*$/.test(paragraph.textContent) && !paragraph.querySelector("img")) {
      if (!paragraph.closest("td, th, li")) paragraph.remove();
      else paragraph.replaceChildren();
    }
  }
}

function lowerHeadings(doc) {
  if (!doc.querySelector("h1")) return;
  for (const heading of [...doc.querySelectorAll("h1, h2, h3, h4, h5, h6")].reverse()) {
    const level = Math.min(Number(heading.localName[1]) + 1, 4);
    const lower = doc.createElement(`h${level}`);
    lower.className = heading.className;
    lower.append(...heading.childNodes);
    heading.replaceWith(lower);
  }
}

export function isSafeLink(href) {
  return /^(https?:\/\/|mailto:|tel:|\/(?!\/)|#)/i.test(href);
}

function tidyLinks(doc) {
  for (const link of doc.querySelectorAll("a")) {
    if (!isSafeLink((link.getAttribute("href") || "").trim())) unwrap(link);
  }
}

// Only pictures that the platform itself serves can stay: the others are files on the writer's computer, or
// addresses that the policy refuses to load.
function removeForeignImages(doc) {
  let removed = 0;
  for (const image of doc.querySelectorAll("img")) {
    const source = image.getAttribute("src") || "";
    if (/^\/(?!\/)/.test(source) || source.startsWith(`${location.origin}/`)) continue;
    image.remove();
    removed += 1;
  }
  return removed;
}

/** A stored or typed text as a body element for the schema's parser; text without tags becomes paragraphs. */
export function readStored(html) {
  if (!/<[a-z][^>]*>/i.test(html)) {
    const body = new DOMParser().parseFromString("", "text/html").body;
    for (const line of html.split(/\r?\n/).filter((text) => text.trim())) {
      const paragraph = body.ownerDocument.createElement("p");
      paragraph.innerHTML = line;
      body.append(paragraph);
    }
    return body;
  }
  const doc = new DOMParser().parseFromString(defuse(html), "text/html");
  removeOfficeParts(doc);
  stylesToClasses(doc);
  tidyTables(doc);
  tidyLinks(doc);
  return doc.body;
}

// ProseMirror marks what was copied from an editor of ours; it is clean and keeps its blank lines.
const OWN_COPY = /<[a-z][^>]*\sdata-pm-slice=/i;

function tidyForeign(doc) {
  convertListMarkers(doc);
  stylesToClasses(doc);
  tidyTables(doc);
  tidyParagraphs(doc);
  lowerHeadings(doc);
  doc.querySelectorAll("[data-style]").forEach((element) => element.removeAttribute("data-style"));
}

/** Pasted HTML as clean HTML, and the number of pictures left out. */
export function cleanPasted(html) {
  const doc = new DOMParser().parseFromString(defuse(html), "text/html");
  removeOfficeParts(doc);
  tidyLinks(doc);
  const removedImages = removeForeignImages(doc);
  if (!OWN_COPY.test(html)) tidyForeign(doc);
  return { html: doc.body.innerHTML, removedImages };
}
