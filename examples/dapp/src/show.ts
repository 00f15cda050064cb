import { OBLIGATION_WORDS, StemmaError, USE_WORDS, VERDICT_WORDS, wordsToShow } from 'stemma/core'
import type { ModelId, RegisteredModel } from 'stemma/sdk'
import { factWords, type Finding, type Report } from 'stemma/verify'

import { element, words, type Content } from './element.ts'
import type { Ancestor, Answer, Facts } from './question.ts'

/** What stands before a verdict, so that it does not rest on color alone. */
const SIGNS: Readonly<Record<Report['verdict'], string>> = {
  permitted: '✓',
  conditional: '!',
  'not-permitted': '✗',
  unknown: '?',
}

const SEVERITIES: Readonly<Record<Finding['severity'], string>> = {
  blocking: 'What forbids it',
  unknown: 'What is not known',
  duty: 'What it asks of you',
  warning: 'What to know',
}

/** Asks about a model of the lineage, with numbers about the licensee where they were given. */
type Ask = (model: ModelId, facts?: Facts) => void

/** The verdict with its reasons, remedies and duties, and the ancestors. */
export function showAnswer({ report, name, ancestors, facts, agreed }: Answer, ask: Ask): Content {
  const { verdict, use, model, publisherStanding, block, blockTime, licensee } = report
  return [
    element(
      'div',
      { class: `panel ${verdict}` },
      element('p', { class: 'verdict' }, `${SIGNS[verdict]} ${capital(VERDICT_WORDS[verdict])}`),
      element('p', {}, `${capital(USE_WORDS[use])} of `, element('strong', {}, words(name || short(model)))),
      element('p', {}, element('code', {}, model)),
      element(
        'p',
        { class: 'hint' },
        `Its publisher is ${publisherStanding}. Asked as ${/^0x0+$/.test(licensee) ? 'the public' : licensee}. As of ${new Date(blockTime * 1000).toLocaleString('en')}, read from a node at block ${block}${agreed ? ', and the index agrees' : ''}.`,
      ),
    ),
    ...showFindings(report),
    ...showObligations(report),
    ...showFacts(report, facts, ask),
    element('h3', {}, `Made from ${count(ancestors.length, 'model')}`),
    ancestors.length === 0
      ? element('p', {}, 'Its registration names no parent, and nobody has shown one.')
      : showTree(report, ancestors, ask),
  ]
}

/** Registrations of one name by several publishers, whose word nobody vouches for. */
export function showChoice(found: readonly RegisteredModel[], ask: Ask): Content {
  return [
    element('p', {}, 'More than one publisher registered that name, and none of them counts more. Choose one:'),
    element(
      'ul',
      {},
      found.map(({ model, registration: { publisher, uri } }) =>
        element(
          'li',
          {},
          element('button', { type: 'button', class: 'link', click: () => ask(model) }, words(uri.slice(0, 80))),
          ' by ',
          element('code', {}, publisher),
        ),
      ),
    ),
  ]
}

/** An error with its remedy, which is part of the message of every error of Stemma. */
export function showError(error: unknown, ...remedies: readonly Content[]): Content {
  const { title, text, docs } = explain(error)
  return element(
    'div',
    { class: 'panel error', role: 'alert' },
    element('p', { class: 'title' }, title),
    element('p', {}, words(text)),
    docs === undefined
      ? undefined
      : element('p', {}, element('a', { href: docs, rel: 'noreferrer' }, `About ${(error as StemmaError).code}`)),
    remedies,
  )
}

function explain(error: unknown): { title: string; text: string; docs?: string } {
  if (error instanceof StemmaError)
    return { title: TITLES[error.code] ?? 'That did not work', text: error.message, docs: error.docs }
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  if (code === 4001) {
    return { title: 'Declined', text: 'The wallet did not connect. Ask again, and confirm it in the wallet.' }
  }
  if (code === -32_002) {
    return {
      title: 'The wallet is waiting',
      text: 'It asks for a confirmation already. Open the wallet, and answer it.',
    }
  }
  return { title: 'That did not work', text: String(message ?? error).slice(0, 300) }
}

const TITLES: Readonly<Record<string, string>> = {
  MODEL_NOT_REGISTERED: 'Not registered',
  WEIGHTS_NOT_REGISTERED: 'Not registered',
  WRONG_CHAIN: 'Wrong chain',
  NODE_UNREACHABLE: 'No node there',
  QUERY_UNREACHABLE: 'No query API there',
  SOURCES_DISAGREE: 'Node and index disagree',
}

