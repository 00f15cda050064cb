import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import type { Request } from 'playwright-core'

import { modelDigest, requireTensors } from '../../src/artifacts/modelDigest.ts'
import { bundleFile } from '../../src/bundle/bundleFile.ts'
import { collectBundle } from '../../src/bundle/collectBundle.ts'
import { readBlockHeader } from '../../src/core/blockHeader.ts'
import { ZERO_ADDRESS, type Digest, type ModelId } from '../../src/core/hex.ts'
import { VERDICT_WORDS } from '../../src/core/reportWords.ts'
import { proofSource } from '../../src/sdk/compliance/proofSource.ts'
import { verifyModel } from '../../src/sdk/compliance/verifyModel.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { packText } from '../../src/documents/packedText.ts'
import { describeExplorer, expectAccessible, expectNarrow } from '../fixtures/explorer.ts'
import { inDepth, itInDepth } from '../fixtures/inDepth.ts'
import { readReport, reportInFragment } from '../../packages/explorer/src/pages/verify/report.ts'
import { Random } from '../fixtures/random.ts'
import { safetensorsBytes } from '../fingerprint/modelFiles.ts'

/** How many mutations of a report and of a link are tried in the browser, and how many more by the reader of reports alone. */
const [HOSTILE_CASES, PARSED_CASES] = inDepth([10, 400], [200, 20_000])

/** A mark in the names and the bytes of the files that are dropped: no request may have it. */
const SECRET = 'sEcReT-of-acme'

