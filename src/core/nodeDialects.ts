/**
 * What an error of a node, of a provider or of a wallet means, whatever its words:
 *
 * - `reverted`: a contract refused the call. Its reason is not a word of the node.
 * - `rejected`: a person refused to sign, at a wallet or at a device.
 * - `device`: a signing device lacks a setting (blind signing).
 * - `unauthorized`: the wallet has not allowed the site to use the account or the method.
 * - `wrongChain`: the wallet or the node is on another chain.
 * - `batch`: requests of several calls are refused, or of so many. Send fewer at once, or one by one.
 * - `busy`: too many requests, or nobody there to answer them. The same request succeeds later.
 * - `pruned`: the node does not keep the state or the logs of a block that old.
 * - `head`: the node does not have the block yet. With a block that is old for sure, it is as `pruned`.
 * - `range`: logs of so many blocks are refused. {@link blocksHint} finds the limit in the words.
 * - `results`: the answer would be too large. Ask for less.
 * - `slow`: the node took too long. Ask for less, or again.
 * - `unsupported`: the node does not know the method or a parameter.
 * - `forbidden`: the key, the plan or the origin is not allowed. A person has to mend it.
 * - `limit`: some limit, of requests or of size; the words do not say which. Ask again, then ask for less.
 * - `unknown`: none of these.
 */
export type NodeMeaning =
  | 'reverted'
  | 'rejected'
  | 'device'
  | 'unauthorized'
  | 'wrongChain'
  | 'batch'
  | 'busy'
  | 'pruned'
  | 'head'
  | 'range'
  | 'results'
  | 'slow'
  | 'unsupported'
  | 'forbidden'
  | 'limit'
  | 'unknown'

/** An error as a node or a provider gives it. */
export type NodeWords = {
  /** The code of JSON-RPC or of EIP-1193. */
  code?: unknown
  /** The message, or the whole text of an answer that is not JSON. */
  message?: unknown
  /** What JSON-RPC adds to the message. */
  data?: unknown
  /** The status of HTTP. */
  status?: number | undefined
}

type Line = readonly [meaning: NodeMeaning, words: RegExp | undefined, codes?: readonly (number | string)[]]

/**
 * The dialects, in the order in which they are tried: the first line with one of its codes or its words wins. Codes that mean
 * different things to different providers are in the last lines only, so that the words decide first. The messages that each line
 * is made for, with their sources, are in `test/core/nodeDialects.test.ts`.
 */
