// The one place that names the vendored version of ProseMirror (see ../../vendor/README.md).
export * from "../../vendor/prosemirror-1.42.9/prosemirror.min.js";
