import { expect } from 'chai'

import { sha256 } from '../../../src/core/sha256.ts'
import type { Content, Level } from '../../../src/scan/ports.ts'
import { scanContents, scanWhole } from '../../../src/scan/scanContents.ts'
import { scanDocumentOf } from '../../../src/scan/scanDocument.ts'
import { SCANNERS } from '../../../src/scan/scanners.ts'
import { BENIGN } from './benignFiles.ts'
import { HOSTILE } from './hostileFiles.ts'

const RANK: readonly (Level | 'none')[] = ['none', 'note', 'warn', 'unknown', 'fail']
/** The others compare what cards say, and have tests of their own. */
const CODE_SCANNERS = SCANNERS.filter(({ id }) => id === 'serialisation' || id === 'headers')

describe('bypasses of scanners, and look-alikes', function () {
  it('finds every hostile model, and says where and what to do', async function () {
    const missed: string[] = []
    for (const [name, [least, files]] of Object.entries(HOSTILE)) {
      const findings = await findingsOf(files)
      const worst = worstOf(findings)
      if (RANK.indexOf(worst) < RANK.indexOf(least)) missed.push(`${name}: ${worst}`)
      for (const { file, what, remedy } of findings)
        if (file === null || !(file in files) || what === '' || remedy === '') missed.push(`${name}: ${what}`)
    }
    expect(missed).to.deep.equal([])
    expect(Object.keys(HOSTILE)).to.have.lengthOf.at.least(150)
  })

  it('flags no look-alike', async function () {
    const flagged: string[] = []
    for (const [name, [most, files]] of Object.entries(BENIGN)) {
      const findings = await findingsOf(files)
      if (RANK.indexOf(worstOf(findings)) > RANK.indexOf(most)) flagged.push(`${name}: ${JSON.stringify(findings)}`)
    }
    expect(flagged).to.deep.equal([])
    expect(Object.keys(BENIGN)).to.have.lengthOf.at.least(60)
  })
})

async function findingsOf(files: Readonly<Record<string, Uint8Array | string>>) {
  const contents = new Map(Object.entries(files).map(([name, data]) => [name, contentOf(name, data)]))
  const { findings, judgedBy } = scanContents(CODE_SCANNERS, [...contents.values()])
  const listed = [...contents.values()].map(({ file, size, read }) => ({
    name: file,
    size,
    digest: sha256(read(0, size)).slice(2),
  }))
  findings.push(...(await scanWhole(CODE_SCANNERS, { files: listed, file: (name) => contents.get(name) })))
  return scanDocumentOf({
    weights: sha256(new Uint8Array()),
    tensors: null,
    // Their digest is not looked at, and takes longer than the scans.
    scanners: [],
    files: listed.map((each, index) => ({ ...each, judgedBy: judgedBy[index]! })),
    findings,
  }).findings
}

function worstOf(findings: readonly { level: Level }[]): Level | 'none' {
  return RANK.findLast((level) => findings.some((each) => each.level === level)) ?? 'none'
}

function contentOf(file: string, data: Uint8Array | string): Content {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  return { file, member: [], size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}
