"""Tests of what stands around naming: verification, receipts, errata."""
