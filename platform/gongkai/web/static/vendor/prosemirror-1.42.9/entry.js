// What editor.js uses of ProseMirror; everything else is left out of the bundle.
export { baseKeymap, chainCommands, exitCode, toggleMark } from "prosemirror-commands";
export { gapCursor } from "prosemirror-gapcursor";
export { closeHistory, history, redo, undo } from "prosemirror-history";
export { keymap } from "prosemirror-keymap";
export { DOMParser, DOMSerializer, Schema } from "prosemirror-model";
export { liftListItem, sinkListItem, splitListItem, wrapInList } from "prosemirror-schema-list";
export { AllSelection, EditorState, Plugin, Selection, TextSelection } from "prosemirror-state";
export {
  addColumnAfter,
  addColumnBefore,
  addRowAfter,
  addRowBefore,
  deleteColumn,
  deleteRow,
  deleteTable,
  fixTables,
  goToNextCell,
  isInTable,
  mergeCells,
  splitCell,
  tableEditing,
  tableNodes,
  toggleHeader,
} from "prosemirror-tables";
export { EditorView } from "prosemirror-view";
