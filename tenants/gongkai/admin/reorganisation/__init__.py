"""Reorganisation of units （机构改革）: planned with its receivers, seen before it is done, carried out on its day."""
