import { createServer, type IncomingMessage, type Server } from 'node:http'

import {
  DUTIES_HEADER,
  DUTIES_MEMBER,
  dutiesHeader,
  MORE,
  parseDuties,
  parseDutiesHeader,
  UNREADABLE,
  wordsOfDuties,
  type DutiesDocument,
} from 'stemma/documents'

/** Where the application asks, with which key, and for which model. */
export type Settings = { gateway: string; key: string; model: string }

/** Most bytes of a question. */
const MOST_BYTES = 10_000

/** An answer, with the words that the licenses behind it oblige the application to show. */
type Answered = { text: string; credits: string[] }

/** Makes the application: a page with a question, the gateway's answer, and the credit that its license asks for. */
export function createApp(settings: Settings): Server {
  return createServer((request, response) => {
    void respond(settings, request).then(({ status, page }) =>
      response
        .writeHead(status, {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
        })
        .end(page),
    )
  })
}

async function respond(settings: Settings, request: IncomingMessage): Promise<{ status: number; page: string }> {
  if (request.method !== 'POST') return { status: 200, page: pageOf() }
  try {
    const question = new URLSearchParams(await bodyOf(request)).get('question') ?? ''
    return { status: 200, page: pageOf(question, await ask(settings, question)) }
  } catch (error) {
    return { status: 502, page: pageOf('', { text: (error as Error).message, credits: [] }) }
  }
}

async function ask({ gateway, key, model }: Settings, question: string): Promise<Answered> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: question }] })
  const response = await fetch(`${gateway}/v1/chat/completions`, { method: 'POST', headers, body })
  if (!response.ok) throw new Error(`The gateway answered ${response.status}: ${(await response.text()).slice(0, 500)}`)
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] }
  const duties = parseDutiesHeader(response.headers.get(DUTIES_HEADER) ?? '')
  const isWhole = duties !== undefined && !duties.some(({ duty }) => duty === MORE || duty === UNREADABLE)
  const credits = isWhole ? wordsOfDuties(duties) : await listedCredits({ gateway, model }, headers)
  return { text: choices[0]!.message.content, credits }
}

/** The words out of the gateway's list of models, which has every duty, however many there are. */
async function listedCredits(
  { gateway, model }: Pick<Settings, 'gateway' | 'model'>,
  headers: Record<string, string>,
): Promise<string[]> {
  const response = await fetch(`${gateway}/v1/models`, { headers })
  const { data } = (await response.json()) as { data: Record<string, unknown>[] }
  const entry = data.find(({ id }) => id === model)?.[DUTIES_MEMBER]
  if (entry === undefined) throw new Error('The gateway does not say which duties its licenses pass on.')
  const all = (document: DutiesDocument): DutiesDocument[] => [document, ...document.passed.flatMap(all)]
  return wordsOfDuties(all(parseDuties(entry)).flatMap((each) => parseDutiesHeader(dutiesHeader(each, Infinity)) ?? []))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new Error(`The question is longer than ${MOST_BYTES} bytes. Ask a shorter one.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function pageOf(question = '', answered?: Answered): string {
  const credits = answered?.credits ?? []
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Ask</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 40rem; padding: 1rem; overflow-wrap: anywhere; }
  form { display: flex; flex-wrap: wrap; gap: 0.5rem; }
  input { flex: 1 1 12rem; font: inherit; padding: 0.5rem; }
  button { font: inherit; padding: 0.5rem 1rem; }
  footer { border-top: 1px solid; margin-top: 2rem; padding-top: 0.5rem; }
</style>
<h1>Ask</h1>
<form method="post" action="/">
  <input name="question" aria-label="Question" value="${escaped(question)}" required>
  <button>Ask</button>
</form>
${answered ? `<p id="answer">${escaped(answered.text)}</p>` : ''}
${credits.length > 0 ? `<footer>${credits.map((words) => `<p class="credit">${escaped(words)}</p>`).join('')}</footer>` : ''}
</html>
`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
