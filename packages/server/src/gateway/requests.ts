import type { IncomingHttpHeaders } from 'node:http'

import { parseStrictJson } from 'stemma/core'

import { askForUsage } from './askForUsage.ts'
import { isObject, readJsonObject, refused, type JsonObject } from './jsonObject.ts'
import { isRefusal, type Refusal, type RequestFacts, type Route } from './ports.ts'
import { OUTPUT_BOUNDS } from './reservedTokens.ts'

/** How requests are read for an upstream. */
export type RequestOptions = {
  /** Whether the upstream answers `stream_options.include_usage`; false for one that refuses it. */
  asksUsage: boolean
}

/** Members that would have another model answer, or an adapter that no credential covers; engines and proxies read them. */
export const OTHER_MODELS = [
  'models',
  'fallback',
  'fallbacks',
  'fallback_models',
  'context_window_fallbacks',
  'content_policy_fallbacks',
  'user_config',
  'model_list',
  'target_model_names',
  'api_base',
  'base_url',
  'custom_llm_provider',
  'deployment_id',
  'preset',
  'draft_model',
  'lora',
  'lora_id',
  'lora_name',
  'lora_path',
  'lora_request',
  'lora_adapter',
  'lora_adapters',
  'loras',
  'adapter',
  'adapters',
  'adapter_id',
  'adapter_name',
  'adapter_path',
  'adapter_source',
  'merged_adapters',
  'extra_body',
]
/** Names by which APIs and engines take the most tokens of an answer; llama.cpp takes its own before that of the API. */
const MOST_TOKENS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'n_predict', 'max_new_tokens']
/** Names by which they take how many answers are written. */
const CHOICES = ['n', 'best_of', 'n_cmpl']
/** Names of a call that other spellings must not stand for. */
export const CALL_NAMES: ReadonlySet<string> = new Set([
  ...OTHER_MODELS,
  ...MOST_TOKENS,
  'model',
  'stream',
  'stream_options',
  ...CHOICES,
  'background',
  'endpoint',
  'input_file_id',
])
const JSON_TYPE = /^application\/(?:json|[\w.-]+\+json) *(?:; *charset *= *"?utf-?8"? *)?$/i
/** What the requests of a batch may ask for: the routes whose answers report tokens. */
export const BATCH_ENDPOINTS: ReadonlySet<string> = new Set([
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/responses',
  '/v1/embeddings',
])
const LONGEST_NAME = 512

/**
 * Reads a request whose body came whole, before it is forwarded. The input is estimated from the size of the body: a token for each four
 * bytes, and at most 2,000 for each image or sound in base64.
 */
export function readRequest(
  route: Route,
  headers: IncomingHttpHeaders,
  body: Buffer,
  options: RequestOptions,
): RequestFacts | Refusal {
  if (route.body === 'none') return factsWithoutBody(body)
  const fault = faultOfHeaders(headers)
  if (fault !== undefined) return fault
  const object = readJsonObject(body, 'The body', CALL_NAMES)
  if (isRefusal(object)) return object
  const { value } = object
  if (route.name === 'batches') return factsOfBatch(value, body)
  const facts = factsOfCall(object, body, route)
  if (isRefusal(facts)) return facts
  const isAsked = options.asksUsage && facts.stream && reportsOnRequest(route)
  const asking = isAsked ? askForUsage(body, object) : undefined
  if (asking !== undefined && isRefusal(asking)) return asking
  return { ...facts, body: asking ?? body, addedUsage: asking !== undefined }
}

/** What is read of one call: of a body of its own, or of a line in the input file of a batch. */
export type CallFacts = Omit<RequestFacts, 'body' | 'addedUsage'>

/**
 * Reads the members of a call.
 *
 * @param bytes those of the object
 * @param route the route of the call; of a line in the input file of a batch, that of its URL
 */
export function factsOfCall(
  { value, members, tokens: inputTokens }: JsonObject,
  bytes: Buffer,
  route: Pick<Route, 'name'>,
): CallFacts | Refusal {
  const { model, stream } = value
  const other = OTHER_MODELS.find((name) => value[name] !== undefined && value[name] !== null)
  if (other !== undefined) return refusedOtherModel(`"${other}"`)
  if (typeof model !== 'string' || model === '' || model.length > LONGEST_NAME) {
    return refused(
      'invalid_model',
      'The body has no model name in "model". Send the name of a model that is served here.',
    )
  }
  const tools = members.find(({ name }) => name === 'tools')
  const fault = tools && faultOfTools(bytes.toString('utf8', tools.start, tools.end), model)
  if (fault) return fault
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') {
    return refused('invalid_stream', 'The body has a "stream" that is neither true nor false. Send one of them.')
  }
  if (value.background === true) {
    const reason = 'its tokens are known only after the call'
    return refused('background_refused', `"background" is not passed on: ${reason}. Leave it out.`)
  }
  return { model, stream: stream === true, inputTokens, maxTokens: mostTokens(value, route.name) }
}

