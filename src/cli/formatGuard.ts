import type { GuardEvent } from '../guard/startGuarded.ts'
import type { HoldResult } from '../guard/holder.ts'
import { starts, type JudgedModel } from '../guard/judgeModel.ts'
import type { OpenedModel } from '../guard/openGuarded.ts'
import { quoted } from '../core/text.ts'
import { clean } from '../console/context.ts'
import { formatDuration, formatTime } from './format.ts'

/** What the guard says of models that it judged and did not start. */
export function formatRefusal(models: readonly JudgedModel[], holds: ReadonlyMap<OpenedModel, HoldResult>): string {
  return models.map((judged) => formatModel(judged, holds.get(judged.opened))).join('\n')
}

/** What happens, a line for each thing that a person should know. */
export function formatEvent(event: GuardEvent): string[] {
  switch (event.event) {
    case 'judged':
      return event.models.flatMap(startLines)
    case 'waiting':
      return event.models
        .filter((judged) => !starts(judged))
        .map((judged) => `waiting: ${headOf(judged)}${leftOf(judged)}`)
    case 'environment':
      return event.changes.map(
        ({ name, value, why }) => `${value === null ? `removed ${name}` : `set ${name}=${value}`}: ${why}`,
      )
    case 'started':
      return [
        `started as process ${event.pid}; files are watched (${event.integrity})${event.view ? ', and seen through a private read-only view' : ''}`,
      ]
    case 'adapter':
      return [
        `${quoted(event.path)} ${event.loadable ? 'may be loaded' : `may not be loaded: ${event.message}`}`,
        ...(event.hold?.says ?? []),
      ]
    case 'load':
      return [
        `a loader asked for ${quoted(event.path)}, which ${event.loadable ? 'may be loaded' : `may not: ${event.message}`}`,
      ]
    case 'stopping':
      return [`stopping the command (${event.reason}): ${event.message}`]
    case 'ended':
      return []
  }
}

function startLines({ opened, decision, override, overrides, block }: JudgedModel): string[] {
  const because = override === null ? decision.because : `override by ${override.signer}: ${override.reason}`
  return [
    `${quoted(opened.reference)} (${opened.digest}) starts: ${because}, as of block ${block}`,
    ...decision.notes,
    ...overrides
      .filter((each) => each !== override)
      .map(
        ({ signer, reason, until }) => `an override by ${signer} until ${formatTime(until)} is on record: ${reason}`,
      ),
  ]
}

function formatModel(judged: JudgedModel, hold: HoldResult | undefined): string {
  const { decision, overrides } = judged
  if (starts(judged)) return clean(startLines(judged).join('\n'))
  const lines = [
    `${headOf(judged)}${leftOf(judged)}`,
    ...decision.missing.map(({ rule, what, remedy }) => `  ${rule}: ${what} ${remedy}`),
    ...(hold ? [`  ${holdWords(hold)}`, ...hold.says.map((line) => `  ${line}`)] : []),
    ...overrides.map(({ signer, reason, until }) => `  override by ${signer} until ${formatTime(until)}: ${reason}`),
  ]
  return clean(lines.join('\n'))
}

function headOf({ opened, decision }: JudgedModel): string {
  return `${decision.outcome}: ${quoted(opened.reference)} (${opened.digest}) may not start`
}

function leftOf({ standing }: JudgedModel): string {
  const left = standing?.timeLeft ?? 0
  return left === 0 ? '' : `; ${formatDuration(left)} are left of its review`
}

function holdWords({ by, place }: HoldResult): string {
  switch (by) {
    case 'mode':
      return 'held: read permission was taken from its files; stemma guard restore gives it back'
    case 'move':
      return 'held: it was moved away; stemma guard restore gives it back'
    case 'nothing':
      return `not touched (${place === 'shared-store' ? 'a shared store' : 'not held here'}): only its start is refused`
  }
}
