import { closeSync, mkdirSync, openSync, readSync, symlinkSync } from 'node:fs'
import { extname, join } from 'node:path'

import { parseStrictJson } from '../../../core/json.ts'
import { shortText } from '../../../core/text.ts'
import { ENGINE_RULES } from '../../engineRules.ts'
import type { EngineRun, Finding } from '../../ports.ts'
import { type Engine, type EngineFile, SILENT } from './ports.ts'
import { findProgram, runProgram, type ProgramEnd } from './runProgram.ts'

/** Longest report that is read, in bytes, and most of its entries. */
const MOST_REPORT = 16 * 1024 * 1024
const MOST_ENTRIES = 100_000
const ENDS: Readonly<Record<Exclude<ProgramEnd['ended'], 'exit'>, string>> = {
  time: 'it took too long',
  output: 'it printed too much',
  start: 'it could not be started',
}

/** modelscan, in a folder of links with names of our own: it judges by the extension, and names of strangers go nowhere. */
export const modelscan: Engine = {
  id: 'modelscan',
  async call({ files, folder, env, milliseconds, signal }) {
    const program = findProgram('modelscan', env.PATH)
    if (program === undefined) return undefined
    const links = join(folder, 'links')
    mkdirSync(links, { mode: 0o700 })
    const byLink = new Map(files.map((file, index) => [linkOf(file, index), file] as const))
    for (const [link, { path }] of byLink) symlinkSync(path, join(links, link))
    const report = join(folder, 'modelscan.json')
    const bytes = files.reduce((sum, { size }) => sum + size, 0)
    const { ended } = await runProgram(program, ['-p', links, '-r', 'json', '-o', report], {
      // Settings in the current folder would be obeyed; this one has none.
      cwd: folder,
      env,
      milliseconds: milliseconds(bytes),
      signal,
    })
    const said = ended === 'exit' ? readReport(report) : undefined
    const why = ended === 'exit' ? (said === undefined ? 'it wrote no report' : SILENT) : ENDS[ended]
    const engineVersion = shortText(said?.version ?? '', 50)
    const notScanned = [...byLink].flatMap(([link, { name }]) => {
      const error = said?.errors.get(link)
      if (error !== undefined) return [{ file: name, why: `it says: ${shortText(error, 100)}` }]
      return said?.scanned.has(link) ? [] : [{ file: name, why }]
    })
    const run: EngineRun = {
      engine: 'modelscan',
      engineVersion,
      signatures: null,
      scanned: files.length - notScanned.length,
      notScanned,
    }
    const findings = (said?.issues ?? []).flatMap((issue) => {
      const file = byLink.get(issue.link)
      return file === undefined ? [] : [findingOf(file, issue, engineVersion)]
    })
    return { run, findings }
  },
}

/** The name of a link: a number, with the extension of the file where that is one of a few plain letters. */
function linkOf({ name }: EngineFile, index: number): string {
  const extension = extname(name)
  return `f${index}${/^\.[A-Za-z0-9_]{1,20}$/.test(extension) ? extension : ''}`
}

type Issue = { link: string; member: string; severity: string; description: string; module: string }
type Said = { version: string; scanned: Set<string>; errors: Map<string, string>; issues: Issue[] }

/** Reads its report; undefined where there is none, or one that it does not write. */
function readReport(path: string): Said | undefined {
  try {
    const report = objectOf(parseStrictJson(readBounded(path), 'The report of modelscan'))
    const summary = objectOf(report.summary)
    const scanned = listOf(objectOf(summary.scanned).scanned_files).map((source) => linkIn(String(source)).link)
    const errors = listOf(report.errors).map(objectOf)
    return {
      version: String(summary.modelscan_version ?? ''),
      scanned: new Set(scanned),
      errors: new Map(errors.map((each) => [linkIn(textOf(each.source)).link, textOf(each.description)])),
      issues: listOf(report.issues)
        .map(objectOf)
        .map(({ source, severity, description, module }) => ({
          ...linkIn(textOf(source)),
          severity: textOf(severity),
          description: textOf(description),
          module: textOf(module),
        })),
    }
  } catch {
    return undefined
  }
}

/** A source is the name of a link, and behind a colon the member of an archive. */
function linkIn(source: string): { link: string; member: string } {
  const at = source.indexOf(':')
  return at < 0 ? { link: source, member: '' } : { link: source.slice(0, at), member: source.slice(at + 1) }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new TypeError('It is not an object.')
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  if (Array.isArray(value) && value.length <= MOST_ENTRIES) return value
  throw new TypeError('It is not a list, or too long.')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function readBounded(path: string): string {
  const descriptor = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(MOST_REPORT + 1)
    let length = 0
    for (let count = -1; count !== 0 && length < bytes.length; length += count) {
      count = readSync(descriptor, bytes, length, bytes.length - length, null)
    }
    if (length > MOST_REPORT) throw new RangeError('The report is too long.')
    return bytes.toString('utf8', 0, length)
  } finally {
    closeSync(descriptor)
  }
}

function findingOf({ name }: EngineFile, issue: Issue, engineVersion: string): Finding {
  const { id, level, remedy } = ENGINE_RULES.find((rule) => rule.id === 'modelscan.found')!
  return {
    rule: id,
    level: /^(LOW|MEDIUM)$/.test(issue.severity) ? 'warn' : level,
    file: name,
    member: issue.member === '' ? [] : [shortText(issue.member, 300)],
    offset: null,
    what: shortText(`${issue.description} (${issue.severity})`, 300),
    library: issue.module === '' ? null : shortText(issue.module, 200),
    remedy,
    engine: 'modelscan',
    engineVersion,
    signatures: null,
  }
}