const LINES: readonly Line[] = [
  // EIP-1474; geth `core/vm/errors.go`; Hardhat, Ganache.
  ['reverted', /execution revert|reverted|vm exception|invalid opcode/, [3]],
  // EIP-1193 4001; specs.walletconnect.com 5000 to 5003; ethers `ACTION_REJECTED`; MetaMask/accounts#294, #576.
  [
    'rejected',
    /(user|owner) (has )?(reject|den[iy]|cancel|declin|disapprov|closed)|(reject|deni|cancel|declin|disapprov)\w* by (the )?(user|owner)|denied .{0,20}signature|0x6985/,
    [4001, 5000, 5001, 5002, 5003, 'ACTION_REJECTED'],
  ],
  // MetaMask/metamask-extension#29802: Ledger's setting.
  ['device', /blind sign|0x6a80/],
  ['unauthorized', /not been authorized by the user/, [4100]],
  // EIP-1193 4901; EIP-3085 4902; MetaMask's eth-json-rpc-middleware.
  [
    'wrongChain',
    /chain.?id.{0,60}(match|mismatch)|(wrong|unrecogni[sz]ed|unknown|different) (chain|network)/,
    [4901, 4902],
  ],
  // geth `rpc/errors.go`; Erigon#7090; Besu#4951; Nethermind#5122; paritytech/jsonrpsee `types/src/error.rs`; drpc.
  [
    'batch',
    /^(?!.*\b(rate|per (second|minute)))(?=.*batch).*(not |n't |un|in)(support|allow|enabl|accept|valid)|^(?!.*\brate\b).*(batch.{0,60}(limit|exceed|too |max|more than|disabled)|(limit|exceed|too many|too large|too big|max|disabled).{0,40}batch)/,
  ],
  // Infura, Alchemy, QuickNode, Ankr, Base (base/node#368), drpc, Chainstack, megaeth, Optimism's proxyd; erpc `error_normalizer.go`.
  [
    'busy',
    /rate.?limit|(request|call)s? rate|rate (is )?(exceeded|limited)|too many (concurrent )?(requests|connections|calls)|requests? (limit|count)|(requests?|calls?|rps|units)(\/| per |-per-)s|(limit|number) of requests|requests (are )?limited|throttl|compute.units|credits?\b|quota|\brps\b|slow down|(daily|hourly|monthly|usage|api|account|concurren\w+) (\w+ )?limit|try again|retry (?!with)|too (much )?load|over.?loaded|(server|node|service|system) (is )?busy|rabbit hole|no (\w+ ){0,3}(backend|node|server|upstream)s?\b.{0,20}(healthy|available)|no (response|available)|temporar|unavailable for|bad gateway|gateway time|service (temporarily )?unavailable|capacity (limit|exceed)/,
    [429, 4900, -32_007, -32_009, -32_011, -32_016, -32_029, -32_055, -32_090],
  ],
  // geth `trie/errors.go`, `core/history`, EIP-4444; Erigon#13198; Besu; Nethermind#12089; Infura, QuickNode, Chainstack plans.
  [
    'pruned',
    /missing trie node|prun(ed|ing)|histor(y|ical) .{0,80}(available|expired|not found)|(state|receipts?)\b.{0,90}(n[o']t|un)\s?(be )?(available|found)|no state available|archiv|required historical|data before .{0,30}not available|distance to target block exceeds/,
    [4444],
  ],
  // ethereum/execution-apis#875 and #534; geth `eth/filters/api.go`; reth#23720; ethrex#7236; besu#8007; OpenEthereum#9256; Lotus; coreth.
  [
    'head',
    /(beyond|past|exceeds?|above|ahead of|greater than|after|behind) (the )?(\w+ )?('?(head|latest|tip)\b|last accepted|newest)|invalid (block )?range|unknown block|future (block|epoch)|unfinalized|(block|header|epoch|tipset)s?\b.{0,80}(not|n't)( be| yet)? (found|exist|available|mined|synced|imported|known)|(get|find) (header|block) for|not (yet )?(been )?(mined|synced|imported)|block .{0,20}does not exist|syncing|lagging|is behind|not synced|begin block|less than or equal to the (current|latest)|in the future|out of (range|bounds)/,
  ],
  // ponder-sh/ponder `getLogsRetryHelper.ts`; erpc `error_normalizer.go`; the issues that the test names.
  [
    'range',
    /range|max\w* [\d,]+k? blocks|number of (requested )?blocks|(too many|at most|more than|over|only|max\w*( is)?( of)?)( [\d,.]+k?)? blocks|blocks? (distance|gap|span)|limited to .{0,20}blocks?|limit the query to|lookback/,
    [-32_614, -32_615, 35],
  ],
  [
    'results',
    /(return|exceed|more than|too many|max\w*|limit).{0,40}(results?\b|logs\b|events|entries|records)|(logs|events|results)\b.{0,40}(exceed|limit|more than)|(result|response|log|answer|query).{0,20}(size|set|window|body|too (large|big|many))|too (large|big|long)|narrow|reduce|specify less/,
    [-32_003, 413],
  ],
  ['slow', /time.?d? ?-?out|deadline|took too long|execution aborted|duration/, [30, 408, -32_015]],
  [
    'unsupported',
    /(method|module|endpoint|tag|block|param\w*|argument)\b.{0,60}(not|n't|un)\s?(be )?(found|exist|available|support|allow|whitelist|enabl|handled)|unsupported|not (a )?support|not implemented|does not exist\/is not|disabled method|malformed block|invalid (argument|param|input)|missing value/,
    [-32_601, 4200, 501],
  ],
  [
    'forbidden',
    /unauthori[sz]ed|forbidden|authenticat|not authorized|(invalid|missing|unknown|disabled|expired|wrong|bad).{0,20}(key|token|project|credential)|(key|token|project|app|endpoint|account|tenant)\b.{0,30}(invalid|not found|disabled|inactive|expired|suspend|revoked|required)|api.?key|not allowed|not in .{0,10}(allow|white)list|access (is )?denied|permission|payment required|subscription|billing|upgrade/,
    [401, 402, 403, -32_002, -32_051, -32_052],
  ],
  ['limit', /limit|exceed|capacity|free tier|plan\b/, [-32_005, -32_012]],
  [
    'busy',
    /internal (server )?error|cannot fulfill|can't execute|went wrong|<html|<!doctype/,
    [500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530],
  ],
  ['unsupported', undefined, [404, 405, 415, -32_602, -32_600]],
]

/** What an error means. A status of HTTP counts like a code, after the code and the words. */
export function meaningOf({ code, message, data, status }: NodeWords): NodeMeaning {
  const text = wordsOf({ message, data }).toLowerCase()
  for (const [meaning, words, codes] of LINES) {
    if (codes?.includes(code as number) || words?.test(text)) return meaning
  }
  return LINES.find(([, , codes]) => codes?.includes(status!))?.[0] ?? 'unknown'
}

/** The words of an error: its message and what is added to it, in one line, without addresses of web pages. */
export function wordsOf({ message, data }: Pick<NodeWords, 'message' | 'data'>): string {
  const texts = [message, data].map((part) => (typeof part === 'string' ? part : jsonOf(part)))
  return texts
    .join(' ')
    .slice(0, 2000)
    .replaceAll(/\bhttps?:\/\/\S*/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** A value as JSON; nothing where it has none, as one that holds itself. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}

/**
 * How many blocks a node would answer at once, by the words of its refusal: a range that it proposes, or else the largest number
 * in it below what was asked for. Undefined when the words do not say.
 *
 * @param asked how many blocks were asked for
 */
export function blocksHint(words: string, asked: number): number | undefined {
  const [, from, to] = /\[(0x[\da-f]+), ?(0x[\da-f]+)\]/i.exec(words) ?? []
  const proposed = Number(to) - Number(from) + 1
  if (proposed >= 1) return proposed < asked ? proposed : undefined
  return numberBelow(words, asked)
}

/** The largest number in a text that is below another: the limit that a refusal names. Undefined without one. */
export function numberBelow(words: string, asked: number): number | undefined {
  const found = [
    ...words.matchAll(/(?<![\w.-])(\d[\d,_]*)(k?)\b(?! ?(%|ms|s|sec|seconds|results|logs|mb|kb|bytes)\b)/gi),
  ]
    .map(([, digits, thousand]) => Number(digits!.replaceAll(/[,_]/g, '')) * (thousand ? 1000 : 1))
    .filter((number) => number >= 1 && number < asked)
  return found.length > 0 ? Math.max(...found) : undefined
}

/** How many milliseconds a busy node asks to wait, by its words: `try again in 2s`, `backoff_seconds: 30`. */
export function waitHint(words: string): number | undefined {
  const [, count, unit] =
    /(?:try.?again.?in|retry.?(?:after|in)|backoff.?seconds|wait)\W{0,5}(\d+(?:\.\d+)?) ?(ms|m)?/i.exec(words) ?? []
  if (count === undefined) return undefined
  return Number(count) * (unit === 'ms' ? 1 : unit === 'm' ? 60_000 : 1000)
}
