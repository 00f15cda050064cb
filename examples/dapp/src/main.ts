/** The page: connects to a ledger, asks about a model, and shows what comes. */
import { RIGHT_NAMES, USE_WORDS } from 'stemma/core'
import { parseDeployment, type Deployment, type Right } from 'stemma/sdk'

import { byId, element, type Content } from './element.ts'
import { ask, type Facts } from './question.ts'
import { showAnswer, showChoice, showError } from './show.ts'
import { connectSource, switchChain, type Connection, type Source } from './source.ts'
import { watchWallets, type Wallet } from './wallets.ts'

const [reader, use] = [byId<HTMLSelectElement>('reader'), byId<HTMLSelectElement>('use')]
const [url, api, model] = ['url', 'api', 'model'].map((id) => byId<HTMLInputElement>(id)) as [
  HTMLInputElement,
  HTMLInputElement,
  HTMLInputElement,
]
const [connecting, asking] = [byId('connect'), byId('ask')]
const askButton = asking.querySelector('button')!

let deployment: Deployment | undefined
let wallets: readonly Wallet[] = []
let connection: Connection | undefined
/** What was begun last in each place, so that an answer that comes late does not replace a newer one. */
const begun = new WeakMap<HTMLElement, object>()

use.append(...RIGHT_NAMES.map((right) => element('option', { value: right }, USE_WORDS[right])))
use.value = 'commercial'
watchWallets((found) => {
  const chosen = reader.value
  wallets = found
  reader.replaceChildren(
    element('option', { value: '' }, 'A node, without a wallet'),
    ...found.map(({ name }, index) => element('option', { value: String(index) }, name)),
  )
  reader.value = chosen
})
reader.addEventListener('change', () => (byId('url-field').hidden = reader.value !== ''))
connecting.addEventListener('submit', (event) => (event.preventDefault(), void connect()))
asking.addEventListener('submit', (event) => (event.preventDefault(), void answer(model.value.trim())))
void start()

/** Reads which ledger this page is for, and connects when it names a node. */
async function start(): Promise<void> {
  await during(byId('connection'), 'Reading which ledger this page is for…', async () => {
    const response = await fetch('/deployment.json')
    if (!response.ok)
      throw new Error(`deployment.json is not there (status ${response.status}). Serve it beside this page.`)
    deployment = parseDeployment(await response.json())
    url.value = deployment.rpcUrl ?? ''
    return undefined
  })
  if (deployment?.rpcUrl !== undefined) await connect()
}

async function connect(): Promise<void> {
  const named = deployment
  if (!named) return
  connection = undefined
  askButton.disabled = true
  const wallet = wallets[Number(reader.value)]?.provider
  const source: Source = reader.value !== '' && wallet ? { wallet } : { url: url.value.trim() }
  const place = byId('connection')
  await during(
    place,
    'Connecting…',
    async () => {
      if ('url' in source && !/^https?:\/\/[^\s/]/.test(source.url)) {
        throw new Error('Enter the URL of a node, such as http://127.0.0.1:8545, or choose a wallet.')
      }
      connection = await connectSource(named, source, api.value.trim())
      askButton.disabled = false
      return showConnection(named, connection)
    },
    (error) => ('wallet' in source && codeOf(error) === 'WRONG_CHAIN' ? switchButton(source.wallet, named) : undefined),
  )
}

function showConnection({ name, chainId }: Deployment, { block, progress, licensee }: Connection): Content {
  const index = progress && ` The index is at block ${progress.block} of ${progress.head}.`
  const account = licensee && ` You ask as ${licensee}.`
  return element('p', {}, `Connected to "${name}" on chain ${chainId}, block ${block}.${index ?? ''}${account ?? ''}`)
}

function switchButton(wallet: Wallet['provider'], named: Deployment): HTMLElement {
  const move = async (): Promise<void> => {
    await during(byId('connection'), 'Asking the wallet to switch…', () =>
      switchChain(wallet, named).then(() => undefined),
    )
    await connect()
  }
  return element('button', { type: 'button', click: () => void move() }, `Switch the wallet to chain ${named.chainId}`)
}

async function answer(query: string, facts: Facts = {}): Promise<void> {
  const from = connection
  if (!from) return
  const result = byId('result')
  if (query === '') {
    result.replaceChildren(
      element('p', {}, 'Enter a model first: owner/name, its URL, its id, or the digest of its weights.'),
    )
    model.focus()
    return
  }
  const again = (id: string, given?: Facts): void => {
    model.value = id
    byId('answer-title').focus()
    void answer(id, given)
  }
  await during(result, 'Asking the ledger…', async () => {
    const answered = await ask(from, query, use.value as Right, facts)
    return answered.kind === 'choice' ? showChoice(answered.found, again) : showAnswer(answered, again)
  })
}

/** Shows in a place that something runs, then what came of it, unless something newer began. */
async function during(
  place: HTMLElement,
  busy: string,
  run: () => Promise<Content>,
  remedyOf: (error: unknown) => Content = () => undefined,
): Promise<void> {
  const turn = {}
  begun.set(place, turn)
  place.setAttribute('aria-busy', 'true')
  place.replaceChildren(element('p', { class: 'hint' }, busy))
  let content: Content
  try {
    content = await run()
  } catch (error) {
    content = showError(error, remedyOf(error))
  }
  if (begun.get(place) !== turn) return
  place.removeAttribute('aria-busy')
  place.replaceChildren(element('div', {}, content))
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code
}
