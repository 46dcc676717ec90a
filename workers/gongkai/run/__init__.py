"""The composition root: the list of modules, the web application, the command line, embedded mode."""
