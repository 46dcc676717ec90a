// What a text may contain. It is the server's list of allowed tags and classes, so that nothing which an
// official sees in the editor is lost when the text is saved.
import { Schema, tableNodes } from "./prosemirror.js";

export const ALIGN_CLASSES = { center: "align-center", right: "align-right" };
export const INDENT_CLASS = "indent-2";

function blockAttrs(dom) {
  const align = Object.keys(ALIGN_CLASSES).find((key) => dom.classList.contains(ALIGN_CLASSES[key]));
  return { align: align || null, indent: dom.classList.contains(INDENT_CLASS) };
}

function blockClass({ align, indent }) {
  const classes = [align && ALIGN_CLASSES[align], indent && INDENT_CLASS].filter(Boolean);
  return classes.length ? { class: classes.join(" ") } : {};
}

const BLOCK_ATTRS = { align: { default: null }, indent: { default: false } };

const headingRules = [
  ["h1", 2],
  ["h2", 2],
  ["h3", 3],
  ["h4", 4],
  ["h5", 4],
  ["h6", 4],
].map(([tag, level]) => ({ tag, getAttrs: (dom) => ({ ...blockAttrs(dom), level }) }));

const nodes = {
  doc: { content: "block+" },
  paragraph: {
    content: "inline*",
    group: "block",
    attrs: BLOCK_ATTRS,
    parseDOM: [{ tag: "p", getAttrs: blockAttrs }],
    toDOM: (node) => ["p", blockClass(node.attrs), 0],
  },
  heading: {
    content: "inline*",
    group: "block",
    defining: true,
    attrs: { ...BLOCK_ATTRS, level: { default: 2 } },
    parseDOM: headingRules,
    toDOM: (node) => [`h${node.attrs.level}`, blockClass(node.attrs), 0],
  },
  blockquote: {
    content: "block+",
    group: "block",
    defining: true,
    parseDOM: [{ tag: "blockquote" }],
    toDOM: () => ["blockquote", 0],
  },
  horizontal_rule: { group: "block", parseDOM: [{ tag: "hr" }], toDOM: () => ["hr"] },
  ordered_list: {
    content: "list_item+",
    group: "block",
    attrs: { start: { default: 1 } },
    parseDOM: [{ tag: "ol", getAttrs: (dom) => ({ start: dom.start || 1 }) }],
    toDOM: (node) => ["ol", node.attrs.start === 1 ? {} : { start: node.attrs.start }, 0],
  },
  bullet_list: {
    content: "list_item+",
    group: "block",
    parseDOM: [{ tag: "ul" }],
    toDOM: () => ["ul", 0],
  },
  list_item: { content: "paragraph block*", defining: true, parseDOM: [{ tag: "li" }], toDOM: () => ["li", 0] },
  ...tableNodes({ tableGroup: "block", cellContent: "block+", cellAttributes: {} }),
  image: {
    inline: true,
    group: "inline",
    draggable: true,
    attrs: { src: {}, alt: { default: "" } },
    parseDOM: [
      {
        tag: "img[src]",
        getAttrs: (dom) => ({ src: dom.getAttribute("src"), alt: dom.getAttribute("alt") || "" }),
      },
    ],
    toDOM: (node) => ["img", { src: node.attrs.src, alt: node.attrs.alt }],
  },
  hard_break: {
    inline: true,
    group: "inline",
    selectable: false,
    parseDOM: [{ tag: "br" }],
    toDOM: () => ["br"],
  },
  text: { group: "inline" },
};

const simpleMark = (tag, ...others) => ({
  parseDOM: [tag, ...others].map((name) => ({ tag: name })),
  toDOM: () => [tag, 0],
});

const marks = {
  link: {
    attrs: { href: {} },
    inclusive: false,
    parseDOM: [{ tag: "a[href]", getAttrs: (dom) => ({ href: dom.getAttribute("href") }) }],
    toDOM: (mark) => ["a", { href: mark.attrs.href }, 0],
  },
  strong: simpleMark("strong", "b"),
  em: simpleMark("em", "i"),
  u: simpleMark("u", "ins"),
  s: simpleMark("s", "strike", "del"),
  sub: { ...simpleMark("sub"), excludes: "sub sup" },
  sup: { ...simpleMark("sup"), excludes: "sub sup" },
};

export const schema = new Schema({ nodes, marks });
