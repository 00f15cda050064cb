import { posix } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import { datasetsOfGguf, licensesOfGguf, type DatasetSource } from '../interop/ggufStatements.ts'
import { parseGgufMetadata } from '../interop/gguf/parseGgufHeader.ts'
import type { LicenseSource } from '../interop/licenseContradictions.ts'
import { recognizeLicense, type KnownText } from '../interop/licenseSketch.ts'
import {
  parentsOfAdapterConfig,
  parentsOfConfig,
  parentsOfGguf,
  parentsOfMergeConfig,
  type ParentSource,
} from '../interop/parentFiles.ts'
import { FileChangedError } from './listFiles.ts'
import type { ModelFile } from './modelFile.ts'
import { readModelText } from './modelText.ts'

/** Files of a folder in which a license stands, in any case: LICENSE, LICENCE-MODEL.md, COPYING.LESSER, MODEL_LICENSE, NOTICE.txt, UNLICENSE. */
const LICENSE_FILE = /^(?:[\w.-]*licen[cs]e[\w.-]*|copying[\w.-]*|notice[\w.-]*|eula[\w.-]*)$/i
/** Ends of names of files that are text. */
const TEXT_FILE = /^[^.]*(?:\.[\d.]+)?$|\.(?:txt|md|markdown|rst|lesser|model|code|weights|apache|mit|gpl|[\d.]+)$/i
const NOTICE_FILE = /^notice/i
const ADAPTER_CONFIG = 'adapter_config.json'
/** Configurations of mergekit, by the names that it writes and that its guides use. */
const MERGE_CONFIG = /^(?:mergekit[\w-]*|merge[\w-]*config|merge|moe[\w-]*config)\.ya?ml$/i
const CONFIGS = ['config.json', 'model_index.json']
/** Largest license file that is read, in bytes. */
const MAX_LICENSE_BYTES = 1024 * 1024

/** What the files of a model, other than its card, say about its parents, its license and its datasets. */
export type ModelSources = { parents: ParentSource[]; licenses: LicenseSource[]; datasets: DatasetSource[] }

/** What a place says of a model's license and parents besides its files. */
export type StatedSources = {
  /** Texts of licenses that do not count in the digest. */
  licenseTexts: readonly { origin: string; text: string }[]
  /** Licenses that are named. */
  licenseNames: readonly { origin: string; license: string }[]
  parents: readonly ParentSource[]
}

/**
 * Reads what the files of a model say about its parents, its license and its datasets: adapter and merge configurations, the metadata of GGUF files,
 * `config.json`, and license files at the top of the folder. The metadata of a GGUF file that is not at hand is not read.
 *
 * @param texts loads the index of license texts; called only when there is a text of a license
 * @param stated what the place of the model says besides
 */
export async function readModelSources(
  files: readonly ModelFile[],
  texts: () => Promise<readonly KnownText[]>,
  stated?: StatedSources,
): Promise<ModelSources> {
  const sources: ModelSources = { parents: [], licenses: [], datasets: [] }
  for (const file of files) {
    const base = posix.basename(file.name)
    const text = () => readModelText(file)
    if (base === ADAPTER_CONFIG) sources.parents.push(parentsOfAdapterConfig(await text(), file.name))
    else if (MERGE_CONFIG.test(base)) sources.parents.push(parentsOfMergeConfig(await text(), file.name))
    else if (CONFIGS.includes(file.name)) sources.parents.push(parentsOfConfig(await text(), file.name))
    else if (/\.gguf$/i.test(base)) await addGguf(sources, file)
    else if (isLicenseFile(file)) {
      const recognized = recognizeLicense(await texts(), await text())
      // A notice names copyright holders; only where it has the text of a license does it say something here.
      if (!NOTICE_FILE.test(base) || recognized.kind === 'equal')
        sources.licenses.push({ origin: quoted(file.name), text: recognized })
    }
  }
  for (const { origin, text } of stated?.licenseTexts ?? [])
    sources.licenses.push({ origin, text: recognizeLicense(await texts(), text) })
  for (const { origin, license } of stated?.licenseNames ?? [])
    sources.licenses.push({ origin, named: { license, licenseName: null, licenseLink: null } })
  sources.parents.push(...(stated?.parents ?? []))
  return sources
}

function isLicenseFile({ name, size }: ModelFile): boolean {
  return LICENSE_FILE.test(name) && TEXT_FILE.test(name) && size > 0 && size <= MAX_LICENSE_BYTES
}

async function addGguf(
  { parents, licenses, datasets }: ModelSources,
  { name, atHand, open }: ModelFile,
): Promise<void> {
  const origin = quoted(name)
  if (!atHand) return
  let metadata: ReadonlyMap<string, unknown>
  try {
    metadata = await open(parseGgufMetadata)
  } catch (error) {
    if (!(error instanceof StemmaError) || error instanceof FileChangedError) throw error
    // A file that is not GGUF, or of another version, is named by the problems of the files.
    if (error.code === 'NOT_GGUF' || error.code === 'GGUF_VERSION') return
    const unread = [`metadata that cannot be read (${error.code})`]
    parents.push({ origin, parents: [], unread, relation: null, hint: false })
    return
  }
  parents.push(...parentsOfGguf(metadata, origin))
  licenses.push(...licensesOfGguf(metadata, origin))
  datasets.push(...datasetsOfGguf(metadata, origin))
}
