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
  /** SHA-256 of the tensor list. */
  tensors?: Hex | null
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
  tensors: Hex | null
  annex: Hex | null
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
              tensors: Hex
              annex: Hex
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
          verifiedFrom: number | null
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
  Models: '26930f7aebe1211bcd1835c749387a4c57b8ebb5ad2fbe18ac620c71678c2308',
  Model: '5ce52ffbe69085298f7dcca2af491fc76fb1aba7ea8471c31b3b4e52065c5b56',
  Children: 'f55e24573c9748ab774117d8c9c26c4af04802c5962b8bf05c39032b15d700cd',
  Ancestors: 'f5c8bf4875651125d5dd4f9398ffb890d77cf4776a425d699faea532ba91cce4',
  Descendants: 'a66954ca2632cbf7c4adb5dc7140ac6bbc47e5a8dd36d83bd062525e5b20ee1c',
  Family: '1f44565f542dcb6892bf232ce71d2e3baea01191937ce9a8ef1cfb7834de5675',
  Path: '6934d51fcaee36877f0a675ce204b1548d0fe71063123c142ebb071901d2fea4',
  CommonAncestors: '74791ea66a9e25878173d0dd637e1566303f1f106890a334fec3e9fae203340e',
  Lineage: '276314122272d47238c061a46a7fa3a3850cfd56e1dba8e1def8f5f097d4b6d5',
  Findings: '9b26faecc2e10d4e86edff55644e9b99479d782d1f8d0fd0967f22e5d0e6d5f8',
  CredentialsOfModel: '1a5a7eb6e230f8c4a843342a7e7a9a74ac69764803f8c4b37435fc5762f236fb',
  Search: '557a4862fdcbc8c92a6a66df7c0f77e59e64018538bf49f4b0dad671918acee7',
  Publishers: 'd814f9aef7d6d73bf6cf74d84f33146abd99ef016ad2949b99e402a6ddcafdf2',
  Publisher: '3ad4fdbd6916102fafc2d7d628bdead7e38121d3a589a160d2c7a3facfb60313',
  TermsList: '1a8f678b5c2b3f1d5f3767b7b35a945c069202de87bd4715398796ba343b3372',
  Terms: '5f5823ff74257e0ca23b2bbe01f2bed0404ebff56d601159690e6507d6e23a70',
  Tiers: '3a4fe8dfceddbd2f77ba98bddff34770106326cef48709c53e7be4f80f8a22da',
  Tier: '09883cec4f871eac2d5b902454bf4e33a0ef475f74149adff09aa3c6aa2953bb',
  Credentials: '2ccd8738725efe95beeb085c4ebc117530eca7d38151e9005c70c42efbdee47e',
  Credential: '0726e1b22a9de2ef2ad845f00ab90be3ce1d067ace7c84e3203b269b00c07fcb',
  Claims: '4dca2e0693868bf749caf9f8ac56c7b885fa1f5375089be3474c6bd20ba74073',
  Claim: '8e59c2436bc798f70d05d145029c7efdb4fea8c14e25c5bcb5e3b677dda62286',
  Reviews: 'de0cd26e0898d2cff66814f9446c8128ebd5cff4531103c73ae06dcc2e1cf411',
  Review: '766303b2d8c853e216eff17f8ad66c19a489cb8cd299a2a5905174c50a51439c',
  UsageLogs: '21f3fe0e2d9aa6224b11ea26d6d3de55a99211e9c33aa2e63ed66ade6232bb47',
  UsageLog: '37c0ddcafadae3e5f60e6cf0fa24df730415bb04791e212718a153169a9ecaa9',
  Batches: 'f4f99c48176c4da0db3ffc0a7cb67345550d40eb3dd069b2771fd7782986238c',
  BlastRadius: '5032ae796dfe4cd37136699c1980c27fdd5b2069ab0023544f7e1c9a086d1bfd',
  Activity: 'd86cb8198c1c2dd8c6e3e4917202cfe4b35568c95897b7ba75e84b4b0bbbd565',
  Watch: 'fc6ccaaa915b3ff0be3522c189949a4e454f8d7ecd6f5cc7790bfc60bd5c3611',
  Statistics: 'ddc50d48cb292e482bcd7be8a43326a74d24357370569503d2c5c4ab13baeff3',
}
