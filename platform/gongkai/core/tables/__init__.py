"""Lists in spreadsheets: .xlsx and delimited text read row by row, and written without formulas."""
