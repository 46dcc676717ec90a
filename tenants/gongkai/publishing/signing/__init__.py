"""Signatures on paper （线下签批）: the sheet D01, its registration, its check by a second account; the chain."""
