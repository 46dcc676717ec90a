"""Statements of having nothing to publish in a month （本月无应公开信息说明, `supervision.md` 7.2)."""
