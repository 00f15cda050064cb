/** The process that judges the files of a model. It has no other task, so that a file that ends it ends nothing else. */
import type { ModelView, Scanner } from '../ports.ts'
import { scanContents, scanWhole } from '../scanContents.ts'
import type { FileToScan, ScanAnswer, ScanRequest } from './messages.ts'
import { openContent, type OpenContent } from './openContent.ts'

process.once('message', (request: ScanRequest) => void judge(request))
// Without the process that asked, nobody reads what is found.
process.once('disconnect', () => process.exit(0))

async function judge(request: ScanRequest): Promise<void> {
  const { files, from, whole, facts } = request
  const scanners = await scannersOf(request)
  for (const [index, file] of files.entries()) {
    if (index < from) continue
    await send({ kind: 'begins', index })
    const open = openContent(file)
    if (open === undefined) return send({ kind: 'changed', index })
    const { findings, judgedBy } = scanContents(scanners, [open.content], facts)
    const isUnchanged = open.isUnchanged()
    open.close()
    if (!isUnchanged) return send({ kind: 'changed', index })
    await send({ kind: 'judged', index, findings, judgedBy: judgedBy[0]! })
  }
  if (whole) {
    await send({ kind: 'begins', index: -1 })
    const opened = new Map<string, OpenContent>()
    const findings = await scanWhole(scanners, viewOf(files, opened), facts)
    const changed = files.findIndex(({ name }) => opened.get(name)?.isUnchanged() === false)
    for (const { close } of opened.values()) close()
    if (changed >= 0) return send({ kind: 'changed', index: changed })
    await send({ kind: 'judged', index: -1, findings, judgedBy: [] })
  }
  await send({ kind: 'done' })
}

async function scannersOf({ module }: ScanRequest): Promise<readonly Scanner[]> {
  const { SCANNERS } = (await import(module ?? '../scanners.ts')) as { SCANNERS: readonly Scanner[] }
  return SCANNERS
}

/** The files of the model, of which few are open at a time. */
function viewOf(files: readonly FileToScan[], opened: Map<string, OpenContent>): ModelView {
  const byName = new Map(files.map((file) => [file.name, file]))
  return {
    files: files.map(({ name, size, digest }) => ({ name, size, digest })),
    file(name) {
      const known = opened.get(name)
      if (known !== undefined) return known.content
      const file = byName.get(name)
      const open = file && openContent(file)
      if (open === undefined) return undefined
      if (opened.size >= 64) {
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
