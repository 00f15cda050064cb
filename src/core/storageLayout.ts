// Generated from the contracts by tools/generate-layout.ts. Do not edit.
/**
 * Where the contracts store what verification reads. A field is a slot, a byte of it counted from the lowest, and a type: a number is a
 * value of so many bytes, `of` is what a mapping maps to, `each` is how many bytes each of the `count` values of an array has.
 */
export const STORAGE_LAYOUT = {
  ledger: {
    fields: {
      accounts: [
        1,
        0,
        {
          of: {
            fields: {
              controller: [0, 0, 20],
              epoch: [0, 20, 4],
              tenure: [
                1,
                0,
                {
                  fields: {
                    pendingController: [0, 0, 20],
                    verifiedFrom: [0, 20, 5],
                    verifiedUntil: [0, 25, 5],
                    verifier: [0, 30, 2],
                  },
                },
              ],
              profile: [2, 0, 32],
            },
          },
        },
      ],
      tiers: [
        11,
        0,
        {
          of: {
            of: {
              fields: {
                terms: [0, 0, 4],
                passThrough: [0, 4, 4],
                maxDuration: [0, 8, 5],
                open: [0, 13, 1],
                withdrawn: [0, 14, 1],
                callQuota: [0, 15, 8],
                tokenQuota: [0, 23, 8],
                subCredentials: [0, 31, 1],
              },
            },
          },
        },
      ],
      tierIds: [12, 0, { of: { each: 32, count: 16 } }],
      records: [16, 0, { of: 32 }],
      parents: [17, 0, { of: { each: 32, count: 8 } }],
    },
  },
  recalls: {
    fields: {
      recalls: [
        1,
        0,
        { of: { of: { fields: { state: [0, 0, 1], recalledAt: [0, 1, 5], undoUntil: [0, 6, 5], by: [0, 11, 20] } } } },
      ],
      bindings: [2, 0, { of: { each: 32, count: 4 } }],
    },
  },
  licenseCredential: {
    fields: {
      records: [10, 0, { of: 32 }],
      details: [11, 0, { of: { fields: { gapFrom: [0, 0, 5], gapUntil: [0, 5, 5], lifts: [0, 10, 2] } } }],
      parents: [12, 0, { of: 32 }],
    },
  },
  lineageClaims: {
    fields: {
      accepted: [3, 0, { of: 32 }],
      attested: [
        9,
        0,
        {
          of: {
            fields: {
              count: [0, 0, 1],
              byPublisher: [0, 1, 1],
              replaced: [0, 2, 1],
              first: [0, 3, 8],
              models: [1, 0, { each: 32, count: 32 }],
              others: [33, 0, { each: 8, count: 31 }],
            },
          },
        },
      ],
      countersigned: [10, 0, { of: { of: 1 } }],
    },
  },
  reviewGate: {
    fields: {
      reviews: [
        5,
        0,
        {
          of: {
            fields: {
              weights: [0, 0, 32],
              requestedAt: [1, 0, 5],
              readyAt: [1, 5, 5],
              pausedBefore: [1, 10, 5],
              readyBlock: [1, 15, 6],
              quorum: [1, 21, 1],
              state: [1, 22, 1],
              ofModel: [1, 23, 1],
              requester: [2, 0, 20],
            },
          },
        },
      ],
      certifications: [6, 0, { of: { fields: { certifier: [0, 0, 20], until: [0, 20, 5], uses: [0, 25, 4] } } }],
    },
  },
  usageAudit: {
    fields: {
      epochs: [4, 0, { of: { of: 4 } }],
      heads: [
        5,
        0,
        { of: { fields: { size: [0, 0, 8], calls: [0, 8, 8], tokens: [0, 16, 11], anchoredAt: [0, 27, 5] } } },
      ],
      roots: [6, 0, { of: { of: 32 } }],
    },
  },
} as const
