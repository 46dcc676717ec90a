"""What the demonstration shows of the rooms around publication: people, paper, changes, emergencies, old pages."""
