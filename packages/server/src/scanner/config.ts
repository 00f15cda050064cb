import { isAbsolute, join } from 'node:path'

import {
  isBytes32,
  parseAddress,
  parseDigest,
  quoted,
  shortText,
  StemmaError,
  type Address,
  type Digest,
} from 'stemma/core'
import { ENGINE_NAMES, type EngineOptions } from 'stemma/scan'

/** What a scanner is set to, from its configuration file. `docs/scanner-config.schema.json` describes the file. */
export type ScannerConfig = {
  /** Name or path of the deployment. */
  deployment?: string
  /** Nodes to ask; those of the deployment when left out. */
  rpc?: readonly string[]
  /** Where downloads, reports and the state of reviews are kept. */
  folder: string
  /** Folders or files of the operator's own, by the digest of the weights in them. */
  folders: Readonly<Record<Digest, string>>
  /** Hosts of the operator's own network that may be asked, with their ports. */
  privateHosts: readonly string[]
  limits: {
    /** Most bytes of a model. */
    bytes: number
    /** Most seconds for one model, from the first request to the report. */
    seconds: number
    /** Most files of a model. */
    files: number
  }
  /** Whose requests are worked off; everybody's when left out. */
  requesters?: readonly Address[]
  /** How far verdicts reach. */
  scope: 'files' | 'tensors'
  /** Where the operator publishes the folder `reports`; what is attested names the report below it. Nothing when left out. */
  reportsUri?: string
  /** First block that is read; by default that of the deployment. */
  fromBlock?: number
  /** Folder of sketches, each `<model id>.sketch` with the annex of its registration beside it, to find undeclared lineage. */
  sketches?: string
  /** Engines of others that are called too; all that are installed when left out. */
  engines?: EngineOptions['names']
}

const FIELDS = [
  '$schema',
  'deployment',
  'rpc',
  'folder',
  'folders',
  'privateHosts',
  'limits',
  'requesters',
  'scope',
  'reportsUri',
  'fromBlock',
  'sketches',
  'engines',
]

/**
 * Reads a configuration out of its JSON.
 *
 * @param cwd the folder that its paths start from
 * @throws {@link InvalidScannerConfigError} naming the field, its value and what is expected
 */
export function parseScannerConfig(value: unknown, cwd: string): ScannerConfig {
  const top = objectOf(value, 'the file', FIELDS)
  const limits = objectOf(top.limits ?? {}, 'limits', ['bytes', 'seconds', 'files'])
  const path = (each: unknown, where: string): string => {
    const read = text(each, where)
    return isAbsolute(read) ? read : join(cwd, read)
  }
  return {
    ...(top.deployment !== undefined && { deployment: text(top.deployment, 'deployment') }),
    ...(top.rpc !== undefined && { rpc: list(top.rpc, 'rpc').map((each, at) => httpUrl(each, `rpc[${at}]`)) }),
    folder: path(top.folder ?? '.stemma/scanner', 'folder'),
    folders: Object.fromEntries(
      Object.entries(objectOf(top.folders ?? {}, 'folders')).map(([digest, folder]) => [
        isBytes32(digest) ? parseDigest(digest) : fail('folders', digest, 'digests of weights, 0x and 64 hex digits'),
        path(folder, `folders.${digest}`),
      ]),
    ),
    privateHosts: list(top.privateHosts ?? [], 'privateHosts').map((each, at) => host(each, `privateHosts[${at}]`)),
    limits: {
      bytes: whole(limits.bytes ?? 500e9, 'limits.bytes', 1, 1e15),
      seconds: whole(limits.seconds ?? 6 * 3600, 'limits.seconds', 1, 7 * 86_400),
      files: whole(limits.files ?? 10_000, 'limits.files', 1, 1e6),
    },
    ...(top.requesters !== undefined && {
      requesters: list(top.requesters, 'requesters').map((each, at) => account(each, `requesters[${at}]`)),
    }),
    scope: scopeOf(top.scope ?? 'files'),
    ...(top.reportsUri !== undefined && { reportsUri: httpUrl(top.reportsUri, 'reportsUri') }),
    ...(top.fromBlock !== undefined && { fromBlock: whole(top.fromBlock, 'fromBlock', 0, Number.MAX_SAFE_INTEGER) }),
    ...(top.sketches !== undefined && { sketches: path(top.sketches, 'sketches') }),
    ...(top.engines !== undefined && {
      engines: list(top.engines, 'engines').map(
        (each, at) =>
          ENGINE_NAMES.find((name) => name === each) ??
          fail(`engines[${at}]`, each, `one of: ${ENGINE_NAMES.join(', ')}`),
      ),
    }),
  }
}

function fail(field: string, value: unknown, expected: string): never {
  throw new InvalidScannerConfigError(field, value, expected)
}

function objectOf(value: unknown, where: string, names?: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(where, value, 'an object')
  const unknown = names && Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) return fail(`a field of ${where}`, unknown, `only the fields ${names!.join(', ')}`)
  return value as Record<string, unknown>
}

function list(value: unknown, where: string): readonly unknown[] {
  return Array.isArray(value) && value.length <= 1000 ? value : fail(where, value, 'a list of at most 1,000 entries')
}

function text(value: unknown, where: string): string {
  const isText = typeof value === 'string' && value !== '' && value.length <= 2048
  return isText ? value : fail(where, value, 'a text that is not empty, of at most 2,048 characters')
}

function whole(value: unknown, where: string, least: number, most: number): number {
  const isIn = typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
  return isIn ? value : fail(where, value, `a whole number from ${least} to ${most}`)
}

function httpUrl(value: unknown, where: string): string {
  const read = text(value, where)
  const isUrl = URL.canParse(read) && /^https?:$/.test(new URL(read).protocol)
  // An address may hold a secret, so it is not repeated.
  return isUrl ? read : fail(where, undefined, 'an http or https URL')
}

function host(value: unknown, where: string): string {
  const read = text(value, where).toLowerCase()
  const isHost = URL.canParse(`http://${read}`) && new URL(`http://${read}`).host === read
  return isHost
    ? read
    : fail(where, value, 'a host, with its port where it is not the usual one, such as hub.internal:8080')
}

function account(value: unknown, where: string): Address {
  try {
    return parseAddress(text(value, where))
  } catch {
    return fail(where, value, 'an account, 0x and 40 hex digits')
  }
}

function scopeOf(value: unknown): ScannerConfig['scope'] {
  return value === 'files' || value === 'tensors' ? value : fail('scope', value, 'one of files, tensors')
}

/** Thrown when the configuration of a scanner cannot be used. */
export class InvalidScannerConfigError extends StemmaError {
  override name = 'InvalidScannerConfigError'
  constructor(field: string, value: unknown, expected: string) {
    const found =
      typeof value === 'string' ? quoted(shortText(value, 100)) : shortText(JSON.stringify(value) ?? '', 100)
    super(
      'INVALID_SCANNER_CONFIG',
      `In the configuration of the scanner, ${field} is ${value === undefined ? 'missing or not usable' : found}. Expected ${expected}. docs/scanner-config.schema.json describes the file.`,
    )
  }
}
