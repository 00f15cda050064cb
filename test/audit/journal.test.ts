import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { expect } from 'chai'

import { openJournal, type Journal, type KeptEntry, type Position } from '../../src/audit/journal.ts'
import type { JournalEntry } from '../../src/audit/journalEntry.ts'
import { segmentPath } from '../../src/audit/journalSegment.ts'
import { endOf, intentOf } from '../fixtures/calls.ts'
import { FaultyFiles, type Fault } from '../fixtures/faultyFiles.ts'
import { Random } from '../fixtures/random.ts'

/** How often a process is killed, and how many damages are tried: more in the deep run. */
const KILLS = process.env.STEMMA_DEEP === '1' ? 100 : 3
const DAMAGES = Number(process.env.STEMMA_FUZZ_CASES ?? 30)
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
const SEGMENT = 64 * 1024
const WRITER = join(import.meta.dirname, 'journalWriter.ts')

describe('a journal', function () {
  this.timeout(600_000)
  let folder: string

  beforeEach(async () => (folder = join(await mkdtemp(join(tmpdir(), 'stemma-journal-')), 'calls')))
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }))

  /** Opens the journal of the folder with small segments. */
  const start = (files = new FaultyFiles()): Promise<Journal> => openJournal(folder, { segmentBytes: SEGMENT, files })

  async function read(journal: Journal, from?: Position): Promise<KeptEntry[]> {
    const found: KeptEntry[] = []
    for await (const each of journal.entries(from)) found.push(each)
    return found
  }

  /** What the journal of the folder holds, and how many bytes were cut off. */
  async function reopened(): Promise<{ entries: JournalEntry[]; unfinished: number }> {
    const journal = await start()
    const entries = (await read(journal)).map(({ entry }) => entry)
    await journal.close()
    return { entries, unfinished: journal.unfinished }
  }

  const segments = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.endsWith('.journal'))

  const codeOf = (doing: Promise<unknown>): Promise<string> =>
    doing.then(
      () => 'none',
      ({ code }) => code,
    )

  /** Ten batches of so many entries, each of which fills a good part of a segment: the journal has several. */
  const wide = (batch: number): JournalEntry[] =>
    [0, 1].map((place) => ({ note: `${batch}.${place} ${'x'.repeat(8000)}` }))
  async function fill(journal: Journal): Promise<void> {
    for (let batch = 0; batch < 10; ++batch) await Promise.all(wide(batch).map((entry) => journal.append(entry)))
  }

  it('keeps intents, ends and notes in their order, with the positions that it acknowledged', async function () {
    const journal = await start()
    const entries: JournalEntry[] = [
      intentOf(1),
      intentOf(2),
      endOf(2),
      { note: { sealed: ['ä\n😀\u007F', 1, null] } },
      endOf(1),
    ]
    const positions = await Promise.all(entries.slice(0, 3).map((entry) => journal.append(entry)))
    for (const entry of entries.slice(3)) positions.push(await journal.append(entry))
    const found = await read(journal)
    expect(found.map(({ entry }) => entry)).to.deep.equal(entries)
    expect(found.map(({ position }) => position)).to.deep.equal(positions)
    expect(found.at(-1)!.next).to.equal(journal.end)
    await journal.close()
    expect(await reopened()).to.deep.equal({ entries, unfinished: 0 })
  })

  it('syncs once for all that came at once', async function () {
    const operations: string[] = []
    const journal = await start(new FaultyFiles(undefined, (_, name) => (operations.push(name), false)))
    // Two segments are made: this one and the next.
    while (operations.filter((name) => name === 'syncFolder').length < 2) await nextTurn()
    operations.length = 0
    await journal.append(intentOf(0))
    await Promise.all(Array.from({ length: 50 }, (_, number) => journal.append(endOf(number))))
    expect(operations).to.deep.equal(['write', 'sync', 'write', 'sync'])
    expect((await read(journal)).length).to.equal(51)
    await journal.close()
  })

  it('is read from each of its positions on, in each segment, also when it was opened again', async function () {
    const journal = await start()
    await fill(journal)
    const all = await read(journal)
    expect(all.map(({ entry }) => entry)).to.deep.equal(Array.from({ length: 10 }, (_, batch) => wide(batch)).flat())
    await journal.close()
    const again = await start()
    await again.append({ note: 'later' })
    for (const [place, { position, next }] of all.entries()) {
      expect((await read(again, position)).slice(0, -1)).to.deep.equal(all.slice(place))
      expect((await read(again, next)).slice(0, -1)).to.deep.equal(all.slice(place + 1))
    }
    expect((await read(again)).at(-1)!.position).to.be.greaterThan(all.at(-1)!.position)
    await again.close()
  })

  it('removes segments that are released, and only those; positions grow nonetheless', async function () {
    const journal = await start()
    await fill(journal)
    const all = await read(journal)
    const before = await segments()
    await journal.release(all[8]!.position)
    const kept = await read(journal)
    expect(kept.map(({ position }) => position)).to.include(all[8]!.position)
    expect(kept.length).to.be.lessThan(all.length)
    expect((await segments()).length).to.be.lessThan(before.length)
    await journal.release(all.at(-1)!.next)
    await journal.close()
    const next = await start()
    expect(await next.append({ note: 1 })).to.be.greaterThan(all.at(-1)!.position)
    await next.release(next.end)
    await next.close()
  })

  it('does not use a position twice when a crash leaves nothing but an unused segment', async function () {
    const journal = await start()
    const position = await journal.append({ note: 1 })
    await journal.close()
    await rm(segmentPath(folder, 0))
    const next = await start()
    expect(await next.append({ note: 2 })).to.be.greaterThan(position)
    await next.close()
  })

  it('refuses entries that it could not read again, and goes on', async function () {
    const journal = await start()
    const { intent } = intentOf(1) as { intent: object }
    for (const [bad, code] of [
      [{ intent: { ...intent, reserved: NaN } }, 'INVALID_JOURNAL_ENTRY'],
      [{ intent: { ...intent, prompt: 'secret' } }, 'INVALID_JOURNAL_ENTRY'],
      [{ intent: { ...intent, call: 'x' } }, 'INVALID_JOURNAL_ENTRY'],
      [{ end: { ...(endOf(1) as { end: object }).end, outcome: 'lost' } }, 'INVALID_JOURNAL_ENTRY'],
      [{ ...intentOf(1), ...endOf(1) }, 'INVALID_JOURNAL_ENTRY'],
      [{}, 'INVALID_JOURNAL_ENTRY'],
      [null, 'INVALID_JOURNAL_ENTRY'],
      [{ note: undefined }, 'NOT_CANONICAL_JSON'],
      [{ note: 'x'.repeat(16 * 1024) }, 'INVALID_JOURNAL_ENTRY'],
    ] as const) {
      expect(await codeOf(journal.append(bad as never))).to.equal(code)
    }
    await journal.append(intentOf(1))
    await journal.close()
    expect((await reopened()).entries).to.deep.equal([intentOf(1)])
  })

  it('belongs to one process, which the error names, and is free when that has closed it', async function () {
    const journal = await start()
    const failure: Error = await start().catch((error) => error)
    expect(failure).to.have.property('code', 'FOLDER_LOCKED')
    expect(failure.message).to.contain(`Process ${process.pid} `)
    await Promise.all([journal.close(), journal.close()])
    expect(await codeOf(journal.append({ note: 1 }))).to.equal('JOURNAL_CLOSED')
    expect(journal.failure).to.have.property('code', 'JOURNAL_CLOSED')
    await (await start()).close()
  })

  it('refuses folders and sizes that it cannot use', async function () {
    for (const segmentBytes of [0, 1000, SEGMENT - 1, SEGMENT + 0.5, 2 ** 29, NaN]) {
      expect(await codeOf(openJournal(folder, { segmentBytes }))).to.equal('INVALID_SEGMENT_SIZE')
    }
    await writeFile(folder, 'a file')
    expect(await codeOf(start())).to.equal('JOURNAL_FOLDER')
    await rm(folder)
    await mkdir(folder)
    await writeFile(join(folder, 'lock'), 'not a lock'.repeat(1000))
    expect(await codeOf(start())).to.equal('JOURNAL_FOLDER')
  })

  describe('whose disk fails', function () {
    /** Appends until something is refused and then some more. Returns what was acknowledged, and the codes of what was refused. */
    async function use(files: FaultyFiles): Promise<{ kept: JournalEntry[]; codes: string[] }> {
      const kept: JournalEntry[] = []
      const codes: string[] = []
      try {
        const journal = await start(files)
        for (let batch = 0; batch < 7; ++batch) {
          const entries = [...wide(batch), intentOf(batch)]
          const ended = await Promise.allSettled(entries.map((entry) => journal.append(entry)))
          for (const [place, each] of ended.entries()) {
            if (each.status === 'fulfilled') {
              expect(journal.failure, 'acknowledged after a failure').to.equal(undefined)
              kept.push(entries[place]!)
            } else codes.push(each.reason.code)
          }
        }
        await journal.close()
      } catch (error) {
        codes.push((error as { code: string }).code)
      }
      return { kept, codes }
    }

    for (const fault of ['EIO', 'ENOSPC', 'nothing', 'short'] as const satisfies Fault[]) {
      it(`loses nothing that it acknowledged, wherever it is ${fault}, and accepts nothing after that`, async function () {
        const clean = new FaultyFiles()
        expect((await use(clean)).codes).to.deep.equal([])
        let hits = 0
        for (let at = 0; at < clean.operations; ++at) {
          await rm(folder, { recursive: true, force: true })
          const files = new FaultyFiles(fault, (operation) => operation === at)
          const { kept, codes } = await use(files)
          if (files.isHit) hits += 1
          if (fault === 'short') expect(codes).to.deep.equal([])
          for (const code of codes)
            expect(code).to.be.oneOf(['USAGE_LOG_WRITE_FAILED', 'JOURNAL_FULL', 'JOURNAL_FOLDER'])
          const { entries } = await reopened()
          const missing = kept.filter(
            (each) => !entries.some((other) => JSON.stringify(other) === JSON.stringify(each)),
          )
          expect(missing, `operation ${at}`).to.deep.equal([])
          expect(new Set(entries.map((each) => JSON.stringify(each))).size).to.equal(entries.length)
        }
        expect(hits).to.be.greaterThan(fault === 'EIO' || fault === 'ENOSPC' ? clean.operations - 2 : 5)
      })
    }

    it('refuses what comes after a failed sync with the same error, though a sync would succeed again', async function () {
      const files = new FaultyFiles('EIO', (_, name) => name === 'sync' && isArmed)
      let isArmed = false
      const journal = await start(files)
      await journal.append(intentOf(0))
      isArmed = true
      const failures = await Promise.all(
        [1, 2].map((number) => journal.append(intentOf(number)).catch((error) => error)),
      )
      isArmed = false
      const after = files.operations
      failures.push(await journal.append(endOf(0)).catch((error) => error))
      for (const failure of failures) expect(failure).to.equal(journal.failure)
      expect(journal.failure).to.have.property('code', 'USAGE_LOG_WRITE_FAILED')
      expect(files.operations).to.equal(after)
      await journal.close()
      expect((await reopened()).entries[0]).to.deep.equal(intentOf(0))
    })

    it('lets calls end while it is nearly full, and lets calls begin when it has room again', async function () {
      const files = new FaultyFiles()
      files.free = 2 * SEGMENT - 1
      const journal = await start(files)
      // The disk is looked at while calls come.
      let failure: Error | undefined
      while (failure === undefined) {
        failure = await journal.append(intentOf(1)).then(
          () => undefined,
          (error: Error) => error,
        )
      }
      expect(failure).to.have.property('code', 'JOURNAL_FULL')
      expect(failure.message).to.contain(`${2 * SEGMENT - 1} bytes are free`)
      expect(journal.failure).to.equal(undefined)
      await journal.append(endOf(1))
      files.free = 2 * SEGMENT
      let code = 'JOURNAL_FULL'
      while (code === 'JOURNAL_FULL') {
        code = await codeOf(journal.append(intentOf(2)))
        await journal.append(endOf(2))
      }
      expect(code).to.equal('none')
      await journal.close()
    })

    it('has room for calls to end when no segment more can be made, and fails when that is used up', async function () {
      let isFull = false
      const files = new FaultyFiles('ENOSPC', (_, name) => name === 'make' && isFull)
      const journal = await start(files)
      await journal.append({ note: 0 })
      isFull = true
      const codes: string[] = []
      for (let batch = 0; batch < 10; ++batch) {
        for (const entry of wide(batch)) codes.push(await codeOf(journal.append(entry)))
      }
      const kept = codes.filter((code) => code === 'none').length
      // What is left of this segment and all of the next, which was made ahead.
      expect(kept).to.be.greaterThan(8)
      expect(codes.slice(kept)).to.deep.equal(Array(20 - kept).fill('USAGE_LOG_WRITE_FAILED'))
      expect(journal.failure).to.have.property('message').that.contains('ENOSPC')
      expect(await codeOf(journal.append(intentOf(1)))).to.equal('USAGE_LOG_WRITE_FAILED')
      await journal.close()
      expect((await reopened()).entries.length).to.equal(kept + 1)
    })
  })

  describe('after a crash', function () {
    /** The journal as it is on the disk now, without being closed. */
    async function crashed(journal: Journal): Promise<void> {
      const copy = `${folder}-copy`
      await cp(folder, copy, { recursive: true })
      await journal.close()
      await rm(folder, { recursive: true })
      await cp(copy, folder, { recursive: true })
      await rm(copy, { recursive: true })
    }

    it('leaves out the last batch when any part of it is missing, and all that was acknowledged is there', async function () {
      const journal = await start()
      await journal.append(intentOf(1))
      const before = journal.end
      await Promise.all([journal.append({ note: 'sealed' }), journal.append({ note: 17 })])
      const { end } = journal
      await crashed(journal)
      const path = segmentPath(folder, 0)
      const whole = await readFile(path)
      for (let cut = before; cut <= end; ++cut) {
        // The end of the batch is missing, or one byte within it.
        for (const missing of [{ from: cut, to: end }, ...(cut % 8 === 0 ? [{ from: cut, to: cut + 1 }] : [])]) {
          const bytes = Buffer.from(whole)
          bytes.fill(0, missing.from, missing.to)
          for (const name of await segments()) await rm(join(folder, name))
          await writeFile(path, bytes)
          const again = await start()
          const isWhole = bytes.equals(whole)
          expect((await read(again)).length, `${missing.from}`).to.equal(isWhole ? 3 : 1)
          expect(again.unfinished > 0, `${missing.from}`).to.equal(!isWhole && cut > before)
          await again.append(endOf(2))
          await again.close()
          expect((await reopened()).entries.at(-1)).to.deep.equal(endOf(2))
        }
      }
    })

    it('writes the last batch again, which a failed sync may have left in memory, before anything else', async function () {
      const journal = await start()
      await journal.append(intentOf(1))
      await crashed(journal)
      const operations: string[] = []
      const again = await start(new FaultyFiles(undefined, (_, name) => (operations.push(name), false)))
      expect(operations.slice(0, 3)).to.deep.equal(['write', 'datasync', 'make'])
      await again.close()
    })

    it('loses nothing when the disk fails while it is opened again', async function () {
      const journal = await start()
      await fill(journal)
      await crashed(journal)
      const { entries } = await reopened()
      expect(entries.length).to.equal(20)
      for (const fault of ['EIO', 'short', 'nothing'] as const) {
        for (let at = 0; at < 8; ++at) {
          const code = await codeOf(
            start(new FaultyFiles(fault, (operation) => operation === at)).then((each) => each.close()),
          )
          expect(code).to.be.oneOf(['none', 'JOURNAL_FOLDER', 'USAGE_LOG_WRITE_FAILED'])
          expect(await reopened()).to.deep.equal({ entries, unfinished: 0 })
        }
      }
    })

    it('goes on after the first batch of a segment was half written', async function () {
      const journal = await start()
      await fill(journal)
      const all = await read(journal)
      await crashed(journal)
      const numbers = (await segments()).length
      // The last segment holds one batch at least: all but its beginning is lost.
      const last = Math.floor(all.at(-1)!.position / 2 ** 30)
      expect(last).to.be.lessThan(numbers)
      await truncate(segmentPath(folder, last), 100)
      const { entries, unfinished } = await reopened()
      const before = all.filter(({ position }) => position < last * 2 ** 30)
      expect([entries.length, unfinished]).to.deep.equal([before.length, 100])
      expect(await reopened()).to.deep.equal({ entries, unfinished: 0 })
    })

    it(`loses nothing and repeats nothing when its process is killed ${KILLS} times under 50 writers`, async function () {
      const random = new Random(SEED)
      for (let round = 0; round < KILLS; ++round) {
        const child = spawn(process.execPath, ['--conditions=source', WRITER, folder, String(round)], {
          stdio: ['ignore', 'pipe', 'inherit'],
          env: { ...process.env, NODE_COMPILE_CACHE: join(folder, '../compiled') },
        })
        const ended = once(child, 'exit')
        const acknowledged: string[] = []
        const most = random.integer(1, 500)
        for await (const line of createInterface({ input: child.stdout })) {
          if (acknowledged.length === 0) {
            const failure: Error = await start().catch((error) => error)
            expect(failure).to.have.property('code', 'FOLDER_LOCKED')
            expect(failure.message).to.contain(`Process ${child.pid} `)
          }
          if (acknowledged.push(line) === most) child.kill('SIGKILL')
        }
        expect(await ended).to.deep.equal([null, 'SIGKILL'])
        // A line that was cut off by the kill is not an acknowledgement.
        const journal = await start()
        const found = (await read(journal)).map(({ entry }) => String((entry as { note: unknown }).note))
        const mine = new Set(found.filter((id) => id.startsWith(`${round}-`)))
        expect(acknowledged.filter((id) => /^\d+-\d+-\d+$/.test(id) && !mine.has(id))).to.deep.equal([])
        expect(new Set(found).size, 'doubled').to.equal(found.length)
        await journal.release(journal.end)
        await journal.close()
      }
    })
  })

  describe('that is damaged', function () {
    /** Changes the files of a journal somewhere before its last batch; returns the segment, or undefined when nothing was changed. */
    type Damage = (random: Random, segments: Buffer[], ends: number[]) => number | undefined

    const DAMAGES_OF: Record<string, Damage> = {
      'other bytes': (random, segments, ends) => {
        const at = random.integer(0, segments.length - 1)
        const from = random.integer(0, ends[at]! - 1)
        const bytes = segments[at]!
        const before = Buffer.from(bytes)
        for (let place = from; place < Math.min(from + random.integer(1, 40), ends[at]!); ++place) {
          bytes[place] = random.integer(0, 255)
        }
        return bytes.equals(before) ? undefined : at
      },
      'one bit': (random, segments, ends) => {
        const at = random.integer(0, segments.length - 1)
        const place = random.integer(0, ends[at]! - 1)
        segments[at]![place]! ^= 1 << random.integer(0, 7)
        return at
      },
      zeros: (random, segments, ends) => {
        const at = random.integer(0, segments.length - 1)
        segments[at]!.fill(0, random.integer(0, ends[at]! - 1), ends[at]!)
        return at
      },
      'bytes that were removed': (random, segments, ends) => {
        const at = random.integer(0, segments.length - 1)
        const bytes = segments[at]!
        const from = random.integer(0, ends[at]! - 1)
        segments[at] = Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + random.integer(1, 100))])
        return at
      },
      'another segment': (random, segments) => {
        const at = random.integer(1, segments.length - 1)
        segments[at] = Buffer.from(segments[at - 1]!)
        return at
      },
    }

    it(`names file and byte whatever is damaged before its last batch (seed ${SEED})`, async function () {
      const journal = await start()
      await fill(journal)
      const positions = (await read(journal)).map(({ position }) => position)
      await journal.close()
      const count = Math.floor(positions.at(-1)! / 2 ** 30) + 1
      const originals = await Promise.all(
        Array.from({ length: count }, (_, number) => readFile(segmentPath(folder, number))),
      )
      expect(count).to.be.greaterThan(2)
      // Up to where each segment has entries, which is what was acknowledged.
      const ends = originals.map((bytes) => bytes.lastIndexOf('"}\n') + 3)
      const random = new Random(SEED)
      for (let round = 0; round < DAMAGES; ++round) {
        const segments = originals.map((bytes) => Buffer.from(bytes))
        const what = random.pick(Object.keys(DAMAGES_OF))
        const at = DAMAGES_OF[what]!(random, segments, ends)
        for (const [number, bytes] of segments.entries()) await writeFile(segmentPath(folder, number), bytes)
        const again = `${what} in segment ${at}: run again with STEMMA_FUZZ_SEED=${SEED} STEMMA_FUZZ_CASES=${round + 1}`
        if (at === undefined) continue
        const failure: Error = await start().then(
          async (opened) => (await opened.close(), new Error('none')),
          (error) => error,
        )
        expect(failure, again).to.have.property('code', 'JOURNAL_DAMAGED')
        expect(failure.message, again).to.match(/"\S+\/\d{10}\.journal" is damaged at byte \d+: /)
        // Nothing was changed: a copy of the file can still be put in its place.
        for (const [number, bytes] of segments.entries()) {
          expect((await readFile(segmentPath(folder, number))).equals(bytes), again).to.equal(true)
        }
      }
      for (const [number, bytes] of originals.entries()) await writeFile(segmentPath(folder, number), bytes)
      expect((await reopened()).entries.length).to.equal(20)
    })

    it('names a segment that is missing, and bytes that changed while it was open', async function () {
      const journal = await start()
      await fill(journal)
      const file = await open(segmentPath(folder, 1), 'r+')
      await file.write('?', 500)
      await file.close()
      const failure: Error = await read(journal).catch((error) => error)
      expect(failure).to.have.property('code', 'JOURNAL_DAMAGED')
      expect(failure.message).to.contain(`${segmentPath(folder, 1)}" is damaged at byte 0:`)
      await journal.close()
      await rm(segmentPath(folder, 1))
      const missing: Error = await start().catch((error) => error)
      expect(missing.message)
        .to.contain(`${segmentPath(folder, 0)}" is damaged at byte `)
        .and.to.contain('is missing')
    })
  })
})
