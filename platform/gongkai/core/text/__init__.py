"""Text as officials write it: folding, document and index numbers, codes, personal data, pinyin, numerals."""
