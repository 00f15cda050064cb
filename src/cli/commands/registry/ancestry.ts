import { Option, type Command } from 'commander'

import type { ModelId } from '../../../core/hex.ts'
import { indexLineage, isExternal, type Lineage, type LineageEdge } from '../../../core/lineage.ts'
import { describeUse, type ParentUse } from '../../../core/registration.ts'
import { readLineage } from '../../../sdk/registry/readLineage.ts'
import { toJson, withLedger, type Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { shortId } from '../../format.ts'
import { namesOf, readNamed, type Named } from '../../readModelNames.ts'

type Options = LedgerOptions & { format: keyof typeof FORMATS }

/** `stemma ancestry`: shows what a model was made from. */
export function ancestry(command: Command, context: Context): void {
  withLedgerOptions(
    command.addOption(
      new Option('--format <format>', 'how to show it').choices(['tree', 'mermaid', 'dot', 'json']).default('tree'),
    ),
    {
      example: '$ stemma ancestry beta/tuned\n$ stemma ancestry beta/tuned --format dot | dot -Tsvg > lineage.svg',
      json: '{ block, models: [{ model, name, publisher, registeredAt, status, recalled, terms, external?,\n  parents: [{ model, relation, part?, grade, undisclosed }] }] }, starting with the model that was asked about',
    },
  ).action(async (name: string, options: Options) => {
    checkModelName(name)
    await read(context, options, async (ledger) => {
      const model = await modelOf(ledger, name)
      const { lineage, block } = await readLineage(ledger, { model })
      const models = lineage.models.map((entry) => entry.model)
      const named = await readNamed(ledger, models)
      const uses = usesOf(lineage, named)
      const names = namesOf(models, named)
      const format = options.json ? 'json' : options.format
      const answer = format === 'json' ? toJson(withLedger(context, jsonOf(lineage, uses, names, block))) : undefined
      context.stdout(`${answer ?? FORMATS[format as keyof typeof FORMATS](lineage, uses, names)}\n`)
    })
  })
}

/** How each model was made from each of its declared parents. The state of the chain does not have the part. */
type Uses = ReadonlyMap<ModelId, ReadonlyMap<ModelId, ParentUse>>

function usesOf({ models }: Lineage, { registrations }: Named): Uses {
  return new Map(
    models.map(({ model }) => {
      const parents = registrations.get(model)?.parents ?? []
      return [model, new Map(parents.map((parent) => [parent.model, parent]))]
    }),
  )
}

const FORMATS = { tree, mermaid, dot }

function tree(lineage: Lineage, uses: Uses, names: ReadonlyMap<ModelId, string>): string {
  const models = indexLineage(lineage)
  const printed = new Set<ModelId>()
  const lines: string[] = []
  const walk = (model: ModelId, label: string, indent: string): void => {
    const entry = models.get(model)!
    const { parents, status, recalled } = entry
    const again = printed.has(model) && parents.length > 0
    const remarks = [
      ...(isExternal(entry) ? ['external: nobody has registered it'] : []),
      ...(status === 'active' ? [] : [status]),
      ...(recalled ? ['recalled by the authority'] : []),
      ...(printed.has(model) ? ['shown above'] : []),
    ]
    lines.push(`${label}${names.get(model)} ${shortId(model)}${remarks.length > 0 ? ` (${remarks.join(', ')})` : ''}`)
    if (again) return
    printed.add(model)
    for (const [index, parent] of parents.entries()) {
      const last = index === parents.length - 1
      walk(
        parent.model,
        `${indent}${last ? '└─' : '├─'} ${labelOf(parent, uses.get(model))} of `,
        `${indent}${last ? '   ' : '│  '}`,
      )
    }
  }
  walk(lineage.models[0]!.model, '', '')
  return lines.join('\n')
}

function mermaid(lineage: Lineage, uses: Uses, names: ReadonlyMap<ModelId, string>): string {
  const number = new Map(lineage.models.map(({ model }, index) => [model, index]))
  return [
    'graph TD',
    ...lineage.models.map(({ model }, index) => `  m${index}["${escaped(names.get(model)!)}"]`),
    ...lineage.models.flatMap(({ model, parents }) =>
      parents.map(
        (parent) => `  m${number.get(parent.model)} -->|${labelOf(parent, uses.get(model))}| m${number.get(model)}`,
      ),
    ),
  ].join('\n')
}

function dot(lineage: Lineage, uses: Uses, names: ReadonlyMap<ModelId, string>): string {
  return [
    'digraph lineage {',
    ...lineage.models.map(({ model }) => `  "${model}" [label="${escaped(names.get(model)!)}"];`),
    ...lineage.models.flatMap(({ model, parents }) =>
      parents.map((parent) => `  "${parent.model}" -> "${model}" [label="${labelOf(parent, uses.get(model))}"];`),
    ),
    '}',
  ].join('\n')
}

function jsonOf(lineage: Lineage, uses: Uses, names: ReadonlyMap<ModelId, string>, block: number): object {
  const models = lineage.models.map(({ credentials: _credentials, ...model }) => ({
    ...model,
    parents: model.parents.map((edge) => {
      const part = edge.grade === 'declared' && uses.get(model.model)?.get(edge.model)?.part
      return { ...edge, ...(part && { part }) }
    }),
    ...(isExternal(model) && { external: true }),
    name: names.get(model.model),
  }))
  return { block, models }
}

/** Names are written by strangers: any other than a plain character could end a label or have a meaning in it. */
function escaped(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N} .,:@/+_…-]/gu, '_')
}

/** How a model was made from a parent, and how this is known if the registration does not state it. */
function labelOf(
  { model, relation, grade, undisclosed }: LineageEdge,
  declared: ReadonlyMap<ModelId, ParentUse> | undefined,
): string {
  return grade === 'declared'
    ? describeUse(declared?.get(model) ?? { relation })
    : `${relation} (${undisclosed ? 'undisclosed, ' : ''}${grade})`
}
