/** What is printed of one claim with `--json`. */
export const CLAIM_JSON =
  '{ claim, claimant, subject, product, parent, relation, replaces (of a claim to replace an external parent), commitment, state, contestUntil, accepted, evidence: { digest, uri } | null, answer: { account, uri } | null, ruling: { adjudicator, upheld, uri } | null, deposit, block, transaction, extensions: [tensors], inheritances: [{ model, state, contestUntil, answer, ruling }] }'
