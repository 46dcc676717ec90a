"""Which bodies owe an annual report of disclosure, by when, and which have published it （条例 arts. 49, 50）."""
