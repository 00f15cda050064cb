// Generated from schema.graphql and operations.graphql by tools/generate-query.ts. Do not edit.
import type { ClaimState } from '../core/claim.ts'
import type { Verdict } from '../core/evaluate.ts'
import type { Address, Hex } from '../core/hex.ts'
import type { CredentialState, ModelStatus } from '../core/lineage.ts'
import type { ReviewState, ScanVerdict } from '../core/review.ts'
import type { Metric, Obligation, Relation, Right } from '../core/vocabulary.ts'

/** Exactly one: the state after a block, or at a time (Unix seconds). */
export type Moment = { block: number } | { time: number }
/** Which claims: those that meet every condition. */
export type ClaimFilter = {
  subject?: Hex | null

  parent?: Hex | null

  claimant?: Address | null

  state?: ClaimState | null
}
/** Which reviews: those that meet every condition. */
export type ReviewFilter = {
  weights?: Hex | null

  state?: ReviewState | null
}
/** Which usage logs: those that meet every condition. */
export type UsageFilter = {
  operator?: Address | null

  credential?: Hex | null
}
/** Which models: those that meet every condition. */
export type ModelFilter = {
  publisher?: Address | null

  weights?: Hex | null
  /** Root of the Merkle tree of datasets. */
  datasets?: Hex | null

  terms?: Hex | null
  /** Name of the terms, such as Apache-2.0: also as the weights' part of a set. */
  license?: string | null
  /** Beginning of the name, in either case. */
  name?: string | null

  status?: ModelStatus | null
}
/** Which tiers: those that meet every condition. */
export type TierFilter = {
  model?: Hex | null

  publisher?: Address | null

  terms?: Hex | null
  /** Whether it is still offered. */
  offered?: boolean | null
}
/** Which credentials: those that meet every condition. */
export type CredentialFilter = {
  model?: Hex | null

  tier?: Hex | null

  holder?: Address | null

  publisher?: Address | null
  /** Whether it is valid at the ledger's `now`. */
  valid?: boolean | null
}
/** Which events: those that meet every condition. */
export type EventFilter = {
  model?: Hex | null

  account?: Address | null

  events?: readonly string[] | null
}
/** Facts about the licensee. Users are persons, money is in whole US dollars. */
export type Facts = {
  monthlyActiveUsers?: string | bigint | null

  monthlyActiveUsersAtRelease?: string | bigint | null

  monthlyRevenueUsd?: string | bigint | null

  annualRevenueUsd?: string | bigint | null

  inExcludedTerritory?: boolean | null

  withoutLicensorAgreement?: boolean | null
}
/** Which statements count. */
export type TrustPolicy = {
  trustedPublishers?: readonly Address[] | null

  deniedPublishers?: readonly Address[] | null
  /** Operators whose usage logs count, beside the publisher and the licensee. */
  trustedOperators?: readonly Address[] | null
  /** Obligations that the licensee already meets. */
  fulfilled?: readonly Obligation[] | null
}
/** A change. Exactly one: a credential is revoked, a model is recalled, or datasets with this root are withdrawn. */
export type Cause = { credential: Hex } | { model: Hex } | { datasets: Hex }

/** The fields of Ledger that answers carry. */
export type Truth = { block: BlockFields; now: number; chainId: number }
/** The fields of Block that answers carry. */
export type BlockFields = { number: number; hash: Hex; time: number }
/** The fields of Model that answers carry. */
export type ModelSummary = {
  id: Hex
  name: string
  uri: string
  publisher: { address: Address }
  weights: Hex
  datasets: Hex | null
  method: Hex | null
  terms: { id: Hex; name: string | null } | null
  declared: readonly { model: Hex; relation: Relation }[]
  status: ModelStatus
  registered: BlockFields
}
/** The fields of Relative that answers carry. */
export type RelativeFields = {
  depth: number
  model: ModelSummary
  edges: readonly {
    relation: Relation
    grade: 'declared' | 'acknowledged' | 'countersigned' | 'adjudicated'
    undisclosed: boolean
    block: number
    child: { id: Hex }
    parent: { id: Hex }
  }[]
}
/** The fields of Terms that answers carry. */
export type TermsFields = {
  id: Hex
  name: string | null
  uri: string | null
  text: Hex | null
  rights: readonly Right[]
  unstated: readonly Right[]
  obligations: readonly Obligation[]
  thresholds: readonly { metric: Metric; limit: string; withdraws: readonly Right[]; adds: readonly Obligation[] }[]
}
/** The fields of Tier that answers carry. */
export type TierFields = {
  id: Hex
  name: string
  uri: string
  terms: { id: Hex; name: string | null }
  passThrough: readonly Right[]
  open: boolean
  maxDuration: number
  callQuota: string
  tokenQuota: string
  offered: BlockFields
  withdrawn: BlockFields | null
}
/** The fields of Credential that answers carry. */
export type CredentialFields = {
  id: Hex
  model: { id: Hex; name: string }
  tier: { id: Hex; name: string }
  holder: Address
  publisher: Address
  validFrom: number
  validUntil: number
  gapFrom: number
  gapUntil: number
  state: CredentialState
  valid: boolean
  issued: BlockFields
}
/** The fields of Event that answers carry. */
export type EventFields = {
  id: string
  name: string
  block: BlockFields
  log: number
  transaction: Hex
  account: Address | null
  model: { id: Hex; name: string; uri: string } | null
}
/** The fields of Claim that answers carry. */
export type ClaimFields = {
  id: Hex
  subject: Hex
  product: boolean
  model: { id: Hex; name: string } | null
  parent: { id: Hex; name: string }
  relation: Relation
  claimant: Address
  state: ClaimState
  disclosed: boolean
  accepted: boolean
  contestUntil: number
  deposit: string
  evidence: Hex | null
  evidenceUri: string | null
  filed: BlockFields
}
/** The fields of ReviewRequest that answers carry. */
export type ReviewRequestFields = {
  weights: Hex
  requester: Address
  readyAt: number
  readyBlock: number
  quorum: number
  uri: string
  block: BlockFields
}
/** The fields of UsageLog that answers carry. */
export type UsageLogFields = {
  id: Hex
  operator: Address
  credential: {
    id: Hex
    model: { id: Hex; name: string }
    tier: { id: Hex; callQuota: string; tokenQuota: string }
    holder: Address
  }
  began: BlockFields
  latest: UsageCheckpointFields
}
/** The fields of UsageCheckpoint that answers carry. */
export type UsageCheckpointFields = { size: string; root: Hex; calls: string; tokens: string; block: BlockFields }

