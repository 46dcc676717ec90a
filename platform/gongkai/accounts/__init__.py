"""People: sign-in, memberships in units, roles and the permissions they give."""
