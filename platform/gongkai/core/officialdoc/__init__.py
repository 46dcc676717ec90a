"""Official documents (公文) in the layout of GB/T 9704-2012, as .docx and as HTML."""