/** What each operation takes and gives. */
export type Operations = {
  /** How far the index is, and which ledger it holds. */
  Status: {
    variables: { at?: Moment }
    result: { ledger: Truth & { contract: Address; progress: { block: number; head: number; finalized: number } } }
  }
  /** Models, newest first, by publisher, digests, license, name or status. */
  Models: {
    variables: { at?: Moment; filter?: ModelFilter; first?: number; after?: string }
    result: {
      ledger: Truth & {
        models: {
          nodes: readonly ModelSummary[]
          totalCount: number
          pageInfo: { hasNextPage: boolean; endCursor: string | null }
        }
      }
    }
  }
  /** A model: its registration, status, parents and tiers. */
  Model: {
    variables: { id: Hex; at?: Moment }
    result: {
      ledger: Truth & {
        model:
          | (ModelSummary & {
              registeredAt: number
              batch: Hex | null
              review: { state: ReviewState; uses: readonly Right[] } | null
              history: readonly {
                status: ModelStatus
                block: BlockFields
                account: Address
                reason: string | null
                successor: { id: Hex; name: string; uri: string } | null
              }[]
              parents: readonly {
                relation: Relation
                grade: 'declared' | 'acknowledged' | 'countersigned' | 'adjudicated'
                undisclosed: boolean
                block: number
                parent: ModelSummary
              }[]
              tiers: readonly TierFields[]
            })
          | null
      }
    }
  }
  /** Models that were made from a model, in the order of the chain. */
  Children: {
    variables: { id: Hex; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        model: {
          id: Hex
          children: {
            nodes: readonly {
              relation: Relation
              grade: 'declared' | 'acknowledged' | 'countersigned' | 'adjudicated'
              undisclosed: boolean
              block: number
              child: ModelSummary
            }[]
            totalCount: number
            pageInfo: { hasNextPage: boolean; endCursor: string | null }
          }
        } | null
      }
    }
  }
  /** All models that a model was made from, nearest first, with the edges between. */
  Ancestors: {
    variables: { id: Hex; at?: Moment; first?: number; after?: string; maxDepth?: number }
    result: {
      ledger: Truth & {
        model: {
          id: Hex
          ancestors: {
            nodes: readonly RelativeFields[]
            totalCount: number
            pageInfo: { hasNextPage: boolean; endCursor: string | null }
          }
        } | null
      }
    }
  }
  /** All models that were made from a model, nearest first, with the edges between. */
  Descendants: {
    variables: { id: Hex; at?: Moment; first?: number; after?: string; maxDepth?: number }
    result: {
      ledger: Truth & {
        model: {
          id: Hex
          descendants: {
            nodes: readonly RelativeFields[]
            totalCount: number
            pageInfo: { hasNextPage: boolean; endCursor: string | null }
          }
        } | null
      }
    }
  }
  /** All models that edges connect with a model, up and down, nearest first, with the edges between. */
  Family: {
    variables: { id: Hex; at?: Moment; first?: number; after?: string; maxDepth?: number }
    result: {
      ledger: Truth & {
        model: {
          id: Hex
          family: {
            nodes: readonly RelativeFields[]
            totalCount: number
            pageInfo: { hasNextPage: boolean; endCursor: string | null }
          }
        } | null
      }
    }
  }
  /** The shortest path from a model up to one of its ancestors; null without a path. */
  Path: {
    variables: { id: Hex; to: Hex; at?: Moment; maxDepth?: number }
    result: {
      ledger: Truth & {
        path:
          | readonly {
              model: ModelSummary
              edge: {
                relation: Relation
                grade: 'declared' | 'acknowledged' | 'countersigned' | 'adjudicated'
                undisclosed: boolean
                block: number
                child: { id: Hex }
                parent: { id: Hex }
              } | null
            }[]
          | null
      }
    }
  }
  /** The common ancestors of 2 to 8 models, nearest first. */
  CommonAncestors: {
    variables: { models: readonly Hex[]; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        commonAncestors: {
          nodes: readonly { model: ModelSummary; depths: readonly number[]; nearest: boolean }[]
          totalCount: number
          pageInfo: { hasNextPage: boolean; endCursor: string | null }
        }
      }
    }
  }
  /** A model with all its ancestors, and the credentials that the licensee and the ancestors' publishers hold, for a reader that checks the ids and evaluates them itself. */
  Lineage: {
    variables: { id: Hex; licensee?: Address; at?: Moment }
    result: {
      ledger: Truth & {
        lineage: {
          models: readonly {
            registration: {
              id: Hex
              publisher: Address
              weights: Hex
              datasets: Hex
              method: Hex
              terms: Hex
              parents: readonly { model: Hex; relation: Relation }[]
              uri: string
            }
            registeredAt: number
            status: ModelStatus
            parents: readonly {
              model: Hex
              relation: Relation
              grade: 'declared' | 'acknowledged' | 'countersigned' | 'adjudicated'
              undisclosed: boolean
            }[]
            credentials: readonly {
              tier: Hex
              holder: Address
              terms: Hex
              passThrough: number
              publisher: Address
              validFrom: number
              validUntil: number
              gapFrom: number
              gapUntil: number
              state: CredentialState
            }[]
          }[]
          terms: readonly {
            id: Hex
            name: string | null
            uri: string | null
            text: Hex
            rights: number
            unstated: number
            obligations: number
            thresholds: readonly { metric: number; limit: string; withdraws: number; adds: number }[]
            components: { weights: Hex; code: Hex; outputs: Hex } | null
          }[]
        } | null
      }
    }
  }
  /** Whether a model may be used in a way, and why. POST takes facts and a policy as well. */
  Findings: {
    variables: { id: Hex; use: Right; licensee?: Address; facts?: Facts; policy?: TrustPolicy; at?: Moment }
    result: {
      ledger: Truth & {
        findings: {
          verdict: Verdict
          use: Right
          model: Hex
          licensee: Address
          at: number
          findings: readonly {
            code: string
            severity: string
            right: Right | null
            obligation: Obligation | null
            metric: Metric | null
            model: Hex
            path: readonly Hex[]
            reason: string
            remedy: string
          }[]
          obligations: readonly {
            obligation: Obligation
            model: Hex
            path: readonly Hex[]
            certain: boolean
            fulfilled: boolean
          }[]
        } | null
      }
    }
  }
  /** Credentials for a model, newest first. */
  CredentialsOfModel: {
    variables: { id: Hex; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        model: {
          id: Hex
          credentials: {
            nodes: readonly CredentialFields[]
            totalCount: number
            pageInfo: { hasNextPage: boolean; endCursor: string | null }
          }
        } | null
      }
    }
  }
  /** Finds an id, a digest, an account, a domain, a name, `owner/name`, a URI, or a license's name. */
  Search: {
    variables: { text: string; at?: Moment; first?: number }
    result: {
      ledger: Truth & {
        search: {
          hits: readonly { by: string; model: ModelSummary }[]
          publishers: readonly { address: Address; domain: string | null; verifiedUntil: number | null }[]
          terms: readonly TermsFields[]
          credential: CredentialFields | null
          tier: TierFields | null
        }
      }
    }
  }
  /** Accounts that registered a model or stated a profile, oldest first. */
  Publishers: {
    variables: { at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        publishers: {
          nodes: readonly {
            address: Address
            domain: string | null
            profile: Hex | null
            verifiedUntil: number | null
          }[]
          totalCount: number
          pageInfo: { hasNextPage: boolean; endCursor: string | null }
        }
      }
    }
  }
  /** A publisher: its profile, its controller, and its newest models. */
  Publisher: {
    variables: { address: Address; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        publisher: {
          address: Address
          profile: Hex | null
          domain: string | null
          verifiedUntil: number | null
          verifier: Address | null
          controller: Address
          operators: readonly { account: Address; until: number }[]
          models: {
            nodes: readonly ModelSummary[]
            totalCount: number
            pageInfo: { hasNextPage: boolean; endCursor: string | null }
          }
        }
      }
    }
  }
  /** Terms and sets of terms, oldest first. */
  TermsList: {
    variables: { name?: string; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        termsList: {
          nodes: readonly TermsFields[]
          totalCount: number
          pageInfo: { hasNextPage: boolean; endCursor: string | null }
        }
      }
    }
  }
  /** Terms, or a set of terms with its components. */
  Terms: {
    variables: { id: Hex; at?: Moment }
    result: {
      ledger: Truth & {
        terms:
          | (TermsFields & {
              account: Address
              published: BlockFields
              components: { weights: TermsFields | null; code: TermsFields | null; outputs: TermsFields | null } | null
            })
          | null
      }
    }
  }
  /** Tiers, oldest first, by model, publisher or terms. */
  Tiers: {
    variables: { filter?: TierFilter; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        tiers: {
          nodes: readonly (TierFields & { model: ModelSummary })[]
          totalCount: number
          pageInfo: { hasNextPage: boolean; endCursor: string | null }
        }
      }
    }
  }
  /** A tier: terms that a publisher offers for a model. */
  Tier: {
    variables: { id: Hex; at?: Moment }
    result: { ledger: Truth & { tier: (TierFields & { model: ModelSummary }) | null } }
  }
  /** Credentials, newest first, by model, tier, holder, publisher or validity. */
  Credentials: {
    variables: { filter?: CredentialFilter; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        credentials: {
          nodes: readonly CredentialFields[]
          totalCount: number
          pageInfo: { hasNextPage: boolean; endCursor: string | null }
        }
      }
    }
  }
  /** A credential, and what became of it. */
  Credential: {
    variables: { id: Hex; at?: Moment }
    result: {
      ledger: Truth & {
        credential:
          | (CredentialFields & {
              history: readonly {
                state: CredentialState
                validUntil: number
                block: BlockFields
                account: Address
                reason: string | null
              }[]
            })
          | null
      }
    }
  }
  /** Claims that a model or a product derives from a model without saying so, newest first. */
  Claims: {
    variables: { filter?: ClaimFilter; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        claims: {
          nodes: readonly ClaimFields[]
          totalCount: number
          pageInfo: { hasNextPage: boolean; endCursor: string | null }
        }
      }
    }
  }
  /** A claim, and what became of it. */
  Claim: {
    variables: { id: Hex; at?: Moment }
    result: {
      ledger: Truth & {
        claim:
          | (ClaimFields & {
              history: readonly {
                state: ClaimState
                disclosed: boolean
                accepted: boolean
                account: Address | null
                uri: string | null
                block: BlockFields
              }[]
            })
          | null
      }
    }
  }
  /** Reviews, newest first, by weights or state. */
  Reviews: {
    variables: { filter?: ReviewFilter; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        reviews: {
          nodes: readonly {
            subject: Hex
            state: ReviewState
            uses: readonly Right[]
            request: ReviewRequestFields | null
          }[]
          totalCount: number
          pageInfo: { hasNextPage: boolean; endCursor: string | null }
        }
      }
    }
  }
  /** The review of a subject: a model's id, or the digest of unregistered weights. */
  Review: {
    variables: { id: Hex; at?: Moment }
    result: {
      ledger: Truth & {
        review: {
          subject: Hex
          state: ReviewState
          uses: readonly Right[]
          request: ReviewRequestFields | null
          certification: { certifier: Address; uses: readonly Right[]; until: number; weights: Hex | null } | null
          scans: readonly {
            scanner: Address
            report: Hex
            ruleset: Hex
            scannedAt: number
            verdict: ScanVerdict
            uri: string
            block: BlockFields
          }[]
          history: readonly {
            state: ReviewState
            uses: readonly Right[]
            account: Address
            reason: string | null
            block: BlockFields
          }[]
        } | null
      }
    }
  }
  /** Usage logs with their newest checkpoint, oldest first. */
  UsageLogs: {
    variables: { filter?: UsageFilter; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        usageLogs: {
          nodes: readonly UsageLogFields[]
          totalCount: number
          pageInfo: { hasNextPage: boolean; endCursor: string | null }
        }
      }
    }
  }
  /** A usage log with its checkpoints, newest first. */
  UsageLog: {
    variables: { id: Hex; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        usageLog:
          | (UsageLogFields & {
              checkpoints: {
                nodes: readonly UsageCheckpointFields[]
                totalCount: number
                pageInfo: { hasNextPage: boolean; endCursor: string | null }
              }
            })
          | null
      }
    }
  }
  /** Batches of registrations, newest first. */
  Batches: {
    variables: { publisher?: Address; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        batches: {
          nodes: readonly {
            publisher: Address
            root: Hex
            count: number
            uri: string
            materialized: number
            anchored: BlockFields
          }[]
          totalCount: number
          pageInfo: { hasNextPage: boolean; endCursor: string | null }
        }
      }
    }
  }
  /** What is affected if a credential is revoked, a model is recalled, or datasets with a root are withdrawn: models with their descendants, publishers, and valid credentials. */
  BlastRadius: {
    variables: { cause: Cause; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        blastRadius: {
          origins: readonly ModelSummary[]
          models: {
            nodes: readonly { depth: number; model: ModelSummary }[]
            totalCount: number
            pageInfo: { hasNextPage: boolean; endCursor: string | null }
          }
          publishers: {
            nodes: readonly { models: number; publisher: { address: Address; domain: string | null } }[]
            totalCount: number
            pageInfo: { hasNextPage: boolean; endCursor: string | null }
          }
          credentials: {
            nodes: readonly CredentialFields[]
            totalCount: number
            pageInfo: { hasNextPage: boolean; endCursor: string | null }
          }
        }
      }
    }
  }
  /** Events, newest first, by model, account or kind. */
  Activity: {
    variables: { filter?: EventFilter; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        activity: { nodes: readonly EventFields[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }
      }
    }
  }
  /** Server-sent events: `activity` for each new event, with its id; `replaced` when the chain replaced blocks, so that events of that block and later ones are void. `Last-Event-ID` or `after` continues after an event. */
  Watch: {
    variables: { filter?: EventFilter; after?: string }
    result: { activity: { event: EventFields | null; replaced: number | null; block: BlockFields } }
  }
  /** Counts of what is on the ledger. */
  Statistics: {
    variables: { at?: Moment }
    result: {
      ledger: Truth & {
        statistics: {
          models: number
          edges: number
          publishers: number
          accounts: number
          terms: number
          tiers: number
          credentials: number
          events: number
          relations: readonly { relation: Relation; edges: number }[]
          licenses: readonly { models: number; terms: { id: Hex; name: string | null } | null }[]
        }
      }
    }
  }
}

