"""The one linear migration history. `env.py` imports nothing of ours; `gongkai.run` gives it the metadata."""
