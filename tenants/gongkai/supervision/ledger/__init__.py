"""The rectification ledger （整改台账, `supervision.md` section 5): states, claims, rechecks, disputes, deadlines."""
