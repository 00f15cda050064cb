import type { ModelId } from '../../src/core/hex.ts'
import { parseRight } from '../../src/core/vocabulary.ts'
import type { Ledger } from '../../src/sdk/connect.ts'
import { verifyModel } from '../../src/sdk/compliance/verifyModel.ts'
import type { Report } from '../../src/verify/report.ts'

/** A model of a lineage, how it was made from the one above it, and what was made from it. */
export type LineageNode = { name: string; model: ModelId; relation?: string; children?: readonly LineageNode[] }

/** A line of a lineage that is drawn: the model with its branch, and what `verify` answers. */
export type LineageLine = { label: string; relation: string; answer: string }

/** Asks for each model of a lineage whether anybody may use it commercially, and returns the lines of its tree. */
export async function drawLineage(ledger: Ledger, root: LineageNode): Promise<LineageLine[]> {
  const lines = linesOf(root, '', '')
  const use = parseRight('commercial')
  const reports = await Promise.all(lines.map(({ model }) => verifyModel(ledger, { model, use })))
  return lines.map(({ label, relation }, index) => ({ label, relation, answer: answerOf(reports[index]!) }))
}

type Line = { label: string; relation: string; model: ModelId }

function linesOf({ name, model, relation = '', children = [] }: LineageNode, branch: string, indent: string): Line[] {
  const below = children.flatMap((child, index) => {
    const isLast = index === children.length - 1
    return linesOf(child, `${indent}${isLast ? '└─' : '├─'} `, `${indent}${isLast ? '   ' : '│  '}`)
  })
  return [{ label: `${branch}${name}`, relation, model }, ...below]
}

/** A verdict in a few words, with its duties: the sure ones, and those that depend on facts about who asks. */
function answerOf({ verdict, obligations }: Report): string {
  if (verdict === 'not-permitted') return 'NO'
  if (verdict === 'unknown') return 'UNKNOWN'
  if (verdict === 'permitted') return 'yes'
  const namesOf = (sure: boolean): string =>
    [...new Set(obligations.filter(({ certain }) => certain === sure).map(({ obligation }) => obligation))].join(', ')
  const [sure, perhaps] = [namesOf(true), namesOf(false)]
  return ['yes', ...(sure ? [`with ${sure}`] : []), ...(perhaps ? [`perhaps ${perhaps}`] : [])].join(', ')
}
