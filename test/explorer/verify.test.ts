import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import type { Request } from 'playwright-core'

import { modelDigest, requireTensors } from '../../src/artifacts/modelDigest.ts'
import type { Digest, ModelId } from '../../src/core/hex.ts'
import { VERDICT_WORDS } from '../../src/core/reportWords.ts'
import { verifyModel } from '../../src/sdk/compliance/verifyModel.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { describeExplorer, expectAccessible, expectNarrow } from '../fixtures/explorer.ts'
import { safetensorsBytes } from '../fingerprint/modelFiles.ts'

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
})
