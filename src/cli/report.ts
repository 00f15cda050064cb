import { ZERO_ADDRESS, type ModelId } from '../core/hex.ts'
import type { Finding, ReportedObligation, Report, Severity } from '../verify/report.ts'
import { wrap } from '../console/wrap.ts'
import { shortId, formatTime } from './format.ts'

type Names = ReadonlyMap<ModelId, string>

/** What decides stands first. */
const ORDER: readonly Severity[] = ['blocking', 'unknown', 'duty', 'warning']

/** A report for people: the answer in one sentence, then the reasons, the obligations and what would help. */
export function shownReport(report: Report, names: Names): string {
  const { findings, obligations, licensee } = report
  const by = licensee === ZERO_ADDRESS ? 'anybody' : licensee
  const ordered = findings.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
  const reasons = ordered.map((finding, index) => shownReason(finding, index + 1, names))
  const remedies = [...new Set(ordered.map(({ remedy }) => remedy))]
  return [
    wrap(answer(report, names)),
    wrap(
      `Asked for ${by}, as of ${formatTime(report.at)}; read from a ${report.source} at block ${report.block} of chain ${report.chainId}.`,
    ),
    `Model ${report.model}`,
    ...section('Reasons', reasons),
    ...section('Obligations', shownObligations(obligations, names)),
    ...section(
      'Remedies',
      remedies.map((remedy) => wrap(remedy, '  - ', '    ')),
    ),
  ].join('\n')
}

function answer({ verdict, use, model, findings, obligations }: Report, names: Names): string {
  const what = `"${use}" of ${nameOf(model, names)}`
  switch (verdict) {
    case 'permitted':
      return `Permitted: ${what}.`
    case 'conditional': {
      const open = obligations.filter(({ fulfilled }) => !fulfilled).length
      return `Permitted on conditions: ${what}, if ${counted(open, 'obligation')} below ${open === 1 ? 'is' : 'are'} met.`
    }
    case 'not-permitted': {
      const first = findings.find(({ severity }) => severity === 'blocking')
      return `Not permitted: ${what}. ${first?.reason ?? ''}`.trim()
    }
    case 'unknown': {
      const first = findings.find(({ severity }) => severity === 'unknown')
      return `Unknown: whether ${what} is permitted cannot be decided. ${first?.reason ?? ''}`.trim()
    }
  }
}

function section(title: string, entries: readonly string[]): string[] {
  return entries.length > 0 ? ['', `${title}:`, ...entries] : []
}

function shownReason({ severity, reason, path }: Finding, number: number, names: Names): string {
  const steps = path.map((model) => nameOf(model, names))
  return [
    wrap(`${severity}: ${reason}`, `  ${number}. `, '     '),
    ...(steps.length > 1 ? [wrap(`path: ${steps.join(' > ')}`, '     ', '       ')] : []),
  ].join('\n')
}

function shownObligations(obligations: readonly ReportedObligation[], names: Names): string[] {
  return obligations.map(({ obligation, model, certain, fulfilled }) => {
    const remarks = [
      ...(certain ? [] : ['only if a fact that was not given is so']),
      ...(fulfilled ? ['fulfilled'] : []),
    ]
    return wrap(
      `${obligation}, from ${nameOf(model, names)}${remarks.length > 0 ? ` (${remarks.join(', ')})` : ''}`,
      '  - ',
      '    ',
    )
  })
}

function nameOf(model: ModelId, names: Names): string {
  return names.get(model) || shortId(model)
}

function counted(count: number, noun: string): string {
  return count === 1 ? `the ${noun}` : `the ${count} ${noun}s`
}
