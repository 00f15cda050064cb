/**
 * Writes the index by which license texts are recognized, `licenses/texts/index.json`: digests and sketches, no texts.
 *
 *   node tools/license-sketches.ts FOLDER…
 *
 * A folder holds texts (`<id>.txt`), or files of the npm package spdx-license-list (`licenses/<id>.json` of its version 6.12.0). A text whose
 * SHA-256 is that of an entry of the library gets the entry's id. Texts with the same words become one.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'

import { loadLicenses, sketchIndexPath } from '../src/artifacts/licenseLibrary.ts'
import type { Digest } from '../src/core/hex.ts'
import { sha256Text } from '../src/core/sha256.ts'
import { compareCodePoints } from '../src/core/text.ts'
import { encodeSketch, licenseSketch, licenseWords, wordsDigest } from '../src/interop/licenseSketch.ts'

type Text = { name: string; text: string; isSpdx: boolean; isCommon: boolean }

/** Texts of SPDX that models and data carry; of the others, only an equal text is recognized. */
const COMMON =
  /^(?:CC0|CC-BY|CDLA|OD|PDDL|GFDL-1\.\d-(?:only|or-later)|OFL|EUPL|C-UDA|O-UDA|etalab|PolyForm|OpenMDW|WTFPL|Unlicense|Elastic|BUSL|SSPL|Hippocratic)/
/** Creative Commons licenses of single countries. */
const PORTED = /^CC-.*-(?:A[TU]|DE|FR|IGO|JP|NL|U[KS])$/

/** Files that hold a text of SPDX as their vendors print it, with an appendix or another title. */
const COPIES: Readonly<Record<string, string>> = {
  'yi-apache': 'Apache-2.0',
  'yi-model-license-agreement-today': 'Apache-2.0',
  'stable-audio-tools': 'MIT',
}

const folders = process.argv.slice(2)
if (folders.length === 0) throw new Error('Name the folders of texts.')
const entries = await loadLicenses()
const texts = (await Promise.all(folders.map(textsOf))).flat()
const known = new Map<
  string,
  { names: Set<string>; others: Set<string>; texts: Set<Digest>; sketch: string | undefined }
>()
for (const { name, text, isSpdx, isCommon } of texts) {
  const words = licenseWords(text)
  // Placeholders of SPDX such as "any-OSI" have no text.
  if (words.length < 20) continue
  const digest = sha256Text(text)
  const row = entries.find((entry) => entry.text === digest)?.id ?? COPIES[name]
  const key = wordsDigest(words)
  const one = known.get(key) ?? { names: new Set(), others: new Set(), texts: new Set(), sketch: undefined }
  if (row !== undefined || isSpdx) one.names.add(row ?? name)
  else one.others.add(name)
  if (isCommon) one.texts.add(digest)
  if (isCommon) one.sketch = encodeSketch(licenseSketch(words))
  known.set(key, one)
}
const lines = [...known].map(([words, one]) => ({
  // A copy of a text of SPDX is known by the name of SPDX.
  names: [...(one.names.size > 0 ? one.names : one.others)].sort(compareCodePoints),
  texts: [...one.texts].sort(),
  words,
  ...(one.sketch !== undefined && { sketch: one.sketch }),
}))
lines.sort((a, b) => compareCodePoints(a.names[0]!, b.names[0]!))
await writeFile(
  sketchIndexPath(),
  `{\n  "version": 1,\n  "texts": [\n${lines.map((line) => `    ${JSON.stringify(line)}`).join(',\n')}\n  ]\n}\n`,
)
console.log(`Wrote ${lines.length} texts, ${lines.filter(({ sketch }) => sketch).length} with a sketch.`)

async function textsOf(folder: string): Promise<Text[]> {
  const files = (await readdir(folder)).filter((file) => file !== 'index.json')
  return Promise.all(
    files.flatMap((file): Promise<Text>[] => {
      const name = basename(file, extname(file))
      const read = () => readFile(join(folder, file), 'utf8')
      if (file.endsWith('.txt') && !name.endsWith('-use-policy'))
        return [read().then((text) => ({ name: name.replaceAll('_', '.'), text, isSpdx: false, isCommon: true }))]
      return file.endsWith('.json') ? [read().then((text) => spdxText(name, text))] : []
    }),
  )
}

function spdxText(name: string, json: string): Text {
  const { licenseText, osiApproved } = JSON.parse(json) as { licenseText: string; osiApproved?: boolean }
  return {
    name,
    text: licenseText,
    isSpdx: true,
    isCommon: (osiApproved === true || COMMON.test(name)) && !PORTED.test(name),
  }
}
