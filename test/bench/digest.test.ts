import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { expect } from 'chai'

import { createFolder, removeFolders } from '../artifacts/folder.ts'

const script = fileURLToPath(new URL('../../bench/digest.ts', import.meta.url))

describe('bench/digest.ts', function () {
  this.timeout(60_000)
  after(removeFolders)

  const run = (folder: string, ...args: string[]) =>
    spawnSync(process.execPath, [script, '--size', '17MiB', '--runs', '1', '--folder', folder, ...args], {
      encoding: 'utf8',
    })

  it('prints what it measured as JSON, and removes its file', function () {
    const folder = createFolder()
    const { stdout, status } = run(folder, '--json', '--min', '0')
    const result = JSON.parse(stdout) as {
      rows: { workers: number; bytes: number; stemma: number; sha256sum: number }[]
    }
    expect(status).to.equal(0)
    expect(result).to.deep.include({ size: 17 * 1024 * 1024, runs: 1, min: 0, ok: true })
    expect(result.rows.map(({ workers, bytes }) => [workers, bytes])).to.deep.equal([
      [1, 17 * 1024 * 1024],
      [2, 34 * 1024 * 1024],
    ])
    for (const { stemma, sha256sum } of result.rows) expect(Math.min(stemma, sha256sum)).to.be.greaterThan(0)
    expect(readdirSync(folder)).to.deep.equal([])
  })

  it('prints a table, and ends with 1 when a worker is too slow', function () {
    const folder = createFolder()
    const { stdout, status } = run(folder, '--min', '1000000')
    expect(status).to.equal(1)
    expect(stdout).to.include('A worker is slower than 1000000 x.')
    expect(readdirSync(folder)).to.deep.equal([])
  })

  it('ends with 2 when it is used wrongly', function () {
    const { status, stderr } = run(createFolder(), '--runs', '0')
    expect(status).to.equal(2)
    expect(stderr).to.include('Use --help for the usage.')
  })
})
