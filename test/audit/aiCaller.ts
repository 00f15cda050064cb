/**
 * Calls a gateway by `ai` with `@ai-sdk/openai-compatible` and keeps the calls. A process of its own: the condition `source` of the tests
 * would load files of these packages that Node does not run. Usage: node aiCaller.ts <base URL> <file> <prompt>
 */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText, streamText } from 'ai'

import { keepCalls } from '../../src/audit/keepCalls.ts'

const [, , baseURL, own, prompt] = process.argv
const provider = createOpenAICompatible({ name: 'own', baseURL: baseURL!, fetch: keepCalls(fetch, own!) })
const model = provider('m')
const { text } = await generateText({ model, prompt: prompt! })
const streamed = await streamText({ model, prompt: prompt! }).text
process.stdout.write(JSON.stringify([text, streamed]))
