import { statSync } from 'node:fs'
import { dirname } from 'node:path'

import { toJson, type Context } from '../console/context.ts'
import { pathOf } from '../console/files.ts'
import type { Digest } from '../core/hex.ts'
import type { ScanDocument } from '../scan/ports.ts'
import { scanMarkdown } from '../scan/report/scanMarkdown.ts'
import { scanSarif } from '../scan/report/scanSarif.ts'
import { scanDocumentText } from '../scan/scanDocument.ts'
import { repositoryPath } from './repositoryPlace.ts'
import { packageVersion } from './version.ts'

/** The formats of the report of a scan. `json` is the one whose SHA-256 a scanner attests. */
export const SCAN_FORMATS = ['json', 'sarif', 'markdown'] as const
/** A member of {@link SCAN_FORMATS}. */
export type ScanFormat = (typeof SCAN_FORMATS)[number]

/** The report of a scan with its digest, and where in the repository the model is: empty where it is in none. */
export type ScanToWrite = { document: ScanDocument; digest: Digest; root: string }

/** The format of a file for a report, by what its name ends in: `.sarif`, `.sarif.json`, `.md`, `.markdown`; JSON for all others. */
export function scanFormatOf(file: string): ScanFormat {
  if (/\.sarif(\.json)?$/i.test(file)) return 'sarif'
  return /\.(md|markdown)$/i.test(file) ? 'markdown' : 'json'
}

/** The report of a scan in a format. */
export function scanText({ document, digest, root }: ScanToWrite, format: ScanFormat): string {
  switch (format) {
    case 'json':
      return scanDocumentText(document)
    case 'sarif':
      return `${toJson(scanSarif(document, digest, { version: packageVersion(), root }))}\n`
    case 'markdown':
      return scanMarkdown(document, digest)
  }
}

/** The folder of the model at a path, as the repository has it; empty for what is not at a path. */
export function scanRoot(context: Context, place: string, path: string): string {
  if (place !== 'path') return ''
  const full = pathOf(context, path)
  return repositoryPath(context, statSync(full, { throwIfNoEntry: false })?.isFile() ? dirname(full) : full)
}
