import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { createProgress } from '../../../scripts/local/progress.ts'

describe('scripts/local/progress', function () {
  let folder: string

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'stemma-progress-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** Runs two steps and a line of the log by a clock that moves a second a look. */
  function show(isTTY: boolean, verbose: boolean): { visible: string; log: string } {
    let [visible, time] = ['', 0]
    const log = join(folder, 'log')
    const stream = { isTTY, write: (text: string) => ((visible += text), true) } as unknown as NodeJS.WriteStream
    const progress = createProgress({ log, verbose, stream, now: () => (time += 1000) })
    progress.step('first')
    progress.write('a line')
    progress.step('second')
    progress.end()
    progress.close()
    return { visible, log: readFileSync(log, 'utf8') }
  }

  it('shows the step in one line of a terminal, and clears the line at the end', function () {
    expect(show(true, false).visible).to.equal('first …\r\u001B[Ksecond …\r\u001B[K')
  })

  it('gives each step a line of its own elsewhere', function () {
    expect(show(false, false).visible).to.equal('first …\nsecond …\n')
  })

  it('shows the log when it is verbose', function () {
    expect(show(true, true).visible).to.equal('a line\nfirst: 2.0 s\nsecond: 1.0 s\n')
  })

  it('writes every line and the time of every step to the log', function () {
    const lines = show(true, false).log.trimEnd().split('\n')
    expect(lines.map((line) => line.replace(/^ *\d+\.\d s {2}/, ''))).to.deep.equal([
      'a line',
      'first: 2.0 s',
      'second: 1.0 s',
    ])
  })
})
