import { markdownCode as code, markdownTable as table, markdownText as text } from 'stemma/interop'
import type { LedgerOf } from 'stemma/query'

/** Most rows of one table. */
const MOST_ROWS = 100

type Ledger = LedgerOf<'Model'>
type Model = NonNullable<Ledger['model']>

const DIGESTS = ['weights', 'tensors', 'annex', 'datasets', 'method'] as const

/** The record of a model as GitHub-flavored Markdown, in English. The words of strangers in it cannot become markup. */
export function recordMarkdown({ model, block, chainId }: Ledger & { model: Model }): string {
  return [
    `# ${text(model.name || model.id)}`,
    table(['record', ''], recordOf(model)),
    '## Made from',
    listed(
      ['model', 'id', 'relation', 'evidence', 'license'],
      [
        ...model.parents.map(({ parent, relation, grade, undisclosed }) => [
          text(parent.name),
          code(parent.id),
          relation,
          undisclosed ? `${grade}, not disclosed` : grade,
          text(parent.terms?.name ?? 'not stated'),
        ]),
        ...model.externals.map(({ id, name }) => [text(name ?? ''), code(id), 'external', 'declared', 'not stated']),
      ],
      'No parents are stated.',
    ),
    '## Tiers',
    listed(
      ['tier', 'id', 'terms', 'state'],
      model.tiers.map((tier) => [
        text(tier.name),
        code(tier.id),
        text(tier.terms.name ?? ''),
        tier.withdrawn ? 'withdrawn' : tier.open ? 'open to everybody' : 'granted one by one',
      ]),
      'No tiers are offered.',
    ),
    '## History',
    listed(
      ['status', 'when', 'by', 'reason'],
      model.history.map(({ status, block: since, account, reason }) => [
        status,
        when(since),
        code(account),
        text(reason ?? ''),
      ]),
      'Nothing has changed since the registration.',
    ),
    `As of ${when(block)} on chain ${chainId}, as the index has it. This is a record, not a clearance.`,
  ]
    .join('\n\n')
    .concat('\n')
}

function recordOf(model: Model): string[][] {
  const { terms, registered, review } = model
  return [
    ['id', code(model.id)],
    ['documents', text(model.uri) || 'not stated'],
    ['publisher', code(model.publisher.address)],
    ['registered', when(registered)],
    ['status', model.recalled ? 'recalled' : model.status],
    ['review', review?.state ?? 'none'],
    ['terms', terms === null ? 'not stated' : `${text(terms.name ?? '')} ${code(terms.id)}`],
    ...DIGESTS.flatMap((each) => (model[each] === null ? [] : [[each, code(model[each])]])),
  ]
}

function listed(head: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none
  const left = rows.length - MOST_ROWS
  return table(head, rows.slice(0, MOST_ROWS)) + (left > 0 ? `\n\nAnd ${left} more.` : '')
}

function when({ number, time }: { number: number; time: number }): string {
  return `block ${number}, ${new Date(time * 1000).toISOString().replace('.000Z', 'Z')}`
}
