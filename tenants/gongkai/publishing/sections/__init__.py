"""The sections of a unit （科室）: who works there, what they publish, and how they are renamed or merged."""