function showFindings({ findings }: Report): Content[] {
  return Object.entries(SEVERITIES).flatMap(([severity, title]) => {
    const found = findings.filter((one) => one.severity === severity)
    // The same words about several models are one reason.
    const reasons = [...new Map(found.map((one) => [`${one.reason} ${one.remedy}`, one])).values()]
    if (reasons.length === 0) return []
    return [
      element('h3', {}, title),
      element(
        'ul',
        { class: 'reasons' },
        reasons.map(({ reason, remedy, fact, docs, code }) =>
          element(
            'li',
            {},
            words(reason),
            ' ',
            element('strong', {}, fact === undefined ? words(remedy) : 'State the number below, and ask again.'),
            ' ',
            element('a', { href: docs, rel: 'noreferrer', 'aria-label': `About ${code}` }, code),
          ),
        ),
      ),
    ]
  })
}

function showObligations({ obligations }: Report): Content[] {
  if (obligations.length === 0) return []
  const duties = obligations.map((one) => {
    const license = one.license === '' ? 'terms without a name' : one.license
    const detail = wordsToShow(one)
      .map((text) => `: ${text}`)
      .join('')
    const open = one.certain ? '' : ' (if a fact that was not given is so)'
    return `${capital(OBLIGATION_WORDS[one.obligation])}${detail}${open}, as ${license} asks.`
  })
  return [
    element('h3', {}, 'Your duties'),
    element(
      'ul',
      { class: 'reasons' },
      [...new Set(duties)].map((text) => element('li', {}, words(text))),
    ),
  ]
}

/** A field for each number about the licensee that was given or is asked for, and what depends on it. */
function showFacts({ findings, deciding, model }: Report, facts: Facts, ask: Ask): Content[] {
  const asked = [
    ...Object.keys(facts),
    ...findings.flatMap(({ fact }) => fact ?? []),
    ...deciding.map(({ fact }) => fact),
  ]
  if (asked.length === 0) return []
  const inputs = new Map(
    [...new Set(asked)].map((fact) => [
      fact,
      element('input', {
        inputmode: 'numeric',
        pattern: '[0-9]{1,30}',
        title: 'Digits only, as in 1000000',
        value: String(facts[fact] ?? ''),
      }),
    ]),
  )
  const again = (): void => {
    const given = [...inputs].filter(([, { value }]) => /^\d{1,30}$/.test(value))
    ask(model, Object.fromEntries(given.map(([fact, { value }]) => [fact, BigInt(value)])))
  }
  const form = element(
    'form',
    { class: 'facts' },
    [...inputs].map(([fact, input]) => {
      const steps = deciding.find((one) => one.fact === fact)?.steps ?? []
      const each = steps.map(({ atMost, verdict }) => `${limitOf(atMost)}: ${VERDICT_WORDS[verdict]}`)
      const { words: what, isYesOrNo } = factWords(fact)
      const hint = isYesOrNo ? ' 1 for yes, 0 for no' : ` ${each.join('; ')}`
      return element('label', {}, words(capital(what)), element('span', { class: 'hint' }, hint), input)
    }),
    element('button', { type: 'submit' }, 'Ask again'),
  )
  form.addEventListener('submit', (event) => (event.preventDefault(), again()))
  return [element('h3', {}, 'Numbers about you that it depends on'), form]
}

function limitOf(atMost: string | null): string {
  return atMost === null ? 'above' : `up to ${new Intl.NumberFormat('en').format(BigInt(atMost))}`
}

/** The ancestors as nested lists: each once, below the model by which the shortest path leads to it. */
function showTree({ model: root, models }: Report, ancestors: readonly Ancestor[], ask: Ask): HTMLElement {
  const above = new Map<ModelId, Ancestor[]>()
  for (const ancestor of ancestors) {
    const child = ancestor.path.at(-2) ?? root
    above.set(child, [...(above.get(child) ?? []), ancestor])
  }
  const list = (model: ModelId): Content => {
    const parents = above.get(model)
    return (
      parents &&
      element(
        'ul',
        model === root ? { class: 'tree' } : {},
        parents.map((one) => item(one)),
      )
    )
  }
  const item = (ancestor: Ancestor): HTMLElement => {
    const { model, name, external, recalled, status, edge } = ancestor
    const license = models.find((one) => one.model === model)?.license ?? ''
    const what = words(name || `external model ${short(model)}`)
    return element(
      'li',
      {},
      external
        ? element('span', { class: 'hint' }, what, ' (not registered here)')
        : element('button', { type: 'button', class: 'link', click: () => ask(model) }, what),
      edge &&
        element('span', { class: 'hint' }, ` by ${edge.relation}${edge.grade === 'declared' ? '' : `, ${edge.grade}`}`),
      license === '' ? undefined : element('span', { class: 'hint' }, ', under ', words(license)),
      edge?.undisclosed ? element('span', { class: 'mark' }, ' undisclosed') : undefined,
      recalled ? element('span', { class: 'mark' }, ' recalled') : undefined,
      status === 'active' ? undefined : element('span', { class: 'mark' }, ` ${status}`),
      list(model),
    )
  }
  return list(root) as HTMLElement
}

function count(number: number, noun: string): string {
  return `${number === 0 ? 'no other' : number} ${noun}${number === 1 ? '' : 's'}`
}

function short(id: string): string {
  return `${id.slice(0, 10)}…`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
