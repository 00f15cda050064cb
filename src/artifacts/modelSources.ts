import { posix } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import { datasetsOfGguf, licensesOfGguf, type DatasetSource } from '../interop/ggufStatements.ts'
import { parseGgufMetadata } from '../interop/gguf/parseGgufHeader.ts'
import type { LicenseSource } from '../interop/licenseContradictions.ts'
import { recognizeLicense, type KnownText } from '../interop/licenseSketch.ts'
import type { Manifest } from '../interop/oms.ts'
import {
  parentsOfAdapterConfig,
  parentsOfConfig,
  parentsOfGguf,
  parentsOfMergeConfig,
  type ParentSource,
} from '../interop/parentFiles.ts'
import { FileChangedError, type ListedFile } from './listFiles.ts'
import { readModelText } from './modelText.ts'
import { withFile } from './openFile.ts'

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

/**
 * Reads what the files of a model say about its parents, its license and its datasets: adapter and merge configurations, the metadata of GGUF files,
 * `config.json`, and license files at the top of the folder.
 *
 * @param texts loads the index of license texts; called only when there is a license file
 */
export async function readModelSources(
  files: readonly ListedFile[],
  manifest: Manifest,
  texts: () => Promise<readonly KnownText[]>,
): Promise<ModelSources> {
  const sources: ModelSources = { parents: [], licenses: [], datasets: [] }
  for (const file of files) {
    const base = posix.basename(file.name)
    const text = () => readModelText(file, manifest)
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
  return sources
}

function isLicenseFile({ name, state }: ListedFile): boolean {
  return LICENSE_FILE.test(name) && TEXT_FILE.test(name) && state.size > 0n && state.size <= MAX_LICENSE_BYTES
}

async function addGguf(
  { parents, licenses, datasets }: ModelSources,
  { name, path, state }: ListedFile,
): Promise<void> {
  const origin = quoted(name)
  let metadata: ReadonlyMap<string, unknown>
  try {
    metadata = await withFile(path, async (file, now) => {
      if (now.mtimeNs !== state.mtimeNs || now.size !== state.size) throw new FileChangedError(path, 'was changed')
      return parseGgufMetadata(file)
    })
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
