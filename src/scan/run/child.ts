/** The process that judges the files of a model. It has no other task, so that a file that ends it ends nothing else. */
import type { ModelView, Scanner } from '../ports.ts'
import { scanContents, scanWhole } from '../scanContents.ts'
import type { FileToScan, ScanAnswer, ScanRequest } from './messages.ts'
import { openContent, type OpenContent } from './openContent.ts'

/** Most files of the model whose beginnings are kept while it is judged as a whole. */
const MOST_OPEN = 64

process.on('message', (request: ScanRequest) => void judge(request))
// Without the process that asked, nobody reads what is found.
process.once('disconnect', () => process.exit(0))

async function judge({ files, what, module }: ScanRequest): Promise<void> {
  const { SCANNERS } = (await import(module ?? '../scanners.ts')) as { SCANNERS: readonly Scanner[] }
  if ('indices' in what) {
    for (const index of what.indices) {
      await send({ kind: 'begins', index })
      const answer = judgeFile(SCANNERS, files[index]!, index)
      await send(answer)
      if (answer.kind === 'changed') return
    }
  } else {
    await send({ kind: 'begins', index: -1 })
    const opened = new Map<string, OpenContent>()
    const findings = await scanWhole(SCANNERS, viewOf(files, what.digests, opened), what.facts)
    for (const { close } of opened.values()) close()
    await send({ kind: 'judged', index: -1, findings, judgedBy: [] })
  }
  await send({ kind: 'done' })
}

function judgeFile(scanners: readonly Scanner[], file: FileToScan, index: number): ScanAnswer {
  const open = openContent(file)
  if (open === undefined) return { kind: 'changed', index }
  // What is found in a file is kept by its digest, so it must not depend on what a ledger says.
  const { findings, judgedBy } = scanContents(scanners, [open.content])
  const isUnchanged = open.isUnchanged()
  open.close()
  return isUnchanged ? { kind: 'judged', index, findings, judgedBy: judgedBy[0]! } : { kind: 'changed', index }
}

/** The files of the model, of which few are open at a time. */
function viewOf(files: readonly FileToScan[], digests: readonly string[], opened: Map<string, OpenContent>): ModelView {
  const byName = new Map(files.map((file) => [file.name, file]))
  return {
    files: files.map(({ name, state }, index) => ({ name, size: Number(state.size), digest: digests[index]! })),
    file(name) {
      const known = opened.get(name)
      if (known !== undefined) return known.content
      const file = byName.get(name)
      const open = file && openContent(file)
      if (open === undefined) return undefined
      if (opened.size >= MOST_OPEN) {
        const [oldest, { close }] = opened.entries().next().value!
        close()
        opened.delete(oldest)
      }
      opened.set(name, open)
      return open.content
    },
  }
}

function send(answer: ScanAnswer): Promise<void> {
  return new Promise((resolve) => process.send!(answer, () => resolve()))
}