const NO_TOKENS = { stream: false, inputTokens: 0, maxTokens: 0 }

function refusedOtherModel(what: string): Refusal {
  const remedy = 'Remove it, and name the model in "model" alone.'
  return refused(
    'other_model',
    `The body has ${what}, so that another model could answer than the licensed one. ${remedy}`,
  )
}

/** Why the tools of a call could have another model answer; undefined when they cannot. */
function faultOfTools(text: string, model: string): Refusal | undefined {
  if (!MAY_NAME_MODEL.test(text)) return undefined
  let tools: unknown
  try {
    tools = parseStrictJson(text, '"tools"', { maxDepth: 128 })
  } catch {
    return refused('duplicate_name', 'The "tools" have a name twice in one object. Readers would disagree: remove one.')
  }
  const named = Array.isArray(tools) && tools.some((tool) => isObject(tool) && namesOther(tool, model))
  return named ? refusedOtherModel('a tool with a "model" of its own') : undefined
}

/** A name may be escaped, or be spelled with other case. */
const MAY_NAME_MODEL = /"model"|\\u/i

function namesOther(tool: Readonly<Record<string, unknown>>, model: string): boolean {
  return Object.entries(tool).some(
    ([name, value]) => name.toLowerCase() === 'model' && (name !== 'model' || value !== model),
  )
}

/** Most tokens of the output of all choices; undefined when the caller leaves it open. */
function mostTokens(value: Readonly<Record<string, unknown>>, route: string): number | undefined {
  if (route === 'embeddings') return 0
  const given = MOST_TOKENS.map((name) => value[name]).filter((each) => each !== undefined && each !== null)
  const prompts = Array.isArray(value.prompt) && typeof value.prompt[0] !== 'number' ? value.prompt.length : 1
  // Some servers take a text for its number.
  const answers = Math.max(1, prompts) * Math.max(1, ...CHOICES.map((name) => Number(value[name])).filter(isCount))
  // What is not a count, such as -1, may mean no bound at all.
  const isOpen = given.length === 0 || !given.every(isCount)
  if (isOpen && answers === 1) return undefined
  const each = isOpen ? OUTPUT_BOUNDS.usual : Math.max(...(given as number[]))
  return Math.min(Number.MAX_SAFE_INTEGER, each * answers)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Whether streams of a route report usage only to callers who ask. */
export function reportsOnRequest(route: Pick<Route, 'name'>): boolean {
  return route.name === 'chat/completions' || route.name === 'completions'
}

function factsWithoutBody(body: Buffer): RequestFacts | Refusal {
  // Some clients send an empty object where the API takes nothing.
  const isEmpty = body.length === 0 || (body.length <= 4 && body.toString('latin1').trim() === '{}')
  if (!isEmpty) return refused('unexpected_body', 'The route takes no body. Send none.')
  return { ...NO_TOKENS, model: undefined, body, addedUsage: false }
}

function factsOfBatch(value: Readonly<Record<string, unknown>>, body: Buffer): RequestFacts | Refusal {
  const { endpoint, input_file_id: file } = value
  // The models stand in the file, which was read when it was uploaded; proxies take one from here before them.
  const other = ['model', ...OTHER_MODELS].find((name) => value[name] !== undefined && value[name] !== null)
  if (other !== undefined) return refusedOtherModel(`"${other}"`)
  if (typeof endpoint !== 'string' || !BATCH_ENDPOINTS.has(endpoint)) {
    return refused('invalid_endpoint', `The batch has no endpoint of those served: ${[...BATCH_ENDPOINTS].join(', ')}.`)
  }
  if (typeof file !== 'string' || file === '') {
    return refused('invalid_file', 'The batch has no "input_file_id". Upload its requests here with the purpose batch.')
  }
  return { ...NO_TOKENS, model: undefined, body, addedUsage: false }
}

/** The route that a URL in the input file of a batch stands for; undefined when batches may not ask for it. */
export function batchRoute(url: unknown): Pick<Route, 'name'> | undefined {
  if (typeof url !== 'string' || !BATCH_ENDPOINTS.has(url)) return undefined
  return { name: url.slice('/v1/'.length) }
}

function faultOfHeaders(headers: IncomingHttpHeaders): Refusal | undefined {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    const message = 'The body is compressed, so the model name in it is not read. Send it without content-encoding.'
    return { status: 415, code: 'encoded_body', message }
  }
  if (!JSON_TYPE.test(headers['content-type']?.trim() ?? '')) {
    const message = 'The body is not declared as JSON in UTF-8. Send content-type: application/json.'
    return { status: 415, code: 'not_json', message }
  }
  return undefined
}
