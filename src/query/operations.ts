// Generated from schema.graphql and operations.graphql by tools/generate-query.ts. Do not edit.
import type { ChainId } from '../core/chainId.ts'
import type { ClaimState, InheritanceState } from '../core/claim.ts'
import type { Verdict } from '../core/evaluate.ts'
import type { Address, Hex } from '../core/hex.ts'
import type { CredentialState, ModelStatus } from '../core/lineage.ts'
import type { ReviewState, ScanScope, ScanVerdict } from '../core/review.ts'
import type { ServingGrade } from '../core/serving.ts'
import type { Obligation, Part, Relation, Right, Scope, TermsFlag } from '../core/vocabulary.ts'

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

  requester?: Address | null
}
/** Which usage logs: those that meet every condition. */
export type UsageFilter = {
  operator?: Address | null
  /** By one of these. */
  operators?: readonly Address[] | null

  credential?: Hex | null
  /** Under credentials for this model. */
  model?: Hex | null
  /** Under credentials of this tier. */
  tier?: Hex | null
}
/** Which statements about endpoints: those that meet every condition. */
export type ServingFilter = {
  publisher?: Address | null

  model?: Hex | null
  /** The hash of the hashes of origin and name. */
  endpoint?: Hex | null
}
/** Which statements about external parents: those that meet every condition. */
export type BindingFilter = {
  external?: Hex | null
  /** By one of these. */
  publishers?: readonly Address[] | null
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
/** Which requests for credentials: those that meet every condition. */
export type RequestFilter = {
  model?: Hex | null

  tier?: Hex | null

  holder?: Address | null
}
/** Which events: those that meet every condition. */
export type EventFilter = {
  model?: Hex | null

  account?: Address | null

  events?: readonly string[] | null
  /** Hash of the transaction that they are of. */
  transaction?: Hex | null
}
/** A fact about the licensee. Users are persons, money is in whole US dollars, and what is yes or no is 1 or 0. */
export type FactInput = {
  /** The metric, whose measure it is, and a parameter, as in `monthlyRevenueUsd/product` or `inTerritory/domicile/EU`. */
  name: string

  value: string | bigint
}
/** Which statements count. */
export type TrustPolicy = {
  trustedPublishers?: readonly Address[] | null

  deniedPublishers?: readonly Address[] | null
  /** Operators whose usage logs count, beside the publisher and the licensee. */
  trustedOperators?: readonly Address[] | null
  /** Obligations that the licensee already meets. */
  fulfilled?: readonly Obligation[] | null
  /** Facts about the licensee; those of the question come before them. */
  facts?: readonly FactInput[] | null
}
/** A change. Exactly one: a credential is revoked, a model is recalled, or datasets with this root are withdrawn. */
export type Cause = { credential: Hex } | { model: Hex } | { datasets: Hex }

/** The fields of Ledger that answers carry. */
export type Truth = { block: BlockFields; now: number; chainId: ChainId }
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
  declared: readonly { model: Hex; relation: Relation; part: Part; external: boolean }[]
  status: ModelStatus
  recalled: boolean
  registered: BlockFields
}
/** The fields of Relative that answers carry. */
export type RelativeFields = {
  depth: number
  model: ModelSummary
  edges: readonly {
    relation: Relation
    part: Part | null
    grade: 'declared' | 'acknowledged' | 'countersigned' | 'adjudicated' | 'bound'
    undisclosed: boolean
    block: number
    through: readonly Hex[]
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
  flags: readonly TermsFlag[]
  family: string | null
  outbound: { only: readonly string[] | null; except: readonly string[] | null } | null
  duties: readonly { obligation: Obligation; uses: readonly Right[] }[]
  thresholds: readonly {
    fact: string
    limit: string
    withdraws: readonly Right[]
    adds: readonly Obligation[]
    uses: readonly Right[]
    doubtful: boolean
  }[]
}
/** The fields of Tier that answers carry. */
export type TierFields = {
  id: Hex
  name: string
  uri: string
  terms: { id: Hex; name: string | null }
  passThrough: readonly Right[]
  open: boolean
  subCredentials: boolean
  maxDuration: number
  callQuota: string
  tokenQuota: string
  offered: BlockFields
  withdrawn: BlockFields | null
  released: BlockFields | null
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
  parent: { id: Hex; holder: Address } | null
  payment: Hex | null
  agreement: Hex | null
  lifts: readonly Right[]
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
  actor: { domain: string | null; verifiedUntil: number | null } | null
  model: { id: Hex; name: string; uri: string } | null
  terms: { id: Hex; name: string | null } | null
  tier: { id: Hex; name: string } | null
  credential: { id: Hex; holder: Address; tier: { id: Hex; name: string } } | null
  claim: { id: Hex; claimant: Address; parent: { id: Hex; name: string; uri: string } } | null
  parent: { id: Hex; name: string; uri: string } | null
}
/** The fields of Claim that answers carry. */
export type ClaimFields = {
  id: Hex
  subject: Hex
  product: boolean
  model: { id: Hex; name: string } | null
  parent: { id: Hex; name: string }
  relation: Relation
  replaces: Hex | null
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
/** The fields of Inheritance that answers carry. */
export type InheritanceFields = {
  claim: { id: Hex; relation: Relation; parent: { id: Hex; name: string } }
  model: { id: Hex; name: string }
  state: InheritanceState
  contestUntil: number
  asked: BlockFields
  history: readonly { state: InheritanceState; account: Address | null; uri: string | null; block: BlockFields }[]
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
    model: { id: Hex; name: string; uri: string }
    tier: { id: Hex; name: string; callQuota: string; tokenQuota: string }
    holder: Address
    publisher: Address
    valid: boolean
    validUntil: number
  }
  epoch: number
  began: BlockFields
  latest: UsageCheckpointFields | null
}
/** The fields of UsageCheckpoint that answers carry. */
export type UsageCheckpointFields = { size: string; root: Hex; calls: string; tokens: string; block: BlockFields }
/** The fields of MapNode that answers carry. */
export type MapNodeFields = {
  id: Hex
  name: string
  external: boolean
  claimed: boolean
  level: number
  publisher: Address | null
  license: string | null
  status: ModelStatus
  recalled: boolean
  verdict: Verdict | null
  cause: CauseFields | null
  descendants: number | null
  otherParents: number
}
/** The fields of MapEdge that answers carry. */
export type MapEdgeFields = {
  child: Hex
  parent: Hex
  relation: Relation
  part: Part | null
  grade: 'declared' | 'acknowledged' | 'countersigned' | 'adjudicated' | 'bound' | null
  undisclosed: boolean
  through: readonly Hex[]
  claim: Hex | null
}
/** The fields of MapMore that answers carry. */
export type MapMoreFields = { of: Hex | null; up: boolean; next: number; models: number; externals: number }
/** The fields of MapCause that answers carry. */
export type CauseFields = { code: string; severity: string; right: Right | null; model: Hex; path: readonly Hex[] }

/** What each operation takes and gives. */
export type Operations = {
  /** How far the index is, and which ledger it holds. */
  Status: {
    variables: { at?: Moment }
    result: {
      ledger: Truth & {
        contract: Address
        progress: { block: number; head: number; finalized: number; nodeAway: boolean }
      }
    }
  }
  /** Models, newest first or in another order, by publisher, digests, license, name or status. */
  Models: {
    variables: {
      at?: Moment
      filter?: ModelFilter
      order?: 'newest' | 'oldest' | 'name' | 'name-descending'
      first?: number
      after?: string
    }
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
              review: { state: ReviewState } | null
              history: readonly {
                status: ModelStatus
                block: BlockFields
                account: Address
                reason: string | null
                successor: { id: Hex; name: string; uri: string } | null
              }[]
              externals: readonly {
                id: Hex
                name: string | null
                registered: readonly Hex[]
                bindings: readonly { model: Hex; account: Address; evidence: Hex | null; block: BlockFields }[]
                boundTo: readonly Hex[]
              }[]
              replaced: readonly { external: Hex; claim: { id: Hex } }[]
              parents: readonly {
                relation: Relation
                part: Part | null
                grade: 'declared' | 'acknowledged' | 'countersigned' | 'adjudicated' | 'bound'
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
              part: Part | null
              grade: 'declared' | 'acknowledged' | 'countersigned' | 'adjudicated' | 'bound'
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
                part: Part | null
                grade: 'declared' | 'acknowledged' | 'countersigned' | 'adjudicated' | 'bound'
                undisclosed: boolean
                through: readonly Hex[]
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
              parents: readonly { model: Hex; relation: Relation; part: Part; external: boolean }[]
              uri: string
            }
            registeredAt: number
            verifiedFrom: number
            verifiedUntil: number
            status: ModelStatus
            recalled: boolean
            parents: readonly {
              model: Hex
              relation: Relation
              grade: 'declared' | 'acknowledged' | 'countersigned' | 'adjudicated' | 'bound'
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
              lifts: number
            }[]
          }[]
          externals: readonly { id: Hex; name: string | null; registered: readonly Hex[]; boundTo: readonly Hex[] }[]
          terms: readonly {
            id: Hex
            name: string | null
            uri: string | null
            text: Hex
            rights: number
            unstated: number
            flags: number
            family: number
            outbound: string
            duties: string
            thresholds: readonly {
              metric: number
              subject: number
              limit: string
              withdraws: number
              adds: number
              uses: number
              param: string
              flags: number
            }[]
            components: { weights: Hex; code: Hex; outputs: Hex } | null
          }[]
        } | null
      }
    }
  }
  /** Whether a model may be used in a way, and why. POST takes facts and a policy as well. */
  Findings: {
    variables: {
      id: Hex
      use: Right
      licensee?: Address
      facts?: readonly FactInput[]
      policy?: TrustPolicy
      at?: Moment
    }
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
            fact: string | null
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
  /** A model among what it was made from and what was made from it, on one map of at most 300 nodes, with the answer at each node. POST takes facts and a policy as well. */
  Map: {
    variables: {
      id: Hex
      use?: Right
      licensee?: Address
      facts?: readonly FactInput[]
      policy?: TrustPolicy
      up?: number
      down?: number
      cap?: number
      open?: readonly Hex[]
      at?: Moment
    }
    result: {
      ledger: Truth & {
        map: {
          model: Hex
          use: Right | null
          licensee: Address
          nodes: readonly MapNodeFields[]
          edges: readonly MapEdgeFields[]
          more: readonly MapMoreFields[]
          causes: readonly CauseFields[]
          ancestors: number
          externals: number
          descendants: number
          inCycle: number
          truncated: boolean
          unevaluated: number
        } | null
      }
    }
  }
  /** The same map as an SVG image. */
  MapImage: {
    variables: {
      id: Hex
      use?: Right
      licensee?: Address
      facts?: readonly FactInput[]
      policy?: TrustPolicy
      up?: number
      down?: number
      cap?: number
      open?: readonly Hex[]
      theme?: 'auto' | 'light' | 'dark'
      at?: Moment
    }
    result: { ledger: Truth & { map: { svg: string } | null } }
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
  /** Finds an id, a digest, a transaction, an account, a domain, a name, `owner/name`, a URI, or a license's name. */
  Search: {
    variables: { text: string; at?: Moment; first?: number }
    result: {
      ledger: Truth & {
        search: {
          suggestions: readonly string[]
          hits: readonly { by: string; model: ModelSummary }[]
          publishers: readonly { address: Address; domain: string | null; verifiedUntil: number | null }[]
          terms: readonly TermsFields[]
          credential: CredentialFields | null
          tier: TierFields | null
          transaction: { hash: Hex; block: BlockFields } | null
        }
      }
    }
  }
  /** What is registered under any of at most 100 digests, of which no name and no byte is sent. */
  Digests: {
    variables: { digests: readonly Hex[]; at?: Moment }
    result: {
      ledger: Truth & {
        digests: { models: readonly { digest: Hex; by: string; model: ModelSummary }[]; terms: readonly TermsFields[] }
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
          operators: readonly { account: Address; scopes: readonly Scope[]; until: number }[]
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
    variables: { name?: string; startsWith?: string; at?: Moment; first?: number; after?: string }
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
              tier: TierFields
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
  /** Requests for credentials, newest first, by model, tier or account. Anybody can make them. */
  CredentialRequests: {
    variables: { filter?: RequestFilter; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        credentialRequests: {
          nodes: readonly {
            model: { id: Hex; name: string }
            tier: { id: Hex; name: string }
            holder: Address
            details: Hex | null
            uri: string
            requested: BlockFields
          }[]
          totalCount: number
          pageInfo: { hasNextPage: boolean; endCursor: string | null }
        }
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
              extensions: readonly { tensors: Hex; adjudicator: Address; block: BlockFields }[]
            })
          | null
      }
    }
  }
  /** The models that inherit an upheld claim, or would, newest first. */
  Inheritances: {
    variables: { id: Hex; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        claim: {
          id: Hex
          inheritances: {
            nodes: readonly InheritanceFields[]
            totalCount: number
            pageInfo: { hasNextPage: boolean; endCursor: string | null }
          }
        } | null
      }
    }
  }
  /** Upheld claims that a model inherits, or would, newest first. */
  ModelInheritances: {
    variables: { id: Hex; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        model: {
          id: Hex
          inheritances: {
            nodes: readonly InheritanceFields[]
            totalCount: number
            pageInfo: { hasNextPage: boolean; endCursor: string | null }
          }
        } | null
      }
    }
  }
  /** Reviews, newest first or by deadline, by weights, state or requester, with their scans and the newest claims about the model. */
  Reviews: {
    variables: { filter?: ReviewFilter; order?: 'newest' | 'deadline'; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        reviews: {
          nodes: readonly {
            subject: Hex
            state: ReviewState
            model: {
              id: Hex
              name: string
              uri: string
              claims: { nodes: readonly { id: Hex; state: ClaimState }[]; totalCount: number }
            } | null
            scans: readonly { scanner: Address; verdict: ScanVerdict; report: Hex; scannedAt: number }[]
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
          request: ReviewRequestFields | null
          certification: { certifier: Address; uses: readonly Right[]; until: number; weights: Hex | null } | null
          scans: readonly {
            scanner: Address
            tensors: Hex | null
            scope: ScanScope
            report: Hex
            ruleset: Hex
            scannedAt: number
            verdict: ScanVerdict
            uri: string
            block: BlockFields
          }[]
          history: readonly { state: ReviewState; account: Address; block: BlockFields }[]
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
  /** Statements of publishers which model an external parent is, newest first. */
  BindingStatements: {
    variables: { filter?: BindingFilter; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        bindingStatements: {
          nodes: readonly {
            external: Hex
            model: { id: Hex; name: string }
            publisher: Address
            account: Address
            bound: boolean
            evidence: Hex | null
            stated: BlockFields
          }[]
          totalCount: number
          pageInfo: { hasNextPage: boolean; endCursor: string | null }
        }
      }
    }
  }
  /** Statements which model answers at an endpoint, newest first. */
  ServingStatements: {
    variables: { filter?: ServingFilter; at?: Moment; first?: number; after?: string }
    result: {
      ledger: Truth & {
        servingStatements: {
          nodes: readonly {
            statement: Hex
            publisher: Address
            modelId: Hex
            endpoint: Hex
            origin: string
            name: string
            from: number
            until: number
            grade: ServingGrade
            evidence: Hex | null
            revision: number
            stated: BlockFields
            revoked: BlockFields | null
          }[]
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
            revoked: BlockFields | null
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
  /** What is affected, on one map of at most 300 nodes: the models that the change affects directly, and what was made from them by level. */
  BlastRadiusMap: {
    variables: { cause: Cause; down?: number; cap?: number; open?: readonly Hex[]; at?: Moment }
    result: {
      ledger: Truth & {
        blastRadiusMap: {
          change: { kind: 'credential' | 'model' | 'datasets'; id: Hex }
          nodes: readonly MapNodeFields[]
          edges: readonly MapEdgeFields[]
          more: readonly MapMoreFields[]
          origins: number
          models: number
          truncated: boolean
        }
      }
    }
  }
  /** The same map as an SVG image. */
  BlastRadiusMapImage: {
    variables: {
      cause: Cause
      down?: number
      cap?: number
      open?: readonly Hex[]
      theme?: 'auto' | 'light' | 'dark'
      at?: Moment
    }
    result: { ledger: Truth & { blastRadiusMap: { svg: string } } }
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
  /** All models as packed arrays, for a picture of the whole ledger. */
  Overview: {
    variables: { at?: Moment }
    result: {
      ledger: Truth & {
        overview: {
          models: number
          truncated: boolean
          parents: string
          states: string
          licenses: string
          publishers: string
          licenseCounts: readonly { models: number; terms: { id: Hex; name: string | null } | null }[]
          publisherCounts: readonly { models: number; publisher: { address: Address; domain: string | null } }[]
        }
      }
    }
  }
  /** Models by their places in the overview. */
  ModelsAt: {
    variables: { places: readonly number[]; at?: Moment }
    result: {
      ledger: Truth & {
        modelsAt: readonly {
          id: Hex
          name: string
          uri: string
          status: ModelStatus
          recalled: boolean
          publisher: { address: Address }
          terms: { id: Hex; name: string | null } | null
        }[]
      }
    }
  }
  /** Models of other publishers, from which more were made, whose names look like that of a model. */
  LookAlikes: {
    variables: { id: Hex; at?: Moment }
    result: {
      ledger: Truth & {
        model: { lookAlikes: readonly { id: Hex; name: string; uri: string; publisher: { address: Address } }[] } | null
      }
    }
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
  Status: '6213fb1a55349f2e7a8f4152ec77130a4bb764a202d4f414ce63b988137e0066',
  Models: '698c7caa5e0edadcaa5f6e83222f377b659a5b25b824201efd4a967636453834',
  Model: '74503c48382f880f2e8e7b85f182b9b2a0702ba5be45c92fb78fe33af3627695',
  Children: 'e782bfafb7c490e0aa918ef0b6353dfc87a52ef3416da0b55155f7ee343942e9',
  Ancestors: 'a64cce2497efae3aee42781d0c0b42b946b788a0c672fa9bc8bf6807c1b0bdc4',
  Descendants: 'ea782b5f97987f58e47da579887e3601e72d4916030ead5849e389e1a9a8a255',
  Family: 'd34dfdb4b00b4cd68410d8b6bec66b49d26cda6bd39c4a81be3c7d7776a4fe5d',
  Path: '3ea5543808fd32799c0f289cb1439acb865ef2fc941c6e521bb3acbd54810917',
  CommonAncestors: '1ff5f0d6cecc0764f5d4657ffbce39704a610348a1eb2937a27eec40f4e5e95d',
  Lineage: '9f7db5a54ce95ca7be2d220a2c1ab9dc311119a46ea1f3f591182d71f9bb8acf',
  Findings: '4bd5eac997155a6782219b568a1cd52e312f245ad44c5f7d89ffdb49f74b407e',
  Map: '7dd66814704ae60e606ae6ee16c191277c968f6b1eb0177fda834770c2fcd697',
  MapImage: 'ad714425c9e51049ac495702a3ad8dcba8db5f1f8720b655a6515638ed26c60c',
  CredentialsOfModel: '5d7158d4f4d6ee3e020d6888f7f028fddcc2b182b3ba887fe77ac8cdbfca6242',
  Search: '28ab019afee904cec90dac42b1221f5bf8b53d96fb1a548170e9ca0df60d449a',
  Digests: '20992a2ad8188fc9e9af7df3346bb03cf65f1ababcad2ed778ac24bd0eb75983',
  Publishers: 'd814f9aef7d6d73bf6cf74d84f33146abd99ef016ad2949b99e402a6ddcafdf2',
  Publisher: '461f4a3cc16c80cd406be1d7572a3e19a1d0d99601697e19d417291d1a7f36fa',
  TermsList: '5c28cf831ac254612b122f8ffc23eb9d82b84549a3b6bb1ba615d07fe666c941',
  Terms: '76e2217186848bb5c09fea2eed616c10c0357386db87be926716086d6e9d8487',
  Tiers: '90b5e979d9b5d04f6b21b7e7760b65b5ea7eb29ad0cb35015f51ce5f70974161',
  Tier: '411ed6ba70cbc943fd58fd2d53e4b5fc860f083e6cf7467ca61376b72460c319',
  Credentials: '1253a118bd8048d06eb732e59f992c914e15d1ac9e146232a9af46189e1894a0',
  Credential: '77d017f2559286ee6a0515fb7bbcd65ef74e0c70f2b8f7919996f0548afc2bf4',
  CredentialRequests: '4a4e7ac08768fe0eafa125f7e15c3692186b225fed700ae3eb7e37a877e4aa1a',
  Claims: 'fc4ac0ede5c36c1430f5d707d393f3e943dece24771a7b15422a7ef7adf0f7db',
  Claim: 'c9e4a504fb15eefa1b3f5903bae35d76de5e6836772fcc83b9726639b04a4324',
  Inheritances: '01e1517b4daebdd76e43c8600fdb93099a9c392fd716f85c7ebf3e8e1b517cf4',
  ModelInheritances: '3f5837431b8251288581db27b25d308db06a152e4e8335e0273274ddd65a2982',
  Reviews: '0e1e7522dcd32dcad8f1aebd73743bd9d212125da53a1109aecec17ff8a1b15d',
  Review: 'b2186114cb754a6cb28fbcdfc0803f5afa4b39e0aace2004ceb6ae72c120bec7',
  UsageLogs: 'd338be5a19436b316d3e73cdb22aa568e098a74a4a6a1e84c60abab759be2107',
  BindingStatements: '2f5272ffc123cb268dd8045f05c1f9545e787da0b73b077797c027194d11cc95',
  ServingStatements: 'f4e1c726aec6bb9db11439ad0cf94f7885fd9833b362e52dcecb0423efadc733',
  UsageLog: '37d648bd1b37c299df5785db345297a3633e67b7105e327765807577748dea5c',
  Batches: '9bd291915c4fd14764011b575a6e6b8bd59072e5ea99412e4c0377dabf52b2ac',
  BlastRadius: '34b832b38ea0f4e3a8cca4f95d5ff30371830c6d62c5270b98d37d2bee98a874',
  BlastRadiusMap: '45221ca85d9922e98bdfd9503eb79f102b61c8b66b64a165d03092196fa5e221',
  BlastRadiusMapImage: '77f6abf895a037de71a8b21bc9ddd8c5876a723e123c2e90e30c8c6063438dfb',
  Activity: '988dcd03a6bb4f1b616f9bef71d29ec6567c29bb0108b97f064d9c5830922dfc',
  Watch: '9afad0c2e66924848c2b127e5d8e66e6c9e58f892e4dfa0862ac9d75c43cce62',
  Overview: 'f0b87edc10da04d5c5c1f98084f3522ef72e99455b52b9f892714f1c1fa18218',
  ModelsAt: 'eb8178606a95a96c21f3ddb191108650f0efa213fcec3f48b354597fdf88ff25',
  LookAlikes: 'c4d6a58da0306b81a39a4d15a9b65979b90fcf156a0657cbd0a28d86d3638ae9',
  Statistics: 'ddc50d48cb292e482bcd7be8a43326a74d24357370569503d2c5c4ab13baeff3',
}
