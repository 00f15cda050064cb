import type { Usage } from '../../../../packages/server/src/gateway/ports.ts'

/** An answer of an upstream, in the shape of one API, and what a meter has to make of it. */
export type Answer = {
  what: string
  route: string
  type: 'text/event-stream' | 'application/json' | 'text/plain; charset=utf-8' | 'audio/mpeg'
  body: string
  usage: Usage
  /** Where the bytes begin that are held; of a stream without such an event undefined. */
  held?: string
  addedUsage?: boolean
  /** What is taken out. */
  dropped?: string
}

const reported = (inputTokens: number, outputTokens: number): Usage => ({
  inputTokens,
  outputTokens,
  counted: 'reported',
})
const estimated = (inputTokens: number, outputTokens: number): Usage => ({
  inputTokens,
  outputTokens,
  counted: 'estimated',
})

/** The input that tests estimate where none is reported. */
export const ESTIMATED_INPUT = 11

const data = (...values: readonly unknown[]): string =>
  values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('')
const named = (...values: readonly { type: string }[]): string =>
  values.map((value) => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`).join('')

const chunk = (delta: object, more: object = {}): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: null }],
  ...more,
})
const usageChunk = { ...chunk({}), choices: [], usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 } }
const DONE = 'data: [DONE]\n\n'

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  content: [],
  model: 'm',
  usage: { input_tokens: 10, cache_creation_input_tokens: 20, cache_read_input_tokens: 300, output_tokens: 1 },
}
const messageStart = { type: 'message_start', message }
const textDelta = (text: string): { type: string } =>
  ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }) as { type: string }
const messageDelta = (usage: object): { type: string } =>
  ({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage }) as { type: string }
const messageStop = { type: 'message_stop' }

const response = (status: string, usage: object | null): object => ({
  id: 'resp_1',
  object: 'response',
  status,
  error: null,
  output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hello there' }] }],
  usage,
})
const responseUsage = {
  input_tokens: 36,
  input_tokens_details: { cached_tokens: 6 },
  output_tokens: 87,
  total_tokens: 123,
}
const outputDelta = { type: 'response.output_text.delta', delta: 'Hello there' }

/** Answers in the shapes that the APIs document, and those of engines that take them loosely. */
export const ANSWERS: readonly Answer[] = [
  {
    what: 'a chat',
    route: 'chat/completions',
    type: 'application/json',
    body: JSON.stringify({
      id: 'chatcmpl-1',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello "you"' }, finish_reason: 'stop' }],
      usage: {
        prompt_tokens: 19,
        completion_tokens: 10,
        total_tokens: 29,
        prompt_tokens_details: { cached_tokens: 4 },
      },
    }),
    usage: reported(19, 10),
  },
  {
    what: 'a chat whose usage stands first',
    route: 'chat/completions',
    type: 'application/json',
    body: '{"usage": {"prompt_tokens": 19, "completion_tokens": 10}, "choices": [{"message": {"content": "}]}"}}]}\n',
    usage: reported(19, 10),
  },
  {
    what: 'a chat whose tool call poses as usage',
    route: 'messages',
    type: 'application/json',
    body: JSON.stringify({
      usage: { input_tokens: 500, output_tokens: 400 },
      content: [{ type: 'tool_use', input: { usage: { input_tokens: 1, output_tokens: 1 } } }],
    }),
    usage: reported(500, 400),
  },
  {
    what: 'a chat whose words pose as usage',
    route: 'chat/completions',
    type: 'application/json',
    body: JSON.stringify({
      usage: { prompt_tokens: 500, completion_tokens: 400 },
      choices: [{ message: { content: '"usage":{"prompt_tokens":1,"completion_tokens":1}}' } }],
    }),
    usage: reported(500, 400),
  },
  {
    what: 'a chat without usage',
    route: 'chat/completions',
    type: 'application/json',
    body: JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'x'.repeat(41) } }] }),
    usage: estimated(ESTIMATED_INPUT, 11),
  },
  {
    what: 'a chat with usage of zeros',
    route: 'chat/completions',
    type: 'application/json',
    body: JSON.stringify({
      choices: [{ message: { content: 'x'.repeat(8) } }],
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    }),
    usage: estimated(ESTIMATED_INPUT, 2),
  },
  ...[-1, 1.5, '20', null, 1e300, 4_294_967_296].map((prompt): Answer => ({
    what: `a chat that reports ${JSON.stringify(prompt)} tokens`,
    route: 'chat/completions',
    type: 'application/json',
    body: JSON.stringify({ choices: [{ message: { content: 'abcd' } }], usage: { prompt_tokens: prompt } }),
    usage: estimated(ESTIMATED_INPUT, 1),
  })),
  {
    what: 'a completion',
    route: 'completions',
    type: 'application/json',
    body: JSON.stringify({
      choices: [{ text: 'abc' }],
      usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
    }),
    usage: reported(5, 7),
  },
  {
    what: 'a response',
    route: 'responses',
    type: 'application/json',
    body: JSON.stringify(response('completed', responseUsage)),
    usage: reported(36, 87),
  },
  {
    what: 'a message',
    route: 'messages',
    type: 'application/json',
    body: JSON.stringify({
      ...message,
      content: [{ type: 'text', text: 'Hi' }],
      usage: { ...message.usage, output_tokens: 12 },
    }),
    usage: reported(330, 12),
  },
  {
    what: 'embeddings',
    route: 'embeddings',
    type: 'application/json',
    body: JSON.stringify({
      object: 'list',
      data: [{ embedding: [0.1, -2] }],
      usage: { prompt_tokens: 8, total_tokens: 8 },
    }),
    usage: reported(8, 0),
  },
  {
    what: 'embeddings without usage',
    route: 'embeddings',
    type: 'application/json',
    body: JSON.stringify({ object: 'list', data: [{ embedding: [0.1, -2] }] }),
    usage: estimated(ESTIMATED_INPUT, 0),
  },
  {
    what: 'a transcription in tokens',
    route: 'audio/transcriptions',
    type: 'application/json',
    body: JSON.stringify({
      text: 'Imagine',
      usage: {
        type: 'tokens',
        input_tokens: 14,
        input_token_details: { audio_tokens: 14 },
        output_tokens: 45,
        total_tokens: 59,
      },
    }),
    usage: reported(14, 45),
  },
  {
    what: 'a transcription in seconds',
    route: 'audio/transcriptions',
    type: 'application/json',
    body: JSON.stringify({ text: 'x'.repeat(12), usage: { type: 'duration', seconds: 9 } }),
    usage: estimated(90, 3),
  },
  {
    what: 'a transcription as text',
    route: 'audio/transcriptions',
    type: 'text/plain; charset=utf-8',
    body: 'Imagine the wildest idea\n',
    usage: estimated(ESTIMATED_INPUT, 7),
  },
  {
    what: 'speech',
    route: 'audio/speech',
    type: 'audio/mpeg',
    body: 'x'.repeat(1601),
    usage: estimated(ESTIMATED_INPUT, 2),
  },
  {
    what: 'a stream of a chat whose caller asked for usage',
    route: 'chat/completions',
    type: 'text/event-stream',
    body:
      data(
        chunk({ role: 'assistant', content: '' }, { usage: null }),
        chunk({ content: 'Hello' }, { usage: null }),
        usageChunk,
      ) + DONE,
    usage: reported(20, 5),
    held: DONE,
  },
  {
    what: 'a stream of a chat whose caller did not ask',
    route: 'chat/completions',
    type: 'text/event-stream',
    body: data(chunk({ content: 'Hello' }), usageChunk) + DONE,
    usage: reported(20, 5),
    held: DONE,
    addedUsage: true,
    dropped: data(usageChunk),
  },
  ...[null, undefined].map((choices): Answer => ({
    what: `a stream whose usage chunk has ${choices} for choices`,
    route: 'chat/completions',
    type: 'text/event-stream',
    body: data(chunk({ content: 'Hello' }), { ...usageChunk, choices }) + DONE,
    usage: reported(20, 5),
    held: DONE,
    addedUsage: true,
    dropped: data({ ...usageChunk, choices }),
  })),
  {
    what: 'a stream whose usage comes with choices',
    route: 'chat/completions',
    type: 'text/event-stream',
    body: data(chunk({ content: 'Hello' }), chunk({}, { usage: { prompt_tokens: 3, completion_tokens: 2 } })) + DONE,
    usage: reported(3, 2),
    held: DONE,
    addedUsage: true,
  },
  {
    what: 'a stream whose usage comes in the last but one chunk',
    route: 'chat/completions',
    type: 'text/event-stream',
    body:
      data(chunk({ content: 'Hello' }), usageChunk, chunk({}, { choices: [{ delta: {}, finish_reason: 'stop' }] })) +
      DONE,
    usage: reported(20, 5),
    held: DONE,
  },
  {
    what: 'a stream that counts in each chunk',
    route: 'chat/completions',
    type: 'text/event-stream',
    body:
      data(
        ...[1, 2, 3].map((tokens) =>
          chunk({ content: 'Hello' }, { usage: { prompt_tokens: 7, completion_tokens: tokens } }),
        ),
      ) + DONE,
    usage: reported(7, 3),
    held: DONE,
  },
  {
    what: 'a stream whose filter comes without choices',
    route: 'chat/completions',
    type: 'text/event-stream',
    body: data({ choices: [], prompt_filter_results: [], usage: null }, chunk({ content: 'Hell' })) + DONE,
    usage: estimated(ESTIMATED_INPUT, 1),
    held: DONE,
    addedUsage: true,
  },
  {
    what: 'a stream of tool calls and reasoning without usage',
    route: 'chat/completions',
    type: 'text/event-stream',
    body:
      data(
        chunk({ reasoning_content: 'x'.repeat(8) }),
        chunk({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '{"a":1}' } }] }),
        chunk({ content: '' }),
      ) + DONE,
    usage: estimated(ESTIMATED_INPUT, 5),
    held: DONE,
  },
  {
    what: 'a stream without [DONE], and without a blank line at its end',
    route: 'chat/completions',
    type: 'text/event-stream',
    body: (data(chunk({ content: 'Hello' })) + data({ ...usageChunk, choices: chunk({}) })).trimEnd(),
    usage: reported(20, 5),
  },
  {
    what: 'a stream whose asked usage comes without a blank line at its end',
    route: 'chat/completions',
    type: 'text/event-stream',
    body: data(chunk({ content: 'Hello' })) + data(usageChunk).trimEnd(),
    usage: reported(20, 5),
    addedUsage: true,
    dropped: data(usageChunk).trimEnd(),
  },
  {
    what: 'a stream with usage after [DONE]',
    route: 'chat/completions',
    type: 'text/event-stream',
    body: data(chunk({ content: 'Hello' })) + DONE + data(usageChunk),
    usage: reported(20, 5),
    held: DONE,
    addedUsage: true,
    dropped: data(usageChunk),
  },
  {
    what: 'a stream with a mark, comments, returns, other fields and data in lines',
    route: 'chat/completions',
    type: 'text/event-stream',
    body:
      '\ufeff: ping\r\n\r\nretry: 5\r\nid: 1\r\ndata:{"choices":[{"delta":\r\ndata:{"content":"abcd"}}]}\r\n\r\n\r\n' +
      `data: ${JSON.stringify(usageChunk)}\r\rdata\n\ndata: [DONE]\r\n\r\n`,
    usage: reported(20, 5),
    held: 'data: [DONE]',
    addedUsage: true,
    dropped: `data: ${JSON.stringify(usageChunk)}\r\r`,
  },
  {
    what: 'a stream that breaks off with an error',
    route: 'chat/completions',
    type: 'text/event-stream',
    body: data(chunk({ content: 'abcd' }), { error: { message: 'overloaded', content: 'x'.repeat(400) } }),
    usage: estimated(ESTIMATED_INPUT, 1),
  },
  {
    what: 'a stream of a completion',
    route: 'completions',
    type: 'text/event-stream',
    body:
      data({ choices: [{ text: 'abc' }] }, { choices: [], usage: { prompt_tokens: 5, completion_tokens: 7 } }) + DONE,
    usage: reported(5, 7),
    held: DONE,
  },
  {
    what: 'a stream of a response',
    route: 'responses',
    type: 'text/event-stream',
    body: named(
      { type: 'response.created', response: response('in_progress', null) } as never,
      outputDelta,
      { type: 'response.output_text.done', text: 'Hello there' } as never,
      { type: 'response.completed', response: response('completed', responseUsage) } as never,
    ),
    usage: reported(36, 87),
    held: 'event: response.completed',
  },
  {
    what: 'a stream of a response that has only data, and [DONE] after its end',
    route: 'responses',
    type: 'text/event-stream',
    body:
      data(outputDelta, {
        response: response('incomplete', responseUsage),
        sequence_number: 3,
        type: 'response.incomplete',
      }) + DONE,
    usage: reported(36, 87),
    held: 'data: {"response":',
  },
  {
    what: 'a stream of a response that fails without usage, and speaks of its end before',
    route: 'responses',
    type: 'text/event-stream',
    body: named(
      { type: 'response.output_text.delta', delta: '"type":"response.completed"' } as never,
      { type: 'response.output_text.done', text: 'x'.repeat(400) } as never,
      { type: 'response.failed', response: response('failed', null) } as never,
    ),
    usage: estimated(ESTIMATED_INPUT, 8),
    held: 'event: response.failed',
  },
  {
    what: 'a stream of a message with a cache',
    route: 'messages',
    type: 'text/event-stream',
    body: named(messageStart, textDelta('Hello'), { type: 'ping' }, messageDelta({ output_tokens: 15 }), messageStop),
    usage: reported(330, 15),
    held: 'event: message_stop',
  },
  {
    what: 'a stream of a message whose usage is repeated',
    route: 'messages',
    type: 'text/event-stream',
    body: named(
      messageStart,
      textDelta('Hello'),
      messageDelta({ output_tokens: 10 }),
      messageDelta({
        input_tokens: 10,
        cache_creation_input_tokens: 20,
        cache_read_input_tokens: 300,
        output_tokens: 15,
      }),
      messageStop,
    ),
    usage: reported(330, 15),
    held: 'event: message_stop',
  },
  {
    what: 'a stream of a message whose input grows by searches',
    route: 'messages',
    type: 'text/event-stream',
    body: named(
      messageStart,
      messageDelta({ input_tokens: 1000, cache_read_input_tokens: 300, output_tokens: 15 }),
      messageStop,
    ),
    usage: reported(1300, 15),
    held: 'event: message_stop',
  },
  {
    what: 'a stream of a message that is cut before its usage',
    route: 'messages',
    type: 'text/event-stream',
    body: named(messageStart, textDelta('x'.repeat(40))),
    usage: estimated(330, 11),
  },
  {
    what: 'a stream of a transcription',
    route: 'audio/transcriptions',
    type: 'text/event-stream',
    body: data(
      { type: 'transcript.text.delta', delta: 'I see' },
      { type: 'transcript.text.done', text: 'I see', usage: { type: 'tokens', input_tokens: 14, output_tokens: 45 } },
    ),
    usage: reported(14, 45),
    held: 'data: {"type":"transcript.text.done"',
  },
  {
    what: 'a stream of speech',
    route: 'audio/speech',
    type: 'text/event-stream',
    body: data(
      { type: 'speech.audio.delta', audio: 'QUJD'.repeat(20) },
      { type: 'speech.audio.done', usage: { input_tokens: 14, output_tokens: 101, total_tokens: 115 } },
    ),
    usage: reported(14, 101),
    held: 'data: {"type":"speech.audio.done"',
  },
]
