/** The process that judges the files of a model. It has no other task, so that a file that ends it ends nothing else. */
import type { Content, ModelView, ScanFacts, Scanner } from '../ports.ts'
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
    const answer = await judgeWhole(SCANNERS, new OpenModel(files, what.digests), what.facts)
    await send(answer)
    if (answer.kind === 'changed') return
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

async function judgeWhole(scanners: readonly Scanner[], model: OpenModel, facts: ScanFacts): Promise<ScanAnswer> {
  const judged = scanWhole(scanners, model, facts)
  // A scanner may fail for want of a file that changed.
  await judged.catch(() => {})
  const changed = model.close()
  if (changed !== undefined) return { kind: 'changed', index: changed }
  return { kind: 'judged', index: -1, findings: await judged, judgedBy: [] }
}

/** The files of the model, of which few are open at a time. */
class OpenModel implements ModelView {
  readonly files: ModelView['files']
  readonly #files: readonly FileToScan[]
  readonly #indices: ReadonlyMap<string, number>
  readonly #opened = new Map<number, OpenContent>()
  #changed: number | undefined

  constructor(files: readonly FileToScan[], digests: readonly string[]) {
    this.files = files.map(({ name, state }, index) => ({ name, size: Number(state.size), digest: digests[index]! }))
    this.#files = files
    this.#indices = new Map(files.map(({ name }, index) => [name, index]))
  }

  file(name: string): Content | undefined {
    const index = this.#indices.get(name)
    if (index === undefined) return undefined
    const known = this.#opened.get(index)
    if (known !== undefined) return known.content
    const open = openContent(this.#files[index]!)
    if (open === undefined) {
      this.#changed ??= index
      return undefined
    }
    if (this.#opened.size >= MOST_OPEN) this.#close(this.#opened.keys().next().value!)
    this.#opened.set(index, open)
    return open.content
  }

  /** Closes the files. Returns the index of one that is not what was hashed. */
  close(): number | undefined {
    for (const index of this.#opened.keys()) this.#close(index)
    return this.#changed
  }

  #close(index: number): void {
    const open = this.#opened.get(index)!
    if (!open.isUnchanged()) this.#changed ??= index
    open.close()
    this.#opened.delete(index)
  }
}

function send(answer: ScanAnswer): Promise<void> {
  return new Promise((resolve) => process.send!(answer, () => resolve()))
}
