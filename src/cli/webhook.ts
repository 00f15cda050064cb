import { createHmac } from 'node:crypto'

import { UsageError, type Context } from '../console/context.ts'
import { quoted } from '../core/text.ts'
import type { Fetch } from '../sdk/registry/checkNamespaceProof.ts'
import { fetchOf } from './pinnedProver.ts'

/** The environment variable with the secret that signs what is posted. */
export const WEBHOOK_SECRET = 'STEMMA_WEBHOOK_SECRET'
/** Most messages that wait. What comes when all places are taken is dropped. */
export const MOST_WAITING = 1000
/** How often a message is tried. */
const TRIES = 8
/** Seconds before a message is tried again: twice as many after each failure, up to the second. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [1, 60]
/** Seconds that a host may take to answer. */
const ANSWER_TIME = 10
/** Shortest secret, in bytes. */
const LEAST_SECRET_BYTES = 16
/** Answers that may be others the next time. */
const PASSING = new Set([408, 425, 429])

/** A message that is to be posted. */
export type WebhookMessage = {
  /** The same each time that it is tried, so that a receiver can tell a repetition. */
  id: string
  /** JSON. */
  body: string
  /** The block that it is of. */
  block: number
}

/**
 * Posts messages to a host, in their order, each signed as the Standard Webhooks specification (1.0) says. Sending never waits: messages
 * queue, and one that fails is tried again, later and later, until it is given up. A redirect is a failure, so that nothing goes where
 * nobody meant it to go.
 */
export class Webhook {
  readonly #url: URL
  readonly #secret: Uint8Array
  readonly #context: Context
  readonly #fetch: Fetch
  readonly #pause: (milliseconds: number, signal: AbortSignal) => Promise<void>
  readonly #waiting: WebhookMessage[] = []
  #working: Promise<void> | undefined
  /** The block of the first message that was given up. */
  #undelivered: number | undefined

  /**
   * @param pause waits; the platform's timer when left out
   * @throws {@link UsageError} when the URL or the secret in the environment is not usable
   */
  constructor(
    context: Context,
    url: string,
    pause: (milliseconds: number, signal: AbortSignal) => Promise<void> = wait,
  ) {
    this.#url = parseWebhookUrl(url)
    this.#secret = secretOf(context.env[WEBHOOK_SECRET])
    this.#context = context
    this.#fetch = fetchOf(context)
    this.#pause = pause
  }

  /** Queues a message. */
  send(message: WebhookMessage): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#note(`${MOST_WAITING} messages wait, so ${message.id} of block ${message.block} was dropped`)
      this.#undelivered ??= message.block
      return
    }
    this.#waiting.push(message)
    if (!this.#working) this.#start()
  }

  /** The block of the oldest message that was not delivered, whether it still waits or not; undefined when all were. */
  get oldestBlock(): number | undefined {
    return this.#undelivered ?? this.#waiting[0]?.block
  }

  /** Waits until no message waits, or the context stops. */
  async drain(): Promise<void> {
    while (this.#working) await this.#working
  }

  #start(): void {
    this.#working = this.#work().finally(() => {
      this.#working = undefined
      // One may have come after the last look.
      if (this.#waiting.length > 0 && !this.#context.signal.aborted) this.#start()
    })
  }

  async #work(): Promise<void> {
    const { signal } = this.#context
    for (let message = this.#waiting[0]; message && !signal.aborted; message = this.#waiting[0]) {
      const failure = await this.#deliver(message)
      if (signal.aborted) return
      if (failure !== undefined) {
        this.#note(`${message.id} of block ${message.block} was not delivered: ${failure}`)
        this.#undelivered ??= message.block
      }
      this.#waiting.shift()
    }
  }

  /** Tries a message until it is taken. Returns why it was not. */
  async #deliver(message: WebhookMessage): Promise<string | undefined> {
    const { signal } = this.#context
    let failure = ''
    for (let attempt = 0; attempt < TRIES && !signal.aborted; attempt++) {
      const answer = await this.#post(message)
      if (answer === 'taken') return undefined
      failure = answer.why
      if (!answer.again) return failure
      const pause = Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE * 2 ** attempt, answer.after ?? 0))
      if (attempt < TRIES - 1) await this.#pause(pause * 1000, signal)
    }
    return `${failure}, ${TRIES} times`
  }

  async #post({ id, body }: WebhookMessage): Promise<'taken' | { why: string; again: boolean; after?: number }> {
    const timestamp = Math.floor(this.#context.now() / 1000)
    const signature = createHmac('sha256', this.#secret).update(`${id}.${timestamp}.${body}`).digest('base64')
    try {
      const response = await this.#fetch(this.#url.href, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': `v1,${signature}`,
        },
        body,
        signal: AbortSignal.any([this.#context.signal, AbortSignal.timeout(ANSWER_TIME * 1000)]),
      })
      // What a host answers beside its status is of no use, and may never end.
      await response.body?.cancel()
      if (response.ok) return 'taken'
      const { status } = response
      const after = Number(response.headers.get('retry-after') ?? NaN)
      return {
        why: `the host answered ${status || 'with a redirect'}`,
        again: PASSING.has(status) || status >= 500,
        ...(Number.isFinite(after) && { after }),
      }
    } catch (error) {
      const { name } = error as Error
      return {
        why: name === 'TimeoutError' ? `no answer within ${ANSWER_TIME} seconds` : 'the host was not reached',
        again: true,
      }
    }
  }

  #note(what: string): void {
    // Not the whole URL: its path often is a secret.
    this.#context.stderr(`Note: webhook ${this.#url.origin}: ${what}.\n`)
  }
}

/** Checks the URL of a webhook: https, or http to this machine, without a name and a password. @throws {@link UsageError} */
export function parseWebhookUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isLocal = url !== undefined && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))) {
    throw new UsageError(
      `Invalid --webhook ${quoted(url ? `${url.protocol}//${url.host}` : text)}: use an https URL. Plain http goes to this machine only.`,
    )
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      'The URL of --webhook has a name or a password, which would stand in logs. Leave them out: messages are signed.',
    )
  }
  return url
}

/** The key in the environment: the text itself, or what follows `whsec_` in base64. */
function secretOf(text: string | undefined): Uint8Array {
  // What is not base64 would be left out in silence, and the receiver would have another key.
  if (text?.startsWith('whsec_') && !/^whsec_[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new UsageError(`${WEBHOOK_SECRET} begins with whsec_, and what follows is not base64. Copy it whole.`)
  }
  const secret = text?.startsWith('whsec_') ? Buffer.from(text.slice(6), 'base64') : Buffer.from(text ?? '')
  if (secret.length >= LEAST_SECRET_BYTES) return secret
  throw new UsageError(
    `${WEBHOOK_SECRET} ${text === undefined ? 'is not set' : 'is too short'}: messages are signed with it. Set it to a random text of at least ${LEAST_SECRET_BYTES} bytes that the receiver knows, such as from: openssl rand -hex 32.`,
  )
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}
