import { Option, type Command } from 'commander'

import type { ModelId } from '../../core/hex.ts'
import { indexLineage, type Lineage } from '../../core/lineage.ts'
import { shortText } from '../../core/text.ts'
import type { Ledger } from '../../sdk/connect.ts'
import { readLineage } from '../../sdk/readLineage.ts'
import { readRegistrations } from '../../sdk/readRegistrations.ts'
import { toJson, type Context } from '../context.ts'
import { modelOf } from '../names.ts'
import { openToRead, type LedgerOptions } from '../open.ts'
import { withLedgerOptions } from '../options.ts'

type Options = LedgerOptions & { format: 'tree' | 'mermaid' | 'dot' | 'json' }

/** `stemma ancestry`: what a model was made of. */
export function addAncestry(program: Command, context: Context): void {
  withLedgerOptions(
    program
      .command('ancestry <id>')
      .description('show what a model was made of, each ancestor once')
      .addOption(
        new Option('--format <format>', 'how to show it').choices(['tree', 'mermaid', 'dot', 'json']).default('tree'),
      ),
  ).action(async (name: string, options: Options) => {
    const ledger = await openToRead(context, options)
    try {
      const model = await modelOf(ledger, name)
      const { lineage, block } = await readLineage(ledger, { model })
      const names = await namesOf(ledger, lineage.models)
      const format = options.json ? 'json' : options.format
      context.stdout(`${FORMATS[format](lineage, names, block)}\n`)
    } finally {
      ledger.provider.destroy()
    }
  })
}

const FORMATS = { tree, mermaid, dot, json }

/** What publishers call some models; the start of the id where nothing is known. */
export async function namesOf(ledger: Ledger, steps: readonly { model: ModelId }[]): Promise<Map<ModelId, string>> {
  const models = steps.map(({ model }) => model)
  const found = await readRegistrations(ledger, { models })
  const uris = new Map(found.map(({ model, registration }) => [model, registration.uri]))
  return new Map(
    models.map((model) => {
      const uri = uris.get(model)?.replace(/^https:\/\/huggingface\.co\//, '')
      return [model, uri ? shortText(uri, 80) : `${model.slice(0, 10)}…`]
    }),
  )
}

function tree(lineage: Lineage, names: ReadonlyMap<ModelId, string>): string {
  const models = indexLineage(lineage)
  const shown = new Set<ModelId>()
  const lines: string[] = []
  const walk = (model: ModelId, label: string, indent: string): void => {
    const again = shown.has(model)
    lines.push(`${label}${names.get(model)} ${model.slice(0, 10)}…${again ? ' (shown above)' : ''}`)
    if (again) return
    shown.add(model)
    const { parents } = models.get(model)!
    for (const [index, parent] of parents.entries()) {
      const last = index === parents.length - 1
      walk(parent.model, `${indent}${last ? '└─' : '├─'} ${parent.relation} of `, `${indent}${last ? '   ' : '│  '}`)
    }
  }
  walk(lineage.models[0]!.model, '', '')
  return lines.join('\n')
}

function mermaid(lineage: Lineage, names: ReadonlyMap<ModelId, string>): string {
  const number = new Map(lineage.models.map(({ model }, index) => [model, index]))
  return [
    'graph TD',
    ...lineage.models.map(({ model }, index) => `  m${index}["${escaped(names.get(model)!)}"]`),
    ...lineage.models.flatMap(({ model, parents }) =>
      parents.map((parent) => `  m${number.get(parent.model)} -->|${parent.relation}| m${number.get(model)}`),
    ),
  ].join('\n')
}

function dot(lineage: Lineage, names: ReadonlyMap<ModelId, string>): string {
  return [
    'digraph lineage {',
    ...lineage.models.map(({ model }) => `  "${model}" [label="${escaped(names.get(model)!)}"];`),
    ...lineage.models.flatMap(({ model, parents }) =>
      parents.map((parent) => `  "${parent.model}" -> "${model}" [label="${parent.relation}"];`),
    ),
    '}',
  ].join('\n')
}

function json(lineage: Lineage, names: ReadonlyMap<ModelId, string>, block: number): string {
  return toJson({ block, models: lineage.models.map((model) => ({ ...model, name: names.get(model.model) })) })
}

/** Names are written by strangers: quotes, brackets and backslashes would end a label. */
function escaped(name: string): string {
  return name.replaceAll(/["\\[\]<>&;]/g, '_')
}
