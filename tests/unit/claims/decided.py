"""The verdict of a claim on made-up tables. Every rule must be able to support, to refute, to leave
open."""

from polysem._claims.decision import findings_of, judge
from polysem._claims.discover import all_claims

CLAIMS = {claim.number: claim for claim in all_claims()}


def verdict(number, tables):
    claim = CLAIMS[number]
    return str(judge(findings_of(claim.criteria, tables, claim.alpha)))
