/**
 * Why a wallet, a device or a node refuses to sign or to send:
 *
 * - `rejected`: its owner declined.
 * - `pending`: an older request still waits for its owner.
 * - `locked`: it is locked.
 * - `blindSigning`: the device shows only a digest of what it signs, and is set not to sign that.
 * - `app`: the device has no app open, or another one.
 * - `unauthorized`: it does not let the page, or the sender, use the account.
 * - `unsupported`: it does not know the request.
 * - `disconnected`: it is not there.
 * - `chain`: it is on another chain.
 * - `known`: the very same transaction was taken before, so nothing is wrong.
 * - `replacement`: another transaction with the nonce waits, and the fee is not enough to replace it.
 * - `nonceUsed`: a transaction with the nonce is in a block.
 * - `nonceGap`: transactions with lower nonces are missing.
 * - `funds`: the account cannot pay.
 * - `feeCap`: the fee is more than the node allows.
 * - `fees`: the priority fee is more than the whole fee.
 * - `feeTooLow`: the fee is less than the chain or the node takes.
 * - `gasTooLow`: the gas limit is less than any such transaction needs.
 * - `gasTooHigh`: the gas limit is more than a block or a transaction may have.
 * - `type`: the chain does not know the type of the transaction.
 * - `unprotected`: the signature does not name the chain.
 * - `notAccount`: the sender is a contract.
 * - `size`: the transaction, or the code in it, is too large.
 * - `pool`: the pool takes no more transactions, at all or from the sender.
 */
export type WriteRefusal =
  | 'rejected'
  | 'pending'
  | 'locked'
  | 'blindSigning'
  | 'app'
  | 'unauthorized'
  | 'unsupported'
  | 'disconnected'
  | 'chain'
  | 'known'
  | 'replacement'
  | 'nonceUsed'
  | 'nonceGap'
  | 'funds'
  | 'feeCap'
  | 'fees'
  | 'feeTooLow'
  | 'gasTooLow'
  | 'gasTooHigh'
  | 'type'
  | 'unprotected'
  | 'notAccount'
  | 'size'
  | 'pool'

type Line = readonly [refusal: WriteRefusal, words: RegExp | undefined, codes?: readonly (number | string)[]]

/**
 * The dialects, in the order in which they are tried: the first line with one of its words or codes wins. Words of devices come
 * first, because wallets wrap them in codes of their own. The messages that each line is made for, with their sources, are in
 * `test/sdk/writeDialects.test.ts`.
 */
