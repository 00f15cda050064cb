import {
  isBytes32,
  parseStrictJson,
  readChainId,
  RIGHT_NAMES,
  VERDICTS,
  type Address,
  type ChainId,
  type ModelId,
  type Right,
  type Verdict,
} from 'stemma/core'
import { packText, unpackText } from 'stemma/documents'

import { isAddress } from '../../app/address.ts'

/** Longest text that is read as a report. */
export const MAX_REPORT_TEXT = 4 * 1024 * 1024
/** Longest fragment of an address that holds a report, and the most that is unpacked from it. */
const MAX_FRAGMENT = 32_000
const MAX_UNPACKED = 512 * 1024
/** How a fragment with a report begins: what it is, and the version of its form. */
const START = 'r=1.'
/** Most uses, findings and names of one report that are read. */
const [MOST_USES, MOST_FINDINGS, MOST_MODELS] = [20, 2000, 20_000]

/** A finding as far as it can be compared. */
export type GivenFinding = {
  code: string
  severity: string
  model: string
  right: string
  fact: string
  reason: string
}

/** One answer of a report that somebody gave: untrusted, its form alone checked. */
export type GivenReport = {
  verdict: Verdict
  use: Right
  model: ModelId
  name: string
  licensee: Address
  chainId: ChainId
  block: number
  findings: readonly GivenFinding[]
  /** Publishers that the report trusts, not the chain. */
  trusted: readonly Address[]
}

/** Thrown when a text is not a report. The message says at which field. */
export class NotAReportError extends Error {
  override name = 'NotAReportError'
}

/** Whether a value may be a report, so that its faults are worth naming. */
export function looksLikeReport(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && 'verdict' in value
}

/** Reads what `stemma verify --json` printed: one report, or one for each use. @throws {@link NotAReportError} */
export function readReport(value: unknown): readonly GivenReport[] {
  const top = record(value, 'the report')
  if (top.version !== 1) throw wrong('version', 'is not 1')
  if (top.reports === undefined) return [oneReport(top, '')]
  const reports = list(top.reports, 'reports', MOST_USES)
  if (reports.length === 0) throw wrong('reports', 'is empty')
  return reports.map((each, index) => oneReport(record(each, `reports[${index}]`), `reports[${index}].`))
}

/** A report as the fragment of an address, without the `#`; undefined when it is too long. */
export async function fragmentOf(report: unknown): Promise<string | undefined> {
  const fragment = `${START}${await packText(JSON.stringify(report))}`
  return fragment.length > MAX_FRAGMENT ? undefined : fragment
}

/** The report in the fragment of an address. @throws {@link NotAReportError} and what parsing JSON throws */
export async function reportInFragment(fragment: string): Promise<unknown> {
  if (!fragment.startsWith(START)) throw wrong('the link', `does not go on with ${START}`)
  if (fragment.length > MAX_FRAGMENT) throw wrong('the link', `has more than ${MAX_FRAGMENT} characters`)
  const unpacked = await unpackText(fragment.slice(START.length), MAX_UNPACKED)
  if ('problem' in unpacked) throw new NotAReportError(unpacked.problem)
  return parseStrictJson(unpacked.text, 'The report in the link')
}

function oneReport(value: Record<string, unknown>, at: string): GivenReport {
  const { verdict, use, model, licensee, chainId, block } = value
  const chain = readChainId(chainId)
  if (!VERDICTS.includes(verdict as Verdict)) throw wrong(`${at}verdict`, `is not one of ${VERDICTS.join(', ')}`)
  if (!RIGHT_NAMES.includes(use as Right)) throw wrong(`${at}use`, 'is not a use')
  if (!isId(model)) throw wrong(`${at}model`, 'is not the id of a model')
  if (!isAddress(licensee)) throw wrong(`${at}licensee`, 'is not an account')
  if (chain === undefined) throw wrong(`${at}chainId`, 'is not the id of a chain')
  if (!Number.isSafeInteger(block) || (block as number) < 0) throw wrong(`${at}block`, 'is not the number of a block')
  const findings = list(value.findings, `${at}findings`, MOST_FINDINGS)
  const models = list(value.models ?? [], `${at}models`, MOST_MODELS)
  const publishers = list(value.publishers ?? [], `${at}publishers`, MOST_MODELS)
  const named = models.find((each) => (each as { model?: unknown } | null)?.model === model)
  return {
    verdict: verdict as Verdict,
    use: use as Right,
    model: model as ModelId,
    name: text((named as { name?: unknown } | undefined)?.name),
    licensee: licensee as Address,
    chainId: chain,
    block: block as number,
    findings: findings.map((each, index) => findingOf(record(each, `${at}findings[${index}]`))),
    trusted: publishers
      .filter((each) => (each as { standing?: unknown } | null)?.standing === 'trusted')
      .map((each) => (each as { publisher?: unknown }).publisher)
      .filter(isAddress)
      .slice(0, 100) as Address[],
  }
}

function findingOf(value: Record<string, unknown>): GivenFinding {
  const { code, severity, model, right, obligation, fact, reason } = value
  return {
    code: text(code),
    severity: text(severity),
    model: isId(model) ? model : '',
    right: text(right ?? obligation),
    fact: text(fact),
    reason: text(reason, 1000),
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && isBytes32(value) && value === value.toLowerCase()
}

function text(value: unknown, most = 200): string {
  return typeof value === 'string' ? value.slice(0, most) : ''
}

function record(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, 'is not an object')
  return value as Record<string, unknown>
}

function list(value: unknown, field: string, most: number): unknown[] {
  if (!Array.isArray(value)) throw wrong(field, 'is not a list')
  if (value.length > most) throw wrong(field, `has more than ${most} entries`)
  return value
}

function wrong(field: string, what: string): NotAReportError {
  return new NotAReportError(`${field}: ${what}.`)
}
