import type { CallCounts, CallId, Counted } from 'stemma/audit'
import type { Address, CredentialId, Hex, ModelId, Right, TierId } from 'stemma/core'

/** The API whose words a caller speaks: requests, answers and refusals follow it. */
export type ApiDialect = 'openai' | 'anthropic'

/** What a route does. `tokens` are counted where a call makes some; `models` is the gateway's own list. */
export type RouteKind = 'tokens' | 'plain' | 'models' | 'count'

/** A route that the gateway passes on. */
export type Route = {
  /** Such as `chat/completions`. */
  name: string
  method: string
  dialect: ApiDialect
  kind: RouteKind
  /** What the request's body is. */
  body: 'json' | 'multipart' | 'none'
}

/** A key, as it is kept: never the key itself. */
export type KeyEntry = {
  /** Public name of the key, such as `key-7f3a91c2`. */
  id: string
  holder: Address
  model: ModelId
  tier: TierId
  credential: CredentialId
  /** The right that calls with the key use. */
  use: Right
  rate: KeyRate
}

/** Whether two entries bind a key to the same. Somebody may have edited the file of keys by hand. */
export function isSameBinding(one: KeyEntry, other: KeyEntry): boolean {
  return (['id', 'holder', 'model', 'tier', 'credential', 'use'] as const).every((name) => one[name] === other[name])
}

/** What one key may do at a time; what is left out is not bounded. */
export type KeyRate = { callsPerMinute?: number; tokensPerMinute?: number; parallelCalls?: number }

/** Why a call is not admitted: shown in the caller's dialect, with what to do. */
export type Refusal = {
  status: 400 | 401 | 402 | 403 | 404 | 405 | 409 | 413 | 415 | 429 | 431 | 500 | 502 | 503 | 504
  /** Our own code, such as `credential_revoked`. */
  code: string
  /** What happened and what to do, without secrets. */
  message: string
  /** Seconds. */
  retryAfter?: number
  /** The methods that the path takes, where another was used. */
  allow?: string
}

/** The newest block that the gateway has acted on. */
export type Head = { block: number; hash: Hex; /** Chain's time, in Unix seconds. */ time: number }

/** What the chain permits at its head. Asking costs no call of a node. */
export type Standing = {
  readonly head: Head | undefined
  /** At which block a key's calls are permitted, and the epoch of the open log; or why they are not. */
  check(entry: KeyEntry): { block: number; epoch: number } | Refusal
  /** Where a refused call of a key is recorded: the newest block, and the epoch of the open log; undefined while neither was read. */
  placeOf(entry: KeyEntry): { block: number; epoch: number } | undefined
  /** Calls `listener` for each key whose standing a head took away. Returns what ends that. */
  onLost(listener: (credential: CredentialId, refusal: Refusal, entry: KeyEntry) => void): () => void
  /** Reads a key that was added or changed, before its first call. */
  include(entries: readonly KeyEntry[]): Promise<void>
  /** Follows heads no more. */
  close(): Promise<void>
}

/** The most calls and tokens under a credential, in all; 0 for no bound. */
export type Quotas = { calls: bigint; tokens: bigint }

/** What an operator has counted under a credential: of this gateway by its store, of others as they anchored it. */
export type OperatorCounts = CallCounts & { operator: Address }

/** The quota of a credential, in calls and tokens: reserved before a call, settled after it. */
export type QuotaStore = {
  /** Prepares a credential: its quotas, and what was used of them by all operators. May be called again with newer counts. */
  open(entry: KeyEntry, quotas: Quotas, used: readonly OperatorCounts[]): Promise<void>
  /** Takes one call and some tokens in one synchronous step, or says why not. */
  reserve(credential: CredentialId, tokens: number): Reservation | Refusal
  /** Fetches a share of the quota that instances have in common, after `reserve` refused for lack of one. Undefined where nothing can be fetched. */
  refill?(credential: CredentialId, tokens: number): Promise<void> | undefined
  /** Gives back the shares that were fetched and not used. */
  close(): Promise<void>
}

/** What was taken of a quota. Settled exactly once; a second time does nothing. */
export type Reservation = {
  /** Gives back what was taken, and counts what was used. */
  settle(used: CallCounts): void
}

/** A call that may go to the upstream. */
export type Admitted = {
  entry: KeyEntry
  call: CallId
  /** Unix seconds. */
  time: number
  block: number
  epoch: number
  reserved: number
  /** Gives back what was reserved, and counts what was used. Once. */
  settle(used: CallCounts): void
  /** Set by the proxy: ends the call when its standing is lost, at once or after a grace; called at once where it was lost before. */
  onLost?: (refusal: Refusal) => void
}

/** Decides which calls pass. */
export type Admission = {
  /** The key that a caller presented; the secret is not kept. */
  identify(secret: string | undefined): KeyEntry | Refusal
  /**
   * Checks and counts in one synchronous step, so that nothing passes between the two. It waits only where instances share quotas and
   * this one's share has run out; then all is checked again.
   *
   * @param name the model name in the request @param tokens the most that the call may take
   */
  admit(entry: KeyEntry, name: string | undefined, tokens: number): Promise<Admitted | Refusal>
}

/** What is read of a request before it is forwarded. */
export type RequestFacts = {
  /** The model name in the request; undefined when a multipart body has not shown it yet, or the route has none. */
  model: string | undefined
  stream: boolean
  /** Tokens that the input takes, estimated. */
  inputTokens: number
  /** Most tokens of the output that the caller asks for; undefined when it does not say. */
  maxTokens: number | undefined
  /** What goes upstream: the same bytes, or with usage asked for. */
  body: Buffer
  /** Whether the gateway put the question for usage in: then the chunk that answers it is taken out again. */
  addedUsage: boolean
}

/** Tokens of a call. */
export type Usage = {
  inputTokens: number
  outputTokens: number
  counted: Counted
  /** Set when the tokens are those of a batch that is complete: they count once, under the call id that `callOfBatch` gives. */
  batch?: BatchSeen
}

/** A batch that an answer showed to be complete. */
export type BatchSeen = { id: string; /** Unix seconds. */ createdAt: number }

/** Watches an answer while it passes. */
export type Meter = {
  /** Takes the next bytes of the upstream. `pass` may go on at once, `hold` only after the record is on the disk. */
  push(chunk: Buffer): { pass: Buffer[]; hold: Buffer[] }
  /** The upstream has ended whole: what is left, to be sent after the record is on the disk. */
  end(): Buffer[]
  /** What is known of usage so far. */
  usage(): Usage
}

/** What the gateway says of the models that it serves: which registered one answers, and which duties pass on. */
export type Description = {
  /**
   * Headers of each response about a served name, without those of one call. They replace the upstream's of the same names, which are
   * merged into them.
   *
   * @param upstream names and values of the upstream's headers in turn, as they came
   */
  headers(name: string, upstream?: readonly string[]): readonly (readonly [name: string, value: string])[]
  /** What `/v1/models` adds to the entry of a served name. */
  model(name: string): Record<string, unknown>
}

/** A model that is served. */
export type ServedModel = {
  /** The model name in requests, the same as the upstream's. */
  name: string
  model: ModelId
  /** The right that calls use unless a key says otherwise. */
  use: Right
}

/** Whether an answer of one of these ports is a refusal. */
export function isRefusal(value: object): value is Refusal {
  return 'status' in value && 'code' in value
}