const LINES: readonly Line[] = [
  // LedgerHQ/ledger-live `libs/ledgerjs/packages/errors`: 0x6a80 is the setting in most cases; hw-app-eth's EthAppPleaseEnableContractData.
  ['blindSigning', /blind.?sign|enable ?contract ?data|0x6a80\b/, [0x6a80, '6a80']],
  [
    'locked',
    /0x5515\b|0x6b0c\b|0x6982\b|0x6804\b|\blocked\b|unlock|needs? (its )?(password|pin)/,
    [0x5515, 0x6b0c, 0x6982, '5515'],
  ],
  [
    'app',
    /0x6d0[02]\b|0x6e0[01]\b|0x6511\b|0x650f\b|0x6807\b|(cla|ins)_not_supported|open (the )?(ethereum|eth) app|(wrong|no|inside the) app\b/,
    [0x6d00, 0x6d02, 0x6e00, 0x6e01, 0x6511, 0x650f, 0x6807],
  ],
  // Trezor Connect `ERRORS`; hw-transport: TransportRaceCondition; EIP-1474 -32002 as MetaMask means it.
  [
    'pending',
    /already pending|pending request|request .{0,40}(pending|in progress)|already processing|resource unavailable|device.{0,30}(busy|used elsewhere)|call in progress|race ?condition|session not found: .{0,10}busy/,
  ],
  [
    'disconnected',
    /0x6faa\b|disconnected|not connected|device (was )?not (found|detected)|no device|unable to connect|transport.{0,20}(missing|closed)|connection (lost|closed)|session (expired|deleted|disconnected)|no (matching|active) (key|session)/,
    [
      4900,
      4901,
      6000,
      'DisconnectedDevice',
      'DisconnectedDeviceDuringOperation',
      'Device_Disconnected',
      'Transport_Missing',
    ],
  ],
  // EIP-1193; specs.walletconnect.com error codes; ethers; Trezor `Failure_ActionCancelled`, `Method_Cancel`.
  [
    'rejected',
    /(user|owner|signer)('s)? .{0,20}(reject|den[iy]|cancel|declin|disapprov|refus|closed|abort)|(reject|deni|cancel|declin|disapprov|refus|abort)\w* (by|on) (the )?(user|owner|device)|denied .{0,20}(signature|request)|(action|request|signature|signing|transaction) (was |has been )?(cancel+ed|rejected by|declined|denied)|popup (was )?closed|^cancel+ed$|^rejected$|actioncancel+ed|0x6985\b|0x5501\b/,
    [
      4001,
      5000,
      5001,
      5002,
      5003,
      0x6985,
      0x5501,
      'ACTION_REJECTED',
      'Failure_ActionCancelled',
      'Method_Cancel',
      'Method_Interrupted',
    ],
  ],
  // EIP-1193 4902 is of EIP-3085; EIP-5792 5710; MetaMask; geth `core/types/transaction_signing.go`; Besu `RpcErrorType`; Hardhat; anvil.
  [
    'chain',
    /chain.?ids?\b.{0,80}(match|mismatch|expected|different|incompatib|not supported|does not|invalid)|(invalid|wrong|incorrect|mismatch\w*|different|unrecogni[sz]ed|unknown|unsupported|another|incompatible) (eip.?155 transaction|signer chain|chain|network)|chain mismatch|network changed|signed for another chain|not configured for chain|match the (target|active|selected|current) chain/,
    [4902, 5100, 5710],
  ],
  [
    'unauthorized',
    /not (been )?authori[sz]ed|unauthori[sz]ed|unknown account|no account|not permitted|sender account not|no keys? (is |was )?(available|found)|no signer available|could not find key/,
    [4100, 3001, 3002],
  ],

  // go-ethereum `core/txpool/errors.go` and `core/error.go`; Erigon; Besu; Nethermind `AcceptTxResult`; OpenEthereum; zkSync; cosmos/evm.
  [
    'known',
    /(?<!block )already (known|imported|exists?\b.{0,20}(cache|pool)|in (the )?(mem|tx)?pool)|^known transaction|(: |^)known transaction|alreadyknown|pool\(alreadyimported|ownnoncealreadyused|existing tx with same hash|same hash was already|tx already (exists|in)|already in the system|txn-already-known/,
  ],
  [
    'replacement',
    /replace(ment)?\b.{0,60}(underpriced|too low|not allowed|price|existing)|replacementnotallowed|to replace|another (transaction|tx) with (the )?same nonce|(transaction|tx) which has the same nonce|could not replace/,
    ['REPLACEMENT_UNDERPRICED'],
  ],
  [
    'nonceUsed',
    /nonce.{0,20}(too low|too small|has already been used|already used|is lower|stale|lower than)|(stale|old|used).{0,6}nonce|nonce .{0,20}expired|oldnonce|pool\(stale\)|already finalized|invalid (transaction )?nonce|incorrect.?nonce/,
    ['NONCE_EXPIRED'],
  ],
  [
    'nonceGap',
    /nonce.{0,60}(too high|gap|too (distant|far)|in the future|higher than|missing)|(gapped|future).{0,6}nonce|noncegap|lower nonce (is |was )?(invalid|missing)|invalid transaction with a lower nonce|future transaction tries/,
  ],
  // Hardhat: "Sender doesn't have enough funds"; Besu: upfront cost; zkSync: fee; OP stack: L1 fee; reth: overdraws.
  [
    'funds',
    /insufficient\s?(funds|balance|eth\b)|insufficientfunds|(enough|lacks?|lack of) (funds|balance|eth\b)|upfront.?cost|up-front cost|overdra(w|ft)|exceeds (account |transaction sender )?(account )?balance|fail\w* to pay (the )?fee|cannot (pay|afford)|exceeds allowance \(0\)|balance .{0,40}(too low|less than)/,
    ['INSUFFICIENT_FUNDS'],
  ],
  ['feeCap', /exceeds the configured cap|fee cap exceeded|fee too high/],
  [
    'fees',
    /(priority|tip).{0,40}(higher|greater|exceeds|above|bigger|more).{0,30}(max|fee ?cap)|(higher|greater) than max.?fee/,
  ],
  [
    'gasTooLow',
    /intrinsic.?gas(?! too high)|floor.{0,20}gas|gas is too low|requires at least [\d,]+ gas|not enough gas|\bgas (limit )?too low|insufficient gas|gas ?limit.{0,20}(too low|too small)/,
  ],
  [
    'feeTooLow',
    /underpriced|(gas )?(fee|price|tip|feecap|fee ?cap|gasprice|maxfeepergas|premium)s?\b.{0,100}(too low|less than|below|lower than|minimum|not enough|unacceptable)|feetoolow|unacceptable gas price|(less|lower) than (the )?(block )?base ?fee|minimum (needed|gas price)|base ?fee (exceeds|is greater|higher)/,
  ],
  [
    'size',
    /oversized|init ?code|code size|(transaction|tx|input|data|payload).{0,30}(too (large|big|long)|size exceeds|exceeds .{0,20}size)/,
  ],
  [
    'gasTooHigh',
    /exceeds? .{0,30}(block'?s? )?gas ?limit|gas ?limit.{0,40}(exceed|too (high|large)|greater)|exceeds .{0,30}gas cap|intrinsic gas too high|gas limit reached|exceeds current gas limit|beyond limit|exceeds allowance|gaslimitexceeded/,
  ],
  [
    'pool',
    /(pool|queue|mempool).{0,20}(full|overflow|size constraint|limit|not enabled|disabled)|queue full|pool size|too many (pending )?(transactions|txs)|account limit|in-flight (transaction )?limit|spammer|address already reserved|conflicts with existing|pendingtxsofconflictingtype/,
  ],
  ['unprotected', /replay.?protect|eip-?155\b|chain.?id is required/],
  ['type', /(transaction|tx).?type|typed transaction|eip-?(1559|2718|2930)|1559.{0,20}not/],
  ['notAccount', /not an eoa|sender ?is ?contract|non-account|account has bytecode|contract .{0,20}sender/],
  // EIP-1193 4200; WalletConnect 5101; JSON-RPC -32601; Besu -32604.
  [
    'unsupported',
    /(method|request).{0,60}(not|n't|un)\s?(be )?(found|exist|available|support|allow|enabl|implemented)|unsupported method/,
    [4200, 5101, -32_601, -32_604, 'UNSUPPORTED_OPERATION'],
  ],
]

/** How much of the words of others is looked at, in characters. */
const LONGEST = 2000

/** A layer of an error: what a wallet, a library or a node adds as the error comes up. */
export type ErrorLayer = { codes: (number | string)[]; words: string }

/**
 * The layers of an error, the outermost first. ethers' long messages are left out, because they repeat what was sent.
 */
export function layersOf(error: unknown): ErrorLayer[] {
  const visited = new Set<unknown>()
  const layers: ErrorLayer[] = []
  const visit = (value: unknown, depth: number): void => {
    if (typeof value === 'string') {
      if (depth > 0 && /[a-z]/i.test(value) && !/^0x[0-9a-f]*$/i.test(value))
        layers.push({ codes: [], words: value.slice(0, LONGEST) })
      return
    }
    if (typeof value !== 'object' || value === null || visited.has(value) || depth > 8) return
    visited.add(value)
    const fields = value as Record<string, unknown>
    const codes = ['code', 'statusCode', 'errorCode', 'name'].flatMap((key) => {
      const code = fields[key]
      return typeof code === 'number' || (typeof code === 'string' && code !== 'Error') ? [code] : []
    })
    const words = [fields.shortMessage, fields.details, fields.message, fields.statusText].find(
      (text): text is string => typeof text === 'string' && text !== '',
    )
    if (codes.length > 0 || words !== undefined) layers.push({ codes, words: (words ?? '').slice(0, LONGEST) })
    for (const key of ['error', 'info', 'data', 'cause', 'originalError', 'payload']) {
      // A payload of Trezor Connect is its error; that of JSON-RPC is the request.
      if (key !== 'payload' || !('method' in Object(fields.payload))) visit(fields[key], depth + 1)
    }
  }
  visit(error, 0)
  return layers
}

/** Why a wallet, a device or a node refuses; undefined when its words and codes do not say. */
export function refusalOf(error: unknown): WriteRefusal | undefined {
  const layers = layersOf(error)
  const texts = layers.map(({ codes, words }) => [words, codes.filter((code) => typeof code === 'string')].flat())
  for (const [refusal, words, codes] of LINES) {
    if (words && texts.some((each) => each.some((text) => words.test(text.toLowerCase())))) return refusal
    if (codes && layers.some((each) => each.codes.some((code) => codes.includes(code)))) return refusal
  }
  return undefined
}