/** The id of each operation, the SHA-256 of its text: all that a client sends. */
export const operationIds: Readonly<Record<keyof Operations, string>> = {
  Status: 'c1c384cc14ea65a3e8fda61e076bf503f5d4c2cd1e528b2c8f2ecb8aa558d956',
  Models: '880fa750e43f6544d28929b07861ee0b5ba718664a94a8e068312abe4e4079cc',
  Model: '96dd5aa54f2b3999c0a8b62a074ff48b610c0503f2ac4d12c79da714622f49b9',
  Children: 'b60350f376a276e751760e34bb7b74f5f049267bdd2db7123373d3cad0bec9eb',
  Ancestors: 'b4ff77d1886ca11c3ce2fc748146163f3d5b15c60aeb0b4095008e4dc5b8edce',
  Descendants: 'bb289a7bdd0bb4c23ea5d9671bd3bda29c6b9f33d96fd79e1afc989be356cac5',
  Family: 'cd7f661779e94560572993bd19f713d81044690c6d85430885a339226c224795',
  Path: '73c08f212a5c0a425af1b54f2e0d872c0492398b2b6a5096168a809f65941f2e',
  CommonAncestors: 'b95aba73ffb9ea87c44a1f0c6bbdf1aabe294758b59f904321925cd54bad75a0',
  Lineage: '0e77747efd97d534dd8a2340890e546c30db781c1442e01960fb216402f74e0c',
  Findings: '9b26faecc2e10d4e86edff55644e9b99479d782d1f8d0fd0967f22e5d0e6d5f8',
  CredentialsOfModel: '1a5a7eb6e230f8c4a843342a7e7a9a74ac69764803f8c4b37435fc5762f236fb',
  Search: 'ccfe20ee23b91c737ca56d65364ed07944b4a2820dc6c722b7749345ca4894d4',
  Publishers: 'd814f9aef7d6d73bf6cf74d84f33146abd99ef016ad2949b99e402a6ddcafdf2',
  Publisher: '6e9b23859ca663ed7b126f466182038d78a7abff47e3ed7d0c2488135639d018',
  TermsList: '1a8f678b5c2b3f1d5f3767b7b35a945c069202de87bd4715398796ba343b3372',
  Terms: '5f5823ff74257e0ca23b2bbe01f2bed0404ebff56d601159690e6507d6e23a70',
  Tiers: 'c2534897c7cb6f39edbf1670360d753b7faab1672112144cfa65afa12206edbe',
  Tier: '8626b06f1b41ab9c0f4dc9caad0f68618197637a1efe0f09035da5a239b44d60',
  Credentials: '2ccd8738725efe95beeb085c4ebc117530eca7d38151e9005c70c42efbdee47e',
  Credential: '0726e1b22a9de2ef2ad845f00ab90be3ce1d067ace7c84e3203b269b00c07fcb',
  Claims: '4dca2e0693868bf749caf9f8ac56c7b885fa1f5375089be3474c6bd20ba74073',
  Claim: '8e59c2436bc798f70d05d145029c7efdb4fea8c14e25c5bcb5e3b677dda62286',
  Reviews: 'de0cd26e0898d2cff66814f9446c8128ebd5cff4531103c73ae06dcc2e1cf411',
  Review: '766303b2d8c853e216eff17f8ad66c19a489cb8cd299a2a5905174c50a51439c',
  UsageLogs: '21f3fe0e2d9aa6224b11ea26d6d3de55a99211e9c33aa2e63ed66ade6232bb47',
  UsageLog: '37c0ddcafadae3e5f60e6cf0fa24df730415bb04791e212718a153169a9ecaa9',
  Batches: 'f4f99c48176c4da0db3ffc0a7cb67345550d40eb3dd069b2771fd7782986238c',
  BlastRadius: 'ff3a75c37bd09db83b7e5b207a12469d9b3ec3190c04c5acd69942289282284e',
  Activity: 'd86cb8198c1c2dd8c6e3e4917202cfe4b35568c95897b7ba75e84b4b0bbbd565',
  Watch: 'fc6ccaaa915b3ff0be3522c189949a4e454f8d7ecd6f5cc7790bfc60bd5c3611',
  Statistics: 'ddc50d48cb292e482bcd7be8a43326a74d24357370569503d2c5c4ab13baeff3',
}