describeExplorer('verification in a browser', (explorer) => {
  const { open } = explorer
  let folder: string
  let model: ModelId
  let digest: Digest

  before(async function () {
    folder = join(await mkdtemp(join(tmpdir(), 'stemma-verify-')), SECRET)
    const write = async (path: string, content: string | Uint8Array): Promise<void> => {
      await mkdir(join(folder, path, '..'), { recursive: true })
      await writeFile(join(folder, path), content)
    }
    const weights = new TextEncoder().encode(`${SECRET} `.repeat(40).slice(0, 512))
    await write(`${SECRET}.safetensors`, safetensorsBytes({ weight: { dtype: 'F32', shape: [128], bytes: weights } }))
    await write('config.json', JSON.stringify({ architectures: [SECRET] }))
    await write('tokenizer.json', '{}')
    await write('tokenizer/vocab.txt', 'a\nb\n')
    await write('.gitattributes', '*.safetensors filter=lfs\n')
    await write('.git/HEAD', 'ref: refs/heads/main\n')
    await write('.cache/huggingface/download/config.json.metadata', 'x\n')
    await write('signature.json', JSON.stringify({ payload: '', payloadType: 'x', signatures: [] }))
    ;({ digest } = await modelDigest(folder, { cache: false }))
    model = await registered('https://huggingface.co/acme/dropped', digest)
  })

  after(() => rm(join(folder, '..'), { recursive: true, force: true }))

  /** Registers weights, and waits until the index has them. */
  async function registered(uri: string, weights: Digest): Promise<ModelId> {
    const id = await explorer.world.register(uri, [], weights)
    for (;;) {
      const found = await fetch(`${explorer.world.url}/v1/models/${id}`)
      await found.text()
      if (found.ok) return id
    }
  }

  /** Everything that the page sends from now on. */
  function sent(): { requests: Request[]; hold: (text: string) => boolean } {
    const requests: Request[] = []
    explorer.page.on('request', (request) => requests.push(request))
    const hold = (text: string): boolean =>
      requests.some((request) =>
        [request.url(), request.postData() ?? '', JSON.stringify(request.headers())].some(
          (each) => each.includes(text) || decodeURIComponent(each.replaceAll('%', '%25')).includes(text),
        ),
      )
    return { requests, hold }
  }

  async function drop(files: readonly { name: string; content: string }[]): Promise<void> {
    const { page } = explorer
    const transfer = await page.evaluateHandle((given) => {
      const data = new DataTransfer()
      for (const { name, content } of given) data.items.add(new File([content], name))
      return data
    }, files)
    await page.locator('.drop').dispatchEvent('drop', { dataTransfer: transfer })
  }

  const shownDigest = async (): Promise<string | null> => {
    await explorer.page.locator('dd[data-digest]').waitFor()
    return explorer.page.locator('dd[data-digest]').getAttribute('data-digest')
  }

  it('hashes a folder as stemma digest does, says what the ledger knows of it, and sends neither a byte nor a name', async function () {
    const { page } = explorer
    const { provider, deployment } = explorer.world.ledger
    await open('/verify')
    const { requests, hold } = sent()
    await page.locator('input[webkitdirectory]').setInputFiles(folder)
    expect(await shownDigest()).to.equal(digest)
    const computed = await modelDigest(folder, { cache: false })
    const text = await page.locator('main').innerText()
    expect(text).to.contain(computed.referenceDigest!)
    expect(text).to.contain(requireTensors(computed.tensors!).digest)
    for (const { digest: sha256 } of computed.manifest.resources) expect(text).to.contain(`0x${sha256}`)
    expect(text).to.contain('holds signatures only')
    await page.locator(`[data-model="${model}"]`).waitFor()
    const report = await verifyModel(openLedger(provider, deployment), { model, use: 'commercial' })
    await page.locator(`.answer[data-verdict="${report.verdict}"]`).waitFor()
    expect(await page.locator('.answer').innerText()).to.contain(VERDICT_WORDS[report.verdict])
    expect(text).to.contain('What was not checked')
    expect(requests.length).to.be.above(1)
    expect(hold(digest)).to.equal(true)
    for (const secret of [SECRET, 'safetensors', 'tokenizer', 'vocab', 'gitattributes']) {
      expect(hold(secret), secret).to.equal(false)
    }
  })

  it('finds nothing for a file that was changed, and says that it is not a clearance', async function () {
    const { page } = explorer
    await open('/verify')
    await writeFile(join(folder, 'config.json'), JSON.stringify({ architectures: ['other'] }))
    await page.locator('input[webkitdirectory]').setInputFiles(folder)
    expect(await shownDigest())
      .to.equal((await modelDigest(folder, { cache: false })).digest)
      .and.not.equal(digest)
    await page.getByText('Nothing is registered under this digest; that is not a clearance').waitFor()
    await writeFile(join(folder, 'config.json'), JSON.stringify({ architectures: [SECRET] }))
  })

  it('takes the last of two drops at once', async function () {
    const { page } = explorer
    await open('/verify')
    await page.locator('.drop').waitFor()
    await page.evaluate(() => {
      const field = document.querySelector('.drop')!
      for (const content of ['first', 'second']) {
        const dataTransfer = new DataTransfer()
        dataTransfer.items.add(new File([content], `${content}.bin`))
        field.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
      }
    })
    const files = page.locator('.file-table, table').filter({ hasText: 'second.bin' })
    await page.locator('dd[data-digest]').waitFor()
    await files.first().waitFor()
    expect(await page.getByText('first.bin').count()).to.equal(0)
  })

  itInDepth('says which file vanished while it was hashed, and that 20,001 files are too many', async function () {
    const { page } = explorer
    await open('/verify')
    await page.locator('.drop').waitFor()
    // A file of half a gigabyte without content: it takes seconds to hash, and none of the disk.
    const large = join(folder, '..', 'vanishing.bin')
    await writeFile(large, '')
    await truncate(large, 512 * 1024 ** 2)
    await page.locator('input[type=file]').first().setInputFiles(large)
    await page.getByRole('button', { name: 'Cancel' }).waitFor()
    await truncate(large, 7)
    const failure = page.locator('.failure', { hasText: 'could not be hashed' })
    await failure.waitFor()
    expect(await failure.innerText()).to.contain('vanishing.bin')
    await rm(large)
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer()
      for (let at = 0; at <= 20_000; at++) dataTransfer.items.add(new File([], `${at}.bin`))
      const input = document.querySelector<HTMLInputElement>('input[type=file]')!
      input.files = dataTransfer.files
      input.dispatchEvent(new Event('change', { bubbles: true }))
    })
    await page.getByText('more than 20,000 files').waitFor()
  })

  it('hashes files that are dropped on the home page, and names each file by what it is registered as', async function () {
    const { page } = explorer
    const text = 'a license of one line\n'
    await open('/')
    const before = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
    expect(before.filter((name) => /Worker|VerifyPage/.test(name))).to.deep.equal([])
    const alone = await digestOfFile('one.txt', text)
    const single = await registered('https://huggingface.co/acme/one-file', alone)
    await drop([{ name: `${SECRET}.txt`, content: text }])
    await page.waitForURL((url) => url.pathname === '/verify')
    expect(await shownDigest()).to.equal(alone)
    await page.locator(`[data-model="${single}"]`).waitFor()
    await drop([
      { name: 'one.txt', content: text },
      { name: 'two.txt', content: 'another' },
    ])
    await page.locator('tr[data-file]').nth(1).waitFor()
    await page.locator('tr[data-file]', { hasText: 'acme/one-file' }).waitFor()
    await page.getByText('taken for all files of one folder').waitFor()
  })

  it('can be cancelled, and then sends nothing', async function () {
    const { page } = explorer
    await open('/verify')
    const { hold } = sent()
    // The worker does not begin before it is cancelled.
    await page.route('**/hashWorker-*.js', () => undefined)
    await drop([{ name: 'model.bin', content: 'weights' }])
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('Cancelled. Nothing was sent.').waitFor()
    expect(page.workers().length).to.equal(0)
    expect(hold('"digests"')).to.equal(false)
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await open('/verify')
    await drop([{ name: 'model.bin', content: 'weights' }])
    expect(await shownDigest()).to.equal(await digestOfFile('model.bin', 'weights'))
  })

  it('reads files in a worker that the browser lets connect to nothing', async function () {
    const { page } = explorer
    await open('/verify')
    const names = await readdir(join(import.meta.dirname, '../../packages/explorer/dist/assets'))
    const script = names.find((name) => name.startsWith('hashWorker-'))!
    const [worker] = await Promise.all([
      page.waitForEvent('worker'),
      page.evaluate((path) => void new Worker(path, { type: 'module' }), `/assets/${script}`),
    ])
    const outcome = await worker.evaluate(
      (url) => fetch(url).then(() => 'sent', String),
      `${explorer.world.url}/v1/status`,
    )
    expect(outcome).to.contain('Failed to fetch')
    explorer.problems.splice(0)
  })

  it('shows hostile names of files as plain text, and computes no digest of what the command line refuses', async function () {
    const { page } = explorer
    await open('/verify')
    await drop([
      { name: '<img src=x onerror="document.title=1">.txt', content: 'a' },
      { name: 'invoice\u202egnp.txt', content: 'b' },
      { name: `${'long'.repeat(2500)}.bin`, content: 'c' },
      { name: "=HYPERLINK('x').txt", content: 'd' },
    ])
    await page.getByText('These files have no model digest').waitFor()
    await page.locator('tr[data-file]').nth(3).waitFor()
    expect(await page.locator('main img, main script').count()).to.equal(0)
    expect(await page.locator('main').innerText()).to.not.match(/[\u202a-\u202e\u2066-\u2069]/)
    expect(await page.title()).to.not.equal('1')
    await page.setViewportSize({ width: 360, height: 780 })
    const [wide, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    expect(wide).to.equal(inner)
  })

  it('looks up hashes that are pasted, keeps them in the address, and says what a hash cannot show', async function () {
    const { page } = explorer
    await open('/verify')
    await paste(`${digest.slice(2).toUpperCase()}  ${SECRET}.txt\n${'fa'.repeat(32)} *other`)
    await page.waitForURL(/sha256=/)
    expect(page.url()).to.not.contain(SECRET)
    await page.locator(`[data-digest="${digest}"] [data-model="${model}"]`).waitFor()
    await page.locator(`[data-digest="0x${'fa'.repeat(32)}"]`, { hasText: 'that is not a clearance' }).waitFor()
    await page.reload()
    await page.locator(`[data-digest="${digest}"] [data-model="${model}"]`).waitFor()
    await open(`/verify?sha256=${digest}&at=1`)
    await page.locator(`[data-digest="${digest}"]`, { hasText: 'that is not a clearance' }).waitFor()
    await open('/verify')
    await paste('not a hash')
    await page.getByRole('alert').filter({ hasText: 'neither a hash' }).waitFor()
  })

  it('checks a report against the ledger, and shares it in a fragment that no request carries', async function () {
    const { page } = explorer
    const { provider, deployment } = explorer.world.ledger
    const { forkA } = explorer.world.ledger.case
    const report = await verifyModel(openLedger(provider, deployment), { model: forkA, use: 'commercial' })
    await open('/verify')
    await paste(JSON.stringify(report))
    await page.locator('[data-outcome="same"]').waitFor()
    await open('/verify')
    await paste(JSON.stringify({ ...report, verdict: 'permitted', findings: [] }))
    await page.locator('[data-outcome="other"]').waitFor()
    expect(await page.locator('main').innerText()).to.contain(report.findings[0]!.code)
    await open(`/verify?sha256=${digest}`)
    await page.getByRole('button', { name: 'Link to this answer' }).click()
    const link = await page.getByRole('textbox', { name: 'Link to this answer' }).inputValue()
    expect(link).to.match(/\/verify#r=1\.[\w-]+$/)
    const { hold } = sent()
    await page.goto('about:blank')
    await page.goto(link)
    await page.locator('[data-outcome="same"]').waitFor()
    expect(hold(link.slice(link.indexOf('#') + 5, link.indexOf('#') + 60))).to.equal(false)
  })

  it('refuses hostile fragments, reports and bundles with a message, and never shows a blank page', async function () {
    const { page } = explorer
    const { provider, deployment } = explorer.world.ledger
    const { forkA } = explorer.world.ledger.case
    const report = await verifyModel(openLedger(provider, deployment), { model: forkA, use: 'commercial' })
    const random = new Random(18)
    const text = JSON.stringify(report)
    const mutated = (source: string): string => {
      const at = random.integer(0, source.length - 1)
      const piece = random.pick([
        '',
        '"',
        '{',
        '\\u0000',
        '[',
        '9'.repeat(40),
        'null',
        '<img src=x onerror=1>',
        '\u202e',
      ])
      return source.slice(0, at) + piece + source.slice(at + random.integer(0, 11))
    }
    const good = `r=1.${await packText(text)}`
    const fragments = [
      'r=',
      'r=1.',
      'r=2.abc',
      'r=1.%%%',
      `r=1.${'A'.repeat(40_000)}`,
      `r=1.${await packText('['.repeat(100_000))}`,
      `r=1.${await packText(' '.repeat(2_000_000))}`,
      `r=1.${await packText('{"version":1,"version":1}')}`,
    ]
    for (let index = 0; index < HOSTILE_CASES; index += 1) {
      fragments.push(`r=1.${await packText(mutated(mutated(text)))}`)
      fragments.push(
        mutated(good)
          .replace(/^(?!r=)/, 'r=')
          .replaceAll(/[^\w.=-]/g, '-'),
      )
    }
    for (let index = 0; index < PARSED_CASES; index += 1) {
      const refusal = await reportInFragment(`r=1.${await packText(mutated(mutated(text)))}`)
        .then(readReport)
        .then(
          () => undefined,
          (error: Error & { code?: string }) => error,
        )
      if (refusal)
        expect(refusal.name === 'NotAReportError' || refusal.code !== undefined, String(refusal)).to.equal(true)
    }
    await open('/verify')
    for (const fragment of new Set(fragments)) {
      const last = await page.$('main .notice, main article.given')
      await page.evaluate((hash) => void (location.hash = hash), fragment)
      await last?.waitForElementState('hidden')
      await page.locator('main .notice, main article.given').first().waitFor()
      expect(await page.locator('main h1').count(), fragment.slice(0, 80)).to.equal(1)
    }
    expect(await page.locator('main img').count()).to.equal(0)
    explorer.isAway = true
    await open('/verify')
    for (let index = 0; index < HOSTILE_CASES / 2; index += 1) {
      await paste(mutated(mutated(text)))
      await page.locator('main [role=alert], main article.given').first().waitFor()
      expect(await page.locator('main h1').count()).to.equal(1)
    }
    explorer.isAway = false
  })

  it('proves an offline bundle by a block that the reader trusts, and refuses it by another', async function () {
    const { page } = explorer
    const { provider, deployment } = explorer.world.ledger
    const { forkA } = explorer.world.ledger.case
    const ledger = openLedger(provider, deployment)
    const report = await verifyModel(ledger, { model: forkA, use: 'commercial' })
    const question = {
      models: [forkA],
      weights: null,
      uses: ['commercial'] as const,
      licensee: ZERO_ADDRESS,
      operators: [],
    }
    const bundle = await collectBundle(proofSource(ledger), question)
    const file = join(folder, '..', 'bundle.json.gz')
    await writeFile(file, await bundleFile(bundle))
    const { hash } = readBlockHeader(bundle.header)
    await open('/verify')
    await page.getByLabel('Choose a report or a bundle').setInputFiles(file)
    const field = page.getByLabel('Hash of the block that you trust')
    await field.fill(`0x${'12'.repeat(32)}`)
    await page.getByRole('button', { name: 'Prove it' }).click()
    await page.getByRole('alert').filter({ hasText: 'Not proved' }).waitFor()
    const whole = await bundleFile(bundle)
    for (let cut = 0; cut < 12; cut += 1) {
      const damaged = Buffer.from(whole)
      damaged[10 + cut * 40]! ^= 1 << (cut % 8)
      await page
        .getByLabel('Choose a report or a bundle')
        .setInputFiles({ name: 'b.gz', mimeType: '', buffer: damaged })
      await field.fill(hash)
      await page.getByRole('button', { name: 'Prove it' }).click()
      await page.getByRole('alert').filter({ hasText: 'Not proved' }).waitFor()
    }
    await page.getByLabel('Choose a report or a bundle').setInputFiles(file)
    const { requests } = sent()
    await field.fill(hash)
    await page.getByRole('button', { name: 'Prove it' }).click()
    await page.locator(`.answer[data-verdict="${report.verdict}"]`).waitFor()
    await page.getByText('what happened after its block').waitFor()
    expect(requests.filter((request) => /Lineage|"id"/.test(request.postData() ?? ''))).to.deep.equal([])
  })

  it('has nothing serious for axe, and needs no scrolling sideways', async function () {
    await expectAccessible(explorer, [`/verify?sha256=${digest}`])
    await expectNarrow(explorer, ['/verify', `/verify?sha256=${digest}`])
  })

  async function paste(text: string): Promise<void> {
    const { page } = explorer
    await page.getByLabel(/^A hash, lines of sha256sum/).fill(text)
    await page.getByRole('button', { name: 'Check', exact: true }).click()
  }

  async function digestOfFile(name: string, content: string): Promise<Digest> {
    const file = join(folder, '..', name)
    await writeFile(file, content)
    return (await modelDigest(file, { cache: false })).digest
  }
})
