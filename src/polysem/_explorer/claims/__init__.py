"""The claims view: the ledger, claim by claim."""