/** The operations as the server knows them. */
export const operations = {
  Status: {
    id: 'c1c384cc14ea65a3e8fda61e076bf503f5d4c2cd1e528b2c8f2ecb8aa558d956',
    method: 'GET',
    path: '/v1/status',
    docs: 'How far the index is, and which ledger it holds.',
    text: 'query Status($at:Moment){ledger(at:$at){...Truth contract progress{block head finalized}}}fragment BlockFields on Block{number hash time}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Models: {
    id: '880fa750e43f6544d28929b07861ee0b5ba718664a94a8e068312abe4e4079cc',
    method: 'GET',
    path: '/v1/models',
    docs: 'Models, newest first, by publisher, digests, license, name or status.',
    text: 'query Models($at:Moment$filter:ModelFilter$first:Int=20$after:String){ledger(at:$at){...Truth models(filter:$filter first:$first after:$after){nodes{...ModelSummary}totalCount pageInfo{hasNextPage endCursor}}}}fragment BlockFields on Block{number hash time}fragment ModelSummary on Model{id name uri publisher{address}weights datasets method terms{id name}declared{model relation}status registered{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Model: {
    id: '96dd5aa54f2b3999c0a8b62a074ff48b610c0503f2ac4d12c79da714622f49b9',
    method: 'GET',
    path: '/v1/models/{id}',
    docs: 'A model: its registration, status, parents and tiers.',
    text: 'query Model($id:Bytes32!$at:Moment){ledger(at:$at){...Truth model(id:$id){...ModelSummary registeredAt batch review{state uses}history{status block{...BlockFields}account reason successor{id name uri}}parents{relation grade undisclosed block parent{...ModelSummary}}tiers{...TierFields}}}}fragment BlockFields on Block{number hash time}fragment ModelSummary on Model{id name uri publisher{address}weights datasets method terms{id name}declared{model relation}status registered{...BlockFields}}fragment TierFields on Tier{id name uri terms{id name}passThrough open maxDuration callQuota tokenQuota offered{...BlockFields}withdrawn{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Children: {
    id: 'b60350f376a276e751760e34bb7b74f5f049267bdd2db7123373d3cad0bec9eb',
    method: 'GET',
    path: '/v1/models/{id}/children',
    docs: 'Models that were made from a model, in the order of the chain.',
    text: 'query Children($id:Bytes32!$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth model(id:$id){id children(first:$first after:$after){nodes{relation grade undisclosed block child{...ModelSummary}}totalCount pageInfo{hasNextPage endCursor}}}}}fragment BlockFields on Block{number hash time}fragment ModelSummary on Model{id name uri publisher{address}weights datasets method terms{id name}declared{model relation}status registered{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Ancestors: {
    id: 'b4ff77d1886ca11c3ce2fc748146163f3d5b15c60aeb0b4095008e4dc5b8edce',
    method: 'GET',
    path: '/v1/models/{id}/ancestors',
    docs: 'All models that a model was made from, nearest first, with the edges between.',
    text: 'query Ancestors($id:Bytes32!$at:Moment$first:Int=20$after:String$maxDepth:Int){ledger(at:$at){...Truth model(id:$id){id ancestors(first:$first after:$after maxDepth:$maxDepth){nodes{...RelativeFields}totalCount pageInfo{hasNextPage endCursor}}}}}fragment BlockFields on Block{number hash time}fragment ModelSummary on Model{id name uri publisher{address}weights datasets method terms{id name}declared{model relation}status registered{...BlockFields}}fragment RelativeFields on Relative{depth model{...ModelSummary}edges{relation grade undisclosed block child{id}parent{id}}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Descendants: {
    id: 'bb289a7bdd0bb4c23ea5d9671bd3bda29c6b9f33d96fd79e1afc989be356cac5',
    method: 'GET',
    path: '/v1/models/{id}/descendants',
    docs: 'All models that were made from a model, nearest first, with the edges between.',
    text: 'query Descendants($id:Bytes32!$at:Moment$first:Int=20$after:String$maxDepth:Int){ledger(at:$at){...Truth model(id:$id){id descendants(first:$first after:$after maxDepth:$maxDepth){nodes{...RelativeFields}totalCount pageInfo{hasNextPage endCursor}}}}}fragment BlockFields on Block{number hash time}fragment ModelSummary on Model{id name uri publisher{address}weights datasets method terms{id name}declared{model relation}status registered{...BlockFields}}fragment RelativeFields on Relative{depth model{...ModelSummary}edges{relation grade undisclosed block child{id}parent{id}}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Family: {
    id: 'cd7f661779e94560572993bd19f713d81044690c6d85430885a339226c224795',
    method: 'GET',
    path: '/v1/models/{id}/family',
    docs: 'All models that edges connect with a model, up and down, nearest first, with the edges between.',
    text: 'query Family($id:Bytes32!$at:Moment$first:Int=20$after:String$maxDepth:Int){ledger(at:$at){...Truth model(id:$id){id family(first:$first after:$after maxDepth:$maxDepth){nodes{...RelativeFields}totalCount pageInfo{hasNextPage endCursor}}}}}fragment BlockFields on Block{number hash time}fragment ModelSummary on Model{id name uri publisher{address}weights datasets method terms{id name}declared{model relation}status registered{...BlockFields}}fragment RelativeFields on Relative{depth model{...ModelSummary}edges{relation grade undisclosed block child{id}parent{id}}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Path: {
    id: '73c08f212a5c0a425af1b54f2e0d872c0492398b2b6a5096168a809f65941f2e',
    method: 'GET',
    path: '/v1/models/{id}/path/{to}',
    docs: 'The shortest path from a model up to one of its ancestors; null without a path.',
    text: 'query Path($id:Bytes32!$to:Bytes32!$at:Moment$maxDepth:Int){ledger(at:$at){...Truth path(from:$id to:$to maxDepth:$maxDepth){model{...ModelSummary}edge{relation grade undisclosed block child{id}parent{id}}}}}fragment BlockFields on Block{number hash time}fragment ModelSummary on Model{id name uri publisher{address}weights datasets method terms{id name}declared{model relation}status registered{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  CommonAncestors: {
    id: 'b95aba73ffb9ea87c44a1f0c6bbdf1aabe294758b59f904321925cd54bad75a0',
    method: 'GET',
    path: '/v1/common-ancestors',
    docs: 'The common ancestors of 2 to 8 models, nearest first.',
    text: 'query CommonAncestors($models:[Bytes32!]!$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth commonAncestors(models:$models first:$first after:$after){nodes{model{...ModelSummary}depths nearest}totalCount pageInfo{hasNextPage endCursor}}}}fragment BlockFields on Block{number hash time}fragment ModelSummary on Model{id name uri publisher{address}weights datasets method terms{id name}declared{model relation}status registered{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Lineage: {
    id: '0e77747efd97d534dd8a2340890e546c30db781c1442e01960fb216402f74e0c',
    method: 'GET',
    path: '/v1/models/{id}/lineage',
    docs: "A model with all its ancestors, and the credentials that the licensee and the ancestors' publishers hold, for a reader that checks the ids and evaluates them itself.",
    text: 'query Lineage($id:Bytes32!$licensee:Address$at:Moment){ledger(at:$at){...Truth lineage(model:$id licensee:$licensee){models{registration{id publisher weights datasets method terms parents{model relation}uri}registeredAt status parents{model relation grade undisclosed}credentials{tier holder terms passThrough publisher validFrom validUntil gapFrom gapUntil state}}terms{id name uri text rights unstated obligations thresholds{metric limit withdraws adds}components{weights code outputs}}}}}fragment BlockFields on Block{number hash time}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Findings: {
    id: '9b26faecc2e10d4e86edff55644e9b99479d782d1f8d0fd0967f22e5d0e6d5f8',
    method: 'GET',
    path: '/v1/models/{id}/findings',
    docs: 'Whether a model may be used in a way, and why. POST takes facts and a policy as well.',
    text: 'query Findings($id:Bytes32!$use:Right!$licensee:Address$facts:Facts$policy:TrustPolicy$at:Moment){ledger(at:$at){...Truth findings(model:$id use:$use licensee:$licensee facts:$facts policy:$policy){verdict use model licensee at findings{code severity right obligation metric model path reason remedy}obligations{obligation model path certain fulfilled}}}}fragment BlockFields on Block{number hash time}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  CredentialsOfModel: {
    id: '1a5a7eb6e230f8c4a843342a7e7a9a74ac69764803f8c4b37435fc5762f236fb',
    method: 'GET',
    path: '/v1/models/{id}/credentials',
    docs: 'Credentials for a model, newest first.',
    text: 'query CredentialsOfModel($id:Bytes32!$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth model(id:$id){id credentials(first:$first after:$after){nodes{...CredentialFields}totalCount pageInfo{hasNextPage endCursor}}}}}fragment BlockFields on Block{number hash time}fragment CredentialFields on Credential{id model{id name}tier{id name}holder publisher validFrom validUntil gapFrom gapUntil state valid issued{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Search: {
    id: 'ccfe20ee23b91c737ca56d65364ed07944b4a2820dc6c722b7749345ca4894d4',
    method: 'GET',
    path: '/v1/search',
    docs: "Finds an id, a digest, an account, a domain, a name, `owner/name`, a URI, or a license's name.",
    text: 'query Search($text:String!$at:Moment$first:Int=20){ledger(at:$at){...Truth search(text:$text first:$first){hits{by model{...ModelSummary}}publishers{address domain verifiedUntil}terms{...TermsFields}credential{...CredentialFields}tier{...TierFields}}}}fragment BlockFields on Block{number hash time}fragment CredentialFields on Credential{id model{id name}tier{id name}holder publisher validFrom validUntil gapFrom gapUntil state valid issued{...BlockFields}}fragment ModelSummary on Model{id name uri publisher{address}weights datasets method terms{id name}declared{model relation}status registered{...BlockFields}}fragment TermsFields on Terms{id name uri text rights unstated obligations thresholds{metric limit withdraws adds}}fragment TierFields on Tier{id name uri terms{id name}passThrough open maxDuration callQuota tokenQuota offered{...BlockFields}withdrawn{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Publishers: {
    id: 'd814f9aef7d6d73bf6cf74d84f33146abd99ef016ad2949b99e402a6ddcafdf2',
    method: 'GET',
    path: '/v1/publishers',
    docs: 'Accounts that registered a model or stated a profile, oldest first.',
    text: 'query Publishers($at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth publishers(first:$first after:$after){nodes{address domain profile verifiedUntil}totalCount pageInfo{hasNextPage endCursor}}}}fragment BlockFields on Block{number hash time}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Publisher: {
    id: '6e9b23859ca663ed7b126f466182038d78a7abff47e3ed7d0c2488135639d018',
    method: 'GET',
    path: '/v1/publishers/{address}',
    docs: 'A publisher: its profile, its controller, and its newest models.',
    text: 'query Publisher($address:Address!$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth publisher(address:$address){address profile domain verifiedUntil verifier controller operators{account until}models(first:$first after:$after){nodes{...ModelSummary}totalCount pageInfo{hasNextPage endCursor}}}}}fragment BlockFields on Block{number hash time}fragment ModelSummary on Model{id name uri publisher{address}weights datasets method terms{id name}declared{model relation}status registered{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  TermsList: {
    id: '1a8f678b5c2b3f1d5f3767b7b35a945c069202de87bd4715398796ba343b3372',
    method: 'GET',
    path: '/v1/terms',
    docs: 'Terms and sets of terms, oldest first.',
    text: 'query TermsList($name:String$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth termsList(name:$name first:$first after:$after){nodes{...TermsFields}totalCount pageInfo{hasNextPage endCursor}}}}fragment BlockFields on Block{number hash time}fragment TermsFields on Terms{id name uri text rights unstated obligations thresholds{metric limit withdraws adds}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Terms: {
    id: '5f5823ff74257e0ca23b2bbe01f2bed0404ebff56d601159690e6507d6e23a70',
    method: 'GET',
    path: '/v1/terms/{id}',
    docs: 'Terms, or a set of terms with its components.',
    text: 'query Terms($id:Bytes32!$at:Moment){ledger(at:$at){...Truth terms(id:$id){...TermsFields account published{...BlockFields}components{weights{...TermsFields}code{...TermsFields}outputs{...TermsFields}}}}}fragment BlockFields on Block{number hash time}fragment TermsFields on Terms{id name uri text rights unstated obligations thresholds{metric limit withdraws adds}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Tiers: {
    id: 'c2534897c7cb6f39edbf1670360d753b7faab1672112144cfa65afa12206edbe',
    method: 'GET',
    path: '/v1/tiers',
    docs: 'Tiers, oldest first, by model, publisher or terms.',
    text: 'query Tiers($filter:TierFilter$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth tiers(filter:$filter first:$first after:$after){nodes{...TierFields model{...ModelSummary}}totalCount pageInfo{hasNextPage endCursor}}}}fragment BlockFields on Block{number hash time}fragment ModelSummary on Model{id name uri publisher{address}weights datasets method terms{id name}declared{model relation}status registered{...BlockFields}}fragment TierFields on Tier{id name uri terms{id name}passThrough open maxDuration callQuota tokenQuota offered{...BlockFields}withdrawn{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Tier: {
    id: '8626b06f1b41ab9c0f4dc9caad0f68618197637a1efe0f09035da5a239b44d60',
    method: 'GET',
    path: '/v1/tiers/{id}',
    docs: 'A tier: terms that a publisher offers for a model.',
    text: 'query Tier($id:Bytes32!$at:Moment){ledger(at:$at){...Truth tier(id:$id){...TierFields model{...ModelSummary}}}}fragment BlockFields on Block{number hash time}fragment ModelSummary on Model{id name uri publisher{address}weights datasets method terms{id name}declared{model relation}status registered{...BlockFields}}fragment TierFields on Tier{id name uri terms{id name}passThrough open maxDuration callQuota tokenQuota offered{...BlockFields}withdrawn{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Credentials: {
    id: '2ccd8738725efe95beeb085c4ebc117530eca7d38151e9005c70c42efbdee47e',
    method: 'GET',
    path: '/v1/credentials',
    docs: 'Credentials, newest first, by model, tier, holder, publisher or validity.',
    text: 'query Credentials($filter:CredentialFilter$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth credentials(filter:$filter first:$first after:$after){nodes{...CredentialFields}totalCount pageInfo{hasNextPage endCursor}}}}fragment BlockFields on Block{number hash time}fragment CredentialFields on Credential{id model{id name}tier{id name}holder publisher validFrom validUntil gapFrom gapUntil state valid issued{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Credential: {
    id: '0726e1b22a9de2ef2ad845f00ab90be3ce1d067ace7c84e3203b269b00c07fcb',
    method: 'GET',
    path: '/v1/credentials/{id}',
    docs: 'A credential, and what became of it.',
    text: 'query Credential($id:Bytes32!$at:Moment){ledger(at:$at){...Truth credential(id:$id){...CredentialFields history{state validUntil block{...BlockFields}account reason}}}}fragment BlockFields on Block{number hash time}fragment CredentialFields on Credential{id model{id name}tier{id name}holder publisher validFrom validUntil gapFrom gapUntil state valid issued{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Claims: {
    id: '4dca2e0693868bf749caf9f8ac56c7b885fa1f5375089be3474c6bd20ba74073',
    method: 'GET',
    path: '/v1/claims',
    docs: 'Claims that a model or a product derives from a model without saying so, newest first.',
    text: 'query Claims($filter:ClaimFilter$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth claims(filter:$filter first:$first after:$after){nodes{...ClaimFields}totalCount pageInfo{hasNextPage endCursor}}}}fragment BlockFields on Block{number hash time}fragment ClaimFields on Claim{id subject product model{id name}parent{id name}relation claimant state disclosed accepted contestUntil deposit evidence evidenceUri filed{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Claim: {
    id: '8e59c2436bc798f70d05d145029c7efdb4fea8c14e25c5bcb5e3b677dda62286',
    method: 'GET',
    path: '/v1/claims/{id}',
    docs: 'A claim, and what became of it.',
    text: 'query Claim($id:Bytes32!$at:Moment){ledger(at:$at){...Truth claim(id:$id){...ClaimFields history{state disclosed accepted account uri block{...BlockFields}}}}}fragment BlockFields on Block{number hash time}fragment ClaimFields on Claim{id subject product model{id name}parent{id name}relation claimant state disclosed accepted contestUntil deposit evidence evidenceUri filed{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Reviews: {
    id: 'de0cd26e0898d2cff66814f9446c8128ebd5cff4531103c73ae06dcc2e1cf411',
    method: 'GET',
    path: '/v1/reviews',
    docs: 'Reviews, newest first, by weights or state.',
    text: 'query Reviews($filter:ReviewFilter$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth reviews(filter:$filter first:$first after:$after){nodes{subject state uses request{...ReviewRequestFields}}totalCount pageInfo{hasNextPage endCursor}}}}fragment BlockFields on Block{number hash time}fragment ReviewRequestFields on ReviewRequest{weights requester readyAt readyBlock quorum uri block{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Review: {
    id: '766303b2d8c853e216eff17f8ad66c19a489cb8cd299a2a5905174c50a51439c',
    method: 'GET',
    path: '/v1/reviews/{id}',
    docs: "The review of a subject: a model's id, or the digest of unregistered weights.",
    text: 'query Review($id:Bytes32!$at:Moment){ledger(at:$at){...Truth review(subject:$id){subject state uses request{...ReviewRequestFields}certification{certifier uses until weights}scans{scanner report ruleset scannedAt verdict uri block{...BlockFields}}history{state uses account reason block{...BlockFields}}}}}fragment BlockFields on Block{number hash time}fragment ReviewRequestFields on ReviewRequest{weights requester readyAt readyBlock quorum uri block{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  UsageLogs: {
    id: '21f3fe0e2d9aa6224b11ea26d6d3de55a99211e9c33aa2e63ed66ade6232bb47',
    method: 'GET',
    path: '/v1/audits',
    docs: 'Usage logs with their newest checkpoint, oldest first.',
    text: 'query UsageLogs($filter:UsageFilter$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth usageLogs(filter:$filter first:$first after:$after){nodes{...UsageLogFields}totalCount pageInfo{hasNextPage endCursor}}}}fragment BlockFields on Block{number hash time}fragment Truth on Ledger{block{...BlockFields}now chainId}fragment UsageCheckpointFields on UsageCheckpoint{size root calls tokens block{...BlockFields}}fragment UsageLogFields on UsageLog{id operator credential{id model{id name}tier{id callQuota tokenQuota}holder}began{...BlockFields}latest{...UsageCheckpointFields}}',
  },
  UsageLog: {
    id: '37c0ddcafadae3e5f60e6cf0fa24df730415bb04791e212718a153169a9ecaa9',
    method: 'GET',
    path: '/v1/audits/{id}',
    docs: 'A usage log with its checkpoints, newest first.',
    text: 'query UsageLog($id:Bytes32!$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth usageLog(id:$id){...UsageLogFields checkpoints(first:$first after:$after){nodes{...UsageCheckpointFields}totalCount pageInfo{hasNextPage endCursor}}}}}fragment BlockFields on Block{number hash time}fragment Truth on Ledger{block{...BlockFields}now chainId}fragment UsageCheckpointFields on UsageCheckpoint{size root calls tokens block{...BlockFields}}fragment UsageLogFields on UsageLog{id operator credential{id model{id name}tier{id callQuota tokenQuota}holder}began{...BlockFields}latest{...UsageCheckpointFields}}',
  },
  Batches: {
    id: 'f4f99c48176c4da0db3ffc0a7cb67345550d40eb3dd069b2771fd7782986238c',
    method: 'GET',
    path: '/v1/batches',
    docs: 'Batches of registrations, newest first.',
    text: 'query Batches($publisher:Address$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth batches(publisher:$publisher first:$first after:$after){nodes{publisher root count uri materialized anchored{...BlockFields}}totalCount pageInfo{hasNextPage endCursor}}}}fragment BlockFields on Block{number hash time}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  BlastRadius: {
    id: 'ff3a75c37bd09db83b7e5b207a12469d9b3ec3190c04c5acd69942289282284e',
    method: 'GET',
    path: '/v1/blast-radius',
    docs: 'What is affected if a credential is revoked, a model is recalled, or datasets with a root are withdrawn: models with their descendants, publishers, and valid credentials.',
    text: 'query BlastRadius($cause:Cause!$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth blastRadius(cause:$cause){origins{...ModelSummary}models(first:$first after:$after){nodes{depth model{...ModelSummary}}totalCount pageInfo{hasNextPage endCursor}}publishers(first:100){nodes{models publisher{address domain}}totalCount pageInfo{hasNextPage endCursor}}credentials(first:100){nodes{...CredentialFields}totalCount pageInfo{hasNextPage endCursor}}}}}fragment BlockFields on Block{number hash time}fragment CredentialFields on Credential{id model{id name}tier{id name}holder publisher validFrom validUntil gapFrom gapUntil state valid issued{...BlockFields}}fragment ModelSummary on Model{id name uri publisher{address}weights datasets method terms{id name}declared{model relation}status registered{...BlockFields}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Activity: {
    id: 'd86cb8198c1c2dd8c6e3e4917202cfe4b35568c95897b7ba75e84b4b0bbbd565',
    method: 'GET',
    path: '/v1/activity',
    docs: 'Events, newest first, by model, account or kind.',
    text: 'query Activity($filter:EventFilter$at:Moment$first:Int=20$after:String){ledger(at:$at){...Truth activity(filter:$filter first:$first after:$after){nodes{...EventFields}pageInfo{hasNextPage endCursor}}}}fragment BlockFields on Block{number hash time}fragment EventFields on Event{id name block{...BlockFields}log transaction account model{id name uri}}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
  Watch: {
    id: 'fc6ccaaa915b3ff0be3522c189949a4e454f8d7ecd6f5cc7790bfc60bd5c3611',
    method: 'GET',
    path: '/v1/activity/stream',
    docs: 'Server-sent events: `activity` for each new event, with its id; `replaced` when the chain replaced blocks, so that events of that block and later ones are void. `Last-Event-ID` or `after` continues after an event.',
    text: 'subscription Watch($filter:EventFilter$after:String){activity(filter:$filter after:$after){event{...EventFields}replaced block{...BlockFields}}}fragment BlockFields on Block{number hash time}fragment EventFields on Event{id name block{...BlockFields}log transaction account model{id name uri}}',
  },
  Statistics: {
    id: 'ddc50d48cb292e482bcd7be8a43326a74d24357370569503d2c5c4ab13baeff3',
    method: 'GET',
    path: '/v1/statistics',
    docs: 'Counts of what is on the ledger.',
    text: 'query Statistics($at:Moment){ledger(at:$at){...Truth statistics{models edges publishers accounts terms tiers credentials events relations{relation edges}licenses{models terms{id name}}}}}fragment BlockFields on Block{number hash time}fragment Truth on Ledger{block{...BlockFields}now chainId}',
  },
} as const satisfies Record<keyof Operations, { id: string; method: string; path: string; docs: string; text: string }>
