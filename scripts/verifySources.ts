import type { ChainId } from '../src/core/chainId.ts'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import type { Artifact, BuildInfo } from '@nomicfoundation/ignition-core'

import type { Deployment } from '../src/core/deployment.ts'
import { shortText } from '../src/core/text.ts'
import { withoutMetadataHash } from './metadata.ts'

/** The server of Sourcify, which keeps verified sources of contracts on many chains. */
export const SOURCIFY = 'https://sourcify.dev/server'

/** How long one answer and one verification may take, in milliseconds. */
const ANSWER_TIME = 30_000
const VERIFICATION_TIME = 120_000

const root = join(import.meta.dirname, '..')

/** The artifact of each contract of a deployment. */
const ARTIFACTS: Readonly<Record<keyof Deployment['contracts'], string>> = {
  manager: 'AccessManager',
  ledger: 'Ledger',
  recalls: 'Recalls',
  licenseCredential: 'LicenseCredential',
  lineageClaims: 'LineageClaims',
  complianceLens: 'ComplianceLens',
  usageAudit: 'UsageAudit',
  reviewGate: 'ReviewGate',
  loadCheck: 'LoadCheck',
}

/** Where a verification stands, as Sourcify's API says it; `match` is `exact_match`, `match` or null. */
type Job = {
  isJobCompleted?: boolean
  contract?: { match?: string | null }
  error?: { message?: string; customCode?: string }
}

/**
 * Has a Sourcify server (API v2) verify the sources of every contract, one after the other, and returns what became of each:
 * `exact_match`, `match`, or `not verified` with the reason. Never throws: a deployment is good without a verification, which
 * can be asked for again.
 */
export async function verifySources(
  server: string,
  chainId: ChainId,
  contracts: Deployment['contracts'],
): Promise<NonNullable<Deployment['verification']>> {
  const results: [string, string][] = []
  for (const name of Object.keys(ARTIFACTS) as (keyof Deployment['contracts'])[]) {
    const result = await verify(server, chainId, contracts[name], ARTIFACTS[name]).catch((error: Error) =>
      notVerified(error.message),
    )
    results.push([name, result])
  }
  return Object.fromEntries(results)
}

async function verify(server: string, chainId: ChainId, address: string, contractName: string): Promise<string> {
  const build = await buildOf(contractName)
  if (!build) return notVerified('the build of contract-json is not at hand; run npm run build, then deploy again')
  const begun = await ask(`${server}/v2/verify/${chainId}/${address}`, {
    stdJsonInput: build.info.input,
    compilerVersion: build.info.solcLongVersion,
    contractIdentifier: `${build.inputSourceName}:${contractName}`,
  })
  if (begun.customCode === 'already_verified') {
    const known = await ask(`${server}/v2/contract/${chainId}/${address}`)
    return resultOf(known.match)
  }
  if (typeof begun.verificationId !== 'string') return notVerified(begun.message)
  const deadline = Date.now() + VERIFICATION_TIME
  for (let wait = 250; Date.now() < deadline; wait = Math.min(2 * wait, 5000)) {
    const job = (await ask(`${server}/v2/verify/${encodeURIComponent(begun.verificationId)}`)) as Job
    if (job.isJobCompleted) return job.error ? notVerified(job.error.message) : resultOf(job.contract?.match)
    await setTimeout(wait)
  }
  return notVerified(`the verification took longer than ${VERIFICATION_TIME / 1000} seconds; ask again`)
}

/** The answer of a server, which is an object also where it refuses. */
async function ask(url: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(ANSWER_TIME),
    ...(body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const answer: unknown = await response.json()
  if (typeof answer !== 'object' || answer === null) throw new Error('the server did not answer as Sourcify does')
  return answer as Record<string, unknown>
}

function resultOf(match: unknown): string {
  return match === 'exact_match' || match === 'match' ? match : notVerified('the server found no match')
}

/** What a stranger's server writes is shortened and cleaned. */
function notVerified(reason: unknown): string {
  return `not verified: ${shortText(typeof reason === 'string' && reason ? reason : 'the server gave no reason', 300)}`
}

/** The build of a contract of `contract-json`, where it is at hand: its sources and settings. */
async function buildOf(contractName: string): Promise<{ info: BuildInfo; inputSourceName: string } | undefined> {
  const { bytecode, sourceName } = JSON.parse(
    await readFile(join(root, 'contract-json', `${contractName}.json`), 'utf8'),
  ) as Artifact
  const path = join(root, 'artifacts', sourceName, `${contractName}.json`)
  if (!existsSync(path)) return undefined
  const compiled = JSON.parse(await readFile(path, 'utf8')) as Artifact & { inputSourceName: string }
  if (withoutMetadataHash(compiled.bytecode) !== withoutMetadataHash(bytecode)) return undefined
  const build = join(root, 'artifacts/build-info', `${compiled.buildInfoId}.json`)
  return { info: JSON.parse(await readFile(build, 'utf8')) as BuildInfo, inputSourceName: compiled.inputSourceName }
}
