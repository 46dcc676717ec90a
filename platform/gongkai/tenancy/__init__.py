"""Units （单位）: the tree of bodies with a duty to publish, its history, and what each kind is bound by."""
