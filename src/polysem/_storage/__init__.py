"""Files: whole or absent. Folders, tables, weights and the record of what made them."""
