// Generated from the contracts by tools/generate-layout.ts. Do not edit.
/**
 * Where the contracts store what verification reads. A field is a slot, a byte of it counted from the lowest, and a type: a number is a
 * value of so many bytes, `of` is what a mapping maps to, `each` is the element of an array (with a count when it is fixed).
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
                  slots: 1,
                },
              ],
              profile: [2, 0, 32],
            },
            slots: 3,
          },
        },
      ],
      verifiers: [2, 0, { of: 20 }],
      terms: [
        7,
        0,
        {
          of: {
            fields: {
              number: [0, 0, 4],
              rights: [0, 4, 2],
              unstated: [0, 6, 2],
              thresholds: [0, 8, 1],
              flags: [0, 9, 2],
              family: [0, 11, 1],
              outbound: [0, 12, 16],
              duties: [1, 0, 32],
            },
            slots: 2,
          },
        },
      ],
      thresholds: [
        8,
        0,
        {
          of: {
            of: {
              fields: {
                metric: [0, 0, 1],
                subject: [0, 1, 1],
                limit: [0, 2, 16],
                withdraws: [0, 18, 2],
                adds: [0, 20, 2],
                uses: [0, 22, 2],
                param: [0, 24, 4],
                flags: [0, 28, 1],
              },
              slots: 1,
            },
          },
        },
      ],
      numbered: [9, 0, { of: 32 }],
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
              slots: 1,
            },
          },
        },
      ],
      tierIds: [12, 0, { of: { each: 32, count: 16 } }],
      batches: [
        15,
        0,
        { of: { of: { fields: { anchoredAt: [0, 0, 5], count: [0, 5, 4], revokedAt: [0, 9, 5] }, slots: 1 } } },
      ],
      records: [16, 0, { of: 32 }],
      parents: [17, 0, { of: { each: 32, count: 8 } }],
      wideTerms: [18, 0, { of: 32 }],
    },
  },
  recalls: {
    fields: {
      recalls: [
        1,
        0,
        {
          of: {
            of: {
              fields: { state: [0, 0, 1], recalledAt: [0, 1, 5], undoUntil: [0, 6, 5], by: [0, 11, 20] },
              slots: 1,
            },
          },
        },
      ],
      bindings: [2, 0, { of: { each: 32, count: 4 } }],
    },
  },
  licenseCredential: {
    fields: {
      records: [10, 0, { of: 32 }],
      details: [11, 0, { of: { fields: { gapFrom: [0, 0, 5], gapUntil: [0, 5, 5], lifts: [0, 10, 2] }, slots: 1 } }],
      parents: [12, 0, { of: 32 }],
    },
  },
  lineageClaims: {
    fields: {
      claims: [
        2,
        0,
        {
          of: {
            fields: {
              claimant: [0, 0, 20],
              contestUntil: [0, 20, 5],
              state: [0, 25, 1],
              relation: [0, 26, 1],
              product: [0, 27, 1],
              disclosed: [0, 28, 1],
              accepted: [0, 29, 1],
              subject: [1, 0, 32],
              parent: [2, 0, 32],
              replaces: [3, 0, 32],
            },
            slots: 4,
          },
        },
      ],
      accepted: [3, 0, { of: 32 }],
      upheld: [4, 0, { of: 32 }],
      upheldAt: [5, 0, { of: 5 }],
      extended: [6, 0, { of: { of: 1 } }],
      inheritances: [7, 0, { of: { of: { fields: { contestUntil: [0, 0, 5], state: [0, 5, 1] }, slots: 1 } } }],
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
            slots: 41,
          },
        },
      ],
      countersigned: [10, 0, { of: { of: 1 } }],
    },
  },
  reviewGate: {
    fields: {
      period: [4, 0, 5],
      margin: [4, 5, 5],
      minBlocks: [4, 10, 6],
      quorum: [4, 16, 1],
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
            slots: 3,
          },
        },
      ],
      certifications: [
        6,
        0,
        { of: { fields: { certifier: [0, 0, 20], until: [0, 20, 5], uses: [0, 25, 4] }, slots: 1 } },
      ],
      scans: [
        7,
        0,
        { of: { each: { fields: { scanner: [0, 0, 20], scannedAt: [0, 20, 5], verdict: [0, 25, 1] }, slots: 1 } } },
      ],
      tensorScans: [
        8,
        0,
        { of: { each: { fields: { scanner: [0, 0, 20], scannedAt: [0, 20, 5], verdict: [0, 25, 1] }, slots: 1 } } },
      ],
      organizations: [9, 0, { of: 32 }],
    },
  },
  usageAudit: {
    fields: {
      epochs: [2, 0, { of: { of: 4 } }],
      heads: [
        3,
        0,
        {
          of: { fields: { size: [0, 0, 8], calls: [0, 8, 8], tokens: [0, 16, 11], anchoredAt: [0, 27, 5] }, slots: 1 },
        },
      ],
      roots: [4, 0, { of: { of: 32 } }],
    },
  },
} as const
