"""Items: drafting, the review chain, publication, versions, attachments, imports, and the counts."""
