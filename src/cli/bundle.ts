import type { ChainId } from '../core/chainId.ts'
import { recoverAddress } from 'ethers'

import { parseBundleFile, MAX_BUNDLE_BYTES } from '../bundle/bundleFile.ts'
import { parseCheckpoint, trustedBlockOf } from '../bundle/checkpoint.ts'
import type { Bundle } from '../bundle/document.ts'
import { NotInBundleError } from '../bundle/provenState.ts'
import { BUNDLE_LIMITS, openBundle, type OpenBundle } from '../bundle/openBundle.ts'
import { nameLedger, UsageError, type Context } from '../console/context.ts'
import { readBytesFile, readJsonFile } from '../console/files.ts'
import { isBytes32, parseDigest, type Digest, type ModelId } from '../core/hex.ts'
import type { Deployment } from '../core/deployment.ts'
import { locateDeployment } from '../deployments/deploymentFiles.ts'
import { quoted } from '../core/text.ts'
import type { Asked } from '../verify/answer.ts'
import type { TrustPolicy } from '../verify/policy.ts'
import { formatDuration, formatTime } from './format.ts'
import type { Target } from './target.ts'
import { durationOf } from './times.ts'

/** Options that answer from a bundle instead of a node. */
export type BundleOptions = {
  bundle?: string
  trustedBlock?: string
  checkpoint?: string
  deployment?: string
  rpc?: string
  maxAge?: string
}

/** How old the block of a bundle may be when nobody says otherwise, in seconds: a day. Nobody can hear of a recall offline. */
const MAX_BUNDLE_AGE = 86_400

/** What an answer from a bundle says about it. */
export type BundleStatement = {
  block: number
  hash: Digest
  /** Unix seconds. */
  timestamp: number
  /** How long before now the block was, in seconds; 0 for one of the future. */
  age: number
  /** What a bundle cannot show. */
  limits: readonly string[]
}

/** A bundle that proved what it says, with the reader's own deployment by which it was proved. */
export type OpenedBundle = { open: OpenBundle; deployment: Deployment }

/** The bundle in a file, its form alone checked, and how many bytes the file has. */
export async function readBundle(context: Context, path: string): Promise<{ bundle: Bundle; bytes: number }> {
  const file = await readBytesFile(context, path, MAX_BUNDLE_BYTES)
  return { bundle: await parseBundleFile(file), bytes: file.length }
}

/** Checks that the options name a bundle with what makes it count, or nothing of the kind. @throws `UsageError` */
export function checkBundleOptions({ bundle, trustedBlock, checkpoint, rpc }: BundleOptions): void {
  const trusting = [trustedBlock, checkpoint].filter((each) => each !== undefined)
  if (bundle === undefined) {
    if (trusting.length === 0) return
    throw new UsageError('--trusted-block and --checkpoint are about a bundle. Name one: --bundle <file>.')
  }
  if (trusting.length !== 1) {
    throw new UsageError(
      'A bundle proves the state of one block. Say why you trust that block: --trusted-block <hash>, or --checkpoint <file>.',
    )
  }
  if (rpc !== undefined) throw new UsageError('A bundle asks no node. Leave out --rpc, or --bundle.')
  if (trustedBlock !== undefined && !isBytes32(trustedBlock)) {
    throw new UsageError(
      `Invalid --trusted-block ${quoted(trustedBlock)}: use the hash of a block, 0x and 64 hex digits.`,
    )
  }
}

/** Opens the bundle that the options name, by the reader's own deployment. No network is used. */
export async function openBundleFile(
  context: Context,
  options: BundleOptions,
  policy: TrustPolicy,
): Promise<OpenedBundle> {
  const { env, cwd } = context
  const located = await locateDeployment(options.deployment, { env, cwd })
  const { deployment } = located
  const { bundle } = await readBundle(context, options.bundle!)
  nameLedger(context, located)
  const trustedBlock = await trustedBlockIn(context, options, policy, deployment.chainId)
  return { open: await openBundle(bundle, { deployment, trustedBlock }), deployment }
}

async function trustedBlockIn(
  context: Context,
  { trustedBlock, checkpoint }: BundleOptions,
  { checkpoints }: TrustPolicy,
  chainId: ChainId,
): Promise<Digest> {
  if (checkpoint === undefined) return parseDigest(trustedBlock!)
  if (!checkpoints) {
    throw new UsageError(
      'A checkpoint counts by accounts that you name. Name them in a policy: --policy <file> with "checkpoints": { "signers": [...], "threshold": 2 }.',
    )
  }
  const signed = parseCheckpoint(await readJsonFile(context, checkpoint))
  return trustedBlockOf(signed, chainId, checkpoints, recoverAddress)
}

/** How old the block of a bundle may be, in seconds; 0 for any age. */
export function bundleAgeOf({ maxAge }: BundleOptions, deployment: Deployment): number {
  if (maxAge !== undefined) return durationOf(maxAge)
  return deployment.maxAge === 0 ? 0 : Math.max(MAX_BUNDLE_AGE, deployment.maxAge ?? 0)
}

/** What a bundle is asked about: what an argument names, else what it was collected for. @throws {@link NotInBundleError} */
export async function askedOfBundle({ question, reader }: OpenBundle, target: Target | undefined): Promise<Asked> {
  const { models, weights } = question
  switch (target?.kind) {
    case undefined:
      return weights === null ? { model: models[0]! } : { weights }
    case 'weights':
      return { weights: target.weights }
    case 'name':
      throw new UsageError(
        `A bundle cannot show whose name ${quoted(target.name)} is. Name the model by its id, by the digest of its weights, or by its folder; or leave it out, for what the bundle was collected for.`,
      )
    case 'id': {
      const model = target.id as ModelId
      if ((await reader.readRegistrations([model])).has(model)) return { model }
      const digest = parseDigest(target.id)
      if ((await reader.findByWeights(digest)).length > 0) return { weights: digest }
      throw new NotInBundleError(`registration of ${target.id}`)
    }
  }
}

/** What an answer says about its bundle. @param now Unix seconds */
export function statementOf({ block: { number, hash, timestamp } }: OpenBundle, now: number): BundleStatement {
  return { block: number, hash, timestamp, age: Math.max(0, Math.floor(now - timestamp)), limits: BUNDLE_LIMITS }
}

/** {@link statementOf} for people. */
export function formatBundleStatement({ block, hash, timestamp, age, limits }: BundleStatement): string {
  const when = `block ${block} (${hash}) of ${formatTime(timestamp)}, ${formatDuration(age)} ago`
  return [`Offline, as of ${when}. It cannot show:`, ...limits.map((limit) => `  - ${limit}`)].join('\n')
}
