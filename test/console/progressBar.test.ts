import { Writable } from 'node:stream'

import { expect } from 'chai'

import { createProgressBar, formatBytes } from '../../src/console/progressBar.ts'

function createStream(isTTY: boolean) {
  let text = ''
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      text += chunk.toString()
      done()
    },
  })
  // What cli-progress asks of a terminal.
  const terminal = Object.assign(stream, {
    isTTY,
    columns: 120,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  })
  return { stream: terminal, text: () => text }
}

describe('createProgressBar', function () {
  it('shows bytes and files on a terminal', function () {
    const { stream, text } = createStream(true)
    const bar = createProgressBar(stream)
    bar.update({ bytes: 0, totalBytes: 2_000_000, files: 0, totalFiles: 2, cachedBytes: 0 })
    bar.update({ bytes: 2_000_000, totalBytes: 2_000_000, files: 2, totalFiles: 2, cachedBytes: 0 })
    bar.stop()
    expect(text()).to.include('2.0 MB of 2.0 MB').and.to.include('2/2 files').and.to.include('100%')
  })

  it('writes nothing where there is no terminal, nor before the first update', function () {
    const pipe = createStream(false)
    const bar = createProgressBar(pipe.stream)
    bar.update({ bytes: 0, totalBytes: 1, files: 0, totalFiles: 1, cachedBytes: 0 })
    bar.stop()
    expect(pipe.text()).to.equal('')

    const terminal = createStream(true)
    createProgressBar(terminal.stream).stop()
    expect(terminal.text()).to.equal('')
  })
})

describe('formatBytes', function () {
  it('changes the unit at a thousand', function () {
    const cases: [number, string][] = [
      [0, '0 B'],
      [999, '999 B'],
      [1000, '1.0 kB'],
      [999_949, '999.9 kB'],
      [999_950, '1.0 MB'],
      [2 ** 31, '2.1 GB'],
      [1e18, '1000.0 PB'],
    ]
    for (const [bytes, text] of cases) expect(formatBytes(bytes)).to.equal(text)
  })
})
