import { readChainId, type ChainId } from './chainId.ts'
import { StemmaError } from './errors.ts'
import { parseAddress, parseDigest, type Address, type Digest } from './hex.ts'

/** Where a ledger is deployed. */
export type Deployment = {
  /** A name by which people find it, such as `local`. */
  name: string
  /** EIP-155 chain id, beyond 2^53 - 1 as decimal digits. */
  chainId: ChainId
  /** Number of the first block that can hold an event of the ledger. */
  firstBlock: number
  contracts: {
    /** The AccessManager that holds the roles. */
    manager: Address
    ledger: Address
    recalls: Address
    licenseCredential: Address
    lineageClaims: Address
    complianceLens: Address
    usageAudit: Address
    reviewGate: Address
    loadCheck: Address
  }
  /** The keccak-256 of each contract's code as it was deployed. Files of earlier versions do not have it. */
  codeHashes?: Record<keyof Deployment['contracts'], Digest>
  /** How old the latest block may be, in seconds, before an answer is refused as stale; 0 for any age, one hour when left out. */
  maxAge?: number
  /** A JSON-RPC endpoint, where there is one that everybody may use. */
  rpcUrl?: string
  /** What became of the verification of each contract's sources: `exact_match`, `match`, or `not verified` and why. */
  verification?: Readonly<Partial<Record<keyof Deployment['contracts'], string>>>
}

/** Parses a deployment, such as one from a file. @throws {@link InvalidDeploymentError} naming the field */
export function parseDeployment(value: unknown): Deployment {
  const top = record(value, 'the deployment')
  const contracts = record(top.contracts, 'contracts')
  const address = (name: keyof Deployment['contracts']): Address => {
    const text = contracts[name]
    if (typeof text !== 'string') throw new InvalidDeploymentError(`contracts.${name}`, text, 'an address')
    return parseAddress(text)
  }
  const { name, rpcUrl } = top
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) {
    throw new InvalidDeploymentError('name', name, 'lower-case letters, digits and hyphens')
  }
  if (rpcUrl !== undefined && (typeof rpcUrl !== 'string' || !/^(https?|wss?):\/\//.test(rpcUrl))) {
    throw new InvalidDeploymentError('rpcUrl', rpcUrl, 'an http(s) or ws(s) URL')
  }
  const { codeHashes, maxAge, verification } = top
  return {
    name,
    chainId: chainIdOf(top.chainId),
    firstBlock: count(top.firstBlock, 'firstBlock'),
    contracts: {
      manager: address('manager'),
      ledger: address('ledger'),
      recalls: address('recalls'),
      licenseCredential: address('licenseCredential'),
      lineageClaims: address('lineageClaims'),
      complianceLens: address('complianceLens'),
      usageAudit: address('usageAudit'),
      reviewGate: address('reviewGate'),
      loadCheck: address('loadCheck'),
    },
    ...(codeHashes === undefined ? {} : { codeHashes: hashesOf(codeHashes, contracts) }),
    ...(maxAge === undefined ? {} : { maxAge: count(maxAge, 'maxAge') }),
    ...(rpcUrl === undefined ? {} : { rpcUrl }),
    ...(verification === undefined ? {} : { verification: verificationOf(verification, contracts) }),
  }
}

/** A hash for each contract: a file that leaves one out would leave that contract unchecked. */
function hashesOf(value: unknown, contracts: object): NonNullable<Deployment['codeHashes']> {
  const hashes = record(value, 'codeHashes')
  const entries = Object.keys(contracts).map((name) => {
    const hash = hashes[name]
    if (typeof hash !== 'string') throw new InvalidDeploymentError(`codeHashes.${name}`, hash, 'a keccak-256 hash')
    return [name, parseDigest(hash)]
  })
  return Object.fromEntries(entries) as NonNullable<Deployment['codeHashes']>
}

/** What is stated of the contracts that are named; other names are left out. */
function verificationOf(value: unknown, contracts: object): NonNullable<Deployment['verification']> {
  const stated = record(value, 'verification')
  const entries = Object.keys(contracts).flatMap((name) => {
    const result = stated[name]
    if (result === undefined) return []
    if (typeof result !== 'string') throw new InvalidDeploymentError(`verification.${name}`, result, 'a string')
    return [[name, result]]
  })
  return Object.fromEntries(entries)
}

function record(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidDeploymentError(field, value, 'an object')
  }
  return value as Record<string, unknown>
}

function chainIdOf(value: unknown): ChainId {
  const chainId = readChainId(value)
  if (chainId !== undefined) return chainId
  throw new InvalidDeploymentError('chainId', value, 'a whole number, beyond 2^53 - 1 as a string of decimal digits')
}

function count(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidDeploymentError(field, value, 'a whole number')
  }
  return value
}

/** Thrown when a deployment is malformed. */
export class InvalidDeploymentError extends StemmaError {
  override name = 'InvalidDeploymentError'
  constructor(field: string, value: unknown, expected: string) {
    const start = (JSON.stringify(value) ?? 'nothing').slice(0, 100)
    super(
      'INVALID_DEPLOYMENT',
      `The deployment's field "${field}" is ${start}. Expected ${expected}. Deploy again, or correct the file.`,
    )
  }
}
